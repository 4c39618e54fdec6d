#include "pond/sim/run.hpp"

namespace pond::sim {

Result<RunResult> run(const Scenario&, const RunOptions&, Progress&) {
  return fail(Errc::kUnsupported, "the simulated world is not built yet");
}

}  // namespace pond::sim
