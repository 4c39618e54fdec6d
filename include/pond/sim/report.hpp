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

/// For programs: all figures, of the whole run and of each phase; the checks; of each kind of operation the whole run's
/// distributions, as percentiles 0 to 100 and, for small whole numbers, as histograms; success over time.
/// sim/README.md lists the fields, which keep their order.
[[nodiscard]] std::string report_json(const Scenario& scenario, const Recorder& recorder,
                                      std::span<const CheckResult> checks, const RunSummary& run);

}  // namespace pond::sim
