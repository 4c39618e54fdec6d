#include "pond/upgrade/yamux.hpp"

#include "yamux_session.hpp"

namespace pond::upgrade {

Yamux::Yamux(YamuxSide side, YamuxLimits limits) : session_(std::make_unique<YamuxSession>(side, limits)) {
}
Yamux::Yamux(Yamux&&) noexcept = default;
Yamux& Yamux::operator=(Yamux&&) noexcept = default;
Yamux::~Yamux() = default;

Result<void> Yamux::handle(BytesView in, Instant now) {
  return session_->handle(in, now);
}
std::optional<YamuxEvent> Yamux::poll() {
  return session_->poll();
}
std::size_t Yamux::produce(Bytes& out, std::size_t max_bytes) {
  return session_->produce(out, max_bytes);
}
bool Yamux::has_output() const noexcept {
  return session_->has_output();
}
std::optional<Instant> Yamux::next_deadline() const noexcept {
  return session_->next_deadline();
}
Result<void> Yamux::handle_timeout(Instant now) {
  return session_->handle_timeout(now);
}
bool Yamux::ping(Instant now) {
  return session_->ping(now);
}
void Yamux::go_away(YamuxGoAway code) {
  session_->go_away(code);
}
void Yamux::trim() {
  session_->trim();
}

Result<StreamId> Yamux::open() {
  return session_->open();
}
std::size_t Yamux::write(StreamId stream, BytesView data) {
  return session_->write(stream, data);
}
void Yamux::consume(StreamId stream, std::size_t n, Instant now) {
  session_->consume(stream, n, now);
}
void Yamux::finish(StreamId stream) {
  session_->finish(stream);
}
void Yamux::reset(StreamId stream) {
  session_->reset(stream);
}

BytesView Yamux::peek(StreamId stream) const noexcept {
  const YamuxStream* found = session_->table().find(stream);
  return found == nullptr ? BytesView{} : found->in.view();
}

bool Yamux::contains(StreamId stream) const noexcept {
  return session_->table().find(stream) != nullptr;
}
bool Yamux::is_torn_down(StreamId stream) const noexcept {
  const YamuxStream* found = session_->table().find(stream);
  return found != nullptr && found->dead;
}
std::size_t Yamux::stream_count() const noexcept {
  return session_->table().size();
}

std::size_t Yamux::buffered_bytes() const noexcept {
  const YamuxStats stats = session_->stats();
  return stats.buffered_in + stats.buffered_out;
}

std::size_t Yamux::buffered_bytes(StreamId stream) const noexcept {
  const YamuxStream* found = session_->table().find(stream);
  return found == nullptr ? 0 : found->buffered();
}

std::optional<StreamId> Yamux::largest_stream() const noexcept {
  return session_->largest_stream();
}
YamuxStats Yamux::stats() const noexcept {
  return session_->stats();
}
const YamuxCounters& Yamux::counters() const noexcept {
  return session_->counters();
}

}  // namespace pond::upgrade
