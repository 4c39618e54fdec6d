#include <algorithm>
#include <limits>

#include "yamux_session.hpp"

namespace pond::upgrade {

Result<void> YamuxSession::handle(BytesView in, Instant now) {
  if (failure_) {
    return std::unexpected(*failure_);
  }
  now_ = now;
  if (!in.empty()) {
    last_input_ = now;
  }
  if (auto parsed = parse(in); !parsed) {
    ++counters_.violations;
    return end(parsed.error(), YamuxGoAway::kProtocolError);
  }
  return {};
}

Result<void> YamuxSession::parse(BytesView in) {
  while (!in.empty()) {
    if (payload_.left > 0) {
      const std::size_t n = std::min<std::size_t>(in.size(), payload_.left);
      on_payload(in.first(n));
      in = in.subspan(n);
      payload_.left -= static_cast<std::uint32_t>(n);
      if (payload_.left == 0) {
        end_payload();
      }
      continue;
    }
    const std::size_t n = std::min(in.size(), kYamuxHeaderBytes - header_size_);
    std::copy_n(in.begin(), n, header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
    in = in.subspan(n);
    header_size_ += n;
    if (header_size_ < kYamuxHeaderBytes) {
      return {};
    }
    header_size_ = 0;
    POND_TRY(const YamuxHeader header, decode_yamux_header(header_));
    POND_CHECK(on_header(header));
    if (resets_.size() - resets_sent_ > limits_.max_queued_resets) {
      return fail(Errc::kLimit, "yamux: too many resets wait for the remote");
    }
  }
  return {};
}

Result<void> YamuxSession::on_header(const YamuxHeader& header) {
  const bool for_session = header.type == YamuxType::kPing || header.type == YamuxType::kGoAway;
  if (for_session != (header.stream == 0)) {
    return fail(Errc::kProtocol, "yamux: frame type does not fit the stream id");
  }
  if (header.type == YamuxType::kPing) {
    return on_ping(header);
  }
  if (header.type == YamuxType::kGoAway) {
    on_go_away(header.length);
    return {};
  }
  return on_stream_frame(header);
}

Result<void> YamuxSession::on_ping(const YamuxHeader& header) {
  if (header.has(kYamuxSyn)) {
    if (pongs_.size() == limits_.max_queued_pongs) {
      ++counters_.pongs_dropped;
    } else {
      pongs_.push_back(header.length);
    }
    return {};
  }
  if (!header.has(kYamuxAck) || !ping_ || ping_->value != header.length || ping_due_) {
    ++counters_.pongs_unexpected;
    return {};
  }
  const Duration measured = std::max(now_ - ping_->sent, Duration::zero());
  rtt_ = rtt_ ? (*rtt_ + measured) / 2 : measured;
  pong_event_ = measured;
  ping_.reset();
  return {};
}

void YamuxSession::on_go_away(std::uint32_t reason) {
  if (!remote_went_away_) {
    remote_went_away_ = true;
    go_away_event_ = reason;
  }
}

Result<void> YamuxSession::on_stream_frame(const YamuxHeader& header) {
  busy_ = true;
  if (header.type == YamuxType::kData && header.length > limits_.max_window_bytes) {
    return fail(Errc::kProtocol, "yamux: data frame longer than any window");
  }
  if (header.has(kYamuxSyn)) {
    POND_CHECK(on_syn(header.stream));
  }
  YamuxStream* stream = live(header.stream);
  // A stream of ours that is not announced yet cannot be meant.
  if (stream == nullptr || stream->syn_due) {
    ++counters_.stray_frames;
    drain(header);
    return {};
  }
  if (header.has(kYamuxRst)) {
    drain(header);
    on_reset(*stream, header.type == YamuxType::kWindowUpdate ? header.length : 0);
    return {};
  }
  // Whatever the remote says about a stream of ours shows that it knows it.
  acknowledge(*stream);
  return header.type == YamuxType::kData ? on_data(*stream, header) : on_window_update(*stream, header);
}

Result<void> YamuxSession::on_syn(StreamId id) {
  if (id % 2 == next_id_ % 2) {
    return fail(Errc::kProtocol, "yamux: a stream id of our side");
  }
  const YamuxSeenIds::Verdict verdict = seen_.mark(id);
  if (verdict == YamuxSeenIds::Verdict::kUsed || table_.find(id) != nullptr) {
    return fail(Errc::kProtocol, "yamux: a stream id used twice");
  }
  std::uint64_t* refused = nullptr;
  if (verdict == YamuxSeenIds::Verdict::kTooOld) {
    refused = &counters_.inbound_too_old;
  } else if (went_away_ || remote_went_away_) {
    refused = &counters_.inbound_after_go_away;
  } else if (inbound_ >= limits_.max_inbound_streams) {
    refused = &counters_.inbound_over_limit;
  } else if (unaccepted_ >= limits_.accept_backlog) {
    refused = &counters_.inbound_over_backlog;
  }
  if (refused != nullptr) {
    ++*refused;
    resets_.push_back(id);
    return {};
  }
  YamuxStream& stream = table_.insert(id);
  stream.inbound = true;
  stream.acknowledged = true;
  stream.last_update = now_;
  ++inbound_;
  ++unaccepted_;
  raise(stream, YamuxEvent::Kind::kOpened);
  return {};
}

Result<void> YamuxSession::on_window_update(YamuxStream& stream, const YamuxHeader& header) {
  if (header.length > std::numeric_limits<std::uint32_t>::max() - stream.send_window) {
    return fail(Errc::kProtocol, "yamux: send window over 2^32-1");
  }
  stream.send_window += header.length;
  offer_room(stream);
  if (header.has(kYamuxFin)) {
    on_fin(stream);
  }
  return {};
}

Result<void> YamuxSession::on_data(YamuxStream& stream, const YamuxHeader& header) {
  if (stream.fin_received) {
    ++counters_.stray_frames;
    drain(header);
    return {};
  }
  if (header.length > stream.receive_credit) {
    return fail(Errc::kProtocol, "yamux: receive window overrun");
  }
  payload_ = {.stream = header.stream, .left = header.length, .fin = header.has(kYamuxFin)};
  if (header.length == 0) {
    end_payload();
  }
  return {};
}

void YamuxSession::drain(const YamuxHeader& header) {
  payload_ = {.stream = 0, .left = header.type == YamuxType::kData ? header.length : 0, .fin = false};
}

void YamuxSession::on_payload(BytesView chunk) {
  YamuxStream* stream = payload_.stream == 0 ? nullptr : live(payload_.stream);
  if (stream == nullptr) {
    return;
  }
  stream->receive_credit -= static_cast<std::uint32_t>(chunk.size());
  stream->in.append(chunk, pool_);
  buffered_in_ += chunk.size();
  raise(*stream, YamuxEvent::Kind::kReadable);
  enforce_receive_limit();
}

void YamuxSession::end_payload() {
  YamuxStream* stream = payload_.fin ? live(payload_.stream) : nullptr;
  payload_ = {};
  if (stream != nullptr) {
    on_fin(*stream);
  }
}

void YamuxSession::on_fin(YamuxStream& stream) {
  if (stream.fin_received) {
    return;
  }
  stream.fin_received = true;
  stream.update_due = false;
  if (stream.in.empty()) {
    raise(stream, YamuxEvent::Kind::kFinished);
  }
  refresh(stream);
}

void YamuxSession::on_reset(YamuxStream& stream, std::uint32_t code) {
  ++counters_.resets_received;
  bury(stream, code, Unread::kKept);
}

std::unexpected<Error> YamuxSession::end(Error error, YamuxGoAway code) {
  failure_ = error;
  table_.clear();
  pool_.trim();
  pongs_ = {};
  resets_ = {};
  resets_sent_ = 0;
  inbound_ = outbound_ = unacknowledged_ = unaccepted_ = 0;
  buffered_in_ = buffered_out_ = growth_ = blocked_by_all_ = 0;
  ping_.reset();
  ping_due_.reset();
  go_away_event_.reset();
  pong_event_.reset();
  openable_event_ = false;
  went_away_ = true;
  go_away_due_ = static_cast<std::uint32_t>(code);
  return std::unexpected<Error>(error);
}

}  // namespace pond::upgrade
