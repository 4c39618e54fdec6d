#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

/// A part of the world.
struct Region {
  std::string_view name;
  unsigned share_percent;  ///< of a libp2p network's nodes
};

[[nodiscard]] std::span<const Region> world_regions();
/// The median round trip between machines of two regions, and of one.
[[nodiscard]] std::chrono::milliseconds world_round_trip(std::size_t a, std::size_t b);

/// How far apart nodes are. Symmetric, and the same for as long as it lives. 4 octets a node in the world, none where
/// latency is uniform.
class LatencyModel {
 public:
  /// Draws where the nodes live, and how far each is from its region's middle.
  LatencyModel(const LatencySpec& spec, std::size_t nodes, Rng& rng);

  [[nodiscard]] Duration one_way(std::uint32_t from, std::uint32_t to) const;
  /// Index of `world_regions`; 0 where latency is uniform.
  [[nodiscard]] std::size_t region(std::uint32_t node) const;

 private:
  struct Place {
    std::uint16_t access_us;  ///< between the node and its region's middle, one way
    std::uint8_t region;
  };

  LatencySpec spec_;
  std::uint64_t salt_;
  std::vector<Place> places_;
};

}  // namespace pond::sim
