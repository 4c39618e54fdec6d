#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/sim/latency.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

/// What becomes of one message: how many copies arrive, and how long after it was sent.
struct Delivery {
  std::uint8_t copies = 0;  ///< 0: lost
  std::array<Duration, 2> delay{};
};

/// The network between nodes: distance, jitter, loss, copies, reordering, slow nodes, NAT, a partition. Draws from the
/// Rng that each call is given, always as much for the same settings. One octet a node beside the LatencyModel's, and
/// four more once a node is slow.
class LinkModel {
 public:
  LinkModel(const NetworkSpec& spec, std::size_t nodes, Rng& rng);

  /// A message that leaves now. `from` is not `to`.
  [[nodiscard]] Delivery deliver(std::uint32_t from, std::uint32_t to, Rng& rng) const;
  /// Without loss, copies and reordering: of what a transport makes reliable. With jitter, and what a slow node adds.
  [[nodiscard]] Duration draw_delay(std::uint32_t from, std::uint32_t to, Rng& rng) const;
  /// Without jitter, there and back.
  [[nodiscard]] Duration round_trip(std::uint32_t a, std::uint32_t b) const;

  /// What the node sends takes so much longer; nothing for 0.
  void set_slow(std::uint32_t node, Duration by);
  [[nodiscard]] Duration slow_by(std::uint32_t node) const;

  void set_nat(std::uint32_t node, bool behind);
  [[nodiscard]] bool nat(std::uint32_t node) const { return (flags_[node] & kNat) != 0; }
  /// Whether a connection that `from` opens gets to `to`, who may be away all the same.
  [[nodiscard]] bool can_dial(std::uint32_t from, std::uint32_t to) const { return !nat(to) && !separated(from, to); }

  void set_side(std::uint32_t node, bool other);
  /// The network falls into two: exactly `share` of the nodes, rounded, are on the other side.
  void partition(double share, Rng& rng);
  void heal();
  [[nodiscard]] bool separated(std::uint32_t a, std::uint32_t b) const {
    return ((flags_[a] ^ flags_[b]) & kOtherSide) != 0;
  }

  void set_loss(double share) { spec_.loss = share; }
  [[nodiscard]] double loss() const noexcept { return spec_.loss; }

  [[nodiscard]] const LatencyModel& latency() const noexcept { return latency_; }
  [[nodiscard]] std::size_t nodes() const noexcept { return flags_.size(); }

 private:
  static constexpr std::uint8_t kNat = 1;
  static constexpr std::uint8_t kOtherSide = 2;

  NetworkSpec spec_;
  LatencyModel latency_;
  std::vector<std::uint8_t> flags_;
  std::vector<std::uint32_t> slow_us_;  ///< empty while nobody is slow
};

}  // namespace pond::sim
