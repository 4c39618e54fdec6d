#include <algorithm>

#include "yamux_session.hpp"

namespace pond::upgrade {
namespace {

/// A payload frame shorter than this is left for the next call when it would only fill up the room of this one.
constexpr std::size_t kMinSplitPayload = 256;

}  // namespace

bool YamuxSession::has_output() const noexcept {
  return go_away_due_ || ping_due_ || !pongs_.empty() || !resets_.empty() || !table_.empty(YamuxQueue::kControl) ||
         !table_.empty(YamuxQueue::kData);
}

std::size_t YamuxSession::produce(Bytes& out, std::size_t max_bytes) {
  const std::size_t begin = out.size();
  const std::size_t end = begin + max_bytes;
  produce_session_frames(out, end);
  while (produce_control(out, end) || produce_data(out, begin, end)) {
  }
  return out.size() - begin;
}

void YamuxSession::produce_session_frames(Bytes& out, std::size_t end) {
  std::size_t room = (end - out.size()) / kYamuxHeaderBytes;
  const auto emit = [&](YamuxType type, std::uint16_t flags, StreamId stream, std::uint32_t length) {
    append_yamux_header(out, {.type = type, .flags = flags, .stream = stream, .length = length});
    --room;
  };
  if (go_away_due_ && room > 0) {
    emit(YamuxType::kGoAway, 0, 0, *go_away_due_);
    go_away_due_.reset();
  }
  if (ping_due_ && room > 0) {
    emit(YamuxType::kPing, kYamuxSyn, 0, *ping_due_);
    ping_due_.reset();
  }
  const std::size_t pongs = std::min(room, pongs_.size());
  for (std::size_t i = 0; i < pongs; ++i) {
    emit(YamuxType::kPing, kYamuxAck, 0, pongs_[i]);
  }
  pongs_.erase(pongs_.begin(), pongs_.begin() + static_cast<std::ptrdiff_t>(pongs));
  while (resets_sent_ < resets_.size() && room > 0) {
    emit(YamuxType::kWindowUpdate, kYamuxRst, resets_[resets_sent_++], 0);
  }
  if (resets_sent_ == resets_.size()) {
    resets_.clear();
    resets_sent_ = 0;
  }
}

bool YamuxSession::produce_control(Bytes& out, std::size_t end) {
  if (table_.empty(YamuxQueue::kControl) || end - out.size() < kYamuxHeaderBytes) {
    return false;
  }
  YamuxStream& stream = table_.front(YamuxQueue::kControl);
  append_yamux_header(out, stream.take_control_frame());
  if (stream.complete()) {
    forget(stream);
  } else {
    refresh(stream);
  }
  return true;
}

bool YamuxSession::produce_data(Bytes& out, std::size_t begin, std::size_t end) {
  // Where a control frame found no room, a payload frame finds none either: data never overtakes its SYN.
  const std::size_t room = end - out.size();
  if (table_.empty(YamuxQueue::kData) || room <= kYamuxHeaderBytes) {
    return false;
  }
  YamuxStream& stream = table_.front(YamuxQueue::kData);
  const std::size_t whole = std::min(stream.out.size(), limits_.max_frame_payload);
  const std::size_t n = std::min(whole, room - kYamuxHeaderBytes);
  if (n < whole && n < kMinSplitPayload && out.size() > begin) {
    return false;
  }
  append_yamux_header(out, stream.take_data_header(static_cast<std::uint32_t>(n)));
  append(out, stream.out.view().first(n));
  stream.out.consume(n, pool_);
  buffered_out_ -= n;
  table_.dequeue(YamuxQueue::kData, stream);
  refresh(stream);
  offer_room(stream);
  return true;
}

}  // namespace pond::upgrade
