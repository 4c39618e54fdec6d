#include <algorithm>

#include "pond/node/kad_streams.hpp"

namespace pond::node {
namespace {

/// How long after the agreement on the protocol an ADD_PROVIDER counts as sent when the peer leaves its side open.
constexpr Duration kSilentAgreement = 1s;

bool has_no_answer(const kad::SendRpc& rpc) {
  return rpc.request->type == wire::KadType::kAddProvider;
}

}  // namespace

void KadStreams::send(const kad::SendRpc& rpc, Instant now) {
  if (rpcs_.size() >= limits_.max_queued_requests) {
    ++counters_.queue_full;
    kad_.handle(kad::RpcFailed{.rpc = rpc.rpc, .error = {Errc::kLimit, "too many requests under way"}}, now);
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
    rpc.dial = swarm_.dial(to, rpc.send.deadline, now);
    dials_.emplace(*rpc.dial, id);
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
  if (!ref) {
    complete(id, std::unexpected(ref.error()), now);
    return;
  }
  put_on(*ref, outbound_.at(*ref), id, now);
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
    // Bytes that nobody asked for. Behind an ADD_PROVIDER they are harmless; elsewhere they would be taken for the next
    // answer.
    swarm_.consume(ref, waiting.size());
    if (!stream.rpc && !waiting.empty()) {
      swarm_.reset(ref);
      drop_outbound(ref, now);
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
    return;
  }
  const wire::KadMessage& request = *rpcs_.at(id).send.request;
  Result<kad::Answer> answer =
      kad::decode_answer(**frame, wire::Key::of(request.key), swarm_.self(), hearsay_, book_, now);
  if (!answer) {
    ++counters_.answers_malformed;
  }
  stream.rpc.reset();
  swarm_.consume(ref, waiting.size() - rest.size());
  idle(ref, stream, now);
  complete(id, std::move(answer), now);
}

void KadStreams::idle(swarm::StreamRef ref, Outbound& stream, Instant now) {
  stream.reused = false;
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
    kad_.handle(kad::RpcAnswered{.rpc = id, .answer = *std::move(answer)}, now);
  } else {
    kad_.handle(kad::RpcFailed{.rpc = id, .error = answer.error()}, now);
  }
}

void KadStreams::sent(kad::RpcId id, Instant now) {
  const auto found = rpcs_.find(id);
  if (found == rpcs_.end()) {
    return;
  }
  rpc_timers_.erase({found->second.send.deadline, id});
  rpcs_.erase(found);
  kad_.handle(kad::RpcSent{id}, now);
}

void KadStreams::retry_or_fail(kad::RpcId id, bool may_retry, const Error& why, Instant now) {
  const auto found = rpcs_.find(id);
  if (found == rpcs_.end()) {
    return;
  }
  if (may_retry && !found->second.retried) {
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
    const swarm::StreamRef ref = idle_.begin()->second.front();
    swarm_.finish(ref);
    drop_outbound(ref, now);
  }
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

bool KadStreams::dialed(const swarm::DialDone& event, Instant now) {
  const auto found = dials_.find(event.dial);
  if (found == dials_.end()) {
    return false;
  }
  const kad::RpcId id = found->second;
  dials_.erase(found);
  rpcs_.at(id).dial.reset();
  if (event.peer) {
    start(id, now);
  } else {
    complete(id, std::unexpected(event.peer.error()), now);
  }
  return true;
}

bool KadStreams::ready(swarm::StreamRef ref, Instant now) {
  const auto found = outbound_.find(ref);
  if (found == outbound_.end()) {
    return inbound_.contains(ref);
  }
  Outbound& stream = found->second;
  stream.ready = true;
  if (stream.awaits_end) {
    stream.deadline = now + kSilentAgreement;
    arm(ref, stream.timer, stream.deadline);
  }
  return true;
}

bool KadStreams::readable(swarm::StreamRef ref, Instant now) {
  if (const auto in = inbound_.find(ref); in != inbound_.end()) {
    serve(ref, in->second, now);
    return true;
  }
  if (const auto out = outbound_.find(ref); out != outbound_.end()) {
    read_answer(ref, out->second, now);
    return true;
  }
  return false;
}

bool KadStreams::writable(swarm::StreamRef ref, Instant now) {
  if (const auto in = inbound_.find(ref); in != inbound_.end()) {
    const Bytes unsent = std::move(in->second.unsent);
    write_inbound(ref, in->second, unsent);
    serve(ref, in->second, now);
    return true;
  }
  if (const auto out = outbound_.find(ref); out != outbound_.end()) {
    Outbound& stream = out->second;
    const std::size_t taken = swarm_.write(ref, stream.unsent);
    stream.unsent.erase(stream.unsent.begin(), stream.unsent.begin() + static_cast<std::ptrdiff_t>(taken));
    if (stream.awaits_end && stream.unsent.empty()) {
      swarm_.finish(ref);
    }
    return true;
  }
  return false;
}

bool KadStreams::finished(swarm::StreamRef ref, Instant now) {
  if (const auto in = inbound_.find(ref); in != inbound_.end()) {
    Inbound& stream = in->second;
    if (stream.reader.mid_message()) {
      ++counters_.requests_malformed;
      swarm_.reset(ref);
      drop_inbound(ref);
      return true;
    }
    stream.remote_finished = true;
    serve(ref, stream, now);
    return true;
  }
  const auto out = outbound_.find(ref);
  if (out == outbound_.end()) {
    return false;
  }
  const std::optional<kad::RpcId> rpc = out->second.rpc;
  const bool awaits_end = out->second.awaits_end;
  const bool reused = out->second.reused;
  swarm_.finish(ref);
  drop_outbound(ref, now);
  if (rpc && awaits_end) {
    sent(*rpc, now);
  } else if (rpc) {
    retry_or_fail(*rpc, reused, {Errc::kReset, "the peer closed the stream without an answer"}, now);
  }
  return true;
}

bool KadStreams::failed(swarm::StreamRef ref, const Error& why, Instant now) {
  if (inbound_.contains(ref)) {
    drop_inbound(ref);
    return true;
  }
  const auto out = outbound_.find(ref);
  if (out == outbound_.end()) {
    return false;
  }
  const std::optional<kad::RpcId> rpc = out->second.rpc;
  const bool reused = out->second.reused;
  drop_outbound(ref, now);
  if (rpc) {
    retry_or_fail(*rpc, reused, why, now);
  }
  return true;
}

void KadStreams::handle_timeout(Instant now) {
  while (!rpc_timers_.empty() && rpc_timers_.begin()->first <= now) {
    const kad::RpcId id = rpc_timers_.begin()->second;
    abandon(id, now);
    kad_.handle(kad::RpcFailed{.rpc = id, .error = {Errc::kTimeout, "no answer in time"}}, now);
  }
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const swarm::StreamRef ref = timers_.begin()->second;
    timers_.erase(timers_.begin());
    if (const auto in = inbound_.find(ref); in != inbound_.end()) {
      on_inbound_timer(ref, in->second, now);
    } else if (const auto out = outbound_.find(ref); out != outbound_.end()) {
      on_outbound_timer(ref, out->second, now);
    }
  }
}

void KadStreams::on_inbound_timer(swarm::StreamRef ref, Inbound& stream, Instant now) {
  stream.timer.reset();
  if (stream.busy) {
    stream.deadline = now + limits_.next_message_timeout;  // it is ours to move
  }
  if (stream.deadline <= now) {
    ++counters_.silent_streams_closed;
    swarm_.reset(ref);
    drop_inbound(ref);
  } else {
    arm(ref, stream.timer, stream.deadline);
  }
}

void KadStreams::on_outbound_timer(swarm::StreamRef ref, Outbound& stream, Instant now) {
  stream.timer.reset();
  if (!stream.deadline || *stream.deadline > now) {
    arm(ref, stream.timer, stream.deadline);
    return;
  }
  if (stream.rpc) {
    // An ADD_PROVIDER: agreed to, written, and silent since. The peer may take its time to close its side; a reset
    // now could overtake the message.
    const kad::RpcId id = *stream.rpc;
    stream.rpc.reset();
    stream.deadline = now + limits_.own_idle_timeout;
    arm(ref, stream.timer, stream.deadline);
    sent(id, now);
    return;
  }
  swarm_.finish(ref);
  swarm_.reset(ref);
  drop_outbound(ref, now);
}

std::optional<Instant> KadStreams::next_deadline() const {
  std::optional<Instant> when;
  if (!rpc_timers_.empty()) {
    when = rpc_timers_.begin()->first;
  }
  if (!timers_.empty() && (!when || timers_.begin()->first < *when)) {
    when = timers_.begin()->first;
  }
  return when;
}

}  // namespace pond::node
