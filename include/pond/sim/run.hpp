#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/sim/recorder.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

/// How far a run is.
struct Standing {
  Duration at{};  ///< virtual time since the start
  std::uint64_t events = 0;
  std::size_t nodes_up = 0;
  std::string_view phase;  ///< empty while the world is being built
};

/// Is told how far a run is, after every some ten thousand events: often enough for whoever looks at a real clock.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void report(const Standing& standing) = 0;
};

struct RunOptions {
  /// The how manieth of the workload's operations, from 0, to take down as a trace.
  std::optional<std::uint64_t> trace_operation;
  /// What the process holds in memory: the simulator cannot see it by itself. Unset: there are no figures memory.*.
  std::function<std::uint64_t()> resident_bytes;
};

/// What a run showed. Its checks are judged with checks.hpp.
struct RunResult {
  Recorder recorder;
  std::uint64_t events = 0;
  /// Of everything that happened, in order: equal for the same scenario, seed and build, whatever compiler built it.
  std::uint64_t event_hash = 0;
  std::string trace;                    ///< for people; empty when none was asked for, or there was no such operation
  std::vector<std::string> violations;  ///< the first few that the checkers met, for people
};

/// Runs a scenario from its start to its end, in this thread. Fails only for what is beyond the scenario: defects, memory.
[[nodiscard]] Result<RunResult> run(const Scenario& scenario, const RunOptions& options, Progress& progress);

}  // namespace pond::sim
