#pragma once

#include <algorithm>
#include <cstddef>

#include "pond/base/rng.hpp"

namespace pond::sim {

/// Picks a share of `count` things, told of them one by one: exactly that many, rounded, and each set of that many is
/// as likely as any other.
class SharePicker {
 public:
  SharePicker(std::size_t count, double share)
      : left_(count),
        wanted_(static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(count) + 0.5)) {}

  /// Whether the next one is picked. To be asked `count` times; none is picked after that. Takes no number of `rng`
  /// when all or none of those left are wanted.
  [[nodiscard]] bool next(Rng& rng) {
    const bool picked = wanted_ > 0 && (wanted_ == left_ || rng.below(left_) < wanted_);
    left_ -= left_ > 0 ? 1 : 0;
    wanted_ -= picked ? 1 : 0;
    return picked;
  }
  [[nodiscard]] std::size_t wanted() const noexcept { return wanted_; }

 private:
  std::size_t left_;
  std::size_t wanted_;
};

}  // namespace pond::sim
