#pragma once

#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

/// One length of time of that kind, in whole microseconds: 1 us to ten years, so that whoever waits for it gets on.
/// Takes one number of `rng`, none for kFixed. A kTrace without entries is as kFixed.
[[nodiscard]] Duration draw(const DurationSpec& spec, Rng& rng);

/// The time to the next of a stream of independent events that come `per_second`, which is above 0.
[[nodiscard]] Duration draw_interval(double per_second, Rng& rng);

}  // namespace pond::sim
