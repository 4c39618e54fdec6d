#include "pond/sim/node_plan.hpp"

#include <algorithm>

#include "pond/sim/share_picker.hpp"

namespace pond::sim {
namespace {

Duration draw_skew(Duration bound, Rng& rng) {
  if (bound <= Duration{}) {
    return {};
  }
  const auto width_ns = static_cast<std::uint64_t>(bound.count()) * 2 + 1;
  return Duration{static_cast<Duration::rep>(rng.below(width_ns))} - bound;
}

}  // namespace

std::vector<NodePlan> plan_nodes(const Scenario& scenario, Rng& rng) {
  std::vector<NodePlan> plans;
  for (std::uint32_t group = 0; group < scenario.groups.size(); ++group) {
    const GroupSpec& spec = scenario.groups[group];
    SharePicker nat{spec.count, spec.nat};
    SharePicker silent{spec.count, spec.silent};
    SharePicker slow{spec.count, spec.slow};
    for (std::uint32_t member = 0; member < spec.count; ++member) {
      NodePlan& plan = plans.emplace_back();
      plan.group = group;
      plan.member = member;
      plan.nat = nat.next(rng);
      plan.silent = silent.next(rng);
      plan.slow_by = slow.next(rng) ? spec.slow_by : Duration{};
      plan.clock_skew = draw_skew(spec.clock_skew, rng);
      // Divided first: the product of a day and a million nodes does not fit.
      plan.join_at = spec.join_at + spec.join_over / static_cast<std::int64_t>(spec.count) * member;
    }
  }
  return plans;
}

bool is_entrance(const GroupSpec& group, const NodePlan& plan) {
  return group.role != GroupSpec::Role::kAgent && !group.adversary && !plan.nat && !plan.silent &&
         plan.join_at == Duration{};
}

std::vector<PlannedEvent> plan_events(const Scenario& scenario) {
  std::vector<PlannedEvent> events;
  Duration begin{};
  for (const PhaseSpec& phase : scenario.phases) {
    for (const EventSpec& event : phase.events) {
      const Duration at = begin + event.at;
      events.insert(std::ranges::upper_bound(events, at, {}, &PlannedEvent::at), {.at = at, .event = &event});
    }
    begin += phase.length;
  }
  return events;
}

}  // namespace pond::sim
