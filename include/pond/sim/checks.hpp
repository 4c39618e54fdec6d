#pragma once

#include <optional>
#include <vector>

#include "pond/sim/recorder.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

/// What became of one check of a scenario.
struct CheckResult {
  CheckSpec check;
  std::optional<double> value;  ///< unset: the run did not show that figure, and the check has failed
  bool passed = false;
};

/// All checks of the scenario, in its order.
[[nodiscard]] std::vector<CheckResult> judge(const Scenario& scenario, const Recorder& recorder);

/// Bounds count as met to six digits where the value is no whole number: samples are kept no finer.
[[nodiscard]] bool within_bounds(const CheckSpec& check, double value);

/// Whether a run with these results has passed.
[[nodiscard]] bool all_passed(const std::vector<CheckResult>& results);

}  // namespace pond::sim
