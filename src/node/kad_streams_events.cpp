#include "pond/node/kad_streams.hpp"

namespace pond::node {
namespace {

/// How long after the agreement on the protocol an ADD_PROVIDER counts as sent when the peer leaves its side open.
constexpr Duration kSilentAgreement = 1s;

}  // namespace

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
  if (forget_ending(ref)) {
    swarm_.reset(ref);  // nothing was asked for
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
    if (stream.unsent.empty()) {
      stream.unsent = Bytes{};
    }
    tell_held(ref, stream);
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
    return forget_ending(ref);
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
    return forget_ending(ref);
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
    to_kad_(kad::RpcFailed{.rpc = id, .error = {Errc::kTimeout, "no answer in time"}}, now);
  }
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const swarm::StreamRef ref = timers_.begin()->second;
    timers_.erase(timers_.begin());
    if (const auto in = inbound_.find(ref); in != inbound_.end()) {
      on_inbound_timer(ref, in->second, now);
    } else if (const auto out = outbound_.find(ref); out != outbound_.end()) {
      on_outbound_timer(ref, out->second, now);
    } else if (forget_ending(ref)) {
      ++counters_.closes_forced;
      swarm_.reset(ref);
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
  if (stream.awaits_end) {
    ++counters_.closes_forced;
    swarm_.reset(ref);
    drop_outbound(ref, now);
    return;
  }
  close_idle(ref, now);
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
