#include "connections.hpp"

#include <algorithm>
#include <utility>

namespace pond::sim {
namespace {

constexpr std::size_t kFewestSlots = 8;

/// A quarter more at a time: twice as many would leave most of them empty in most nodes.
constexpr std::size_t more_than(std::size_t slots) {
  return std::max(kFewestSlots, slots + slots / 4);
}

}  // namespace

/// Where the peer is, or would be.
std::size_t Connections::place_of(std::uint32_t peer) const {
  std::size_t place = home(peer);
  while (slots_[place].peer != peer && slots_[place].peer != Connection::kNone) {
    place = after(place);
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
  if ((size_ + 1) * 5 > slots_.size() * 4) {
    resize(more_than(slots_.size()));
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
  for (std::size_t next = after(hole); slots_[next].peer != Connection::kNone; next = after(next)) {
    if (steps(home(slots_[next].peer), next) >= steps(hole, next)) {
      slots_[hole] = slots_[next];
      slots_[next] = Connection{};
      hole = next;
    }
  }
  if (slots_.size() > kFewestSlots && size_ * 2 < slots_.size()) {
    resize(std::max(kFewestSlots, more_than(more_than(size_))));
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
