#pragma once

#include <algorithm>

#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"

namespace pond {

/// Pauses that double from `first` up to `longest`, each cut by a random part of up to a half, so that many nodes which
/// failed together do not come back together.
class Backoff {
 public:
  Backoff(Duration first, Duration longest) : first_(first), longest_(longest), next_(first) {}

  /// The next pause.
  [[nodiscard]] Duration pause(Rng& rng) {
    const Duration full = next_;
    next_ = std::min(longest_, next_ * 2);
    const auto half = static_cast<std::uint64_t>(full.count() / 2);
    return full - Duration{static_cast<Duration::rep>(rng.below(half + 1))};
  }

  void reset() { next_ = first_; }

 private:
  Duration first_;
  Duration longest_;
  Duration next_;
};

}  // namespace pond
