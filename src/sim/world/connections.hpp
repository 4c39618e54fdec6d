#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pond/base/time.hpp"

namespace pond::sim {

/// One end of a connection between two nodes.
struct Connection {
  static constexpr std::uint32_t kNone = 0xffffffffU;

  std::uint32_t peer = kNone;
  bool known_up = false;  ///< kad was told
  Instant ready_at{};     ///< when it is, or was, established
  Instant used_at{};      ///< the last message
};

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

  /// By ascending peer.
  [[nodiscard]] std::vector<std::uint32_t> peers() const;
  /// Those without a message since `before`, by ascending peer.
  [[nodiscard]] std::vector<std::uint32_t> idle_since(Instant before) const;
  /// Of those that have stood since before `before`, and that may go, the one that was silent longest; of equals the
  /// lowest peer.
  template <typename MayGo>
  [[nodiscard]] std::optional<std::uint32_t> idlest(Instant before, const MayGo& may_go) const {
    const Connection* idlest = nullptr;
    for (const Connection& connection : slots_) {
      const bool old = connection.peer != Connection::kNone && connection.ready_at < before;
      if (old && (idlest == nullptr || is_idler(connection, *idlest)) && may_go(connection.peer)) {
        idlest = &connection;
      }
    }
    return idlest != nullptr ? std::optional{idlest->peer} : std::nullopt;
  }

 private:
  [[nodiscard]] std::size_t home(std::uint32_t peer) const noexcept {
    return (peer * 0x9e3779b1U) & (slots_.size() - 1);
  }
  [[nodiscard]] static bool is_idler(const Connection& one, const Connection& other) noexcept {
    return one.used_at != other.used_at ? one.used_at < other.used_at : one.peer < other.peer;
  }
  [[nodiscard]] std::size_t place_of(std::uint32_t peer) const;
  void resize(std::size_t slots);

  std::vector<Connection> slots_;  // a power of two, at most three quarters in use
  std::size_t size_ = 0;
};

}  // namespace pond::sim
