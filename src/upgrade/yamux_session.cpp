#include "yamux_session.hpp"

#include <algorithm>
#include <limits>

namespace pond::upgrade {

using Kind = YamuxEvent::Kind;

YamuxSession::YamuxSession(YamuxSide side, YamuxLimits limits)
    : limits_(limits), next_id_(side == YamuxSide::kInitiator ? 1 : 2) {
  limits_.max_window_bytes = std::max(limits_.max_window_bytes, kYamuxInitialWindow);
  limits_.max_frame_payload = std::max<std::size_t>(limits_.max_frame_payload, 1);
}

// ---- events ----

std::optional<YamuxEvent> YamuxSession::poll() {
  if (auto event = poll_session()) {
    return event;
  }
  offer_room_to_all();
  while (!table_.empty(YamuxQueue::kEvents)) {
    YamuxStream& stream = table_.front(YamuxQueue::kEvents);
    if (stream.events == 0) {
      table_.dequeue(YamuxQueue::kEvents, stream);
    } else if (auto event = poll_stream(stream)) {
      return event;
    }
  }
  return std::nullopt;
}

std::optional<YamuxEvent> YamuxSession::poll_session() noexcept {
  if (go_away_event_) {
    const YamuxEvent event{.kind = Kind::kGoAway, .code = *go_away_event_};
    go_away_event_.reset();
    return event;
  }
  if (pong_event_) {
    const YamuxEvent event{.kind = Kind::kPong, .rtt = *pong_event_};
    pong_event_.reset();
    return event;
  }
  if (openable_event_) {
    openable_event_ = false;
    return YamuxEvent{.kind = Kind::kOpenable};
  }
  return std::nullopt;
}

std::optional<YamuxEvent> YamuxSession::poll_stream(YamuxStream& stream) {
  const auto lowest = static_cast<std::uint8_t>(stream.events & -stream.events);
  stream.events = static_cast<std::uint8_t>(stream.events & ~lowest);
  const StreamId id = stream.id;
  if (lowest == YamuxStream::bit(Kind::kOpened)) {
    stream.accepted = true;
    stream.ack_due = true;
    --unaccepted_;
    refresh(stream);
    return YamuxEvent{.kind = Kind::kOpened, .stream = id};
  }
  if (lowest == YamuxStream::bit(Kind::kReadable)) {
    return stream.in.empty() ? std::nullopt : std::optional(YamuxEvent{.kind = Kind::kReadable, .stream = id});
  }
  if (lowest == YamuxStream::bit(Kind::kWritable)) {
    return stream.finish_called ? std::nullopt : std::optional(YamuxEvent{.kind = Kind::kWritable, .stream = id});
  }
  if (lowest == YamuxStream::bit(Kind::kFinished)) {
    stream.finished_polled = true;
    if (stream.complete()) {
      forget(stream);
    }
    return YamuxEvent{.kind = Kind::kFinished, .stream = id};
  }
  const YamuxEvent event{.kind = Kind::kReset, .stream = id, .code = stream.reset_code};
  forget(stream);
  return event;
}

void YamuxSession::raise(YamuxStream& stream, Kind kind) noexcept {
  stream.events = static_cast<std::uint8_t>(stream.events | YamuxStream::bit(kind));
  table_.enqueue(YamuxQueue::kEvents, stream);
}

// ---- the session ----

std::optional<Instant> YamuxSession::next_deadline() const noexcept {
  if (!ping_) {
    return std::nullopt;
  }
  return std::max(ping_->sent, last_input_) + limits_.ping_timeout;
}

Result<void> YamuxSession::handle_timeout(Instant now) {
  if (failure_) {
    return std::unexpected(*failure_);
  }
  now_ = now;
  if (const auto deadline = next_deadline(); deadline && now >= *deadline) {
    ++counters_.ping_timeouts;
    return end({.code = Errc::kTimeout, .what = "yamux: a ping was not answered"}, YamuxGoAway::kInternalError);
  }
  return {};
}

bool YamuxSession::ping(Instant now) {
  if (!std::exchange(busy_, false)) {
    trim();
  }
  if (failure_ || ping_) {
    return false;
  }
  ping_ = {.value = next_ping_++, .sent = now};
  ping_due_ = ping_->value;
  return true;
}

void YamuxSession::go_away(YamuxGoAway code) {
  if (!std::exchange(went_away_, true)) {
    go_away_due_ = static_cast<std::uint32_t>(code);
    openable_event_ = false;
  }
}

void YamuxSession::trim() {
  pool_.trim();
  table_.trim();
  if (pongs_.empty()) {
    pongs_ = {};
  }
  if (resets_.empty()) {
    resets_ = {};
  }
}

// ---- the application ----

bool YamuxSession::may_open() const noexcept {
  return outbound_ < limits_.max_outbound_streams && unacknowledged_ < limits_.ack_backlog;
}

void YamuxSession::offer_open() noexcept {
  if (open_refused_ && may_open() && !went_away_ && !remote_went_away_) {
    open_refused_ = false;
    openable_event_ = true;
  }
}

Result<StreamId> YamuxSession::open() {
  if (failure_) {
    return std::unexpected(*failure_);
  }
  if (went_away_ || remote_went_away_) {
    return fail(Errc::kClosed, "yamux: the session takes no new streams");
  }
  if (next_id_ > std::numeric_limits<StreamId>::max()) {
    return fail(Errc::kClosed, "yamux: the session has used up its stream ids");
  }
  if (!may_open()) {
    ++counters_.opens_refused;
    open_refused_ = true;
    return fail(Errc::kLimit, "yamux: too many streams, or too many that the remote has not acknowledged");
  }
  busy_ = true;
  YamuxStream& stream = table_.insert(static_cast<StreamId>(next_id_));
  next_id_ += 2;
  stream.syn_due = true;
  stream.accepted = true;
  stream.last_update = now_;
  ++outbound_;
  ++unacknowledged_;
  refresh(stream);
  return stream.id;
}

std::size_t YamuxSession::room_to_write(const YamuxStream& stream) const noexcept {
  const std::size_t used = stream.out.size();
  const std::size_t own = std::min<std::size_t>(limits_.max_stream_send_bytes, stream.send_window);
  const std::size_t all = limits_.max_send_bytes - std::min(limits_.max_send_bytes, buffered_out_);
  return std::min(own - std::min(own, used), all);
}

std::size_t YamuxSession::write(StreamId id, BytesView data) {
  YamuxStream* stream = live(id);
  if (stream == nullptr || stream->finish_called || data.empty()) {
    return 0;
  }
  busy_ = true;
  const std::size_t n = std::min(room_to_write(*stream), data.size());
  stream->out.append(data.first(n), pool_);
  buffered_out_ += n;
  if (n < data.size()) {
    stream->wants_write = true;
    if (buffered_out_ >= limits_.max_send_bytes) {
      ++counters_.send_over_limit;
      blocked_by_all_ += stream->blocked_by_all ? 0 : 1;
      stream->blocked_by_all = true;
    }
  }
  refresh(*stream);
  return n;
}

void YamuxSession::offer_room(YamuxStream& stream) noexcept {
  if (!stream.wants_write || stream.send_window <= stream.out.size() ||
      stream.out.size() > limits_.max_stream_send_bytes / 2) {
    return;
  }
  if (stream.blocked_by_all) {
    if (buffered_out_ > limits_.max_send_bytes / 2) {
      return;
    }
    stream.blocked_by_all = false;
    --blocked_by_all_;
  }
  stream.wants_write = false;
  raise(stream, Kind::kWritable);
}

void YamuxSession::offer_room_to_all() noexcept {
  if (blocked_by_all_ == 0 || buffered_out_ > limits_.max_send_bytes / 2) {
    return;
  }
  for (std::size_t i = 0; i < table_.size(); ++i) {
    if (table_.at(i).blocked_by_all) {
      offer_room(table_.at(i));
    }
  }
}

void YamuxSession::consume(StreamId id, std::size_t n, Instant now) {
  YamuxStream* stream = table_.find(id);
  if (stream == nullptr) {
    return;
  }
  now_ = now;
  n = std::min(n, stream->in.size());
  if (n == 0) {
    return;
  }
  stream->in.consume(n, pool_);
  buffered_in_ -= n;
  if (stream->dead) {
    return;
  }
  if (!stream->fin_received) {
    grant_window(*stream, now);
  } else if (stream->in.empty()) {
    raise(*stream, Kind::kFinished);
  }
}

/// Credit goes back in steps of half a window: one update frame for many reads.
void YamuxSession::grant_window(YamuxStream& stream, Instant now) {
  if (stream.update_due || stream.ungranted() < stream.window / 2) {
    return;
  }
  // A reader that has taken half a window within four round trips is held up by the window, not by itself.
  if (!rtt_) {
    ping(now);
  } else if (now - stream.last_update <= 4 * *rtt_) {
    grow_window(stream);
  }
  stream.last_update = now;
  stream.update_due = true;
  refresh(stream);
}

void YamuxSession::grow_window(YamuxStream& stream) {
  const std::uint32_t more = std::min(stream.window, limits_.max_window_bytes - stream.window);
  if (more == 0 || growth_ + more > limits_.max_receive_bytes / 2) {
    ++counters_.growth_denied;
    return;
  }
  stream.window += more;
  growth_ += more;
}

void YamuxSession::finish(StreamId id) {
  YamuxStream* stream = live(id);
  if (stream == nullptr || stream->finish_called) {
    return;
  }
  stream->finish_called = true;
  stream->wants_write = false;
  blocked_by_all_ -= stream->blocked_by_all ? 1 : 0;
  stream->blocked_by_all = false;
  refresh(*stream);
}

void YamuxSession::reset(StreamId id) {
  if (YamuxStream* stream = table_.find(id)) {
    queue_reset(*stream);
    forget(*stream);
  }
}

// ---- streams ----

YamuxStream* YamuxSession::live(StreamId id) noexcept {
  YamuxStream* stream = table_.find(id);
  return stream == nullptr || stream->dead ? nullptr : stream;
}

void YamuxSession::refresh(YamuxStream& stream) noexcept {
  stream.has_control() ? table_.enqueue(YamuxQueue::kControl, stream) : table_.dequeue(YamuxQueue::kControl, stream);
  stream.has_payload() ? table_.enqueue(YamuxQueue::kData, stream) : table_.dequeue(YamuxQueue::kData, stream);
}

void YamuxSession::acknowledge(YamuxStream& stream) noexcept {
  if (!std::exchange(stream.acknowledged, true)) {
    --unacknowledged_;
    offer_open();
  }
}

void YamuxSession::drop_input(YamuxStream& stream) noexcept {
  buffered_in_ -= stream.in.size();
  stream.in.clear(pool_);
}

/// All but the input.
void YamuxSession::drop_buffers(YamuxStream& stream) noexcept {
  buffered_out_ -= stream.out.size();
  stream.out.clear(pool_);
  growth_ -= stream.window - kYamuxInitialWindow;
  stream.window = kYamuxInitialWindow;
  blocked_by_all_ -= stream.blocked_by_all ? 1 : 0;
  stream.blocked_by_all = false;
  stream.wants_write = false;
}

void YamuxSession::queue_reset(YamuxStream& stream) {
  if (stream.needs_reset_frame()) {
    resets_.push_back(stream.id);
  }
}

void YamuxSession::forget(YamuxStream& stream) {
  drop_input(stream);
  drop_buffers(stream);
  acknowledge(stream);
  unaccepted_ -= stream.accepted ? 0 : 1;
  --(stream.inbound ? inbound_ : outbound_);
  table_.erase(stream);
  offer_open();
}

void YamuxSession::bury(YamuxStream& stream, std::uint32_t code, Unread unread) {
  if (!stream.accepted) {
    forget(stream);
    return;
  }
  if (unread == Unread::kDropped) {
    drop_input(stream);
  }
  drop_buffers(stream);
  acknowledge(stream);
  stream.dead = true;
  stream.reset_code = code;
  stream.events = stream.in.empty() ? 0 : YamuxStream::bit(Kind::kReadable);
  refresh(stream);
  raise(stream, Kind::kReset);
}

void YamuxSession::enforce_receive_limit() {
  while (buffered_in_ > limits_.max_receive_bytes) {
    std::size_t largest = 0;
    for (std::size_t i = 1; i < table_.size(); ++i) {
      largest = table_.at(i).in.size() > table_.at(largest).in.size() ? i : largest;
    }
    ++counters_.receive_over_limit;
    queue_reset(table_.at(largest));
    bury(table_.at(largest), 0, Unread::kDropped);
  }
}

// ---- what it holds ----

std::optional<StreamId> YamuxSession::largest_stream() const noexcept {
  std::size_t most = 0;
  std::optional<StreamId> found;
  for (std::size_t i = 0; i < table_.size(); ++i) {
    if (table_.at(i).buffered() > most) {
      most = table_.at(i).buffered();
      found = table_.at(i).id;
    }
  }
  return found;
}

YamuxStats YamuxSession::stats() const noexcept {
  return {.inbound_streams = inbound_,
          .outbound_streams = outbound_,
          .unacknowledged = unacknowledged_,
          .unaccepted = unaccepted_,
          .buffered_in = buffered_in_,
          .buffered_out = buffered_out_,
          .window_growth = growth_,
          .rtt = rtt_};
}

}  // namespace pond::upgrade
