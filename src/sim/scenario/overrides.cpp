#include <algorithm>
#include <numeric>

#include "pond/sim/scenario_file.hpp"

namespace pond::sim {
namespace {

/// What such a group does depends on how many heads it has, not on its share of the network.
bool is_fixed(const GroupSpec& group) {
  return group.role == GroupSpec::Role::kBootstrap || (group.adversary && !group.adversary->near_key.empty());
}

}  // namespace

ScenarioResult<void> apply(const Overrides& overrides, Scenario& scenario) {
  scenario.seed = overrides.seed.value_or(scenario.seed);
  if (!overrides.nodes) {
    return {};
  }
  std::vector<GroupSpec*> scaled;
  std::size_t fixed = 0;
  for (GroupSpec& group : scenario.groups) {
    if (is_fixed(group)) {
      fixed += group.count;
    } else {
      scaled.push_back(&group);
    }
  }
  const std::size_t least = fixed + scaled.size();
  const std::size_t most = scaled.empty() ? fixed : kMaxNodes;
  if (*overrides.nodes < least || *overrides.nodes > most) {
    return std::unexpected(ScenarioError{"scenario " + scenario.name + " takes " + std::to_string(least) + " to " +
                                         std::to_string(most) + " nodes, not " + std::to_string(*overrides.nodes)});
  }
  // Each group takes its part of what is still to be given, by its size among those that still wait; so the rest of
  // every division is passed on, and the sum is exact.
  std::size_t left = *overrides.nodes - fixed;
  std::size_t waiting = scenario.nodes() - fixed;
  for (std::size_t i = 0; i < scaled.size(); ++i) {
    const std::size_t behind = scaled.size() - i - 1;
    const auto exact = static_cast<double>(left) * static_cast<double>(scaled[i]->count) / static_cast<double>(waiting);
    const std::size_t part = std::clamp<std::size_t>(static_cast<std::size_t>(exact + 0.5), 1, left - behind);
    waiting -= scaled[i]->count;
    left -= part;
    scaled[i]->count = part;
  }
  return {};
}

}  // namespace pond::sim
