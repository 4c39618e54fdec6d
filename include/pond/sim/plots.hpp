#pragma once

#include <string>
#include <vector>

#include "pond/sim/recorder.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

struct Plot {
  std::string file_name;  ///< "latency.svg"
  std::string svg;
};

/// Of a run that has ended: latency.svg (how many operations had succeeded within what time), hops.svg, success.svg
/// (over time, with the phases), messages.svg (load over the nodes). What was not seen has no plot.
[[nodiscard]] std::vector<Plot> plots(const Recorder& recorder, const Scenario& scenario);

}  // namespace pond::sim
