#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pond/base/time.hpp"

namespace pond::sim {

/// An instant of the simulation in 4 octets: to the millisecond, rounded up; of the first 49 days.
class Moment {
 public:
  constexpr Moment() = default;
  // Both ways without a word: it is an instant, kept small.
  constexpr Moment(Instant at)  // NOLINT(google-explicit-constructor)
      : ms_(static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::milliseconds>(at.time_since_epoch()).count())) {}
  constexpr operator Instant() const {  // NOLINT(google-explicit-constructor)
    return Instant{} + std::chrono::milliseconds{ms_};
  }
  friend constexpr auto operator<=>(Moment one, Instant other) { return Instant{one} <=> other; }
  friend constexpr bool operator==(Moment one, Instant other) { return Instant{one} == other; }

 private:
  std::uint32_t ms_ = 0;
};

/// One end of a connection between two nodes. Small: a node has a hundred.
struct Connection {
  static constexpr std::uint32_t kNone = 0x7fffffffU;  ///< all bits of a peer

  [[nodiscard]] static constexpr Connection to(std::uint32_t peer, Instant ready_at) {
    return {.peer = peer & kNone, .ready_at = ready_at, .used_at = ready_at};
  }

  std::uint32_t peer : 31 = kNone;
  bool known_up : 1 = false;  ///< kad was told
  Moment ready_at{};          ///< when it is, or was, established
  Moment used_at{};           ///< the last message
};
static_assert(sizeof(Connection) == 12);

/// The connections of one node, by peer: a table with open addressing, since every message asks it. Without connections
/// it has no memory. What it gives is by reference until the next change.
class Connections {
 public:
  [[nodiscard]] Connection* find(std::uint32_t peer);
  /// `connection.peer` is not in yet.
  Connection& add(const Connection& connection);
  void remove(std::uint32_t peer);
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void prefetch() const noexcept { __builtin_prefetch(slots_.data()); }

  template <typename Passes>
  [[nodiscard]] std::size_t count_if(const Passes& passes) const {
    std::size_t count = 0;
    for (const Connection& connection : slots_) {
      count += connection.peer != Connection::kNone && passes(connection.peer) ? 1U : 0U;
    }
    return count;
  }
  /// By ascending peer.
  [[nodiscard]] std::vector<std::uint32_t> peers() const;
  /// Those without a message since `before`, by ascending peer.
  [[nodiscard]] std::vector<std::uint32_t> idle_since(Instant before) const;
  struct Age {
    Instant stands_since;
    Instant quiet_since;
  };
  /// Of those that have stood since before then, have been silent since, and may go, the one that was silent longest;
  /// of equals the lowest peer.
  template <typename MayGo>
  [[nodiscard]] std::optional<std::uint32_t> idlest(const Age& age, const MayGo& may_go) const {
    const Connection* idlest = nullptr;
    for (const Connection& connection : slots_) {
      const bool old = connection.peer != Connection::kNone && connection.ready_at < age.stands_since &&
                       connection.used_at <= age.quiet_since;
      if (old && (idlest == nullptr || is_idler(connection, *idlest)) && may_go(connection.peer)) {
        idlest = &connection;
      }
    }
    return idlest != nullptr ? std::optional<std::uint32_t>{idlest->peer} : std::nullopt;
  }

 private:
  [[nodiscard]] std::size_t home(std::uint32_t peer) const noexcept {
    return static_cast<std::size_t>(std::uint64_t{peer * 0x9e3779b1U} * slots_.size() >> 32U);
  }
  [[nodiscard]] std::size_t after(std::size_t place) const noexcept {
    return place + 1 == slots_.size() ? 0 : place + 1;
  }
  /// How far it is from one place on to another.
  [[nodiscard]] std::size_t steps(std::size_t from, std::size_t to) const noexcept {
    return to >= from ? to - from : to + slots_.size() - from;
  }
  [[nodiscard]] static bool is_idler(const Connection& one, const Connection& other) noexcept {
    const Instant since = one.used_at;
    const Instant other_since = other.used_at;
    return since != other_since ? since < other_since : one.peer < other.peer;
  }
  [[nodiscard]] std::size_t place_of(std::uint32_t peer) const;
  void resize(std::size_t slots);

  std::vector<Connection> slots_;  // at most four fifths in use
  std::size_t size_ = 0;
};

}  // namespace pond::sim
