#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "pond/base/result.hpp"
#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/kad/records/validator.hpp"
#include "pond/kad/rpc/types.hpp"
#include "pond/kad/table/routing_table.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/store/store.hpp"
#include "pond/wire/kad_message.hpp"

namespace pond::kad {

enum class Mode : std::uint8_t {
  kClient,  ///< asks, never serves, is in nobody's table
  kServer,
};

struct Config {
  Mode mode = Mode::kServer;
  std::size_t bucket_capacity = 20;   ///< 200 on a bootstrap node
  std::size_t replication = 20;       ///< k: how many holders a record gets, how many closest peers a lookup ends with
  std::size_t parallelism = 10;       ///< alpha: go's amino default
  std::size_t resiliency = 3;         ///< beta: so many must have answered before a lookup ends without silent peers
  Duration rpc_timeout = 10s;         ///< go's and rust's time for an answer
  Duration soft_timeout = 1s;         ///< libtorrent's short timeout: widens a lookup, fails nobody
  Duration refresh_interval = 10min;  ///< go's RefreshInterval
  Duration provider_ttl = 48h;        ///< go's ProvideValidity
  Duration provider_address_ttl = 24h;  ///< go's ProviderAddrTTL
  std::size_t max_operations = 1024;    ///< of the owner, at once; more are kLimit
  std::size_t max_pending_requests = 5000;
  std::size_t max_verifications = 64;  ///< newcomers being asked at once
  std::string network = "local";       ///< what /eth records are bound to
  bool accept_unsigned = false;
};

// ---- Operations -------------------------------------------------------------------------------------------------

enum class OpId : std::uint64_t {};

/// Finds the best valid value. Ends when the lookup ends; whoever answered with a worse value or none is sent the best.
struct GetValue {
  Bytes key;
  /// 0: the whole lookup. Otherwise ends as soon as that many peers answered with the best value.
  std::size_t quorum = 0;
  bool use_local_store = true;  ///< readiness wants an answer from somebody else
};
/// Stores at the k closest. kInvalidRecord at once when our own validator rejects the value.
struct PutValue {
  Bytes key;
  Bytes value;
};
/// Announces this node at the k closest to `key` (1 to 80 octets, a multihash towards js).
struct Provide {
  Bytes key;
};
struct FindProviders {
  Bytes key;
  std::size_t enough = 20;  ///< ends early once so many are known; 0: never early
};
struct FindPeer {
  wire::PeerId id;
};
struct GetClosest {
  Bytes key;
};
using Operation = std::variant<GetValue, PutValue, Provide, FindProviders, FindPeer, GetClosest>;

enum class PeerOutcome : std::uint8_t { kAnswered, kStored, kFailed, kNoAnswerInTime };

struct PeerReport {
  wire::PeerId id;
  PeerOutcome outcome;
  std::optional<Error> error;  ///< why, for kFailed
};

/// What an operation found, whole or cut short: on kTimeout and kCancelled the fields hold what was there by then.
struct OpResult {
  /// GetValue: kNotFound when peers answered and none has a value. All: kNoPeers with an empty table, kTimeout at the
  /// deadline when nothing usable was found. PutValue/Provide: no error as soon as one holder took it.
  std::optional<Error> error;

  std::optional<Bytes> value;            ///< GetValue
  bool verified = false;                 ///< GetValue: the value is authentic (signed), not merely acceptable
  std::size_t unverifiable_answers = 0;  ///< GetValue: answers whose value no validator took
  std::vector<wire::PeerId> holders;     ///< GetValue: who answered with exactly that value, self included
  std::vector<wire::KadPeer> peers;      ///< FindProviders, FindPeer, GetClosest: nearest first
  std::vector<PeerReport> reports;       ///< everybody that was asked, or was to store
  std::size_t messages = 0;              ///< requests sent
  std::size_t hops = 0;                  ///< of the lookup
};

// ---- Inputs -----------------------------------------------------------------------------------------------------

/// A connected peer is identified, or its protocols changed.
struct PeerUp {
  PeerHandle peer;
  bool serves_kad;
};
struct PeerDown {
  PeerHandle peer;
};
/// A peer asks. In client mode never to be delivered (the protocol is not announced); refused if it is.
struct InboundRequest {
  RequestToken token;
  PeerHandle from;
  BytesView message;                          ///< one unframed protobuf; not kept
  const wire::KadMessage* decoded = nullptr;  ///< the message itself, where it never was octets; not kept
};
struct RpcAnswered {
  RpcId rpc;
  Answer answer;
};
/// For ADD_PROVIDER, which has no answer: the bytes left and the stream closed in order.
struct RpcSent {
  RpcId rpc;
};
struct RpcFailed {
  RpcId rpc;
  Error error;
};
struct StartOperation {
  OpId op;  ///< chosen by the caller, unique among those that run
  Operation operation;
  Instant deadline;
};
struct CancelOperation {
  OpId op;
};
using Input =
    std::variant<PeerUp, PeerDown, InboundRequest, RpcAnswered, RpcSent, RpcFailed, StartOperation, CancelOperation>;

// ---- Outputs ----------------------------------------------------------------------------------------------------

/// Carry this request; connect first if need be. To be answered by exactly one RpcAnswered, RpcSent or RpcFailed. A
/// carrier must give up at `deadline`.
struct SendRpc {
  RpcId rpc;
  PeerHandle to;  ///< pinned by kad until the rpc has ended
  RequestPtr request;
  Instant deadline;
};
/// Nobody waits for that rpc any more: abandon it if it has not been sent. No report is owed.
struct AbandonRpc {
  RpcId rpc;
};
struct SendAnswer {
  RequestToken token;
  Answer answer;
};
/// ADD_PROVIDER was taken: nothing goes back, the next request of that stream may be read.
struct NoAnswer {
  RequestToken token;
};
/// Reset the stream: the protocol has no error message.
struct RefuseRequest {
  RequestToken token;
  Error error;
};
struct OperationDone {
  OpId op;
  OpResult result;
};
/// The routing table gained or lost a peer.
struct TableChanged {
  PeerHandle peer;
  bool inside;
};
/// A connected peer that says it serves Kademlia did not do so, and is not in the table.
struct ServerFailed {
  PeerHandle peer;
  Error why;
};
/// The own store took a signed record of `/eth`, somebody's or our own, that it did not hold before.
struct RecordTaken {
  Bytes key;
  Bytes value;
};
using Output = std::variant<SendRpc, AbandonRpc, SendAnswer, NoAnswer, RefuseRequest, OperationDone, TableChanged,
                            ServerFailed, RecordTaken>;

struct Counters {
  std::array<std::uint64_t, 6> requests_in{};   ///< by KadType
  std::array<std::uint64_t, 6> requests_out{};  ///< by KadType
  std::uint64_t requests_refused = 0;
  std::uint64_t malformed_in = 0;
  std::uint64_t records_rejected = 0;
  std::uint64_t records_of_other_networks = 0;
  std::uint64_t records_judged = 0;  ///< by a validator, in requests and in answers
  std::uint64_t corrections_sent = 0;
  std::uint64_t operations_refused = 0;  ///< over max_operations
  std::uint64_t overloaded = 0;          ///< requests refused over max_pending_requests
  std::uint64_t verified_into_table = 0;
  std::uint64_t evicted_from_table = 0;
};

/// What is under way at one moment; see Config for the bounds.
struct Load {
  std::size_t operations = 0;        ///< the owner's; max_operations
  std::size_t pending_requests = 0;  ///< of others, waiting for the store; max_pending_requests
  std::size_t verifications = 0;     ///< newcomers being asked, and those that wait to be
  std::size_t rpcs = 0;              ///< our requests without an outcome
  std::size_t outputs = 0;           ///< not polled yet
};

/// The Kademlia of one node, message in, message out. Owns the routing table, the running operations, the upkeep and
/// the server side; knows no connection, no byte stream and no clock.
///
/// Call order: any number of `handle`, then `poll` until it returns nothing; and `handle_timeout` when `next_deadline`
/// has come. Order in which `poll` serves its children: answers to requests, then operations, then upkeep, so that
/// upkeep never delays a peer. Not thread-safe. `book` and `store` must outlive it; `store` is its alone.
class Kad {
 public:
  Kad(const Config& config, wire::PeerId self, peers::PeerBook& book, store::Store& store, Validators validators,
      Rng& rng, WallAnchor wall, Instant now);
  ~Kad();
  Kad(const Kad&) = delete;
  Kad& operator=(const Kad&) = delete;

  void handle(Input input, Instant now);
  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Output> poll(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  /// From now on. Whoever delivers requests announces or withdraws the protocol; what is stored stays.
  void set_mode(Mode mode);
  /// The system's clock was set.
  void set_wall(WallAnchor wall);

  /// The addresses that other peers may dial us at: what ADD_PROVIDER announces.
  void set_own_addresses(std::vector<wire::Multiaddr> addresses, Instant now);

  /// Peers that this node's table held in an earlier life and that are taken as verified at `now`, as far as there is
  /// room. Their buckets are refreshed over the next refresh interval, not all at once.
  void restore_table(std::span<const PeerHandle> peers, Instant now);

  [[nodiscard]] const RoutingTable& table() const noexcept;
  /// How much of what is bounded is in use.
  [[nodiscard]] Load load() const noexcept;
  [[nodiscard]] std::size_t table_size() const;
  /// Newcomers and doubtful peers that are being asked at the moment.
  [[nodiscard]] std::size_t verifying() const;
  [[nodiscard]] bool in_table(PeerHandle peer) const;
  /// The n nearest to `key` in the routing table, nearest first.
  [[nodiscard]] std::vector<PeerHandle> closest_in_table(const wire::Key& key, std::size_t n) const;
  [[nodiscard]] const Counters& counters() const noexcept;
  [[nodiscard]] const Config& config() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pond::kad
