#include "pond/node/kad_streams.hpp"

namespace pond::node {

bool KadStreams::opened(const swarm::StreamOpened& event, Instant now) {
  if (event.protocol != protocol_) {
    return false;
  }
  const auto of_connection = inbound_by_conn_.find(event.stream.conn);
  if (of_connection != inbound_by_conn_.end() && of_connection->second >= limits_.max_inbound_per_connection) {
    ++counters_.inbound_over_connection_limit;
    swarm_.reset(event.stream);
    return true;
  }
  if (inbound_.size() >= limits_.max_inbound && !make_room_for(event.peer)) {
    ++counters_.inbound_over_limit;
    swarm_.reset(event.stream);
    return true;
  }
  ++inbound_by_conn_[event.stream.conn];
  const auto [found, added] =
      inbound_.emplace(event.stream, Inbound{.peer = event.peer,
                                             .reader = wire::FrameReader{limits_.max_request_bytes},
                                             .unsent = {},
                                             .busy = std::nullopt,
                                             .place = shares_.add(event.peer, event.stream),
                                             .deadline = now + limits_.first_message_timeout,
                                             .timer = std::nullopt});
  arm(event.stream, found->second.timer, found->second.deadline);
  counters_.inbound_now = inbound_.size();
  return true;
}

/// Closes the least useful stream of the peer that holds most; false when it is not the newcomer's to take.
bool KadStreams::make_room_for(swarm::PeerHandle newcomer) {
  const std::optional<swarm::StreamRef> least = shares_.place_for(newcomer);
  if (!least) {
    return false;
  }
  ++counters_.inbound_displaced;
  swarm_.reset(*least);
  drop_inbound(*least);
  return true;
}

/// Reads requests until one is with kad, an answer is stuck, or nothing more has come.
void KadStreams::serve(swarm::StreamRef ref, Inbound& stream, Instant now) {
  while (!stream.busy && stream.unsent.empty()) {
    const BytesView waiting = swarm_.peek(ref);
    BytesView rest = waiting;
    const Result<std::optional<BytesView>> frame = stream.reader.next(rest);
    if (!frame) {
      ++(frame.error().code == Errc::kTooLarge ? counters_.requests_too_large : counters_.requests_malformed);
      swarm_.reset(ref);
      drop_inbound(ref);
      return;
    }
    if (*frame) {
      const kad::RequestToken token{next_token_++};
      tokens_.emplace(token, ref);
      stream.busy = token;
      shares_.begin(stream.place);
      to_kad_(kad::InboundRequest{.token = token, .from = stream.peer, .message = **frame}, now);
      stream.reader.release();
    }
    swarm_.consume(ref, waiting.size() - rest.size());
    if (!*frame) {
      break;
    }
  }
  tell_held(ref, stream);
  if (stream.remote_finished && !stream.busy && stream.unsent.empty()) {
    swarm_.finish(ref);
    drop_inbound(ref);
  }
}

void KadStreams::write_inbound(swarm::StreamRef ref, Inbound& stream, BytesView bytes) {
  const std::size_t taken = swarm_.write(ref, bytes);
  stream.unsent.assign(bytes.begin() + static_cast<std::ptrdiff_t>(taken), bytes.end());
}

void KadStreams::answer(kad::RequestToken token, const kad::Answer& answer, Instant now) {
  const auto found = tokens_.find(token);
  if (found == tokens_.end()) {
    return;
  }
  const swarm::StreamRef ref = found->second;
  frame_.clear();
  if (!kad::encode_answer(answer, book_, writer_, frame_, now)) {
    ++counters_.answers_too_large;
    refuse(token, now);
    return;
  }
  write_inbound(ref, inbound_.at(ref), frame_);
  request_done(token, now);
}

void KadStreams::no_answer(kad::RequestToken token, Instant now) {
  request_done(token, now);
}

void KadStreams::request_done(kad::RequestToken token, Instant now) {
  const auto found = tokens_.find(token);
  if (found == tokens_.end()) {
    return;
  }
  const swarm::StreamRef ref = found->second;
  tokens_.erase(found);
  Inbound& stream = inbound_.at(ref);
  stream.busy.reset();
  shares_.end(stream.place);
  stream.deadline = now + limits_.next_message_timeout;
  arm(ref, stream.timer, stream.deadline);
  serve(ref, stream, now);
}

void KadStreams::refuse(kad::RequestToken token, Instant) {
  const auto found = tokens_.find(token);
  if (found == tokens_.end()) {
    return;
  }
  const swarm::StreamRef ref = found->second;
  swarm_.reset(ref);
  drop_inbound(ref);
}

void KadStreams::drop_inbound(swarm::StreamRef ref) {
  const auto found = inbound_.find(ref);
  if (found == inbound_.end()) {
    return;
  }
  if (found->second.busy) {
    tokens_.erase(*found->second.busy);
  }
  disarm(ref, found->second.timer);
  shares_.remove(found->second.place);
  if (const auto count = inbound_by_conn_.find(ref.conn); --count->second == 0) {
    inbound_by_conn_.erase(count);
  }
  inbound_.erase(found);
  counters_.inbound_now = inbound_.size();
}

/// A timer that fires too early is set anew then: cheaper than moving it with every message.
void KadStreams::arm(swarm::StreamRef ref, std::optional<Instant>& timer, std::optional<Instant> deadline) {
  if (!deadline || (timer && *timer <= *deadline)) {
    return;
  }
  disarm(ref, timer);
  timer = deadline;
  timers_.emplace(*deadline, ref);
}

void KadStreams::disarm(swarm::StreamRef ref, const std::optional<Instant>& timer) {
  if (timer) {
    timers_.erase({*timer, ref});
  }
}

}  // namespace pond::node
