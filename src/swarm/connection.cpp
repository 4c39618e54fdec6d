#include "pond/swarm/connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pond::swarm {
namespace {

using upgrade::MultistreamDialer;
using upgrade::MultistreamListener;
using upgrade::Security;
using upgrade::SecurityRole;
using upgrade::YamuxEvent;
using upgrade::YamuxSide;
using Kind = ConnectionEvent::Kind;

constexpr std::array<std::string_view, 1> kMuxerProtocols{upgrade::kYamuxProtocol};

/// Streams done negotiating that may stay in the queue of deadlines, beside one for each stream that lives.
constexpr std::size_t kSpareDeadlines = 64;

bool is_done(const auto& negotiation) {
  return std::visit([](const auto& machine) { return machine.done(); }, negotiation);
}

/// One step of either side of a negotiation: how much of `in` it used.
Result<std::size_t> step(auto& negotiation, BytesView in, upgrade::ProtocolNames supported, Bytes& out) {
  if (auto* dialer = std::get_if<MultistreamDialer>(&negotiation)) {
    return dialer->handle(in, out);
  }
  return std::get<MultistreamListener>(negotiation).handle(in, supported, out);
}

}  // namespace

Connection::Connection(ConnectionOptions options, const upgrade::SecurityIdentity& identity, Rng& rng)
    : options_(std::move(options)), identity_(&identity), rng_(&rng), negotiation_(MultistreamListener{}) {
  if (options_.direction == Direction::kOutbound) {
    auto& machine = negotiation_.emplace<MultistreamDialer>(upgrade::protocol_of(options_.security));
    if (!machine.start(out_) || !start_handshake(options_.security)) {
      stage_ = Stage::kFailed;
    }
  }
}

Result<void> Connection::start_handshake(Security security) {
  const bool dials = options_.direction == Direction::kOutbound;
  handshake_.emplace(security, dials ? SecurityRole::kDialer : SecurityRole::kListener, *identity_,
                     options_.expected_peer, *rng_, options_.opened);
  return handshake_->start(out_);
}

Result<void> Connection::receive(BytesView in, Instant now) {
  if (stage_ == Stage::kFailed) {
    return fail(Errc::kClosed, "the connection has failed");
  }
  auto result = receive_bytes(in, now);
  if (!result) {
    stage_ = Stage::kFailed;
  }
  return result;
}

Result<void> Connection::receive_bytes(BytesView in, Instant now) {
  if (stage_ == Stage::kProposal) {
    POND_TRY(const std::size_t used, step(negotiation_, in, identity_->protocols(), out_));
    in = in.subspan(used);
    if (!is_done(negotiation_)) {
      return {};
    }
    if (const auto* listener = std::get_if<MultistreamListener>(&negotiation_)) {
      const bool takes_tls = listener->protocol() == upgrade::kTlsProtocol;
      POND_CHECK(start_handshake(takes_tls ? Security::kTls : Security::kNoise));
    }
    stage_ = Stage::kHandshake;
  }
  if (stage_ == Stage::kHandshake) {
    POND_TRY(const std::size_t used, handshake_->handle(in, out_));
    in = in.subspan(used);
    if (!handshake_->done()) {
      return {};
    }
    POND_CHECK(on_handshake_done());
  }
  for (;;) {
    POND_TRY(const std::optional<BytesView> plain, session_->open(in));
    if (!plain) {
      return {};
    }
    POND_CHECK(on_plaintext(*plain, now));
  }
}

Result<void> Connection::on_handshake_done() {
  POND_TRY(upgrade::SecurityOutcome outcome, handshake_->take());
  handshake_.reset();
  remote_peer_ = outcome.remote_peer;
  session_.emplace(std::move(outcome.session));
  if (outcome.muxer.empty()) {
    return start_muxer_negotiation();
  }
  open_muxer();
  return {};
}

Result<void> Connection::start_muxer_negotiation() {
  stage_ = Stage::kMuxer;
  if (options_.direction == Direction::kInbound) {
    negotiation_.emplace<MultistreamListener>();
    return {};
  }
  Bytes proposal;
  POND_CHECK(negotiation_.emplace<MultistreamDialer>(upgrade::kYamuxProtocol).start(proposal));
  return session_->seal(proposal, out_);
}

Result<void> Connection::on_plaintext(BytesView plain, Instant now) {
  if (stage_ == Stage::kMuxer) {
    Bytes answer;
    POND_TRY(const std::size_t used,
             step(negotiation_, plain, std::span<const std::string_view>{kMuxerProtocols}, answer));
    plain = plain.subspan(used);
    POND_CHECK(session_->seal(answer, out_));
    if (!is_done(negotiation_)) {
      return {};
    }
    open_muxer();
  }
  return yamux_->handle(plain, now);
}

void Connection::open_muxer() {
  stage_ = Stage::kOpen;
  yamux_.emplace(options_.direction == Direction::kOutbound ? YamuxSide::kInitiator : YamuxSide::kResponder,
                 options_.yamux);
  events_.push_back({.kind = Kind::kEstablished});
}

std::optional<ConnectionEvent> Connection::poll(upgrade::ProtocolNames supported, Instant now) {
  while (events_.empty() && yamux_) {
    const std::optional<YamuxEvent> event = yamux_->poll();
    if (!event) {
      return std::nullopt;
    }
    translate(*event, supported, now);
  }
  if (events_.empty()) {
    return std::nullopt;
  }
  ConnectionEvent event = events_.front();
  events_.pop_front();
  return event;
}

void Connection::translate(const YamuxEvent& event, upgrade::ProtocolNames supported, Instant now) {
  switch (event.kind) {
    case YamuxEvent::Kind::kPong:
      events_.push_back({.kind = Kind::kPong, .round_trip = event.rtt});
      return;
    case YamuxEvent::Kind::kGoAway:
      events_.push_back({.kind = Kind::kRemoteGoesAway});
      return;
    case YamuxEvent::Kind::kOpenable:
      return;
    case YamuxEvent::Kind::kOpened:
      streams_.emplace(event.stream, Stream{.negotiation = MultistreamListener{}});
      expect_negotiated(event.stream, now);
      return;
    default:
      break;
  }
  const auto found = streams_.find(event.stream);
  if (found == streams_.end()) {
    return;
  }
  Stream& stream = found->second;
  switch (event.kind) {
    case YamuxEvent::Kind::kReadable:
      if (stream.negotiation) {
        negotiate(event.stream, stream, supported, now);
      } else {
        keep_last_bytes(event.stream, now);
        events_.push_back({.kind = Kind::kStreamReadable, .stream = event.stream});
      }
      return;
    case YamuxEvent::Kind::kWritable:
      events_.push_back({.kind = Kind::kStreamWritable, .stream = event.stream});
      return;
    case YamuxEvent::Kind::kFinished:
      if (stream.refused) {
        streams_.erase(found);
        return;
      }
      if (stream.negotiation) {
        yamux_->reset(event.stream);
        fail_stream(event.stream, {Errc::kReset, "the peer closed the stream before agreeing on a protocol"});
        return;
      }
      stream.remote_finished = true;
      events_.push_back({.kind = Kind::kStreamFinished, .stream = event.stream});
      if (stream.finished) {
        forget(found);
      }
      return;
    case YamuxEvent::Kind::kReset:
      fail_stream(event.stream, {Errc::kReset, "the peer reset the stream"});
      return;
    default:
      return;
  }
}

void Connection::negotiate(std::uint32_t id, Stream& stream, upgrade::ProtocolNames supported, Instant now) {
  if (stream.refused) {
    yamux_->consume(id, yamux_->peek(id).size(), now);
    return;
  }
  reply_.clear();
  const Result<std::size_t> used = step(*stream.negotiation, yamux_->peek(id), supported, reply_);
  if (!used) {
    refuse(id, stream, used.error(), now);
    return;
  }
  yamux_->consume(id, *used, now);
  if (yamux_->write(id, reply_) != reply_.size()) {
    yamux_->reset(id);
    fail_stream(id, {Errc::kLimit, "no room for the answer to a protocol proposal"});
    return;
  }
  if (!is_done(*stream.negotiation)) {
    return;
  }
  const auto* listener = std::get_if<MultistreamListener>(&*stream.negotiation);
  if (listener != nullptr) {
    events_.push_back({.kind = Kind::kStreamOpened, .stream = id, .protocol = listener->protocol()});
  } else {
    events_.push_back({.kind = Kind::kStreamReady, .stream = id});
  }
  stream.negotiation.reset();
  if (!yamux_->peek(id).empty()) {
    keep_last_bytes(id, now);
    events_.push_back({.kind = Kind::kStreamReadable, .stream = id});
  }
}

/// The remote has reset the stream already, in the same read perhaps: Yamux forgets it when that is polled, before the
/// owner has been told that there is something to read.
void Connection::keep_last_bytes(std::uint32_t id, Instant now) {
  if (!yamux_->is_torn_down(id)) {
    return;
  }
  const BytesView last = yamux_->peek(id);
  last_bytes_size_ += last.size();
  last_bytes_[id] = to_bytes(last);
  yamux_->consume(id, last.size(), now);
}

void Connection::drop_last_bytes(std::uint32_t id) {
  if (const auto found = last_bytes_.find(id); found != last_bytes_.end()) {
    last_bytes_size_ -= found->second.size();
    last_bytes_.erase(found);
  }
}

/// A negotiation failed. A dialer that has been told `na` must get to read it, though what it wrote on behind its
/// proposal made no sense: a reset would take the answer away.
void Connection::refuse(std::uint32_t id, Stream& stream, const Error& why, Instant now) {
  const auto* listener = std::get_if<MultistreamListener>(&*stream.negotiation);
  if (listener != nullptr && listener->has_refused() && yamux_->write(id, reply_) == reply_.size()) {
    stream.refused = true;
    yamux_->finish(id);
    yamux_->consume(id, yamux_->peek(id).size(), now);
    return;
  }
  yamux_->reset(id);
  fail_stream(id, why);
}

/// The stream is gone from Yamux. The owner knows it unless it is one of the remote's that never agreed on a protocol.
void Connection::fail_stream(std::uint32_t id, const Error& why) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) {
    return;
  }
  const auto& negotiation = found->second.negotiation;
  const bool known = !negotiation || std::holds_alternative<MultistreamDialer>(*negotiation);
  forget(found);
  if (known) {
    events_.push_back({.kind = Kind::kStreamFailed, .stream = id, .why = why});
  }
}

void Connection::forget(Streams::iterator stream) {
  held_ -= stream->second.held;
  streams_.erase(stream);
}

bool Connection::negotiating(std::uint32_t id) const {
  const auto found = streams_.find(id);
  return found != streams_.end() && found->second.negotiation;
}

void Connection::expect_negotiated(std::uint32_t id, Instant now) {
  // A remote that opens and resets streams all the time must not make the queue grow until the first deadline.
  if (negotiating_.size() > 2 * streams_.size() + kSpareDeadlines) {
    std::erase_if(negotiating_, [&](const auto& entry) { return !negotiating(entry.second); });
  }
  negotiating_.emplace_back(now + options_.negotiation_timeout, id);
}

std::size_t Connection::produce(Bytes& out, std::size_t max_bytes, Bytes& scratch) {
  const std::size_t before = out.size();
  append(out, out_);
  out_.clear();
  if (yamux_ && !failure_ && out.size() - before < max_bytes) {
    scratch.clear();
    yamux_->produce(scratch, max_bytes - (out.size() - before));
    if (const auto sealed = session_->seal(scratch, out); !sealed) {
      stage_ = Stage::kFailed;
      failure_ = sealed.error();
    }
  }
  return out.size() - before;
}

bool Connection::has_output() const noexcept {
  return !out_.empty() || (yamux_ && !failure_ && yamux_->has_output());
}

std::optional<Instant> Connection::next_deadline() const {
  std::optional<Instant> deadline = yamux_ ? yamux_->next_deadline() : std::nullopt;
  if (!negotiating_.empty() && (!deadline || negotiating_.front().first < *deadline)) {
    deadline = negotiating_.front().first;
  }
  return deadline;
}

Result<void> Connection::handle_timeout(Instant now) {
  while (!negotiating_.empty()) {
    const auto [deadline, id] = negotiating_.front();
    const bool waiting = negotiating(id);
    if (waiting && deadline > now) {
      break;
    }
    negotiating_.pop_front();
    if (waiting) {
      ++negotiations_timed_out_;
      yamux_->reset(id);
      fail_stream(id, {Errc::kTimeout, "no agreement on the stream's protocol in time"});
    }
  }
  return yamux_ ? yamux_->handle_timeout(now) : Result<void>{};
}

Result<std::uint32_t> Connection::open(std::string_view protocol, Instant now) {
  if (!established()) {
    return fail(Errc::kClosed, "the connection is not established");
  }
  MultistreamDialer dialer{protocol};
  reply_.clear();
  POND_CHECK(dialer.start(reply_));
  POND_TRY(const std::uint32_t id, yamux_->open());
  if (yamux_->write(id, reply_) != reply_.size()) {
    yamux_->reset(id);
    return fail(Errc::kLimit, "the connection's send buffer is full");
  }
  streams_.insert_or_assign(id, Stream{.negotiation = dialer});
  expect_negotiated(id, now);
  return id;
}

BytesView Connection::peek(std::uint32_t stream) const {
  if (const auto last = last_bytes_.find(stream); last != last_bytes_.end()) {
    return last->second;
  }
  const auto found = streams_.find(stream);
  return found == streams_.end() || found->second.negotiation ? BytesView{} : yamux_->peek(stream);
}

void Connection::consume(std::uint32_t stream, std::size_t n, Instant now) {
  if (const auto last = last_bytes_.find(stream); last != last_bytes_.end()) {
    Bytes& bytes = last->second;
    n = std::min(n, bytes.size());
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    last_bytes_size_ -= n;
    if (bytes.empty()) {
      last_bytes_.erase(last);
    }
    return;
  }
  if (yamux_ && !negotiating(stream)) {
    yamux_->consume(stream, n, now);
  }
}

std::size_t Connection::write(std::uint32_t stream, BytesView bytes) {
  return yamux_ ? yamux_->write(stream, bytes) : 0;
}

void Connection::finish(std::uint32_t stream) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) {
    return;
  }
  yamux_->finish(stream);
  found->second.finished = true;
  if (found->second.remote_finished) {
    forget(found);
  }
}

void Connection::reset(std::uint32_t stream) {
  drop_last_bytes(stream);
  if (const auto found = streams_.find(stream); found != streams_.end()) {
    forget(found);
    yamux_->reset(stream);
  }
}

void Connection::hold(std::uint32_t stream, std::size_t bytes) {
  if (const auto found = streams_.find(stream); found != streams_.end()) {
    held_ = held_ - found->second.held + bytes;
    found->second.held = bytes;
  }
}

void Connection::ping(Instant now) {
  if (yamux_) {
    yamux_->ping(now);
  }
}

void Connection::go_away(upgrade::YamuxGoAway code) {
  if (yamux_) {
    yamux_->go_away(code);
  }
}

std::size_t Connection::stream_bytes() const noexcept {
  return held_ + last_bytes_size_ + (yamux_ ? yamux_->buffered_bytes() : 0);
}

std::size_t Connection::buffered_bytes() const noexcept {
  return out_.size() + (session_ ? session_->buffered() : 0) + stream_bytes();
}

bool Connection::reset_largest_stream() {
  std::optional<upgrade::StreamId> largest = yamux_ ? yamux_->largest_stream() : std::nullopt;
  std::size_t most = largest ? yamux_->buffered_bytes(*largest) : 0;
  for (const auto& [id, stream] : streams_) {
    const std::size_t bytes = stream.held == 0 ? 0 : stream.held + yamux_->buffered_bytes(id);
    if (bytes > most) {
      most = bytes;
      largest = id;
    }
  }
  for (const auto& [id, bytes] : last_bytes_) {
    if (bytes.size() > most) {
      most = bytes.size();
      largest = id;
    }
  }
  if (!largest) {
    return false;
  }
  drop_last_bytes(*largest);
  yamux_->reset(*largest);
  fail_stream(*largest, {Errc::kLimit, "reset to keep the buffers within their bound"});
  return true;
}

std::uint64_t Connection::streams_refused() const noexcept {
  if (!yamux_) {
    return 0;
  }
  const upgrade::YamuxCounters& counters = yamux_->counters();
  return counters.inbound_over_limit + counters.inbound_over_backlog;
}

std::uint64_t Connection::streams_reset_for_memory() const noexcept {
  return yamux_ ? yamux_->counters().receive_over_limit : 0;
}

}  // namespace pond::swarm
