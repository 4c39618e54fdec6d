#include <algorithm>

#include "pond/node/kad_streams.hpp"

namespace pond::node {
namespace {

bool has_no_answer(const kad::SendRpc& rpc) {
  return rpc.request->type == wire::KadType::kAddProvider;
}

}  // namespace

void KadStreams::send(const kad::SendRpc& rpc, Instant now) {
  if (rpcs_.size() >= limits_.max_queued_requests) {
    ++counters_.queue_full;
    to_kad_(kad::RpcFailed{.rpc = rpc.rpc, .error = {Errc::kLimit, "too many requests under way"}}, now);
    return;
  }
  rpcs_.emplace(rpc.rpc, Rpc{.send = rpc, .stream = std::nullopt});
  rpc_timers_.emplace(rpc.deadline, rpc.rpc);
  start(rpc.rpc, now);
}

/// Puts the request on a stream, or into the queue that it has to wait in.
void KadStreams::start(kad::RpcId id, Instant now) {
  if (closing_) {
    complete(id, fail(Errc::kClosed, "the node is shutting down"), now);
    return;
  }
  Rpc& rpc = rpcs_.at(id);
  const swarm::PeerHandle to = rpc.send.to;
  if (!swarm_.connected(to)) {
    dial_for(id, rpc, now);
    return;
  }
  const bool needs_new = !idle_.contains(to) || rpc.retried || has_no_answer(rpc.send);
  if (needs_new && outbound_.size() >= limits_.max_outbound) {
    ++counters_.outbound_over_limit;
    drop_one_idle(now);
    if (outbound_.size() >= limits_.max_outbound) {
      starved_.push_back(id);
      return;
    }
  }
  const Result<swarm::StreamRef> ref = stream_for(to, rpc, now);
  if (!ref && ref.error().code == Errc::kClosed && !rpc.dialed) {
    dial_for(id, rpc, now);  // the only connection to the peer takes no new streams
    return;
  }
  if (!ref) {
    complete(id, std::unexpected(ref.error()), now);
    return;
  }
  put_on(*ref, outbound_.at(*ref), id, now);
}

void KadStreams::dial_for(kad::RpcId id, Rpc& rpc, Instant now) {
  rpc.dialed = true;
  rpc.dial = swarm_.dial(rpc.send.to, rpc.send.deadline, now);
  dials_.emplace(*rpc.dial, id);
}

Result<swarm::StreamRef> KadStreams::stream_for(swarm::PeerHandle to, const Rpc& rpc, Instant now) {
  const auto idle = idle_.find(to);
  if (idle != idle_.end() && !rpc.retried && !has_no_answer(rpc.send)) {
    const swarm::StreamRef ref = idle->second.back();
    idle->second.pop_back();
    if (idle->second.empty()) {
      idle_.erase(idle);
    }
    outbound_.at(ref).reused = true;
    return ref;
  }
  POND_TRY(const swarm::StreamRef ref, swarm_.open_stream(to, protocol_, now));
  outbound_.emplace(ref, Outbound{.peer = to,
                                  .reader = wire::FrameReader{limits_.max_answer_bytes},
                                  .unsent = {},
                                  .rpc = std::nullopt,
                                  .deadline = std::nullopt,
                                  .timer = std::nullopt});
  counters_.outbound_now = outbound_.size();
  return ref;
}

void KadStreams::put_on(swarm::StreamRef ref, Outbound& stream, kad::RpcId id, Instant) {
  Rpc& rpc = rpcs_.at(id);
  rpc.stream = ref;
  stream.rpc = id;
  stream.deadline.reset();
  Bytes body;
  wire::encode_kad(*rpc.send.request, body);
  frame_.clear();
  wire::append_frame(frame_, body);
  const std::size_t taken = swarm_.write(ref, frame_);
  stream.unsent.assign(frame_.begin() + static_cast<std::ptrdiff_t>(taken), frame_.end());
  tell_held(ref, stream);
  if (has_no_answer(rpc.send)) {
    stream.awaits_end = true;
    if (stream.unsent.empty()) {
      swarm_.finish(ref);
    }
  }
}

void KadStreams::read_answer(swarm::StreamRef ref, Outbound& stream, Instant now) {
  const BytesView waiting = swarm_.peek(ref);
  if (!stream.rpc || stream.awaits_end) {
    // Bytes that nobody asked for. Behind an ADD_PROVIDER they say that it was read (py echoes it, and resets the
    // stream at its end); elsewhere they would be taken for the next answer.
    swarm_.consume(ref, waiting.size());
    if (waiting.empty()) {
      return;
    }
    if (!stream.rpc) {
      swarm_.reset(ref);
      drop_outbound(ref, now);
    } else if (stream.unsent.empty()) {
      const kad::RpcId id = *stream.rpc;
      stream.rpc.reset();
      sent(id, now);
    }
    return;
  }
  const kad::RpcId id = *stream.rpc;
  BytesView rest = waiting;
  const Result<std::optional<BytesView>> frame = stream.reader.next(rest);
  if (!frame) {
    ++(frame.error().code == Errc::kTooLarge ? counters_.answers_too_large : counters_.answers_malformed);
    stream.rpc.reset();
    swarm_.reset(ref);
    drop_outbound(ref, now);
    complete(id, std::unexpected(frame.error()), now);
    return;
  }
  if (!*frame) {
    swarm_.consume(ref, waiting.size());
    tell_held(ref, stream);
    return;
  }
  const wire::KadMessage& request = *rpcs_.at(id).send.request;
  Result<kad::Answer> answer =
      kad::decode_answer(**frame, wire::Key::of(request.key), swarm_.self(), hearsay_, book_, now);
  stream.rpc.reset();
  const bool in_step = answer && rest.empty() && stream.unsent.empty();
  if (in_step) {
    swarm_.consume(ref, waiting.size());
    stream.reader.release();
    tell_held(ref, stream);
    idle(ref, stream, now);
  } else {
    // It does not parse, more follows than was asked for, or it came before the request had left: what comes next on
    // this stream could not be told from the answer to another request.
    ++counters_.answers_malformed;
    swarm_.reset(ref);
    drop_outbound(ref, now);
  }
  complete(id, std::move(answer), now);
}

void KadStreams::idle(swarm::StreamRef ref, Outbound& stream, Instant now) {
  stream.deadline = now + limits_.own_idle_timeout;
  arm(ref, stream.timer, stream.deadline);
  idle_[stream.peer].push_back(ref);
  if (!starved_.empty()) {
    drop_one_idle(now);  // an idle stream holds the place that somebody waits for
  }
}

void KadStreams::complete(kad::RpcId id, Result<kad::Answer> answer, Instant now) {
  const auto found = rpcs_.find(id);
  if (found == rpcs_.end()) {
    return;
  }
  rpc_timers_.erase({found->second.send.deadline, id});
  rpcs_.erase(found);
  if (answer) {
    to_kad_(kad::RpcAnswered{.rpc = id, .answer = *std::move(answer)}, now);
  } else {
    to_kad_(kad::RpcFailed{.rpc = id, .error = answer.error()}, now);
  }
}

void KadStreams::sent(kad::RpcId id, Instant now) {
  const auto found = rpcs_.find(id);
  if (found == rpcs_.end()) {
    return;
  }
  rpc_timers_.erase({found->second.send.deadline, id});
  rpcs_.erase(found);
  to_kad_(kad::RpcSent{id}, now);
}

void KadStreams::retry_or_fail(kad::RpcId id, bool may_retry, const Error& why, Instant now) {
  const auto found = rpcs_.find(id);
  if (found == rpcs_.end()) {
    return;
  }
  if (may_retry) {  // only from a reused stream, and the second attempt has a fresh one: once
    found->second.retried = true;
    found->second.stream.reset();
    start(id, now);
    return;
  }
  complete(id, std::unexpected(why), now);
}

void KadStreams::abandon(kad::RpcId id, Instant now) {
  const auto found = rpcs_.find(id);
  if (found == rpcs_.end()) {
    return;
  }
  const Rpc rpc = found->second;
  rpc_timers_.erase({rpc.send.deadline, id});
  rpcs_.erase(found);
  if (rpc.stream) {
    swarm_.reset(*rpc.stream);
    drop_outbound(*rpc.stream, now);
    return;
  }
  if (rpc.dial) {
    dials_.erase(*rpc.dial);
    swarm_.cancel_dial(*rpc.dial, now);
  }
  std::erase(starved_, id);
}

void KadStreams::drop_outbound(swarm::StreamRef ref, Instant now) {
  const auto found = outbound_.find(ref);
  if (found == outbound_.end()) {
    return;
  }
  const swarm::PeerHandle peer = found->second.peer;
  disarm(ref, found->second.timer);
  outbound_.erase(found);
  counters_.outbound_now = outbound_.size();
  if (const auto idle = idle_.find(peer); idle != idle_.end()) {
    std::erase(idle->second, ref);
    if (idle->second.empty()) {
      idle_.erase(idle);
    }
  }
  start_starved(now);
}

/// Makes room for a stream to somebody else.
void KadStreams::drop_one_idle(Instant now) {
  if (!idle_.empty()) {
    close_idle(idle_.begin()->second.front(), now);
  }
}

/// Closes our side of a stream that carries nothing. From here it does not count under max_outbound; it is gone when
/// the peer has closed its side too, at the latest after close_timeout.
void KadStreams::close_idle(swarm::StreamRef ref, Instant now) {
  Outbound& stream = outbound_.at(ref);
  disarm(ref, stream.timer);
  stream.timer.reset();
  if (ending_.size() < limits_.max_closing) {
    const Instant deadline = now + limits_.close_timeout;
    ending_.emplace(ref, deadline);
    timers_.emplace(deadline, ref);
    swarm_.finish(ref);
  } else {
    ++counters_.closes_forced;
    swarm_.reset(ref);
  }
  drop_outbound(ref, now);
}

/// Whether it was one of those that wait for the peer to close its side.
bool KadStreams::forget_ending(swarm::StreamRef ref) {
  const auto found = ending_.find(ref);
  if (found == ending_.end()) {
    return false;
  }
  disarm(ref, found->second);
  ending_.erase(found);
  return true;
}

void KadStreams::start_starved(Instant now) {
  while (!starved_.empty() && outbound_.size() < limits_.max_outbound) {
    const kad::RpcId id = starved_.front();
    starved_.pop_front();
    if (rpcs_.contains(id)) {
      start(id, now);
    }
  }
}

}  // namespace pond::node
