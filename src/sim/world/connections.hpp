#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pond/base/time.hpp"

namespace pond::sim {

/// One end of a connection between two nodes.
struct Connection {
  std::uint32_t peer;
  Instant ready_at;  ///< when it is, or was, established
  Instant used_at;   ///< the last message
  bool known_up = false;  ///< kad was told
};

/// The connections of one node, by peer.
class Connections {
 public:
  [[nodiscard]] Connection* find(std::uint32_t peer);
  Connection& add(const Connection& connection);
  void remove(std::uint32_t peer);
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  [[nodiscard]] const std::vector<Connection>& all() const noexcept { return all_; }

  /// The one that was silent longest, if that is since before `before`.
  [[nodiscard]] std::optional<std::uint32_t> idlest(Instant before) const;

 private:
  std::vector<Connection> all_;  // sorted by peer
};

}  // namespace pond::sim
