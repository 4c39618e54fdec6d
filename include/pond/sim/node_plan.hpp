#pragma once

#include <cstdint>
#include <vector>

#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

/// What a scenario says of one node.
struct NodePlan {
  std::uint32_t group = 0;   ///< index of Scenario::groups
  std::uint32_t member = 0;  ///< which one of the group
  bool nat = false;
  bool silent = false;
  Duration slow_by{};     ///< 0: it is not slow
  Duration clock_skew{};  ///< either way
  Duration join_at{};     ///< after the start
};

/// All nodes, group by group. The shares of a group are met exactly, rounded, each by its own draw: a node may be both
/// slow and behind NAT.
[[nodiscard]] std::vector<NodePlan> plan_nodes(const Scenario& scenario, Rng& rng);

/// Whether others can join by way of that node, where a scenario has no bootstrap nodes: an honest server that is there
/// from the start, answers, and can be dialed.
[[nodiscard]] bool is_entrance(const GroupSpec& group, const NodePlan& plan);

/// Something that happens at a moment of the whole run.
struct PlannedEvent {
  Duration at{};  ///< after the start
  const EventSpec* event;
};

/// The events of all phases in order of time; those of one moment as the scenario has them. It must outlive them.
[[nodiscard]] std::vector<PlannedEvent> plan_events(const Scenario& scenario);

}  // namespace pond::sim
