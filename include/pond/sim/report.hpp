#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "pond/sim/checks.hpp"
#include "pond/sim/recorder.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

/// What a run was, beside what it showed. The scenario is the one that ran, with the seed and the sizes of the command.
struct RunSummary {
  std::uint64_t events = 0;
  Duration simulated{};
  std::uint64_t event_hash = 0;
  std::optional<Duration>
      took;  ///< by the machine's clock; unset: the report has nothing that differs between two runs
};

/// For people: tables no wider than 100 columns, then the checks, then one line about the run. Ends with a line's end.
[[nodiscard]] std::string report_table(const Scenario& scenario, const Recorder& recorder,
                                       std::span<const CheckResult> checks, const RunSummary& run);

/// For programs, a JSON object whose fields keep their order: `scenario`, `about`, `depth`, `nodes`, `seed`, `events`,
/// `simulated_s`, `event_hash`, `took_s`, `passed`, `checks` (each with its bounds, value and whether it passed),
/// `figures` (of the whole run, by name), `phases` (each with its name, length and figures), `operations` (of each kind
/// that was seen the whole run's distributions: count, mean, percentiles 0 to 100, and of numbers of things a histogram
/// of pairs of value and count), `success_over_time`, `messages_per_node` (a distribution). What was not seen or not
/// measured is null.
[[nodiscard]] std::string report_json(const Scenario& scenario, const Recorder& recorder,
                                      std::span<const CheckResult> checks, const RunSummary& run);

}  // namespace pond::sim
