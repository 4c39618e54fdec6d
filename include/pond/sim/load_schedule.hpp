#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

/// When the operations of a load begin, and at which node of its group.
///
/// With a rate: at random moments, each at a node drawn anew. kUpkeep: each node at a moment of its own within the
/// first `every`, and again each `every`: evenly spread, as nodes that were started at any time are. Whoever asks
/// decides what becomes of a turn whose node is away.
///
/// The load, which must outlive this, begins at `begin` and ends before `end`. A seed of its own leaves the moments of
/// the others as they were when one load is changed. kUpkeep keeps 16 octets a node, a rate none.
class LoadSchedule {
 public:
  struct Turn {
    Instant at;
    std::uint32_t member;  ///< 0 to members - 1
  };

  LoadSchedule(const LoadSpec& load, std::size_t members, Instant begin, Instant end, std::uint64_t seed);

  [[nodiscard]] const LoadSpec& spec() const noexcept { return *load_; }

  /// In order of time; nothing when the load has ended.
  [[nodiscard]] const std::optional<Turn>& next() const noexcept { return next_; }
  void advance();

 private:
  void draw_next(Instant after);
  void take_next_of_round();

  const LoadSpec* load_;
  std::size_t members_;
  Instant round_begin_;
  Instant end_;
  SeededRng rng_;
  std::vector<std::pair<Duration, std::uint32_t>> order_;  ///< of kUpkeep: the moments of a round
  std::size_t place_ = 0;
  std::optional<Turn> next_;
};

}  // namespace pond::sim
