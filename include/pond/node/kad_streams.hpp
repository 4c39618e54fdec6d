#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "pond/base/time.hpp"
#include "pond/kad/kad.hpp"
#include "pond/kad/rpc/codec.hpp"
#include "pond/node/inbound_shares.hpp"
#include "pond/node/limits.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/swarm/swarm.hpp"
#include "pond/wire/frame.hpp"

namespace pond::node {

/// Carries Kademlia's requests and answers over streams of the swarm.
///
/// Inbound: a stream carries any number of requests (go), or one with a half-close behind it (js, rust). Requests of
/// one stream are served one after the other; the next is not read before the answer to the last has left, so that a
/// peer which does not read is not read from either. A refusal resets the stream: the protocol has no error message.
/// When the node has `max_inbound` of them, a peer that holds fewer than another takes a place from the one that holds
/// most (see InboundShares).
///
/// What is kept here of messages, until they are complete or the stream takes them, the swarm is told: it counts under
/// the bounds on buffers there.
///
/// Outbound: one request at a time on a stream. A stream whose answer has come is kept for the next request to the same
/// peer, for `own_idle_timeout`, and then closed; a request that fails on such a stream before any answer is tried once
/// more on a fresh one, since the peer may have closed it meanwhile. ADD_PROVIDER has no answer: its stream is closed
/// behind it, and it counts as sent when the peer closes its side too, or has agreed to the protocol and stays silent
/// for a second. A request to a peer without a connection dials it first.
///
/// Not thread-safe. Owned by the Node, which passes on the swarm's events and kad's outputs.
class KadStreams {
 public:
  /// Takes what kad is to be told: InboundRequest, RpcAnswered, RpcSent, RpcFailed. Must not call back.
  using ToKad = std::function<void(kad::Input&&, Instant)>;

  KadStreams(swarm::Swarm& swarm, ToKad to_kad, peers::PeerBook& book, kad::Hearsay hearsay,
             const KadStreamLimits& limits, std::string protocol);

  // ---- From kad ----
  void send(const kad::SendRpc& rpc, Instant now);
  void abandon(kad::RpcId rpc, Instant now);
  void answer(kad::RequestToken token, const kad::Answer& answer, Instant now);
  void no_answer(kad::RequestToken token, Instant now);
  void refuse(kad::RequestToken token, Instant now);

  /// The node shuts down: from now on no request is begun, every one fails with kClosed.
  void close() noexcept { closing_ = true; }

  // ---- From the swarm. False: the event is not about one of these streams or dials.
  bool opened(const swarm::StreamOpened& event, Instant now);
  bool ready(swarm::StreamRef stream, Instant now);
  bool readable(swarm::StreamRef stream, Instant now);
  bool writable(swarm::StreamRef stream, Instant now);
  bool finished(swarm::StreamRef stream, Instant now);
  bool failed(swarm::StreamRef stream, const Error& why, Instant now);
  bool dialed(const swarm::DialDone& event, Instant now);

  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] const KadStreamCounters& counters() const noexcept { return counters_; }

 private:
  struct Inbound {
    swarm::PeerHandle peer;
    wire::FrameReader reader;
    Bytes unsent;                           // of an answer that the stream did not take whole
    std::optional<kad::RequestToken> busy;  // a request is with kad
    std::size_t held = 0;                   // octets of the above, as the swarm was told
    InboundShares::Place place;
    bool remote_finished = false;
    Instant deadline;              // for the next message to be complete
    std::optional<Instant> timer;  // as it stands in timers_
  };
  struct Outbound {
    swarm::PeerHandle peer;
    wire::FrameReader reader;
    Bytes unsent;
    std::size_t held = 0;           // octets of the above, as the swarm was told
    std::optional<kad::RpcId> rpc;  // none: idle
    bool reused = false;
    bool awaits_end = false;  // an ADD_PROVIDER: our side is closed
    bool ready = false;
    std::optional<Instant> deadline;  // of idleness, or of waiting for the end
    std::optional<Instant> timer;
  };
  struct Rpc {
    kad::SendRpc send;
    std::optional<swarm::StreamRef> stream;  // it is on its way
    std::optional<swarm::DialId> dial;       // it waits for a connection
    bool retried = false;
    bool dialed = false;  // for it; not again when that connection takes no stream either
  };

  void serve(swarm::StreamRef ref, Inbound& stream, Instant now);
  void write_inbound(swarm::StreamRef ref, Inbound& stream, BytesView bytes);
  void request_done(kad::RequestToken token, Instant now);
  void drop_inbound(swarm::StreamRef ref);
  [[nodiscard]] bool make_room_for(swarm::PeerHandle newcomer);
  void tell_held(swarm::StreamRef ref, auto& stream) {
    const std::size_t bytes = stream.reader.buffered_bytes() + stream.unsent.size();
    if (bytes != stream.held) {
      stream.held = bytes;
      swarm_.hold(ref, bytes);
    }
  }
  void arm(swarm::StreamRef ref, std::optional<Instant>& timer, std::optional<Instant> deadline);
  void disarm(swarm::StreamRef ref, const std::optional<Instant>& timer);

  void start(kad::RpcId id, Instant now);
  void dial_for(kad::RpcId id, Rpc& rpc, Instant now);
  void put_on(swarm::StreamRef ref, Outbound& stream, kad::RpcId id, Instant now);
  [[nodiscard]] Result<swarm::StreamRef> stream_for(swarm::PeerHandle peer, const Rpc& rpc, Instant now);
  void read_answer(swarm::StreamRef ref, Outbound& stream, Instant now);
  void complete(kad::RpcId id, Result<kad::Answer> answer, Instant now);
  void sent(kad::RpcId id, Instant now);
  void retry_or_fail(kad::RpcId id, bool may_retry, const Error& why, Instant now);
  void idle(swarm::StreamRef ref, Outbound& stream, Instant now);
  void drop_outbound(swarm::StreamRef ref, Instant now);
  void drop_one_idle(Instant now);
  void close_idle(swarm::StreamRef ref, Instant now);
  [[nodiscard]] bool forget_ending(swarm::StreamRef ref);
  void on_inbound_timer(swarm::StreamRef ref, Inbound& stream, Instant now);
  void on_outbound_timer(swarm::StreamRef ref, Outbound& stream, Instant now);
  void start_starved(Instant now);

  swarm::Swarm& swarm_;
  ToKad to_kad_;
  peers::PeerBook& book_;
  kad::Hearsay hearsay_;
  KadStreamLimits limits_;
  std::string protocol_;
  KadStreamCounters counters_;

  std::map<swarm::StreamRef, Inbound> inbound_;
  std::unordered_map<kad::RequestToken, swarm::StreamRef> tokens_;
  std::unordered_map<swarm::ConnId, std::size_t> inbound_by_conn_;
  InboundShares shares_;
  std::uint64_t next_token_ = 1;
  bool closing_ = false;

  std::map<swarm::StreamRef, Outbound> outbound_;
  std::unordered_map<kad::RpcId, Rpc> rpcs_;
  std::map<swarm::PeerHandle, std::vector<swarm::StreamRef>> idle_;  // no empty lists
  std::map<swarm::StreamRef, Instant> ending_;                       // our side is closed; until when to wait
  std::map<swarm::DialId, kad::RpcId> dials_;
  std::deque<kad::RpcId> starved_;  // wait for room under max_outbound
  std::set<std::pair<Instant, kad::RpcId>> rpc_timers_;
  std::set<std::pair<Instant, swarm::StreamRef>> timers_;

  wire::KadAnswerWriter writer_;
  Bytes frame_;  // reused
};

}  // namespace pond::node
