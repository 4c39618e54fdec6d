#include "pond/sim/run.hpp"

#include <algorithm>

#include "pond/sim/byte_world.hpp"
#include "pond/sim/world.hpp"

namespace pond::sim {
namespace {

/// Those of whole nodes take longer: there is a handshake in some.
constexpr std::size_t kEventsBetweenReports = 20'000;
constexpr std::size_t kByteEventsBetweenReports = 2'000;

/// Runs either world to its end.
template <typename AnyWorld>
void run_in(const Scenario& scenario, const RunOptions& options, Progress& progress, std::size_t events_at_once,
            RunResult& result) {
  std::optional<OperationTrace> trace;
  if (options.trace_operation) {
    trace.emplace(OperationTrace{.operation = *options.trace_operation});
  }
  progress.report({.nodes_up = 0, .phase = {}});
  const std::uint64_t resident_before = options.resident_bytes ? options.resident_bytes() : 0;
  AnyWorld world{scenario, result.recorder, trace ? &*trace : nullptr};
  std::uint64_t most_resident = 0;
  bool goes_on = true;
  while (goes_on) {
    goes_on = world.advance(events_at_once);
    progress.report({.at = world.elapsed(),
                     .events = world.events(),
                     .nodes_up = world.nodes_up(),
                     .phase = scenario.phases[world.phase()].name});
    if (options.resident_bytes) {
      most_resident = std::max(most_resident, options.resident_bytes());
    }
  }
  if (options.resident_bytes) {
    const auto grown = static_cast<double>(most_resident - std::min(resident_before, most_resident));
    result.recorder.set("memory.bytes_per_node", grown / static_cast<double>(scenario.nodes()));
    result.recorder.set("memory.total_mib", static_cast<double>(most_resident) / (1024.0 * 1024.0));
  }
  result.events = world.events();
  result.event_hash = world.event_hash();
  result.trace = trace ? trace->trace.text() : std::string{};
  result.violations = world.violations();
}

}  // namespace

Result<RunResult> run(const Scenario& scenario, const RunOptions& options, Progress& progress) {
  RunResult result{.recorder = Recorder{scenario}, .trace = {}, .violations = {}};
  if (scenario.depth == Depth::kMessages) {
    run_in<World>(scenario, options, progress, kEventsBetweenReports, result);
    return result;
  }
  if (const Result<void> possible = ByteWorld::can_run(scenario); !possible) {
    return std::unexpected(possible.error());
  }
  run_in<ByteWorld>(scenario, options, progress, kByteEventsBetweenReports, result);
  return result;
}

}  // namespace pond::sim
