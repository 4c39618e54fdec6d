#include "pond/sim/scenario.hpp"

namespace pond::sim {

std::size_t Scenario::nodes() const {
  std::size_t sum = 0;
  for (const GroupSpec& group : groups) {
    sum += group.count;
  }
  return sum;
}

Duration Scenario::length() const {
  Duration sum{};
  for (const PhaseSpec& phase : phases) {
    sum += phase.length;
  }
  return sum;
}

}  // namespace pond::sim
