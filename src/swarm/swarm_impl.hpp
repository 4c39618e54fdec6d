#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "pond/swarm/connection.hpp"
#include "pond/swarm/dial.hpp"
#include "pond/swarm/swarm.hpp"
#include "pond/upgrade/security.hpp"
#include "pond/wire/frame.hpp"
#include "pond/wire/identify.hpp"

namespace pond::swarm {

inline constexpr std::string_view kIdentifyProtocol = "/ipfs/id/1.0.0";
inline constexpr std::string_view kIdentifyPushProtocol = "/ipfs/id/push/1.0.0";
inline constexpr std::string_view kPingProtocol = "/ipfs/ping/1.0.0";
inline constexpr std::size_t kPingBytes = 32;  // specs/ping

enum class DialJobId : std::uint64_t {};

// ---- Who a stream belongs to. Everything but AppStream is served inside the swarm.

struct AppStream {};
/// We answer identify: the message is written at once, then only the end is awaited.
struct IdentifyServer {};
/// We asked for identify, or the peer pushes: messages until the peer closes its side.
struct IdentifyClient {
  wire::FrameReader reader;
  std::optional<wire::Identify> merged;
  std::size_t messages = 0;
  bool push = false;
};
/// Our own push, written and finished.
struct IdentifyPusher {};
struct PingServer {};
struct PingClient {
  std::array<std::uint8_t, kPingBytes> payload;
  Instant sent;
};
using StreamOwner = std::variant<AppStream, IdentifyServer, IdentifyClient, IdentifyPusher, PingServer, PingClient>;

struct Conn {
  ConnId id;
  Connection machine;
  wire::Multiaddr remote;
  Instant opened;
  std::optional<DialJobId> job;  // the dial that this is an attempt of, until it is established
  std::size_t attempt = 0;       // which of that dial's
  bool socket_open = false;      // an outbound socket is open once the driver says so
  std::optional<Instant> established;
  Instant last_active{};  // a stream was opened or moved bytes
  Instant last_received{};
  Instant keep_alive_at{};
  bool leaving = false;          // the peer said go-away: no new streams here
  bool wants_write = false;      // WantsWrite was said and not all has been produced
  std::size_t buffered = 0;      // as it counts in Impl::buffered_
  std::optional<Instant> timer;  // as it stands in Impl::conn_timers_
  std::map<std::uint32_t, StreamOwner> streams;
  std::map<std::uint32_t, Instant> stream_deadlines;  // of identify and ping streams

  // What of the machine's counters is in Swarm's already.
  std::uint64_t counted_refused = 0;
  std::uint64_t counted_resets = 0;
  std::uint64_t counted_timeouts = 0;
};

struct Peer {
  peers::Pinned pin;
  std::vector<ConnId> connections;     // established, oldest first
  std::optional<wire::Identify> said;  // identify and pushes, merged
  std::optional<IdentifyInfo> info;    // what was made of it
  std::uint64_t record_seq = 0;        // of the newest signed record
  bool push_owed = false;              // something changed before it was known whether the peer takes pushes
};

struct DialJob {
  DialJobId id;
  Dial dial;
  std::optional<PeerHandle> peer;  // none: whoever answers
  std::optional<peers::Pinned> pin;
  std::vector<std::pair<DialId, Instant>> waiters;  // with their deadlines
  std::set<ConnId> attempts;
  bool queued = false;           // waits for room under max_parallel_dials
  std::optional<Instant> timer;  // as it stands in Impl::job_timers_
};

struct Swarm::Impl {
  Impl(Config the_config, crypto::PrivateKey the_key, upgrade::SecurityIdentity the_identity, peers::PeerBook& the_book,
       Rng& the_rng);

  // swarm_connections.cpp
  ConnId accept(const wire::Multiaddr& local, const wire::Multiaddr& remote, Instant now);
  void received(ConnId id, BytesView bytes, Instant now);
  void socket_closed(ConnId id, const Error& why, Instant now);
  void on_established(Conn& conn, Instant now);
  bool make_room(const Conn& newcomer, Instant now);
  void close(ConnId id, const Error& why, Instant now);
  void forget(ConnId id, const Error& why, Instant now);
  void on_conn_timer(ConnId id, Instant now);
  void schedule(Conn& conn, Instant now);
  void wake(Conn& conn, Instant now);
  [[nodiscard]] Instant attempt_deadline(const Conn& conn) const;
  void keep_alive(Conn& conn, Instant now);
  void count(Conn& conn);
  [[nodiscard]] std::optional<Instant> spare_deadline(const Conn& conn) const;
  [[nodiscard]] ConnId preferred(const Peer& peer) const;
  [[nodiscard]] bool dialed_by_smaller(const Conn& conn) const;
  void account(Conn& conn, Instant now);
  void update_buffered(Conn& conn);
  bool reset_largest_stream(Conn& conn, Instant now);
  void enforce_memory(Instant now);
  Conn& add_conn(ConnectionOptions options, const wire::Multiaddr& remote, Instant now);
  Conn* find(ConnId id);
  const Conn* find(ConnId id) const;

  // swarm_streams.cpp
  void drain(ConnId id, Instant now);
  void after_use(Conn& conn, Instant now);
  void on_event(Conn& conn, const ConnectionEvent& event, Instant now);
  void on_stream_opened(Conn& conn, const ConnectionEvent& event, Instant now);
  void on_stream_event(Conn& conn, StreamOwner& owner, const ConnectionEvent& event, Instant now);
  Result<StreamRef> open_stream(PeerHandle peer, std::string_view protocol, StreamOwner owner, Instant now);
  Result<std::uint32_t> open_on(Conn& conn, std::string_view protocol, StreamOwner owner, Instant now);
  void drop_stream(Conn& conn, std::uint32_t stream);
  void forget_unread(StreamRef stream);

  // swarm_services.cpp: identify and ping
  void ask_identify(Conn& conn, Instant now);
  void serve_identify(Conn& conn, std::uint32_t stream, Instant now);
  void read_identify(Conn& conn, std::uint32_t stream, IdentifyClient& client, Instant now);
  void end_identify(Conn& conn, std::uint32_t stream, const IdentifyClient& client, Instant now);
  void learn(PeerHandle handle, Peer& peer, const wire::Identify& statement, Instant now);
  void push_identify(Instant now);
  void push_identify_to(const Peer& peer, Instant now);
  [[nodiscard]] Bytes identify_frame(const Conn& conn) const;
  void serve_ping(Conn& conn, std::uint32_t stream, Instant now);
  void read_pong(Conn& conn, std::uint32_t stream, const PingClient& client, Instant now);
  void ping(PeerHandle peer, Instant now);
  void on_service_deadlines(Conn& conn, Instant now);

  // swarm_dials.cpp
  DialId dial(std::optional<PeerHandle> peer, const std::vector<wire::Multiaddr>& addresses, AddressFilter filter,
              Instant deadline, Instant now);
  [[nodiscard]] bool reachable(PeerHandle peer) const;
  DialId refuse_dial(DialId id, const Error& why);
  void cancel_dial(DialId dial, Instant now);
  void pump(DialJobId id, Instant now);
  void start_attempt(DialJob& job, const Dial::Attempt& attempt, Instant now);
  void on_dial_result(ConnId id, const Result<wire::Multiaddr>& local, Instant now);
  void on_resolved(QueryId id, const Result<std::vector<std::string>>& answers, Instant now);
  void attempt_ended(DialJobId id, const Conn& conn, const Error& why, Instant now);
  void finish_job(DialJobId id, const Result<PeerHandle>& result, Instant now);
  void on_job_timer(DialJobId id, Instant now);
  void schedule(DialJob& job);
  void pump_queue(Instant now);

  [[nodiscard]] std::string_view intern(std::string_view name);
  [[nodiscard]] upgrade::ProtocolNames supported() const { return std::span<const std::string_view>{supported_}; }
  bool set_protocols(const std::vector<std::string>& protocols);

  Config config;
  crypto::PrivateKey key;
  upgrade::SecurityIdentity identity;
  peers::PeerBook& book;
  Rng& rng;
  Counters counters;

  std::deque<Output> out;
  std::unordered_map<ConnId, std::unique_ptr<Conn>> conns;  // never iterated for a decision
  std::set<ConnId> half_open;                               // inbound ones; ids grow, so the first is the oldest
  std::set<ConnId> established;
  std::map<PeerHandle, Peer> peers;
  std::map<PeerHandle, peers::Pinned> protected_peers;
  std::size_t buffered = 0;
  std::set<std::pair<Instant, ConnId>> conn_timers;

  std::map<DialJobId, DialJob> jobs;
  std::map<PeerHandle, DialJobId> jobs_by_peer;
  std::map<DialId, DialJobId> jobs_by_dial;
  std::map<QueryId, std::pair<DialJobId, std::size_t>> queries;
  std::set<std::pair<Instant, DialJobId>> job_timers;
  std::deque<DialJobId> dial_queue;
  std::size_t attempts_running = 0;

  std::vector<wire::Multiaddr> announced;
  Bytes signed_record;
  std::deque<std::string> names;  // every protocol name ever used: views of them stay good
  std::vector<std::string_view> supported_;
  Bytes scratch;
  Instant last_now{};  // for the owner's calls that carry no time

  std::uint64_t next_conn = 1;
  std::uint64_t next_dial = 1;
  std::uint64_t next_job = 1;
  std::uint64_t next_query = 1;
};

}  // namespace pond::swarm
