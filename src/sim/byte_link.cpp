#include "pond/sim/byte_link.hpp"

#include <algorithm>
#include <utility>

namespace pond::sim {
namespace {

constexpr std::size_t kHeaderBytes = 52;  ///< IP, TCP and its timestamps; a packet without payload has them too
constexpr int kRetriesDrawn = 10;         ///< of one packet, where everything is lost

}  // namespace

Duration Line::time_of(std::size_t octets) const {
  return Duration{static_cast<Duration::rep>(static_cast<double>(octets) * ns_per_octet_)};
}

Instant Line::send(std::size_t octets, Instant now) {
  free_at_ = std::max(free_at_, now) + time_of(octets);
  return free_at_;
}

// They come at the speed at which they were sent: a line that was free meanwhile adds nothing.
Instant Line::receive(std::size_t octets, Instant now) {
  free_at_ = std::max(free_at_ + time_of(octets), now);
  return free_at_;
}

void ByteLink::write(Bytes bytes, Instant now, Rng& rng) {
  held_ += bytes.size();
  add(Arrival::Kind::kBytes, std::move(bytes), now, rng);
}

void ByteLink::finish(Instant now, Rng& rng) {
  add(Arrival::Kind::kEnd, {}, now, rng);
}

void ByteLink::reset(Instant now, Rng& rng) {
  pieces_.clear();
  head_ = 0;
  held_ = 0;
  in_order_ = now;
  add(Arrival::Kind::kReset, {}, now, rng);
}

void ByteLink::add(Arrival::Kind kind, Bytes bytes, Instant now, Rng& rng) {
  const std::size_t packets = bytes.size() / kPacketBytes + 1;
  const std::size_t octets = bytes.size() + packets * kHeaderBytes;
  const Instant sent = route_.up->send(octets, now);
  const Duration stall = draw_stall(packets, rng);
  in_order_ = std::max(in_order_, sent + stall + route_.network->draw_delay(route_.from, route_.to, rng));
  pieces_.push_back({.kind = kind, .arrives = in_order_, .bytes = std::move(bytes)});
}

Duration ByteLink::first_retry() const {
  return std::max(kFirstRetry, 2 * route_.network->round_trip(route_.from, route_.to));
}

/// Packets are sent again side by side: the one that is lost most often decides.
Duration ByteLink::draw_stall(std::size_t packets, Rng& rng) const {
  const double loss = route_.network->loss();
  Duration longest{};
  for (std::size_t packet = 0; loss > 0 && packet < packets; ++packet) {
    Duration stall{};
    Duration timeout = first_retry();
    for (int i = 0; i < kRetriesDrawn && rng.unit() < loss; ++i) {
      stall += timeout;
      timeout = std::min(2 * timeout, kLastRetry);
    }
    longest = std::max(longest, stall);
  }
  return longest;
}

std::optional<Instant> ByteLink::next_arrival() const {
  return head_ == pieces_.size() ? std::nullopt : std::optional{pieces_[head_].arrives};
}

ByteLink::Arrival ByteLink::read(bool reachable, Instant now) {
  if (head_ == pieces_.size() || pieces_[head_].arrives > now) {
    return {};
  }
  if (!reachable) {
    return retry(now);
  }
  stalled_since_.reset();
  Piece& piece = pieces_[head_];
  if (!std::exchange(piece.on_line, true)) {
    const std::size_t packets = piece.bytes.size() / kPacketBytes + 1;
    piece.arrives = route_.down->receive(piece.bytes.size() + packets * kHeaderBytes, now);
    if (piece.arrives > now) {
      return {};
    }
  }
  Arrival arrival{.kind = piece.kind, .bytes = std::move(piece.bytes)};
  held_ -= arrival.bytes.size();
  ++head_;
  if (head_ == pieces_.size()) {
    // An idle link keeps no memory: there are very many of them.
    std::vector<Piece>{}.swap(pieces_);
    head_ = 0;
  } else if (head_ * 2 > pieces_.size() && head_ > 16) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(std::exchange(head_, 0)));
  }
  return arrival;
}

ByteLink::Arrival ByteLink::retry(Instant now) {
  if (!stalled_since_) {
    stalled_since_ = now;
    retry_ = first_retry();
  } else if (now - *stalled_since_ >= kGiveUp) {
    pieces_.clear();
    head_ = 0;
    held_ = 0;
    return {.kind = Arrival::Kind::kBroken, .bytes = {}};
  }
  Piece& piece = pieces_[head_];
  piece.on_line = false;
  piece.arrives = now + retry_;
  retry_ = std::min(2 * retry_, kLastRetry);
  in_order_ = std::max(in_order_, piece.arrives);
  return {};
}

}  // namespace pond::sim
