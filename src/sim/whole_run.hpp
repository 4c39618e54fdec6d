#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "pond/base/time.hpp"
#include "pond/sim/recorder.hpp"

namespace pond::sim {

/// What a world counted from its start to its end, of which figures of the whole run are made: the latest phase's would
/// stand for them otherwise.
struct WholeRun {
  std::uint64_t messages = 0;
  double node_minutes = 0;               ///< that nodes were up
  std::uint64_t taken_by_bootstrap = 0;  ///< requests, of all bootstrap nodes together
  std::size_t bootstrap_nodes = 0;
  Duration length{};
};

/// After Recorder::end.
inline void record(const WholeRun& run, Recorder& recorder) {
  if (run.node_minutes > 0) {
    recorder.set("messages.per_node_minute", static_cast<double>(run.messages) / run.node_minutes);
  }
  const double bootstrap_seconds =
      std::chrono::duration<double>(run.length).count() * static_cast<double>(run.bootstrap_nodes);
  if (bootstrap_seconds > 0) {
    recorder.set("bootstrap.requests_per_s.mean", static_cast<double>(run.taken_by_bootstrap) / bootstrap_seconds);
  }
}

}  // namespace pond::sim
