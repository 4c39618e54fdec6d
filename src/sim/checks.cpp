#include "pond/sim/checks.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace pond::sim {

namespace {

/// The phase's index; nothing when the check is about the whole run; the number of phases when there is none of that
/// name, which `scenario_file` refuses before it comes to this.
std::optional<std::size_t> phase_of(const Scenario& scenario, const CheckSpec& check) {
  if (check.phase.empty()) {
    return std::nullopt;
  }
  const auto found = std::ranges::find(scenario.phases, check.phase, &PhaseSpec::name);
  return static_cast<std::size_t>(found - scenario.phases.begin());
}

}  // namespace

bool within_bounds(const CheckSpec& check, double value) {
  // 0.95 as a float is a little less than 0.95, and must meet it. Whole numbers are exact, and so are their bounds.
  constexpr double kSixDigits = 1e-6;
  const bool whole = std::floor(value) == value;
  const auto slack = [whole](double bound) { return whole ? 0 : std::abs(bound) * kSixDigits; };
  const bool enough = !check.at_least || value >= *check.at_least - slack(*check.at_least);
  const bool little = !check.at_most || value <= *check.at_most + slack(*check.at_most);
  return enough && little;
}

std::vector<CheckResult> judge(const Scenario& scenario, const Recorder& recorder) {
  std::map<std::optional<std::size_t>, Figures> figures;  // percentiles of a phase are made once
  std::vector<CheckResult> results;
  for (const CheckSpec& check : scenario.checks) {
    CheckResult result{check, std::nullopt, false};
    const std::optional<std::size_t> phase = phase_of(scenario, check);
    if (!phase || *phase < scenario.phases.size()) {
      auto known = figures.find(phase);
      if (known == figures.end()) {
        known = figures.emplace(phase, recorder.figures(phase)).first;
      }
      if (const auto seen = known->second.find(check.figure); seen != known->second.end()) {
        result.value = seen->second;
        result.passed = within_bounds(check, seen->second);
      }
    }
    results.push_back(std::move(result));
  }
  return results;
}

bool all_passed(const std::vector<CheckResult>& results) {
  return std::ranges::all_of(results, &CheckResult::passed);
}

}  // namespace pond::sim
