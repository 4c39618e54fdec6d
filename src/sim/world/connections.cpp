#include "connections.hpp"

#include <algorithm>
#include <utility>

namespace pond::sim {
namespace {

constexpr std::size_t kFewestSlots = 8;

}  // namespace

/// Where the peer is, or would be.
std::size_t Connections::place_of(std::uint32_t peer) const {
  std::size_t place = home(peer);
  while (slots_[place].peer != peer && slots_[place].peer != Connection::kNone) {
    place = (place + 1) & (slots_.size() - 1);
  }
  return place;
}

Connection* Connections::find(std::uint32_t peer) {
  if (size_ == 0) {
    return nullptr;
  }
  Connection& there = slots_[place_of(peer)];
  return there.peer == peer ? &there : nullptr;
}

Connection& Connections::add(const Connection& connection) {
  if ((size_ + 1) * 4 > slots_.size() * 3) {
    resize(std::max(kFewestSlots, slots_.size() * 2));
  }
  ++size_;
  return slots_[place_of(connection.peer)] = connection;
}

void Connections::remove(std::uint32_t peer) {
  if (find(peer) == nullptr) {
    return;
  }
  if (--size_ == 0) {
    slots_ = std::vector<Connection>{};
    return;
  }
  // Whoever was pushed past the hole moves into it, so that searches end at the first free slot.
  std::size_t hole = place_of(peer);
  slots_[hole] = Connection{};
  for (std::size_t next = (hole + 1) & (slots_.size() - 1); slots_[next].peer != Connection::kNone;
       next = (next + 1) & (slots_.size() - 1)) {
    const std::size_t wanted = home(slots_[next].peer);
    if (((next - wanted) & (slots_.size() - 1)) >= ((next - hole) & (slots_.size() - 1))) {
      slots_[hole] = slots_[next];
      slots_[next] = Connection{};
      hole = next;
    }
  }
  if (slots_.size() > kFewestSlots && size_ * 8 < slots_.size()) {
    resize(slots_.size() / 2);
  }
}

void Connections::resize(std::size_t slots) {
  const std::vector<Connection> old = std::exchange(slots_, std::vector<Connection>(slots));
  for (const Connection& connection : old) {
    if (connection.peer != Connection::kNone) {
      slots_[place_of(connection.peer)] = connection;
    }
  }
}

std::vector<std::uint32_t> Connections::peers() const {
  return idle_since(Instant::max());
}

std::vector<std::uint32_t> Connections::idle_since(Instant before) const {
  std::vector<std::uint32_t> idle;
  for (const Connection& connection : slots_) {
    if (connection.peer != Connection::kNone && connection.used_at < before) {
      idle.push_back(connection.peer);
    }
  }
  std::ranges::sort(idle);
  return idle;
}

}  // namespace pond::sim
