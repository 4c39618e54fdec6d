#include "pond/sim/node_plan.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "pond/sim/share_picker.hpp"

namespace pond::sim {
namespace {

Scenario scenario() {
  Scenario made;
  made.groups = {{.name = "servers", .count = 4},
                 {.name = "agents",
                  .role = GroupSpec::Role::kAgent,
                  .count = 1000,
                  .nat = 0.5,
                  .silent = 0.1,
                  .slow = 0.2,
                  .slow_by = 3s,
                  .clock_skew = 5min,
                  .join_at = 1min,
                  .join_over = 1000s}};
  return made;
}

TEST(NodePlan, OthersJoinByWayOfAServerThatIsThereAndAnswers) {
  const GroupSpec servers{.name = "servers", .role = GroupSpec::Role::kServer, .count = 1};
  EXPECT_TRUE(is_entrance(servers, {}));
  EXPECT_FALSE(is_entrance(servers, {.nat = true}));
  EXPECT_FALSE(is_entrance(servers, {.silent = true}));
  EXPECT_FALSE(is_entrance(servers, {.join_at = 1s}));
  EXPECT_FALSE(is_entrance({.name = "agents", .role = GroupSpec::Role::kAgent, .count = 1}, {}));
}

TEST(NodePlan, GivesEachGroupItsShares) {
  SeededRng rng{3};
  const auto plans = plan_nodes(scenario(), rng);
  ASSERT_EQ(plans.size(), 1004U);
  EXPECT_EQ(plans[3].group, 0U);
  EXPECT_EQ(plans[4].group, 1U);
  EXPECT_EQ(plans[4].member, 0U);
  EXPECT_EQ(plans[1003].member, 999U);
  EXPECT_EQ(std::ranges::count(plans, true, &NodePlan::nat), 500);
  EXPECT_EQ(std::ranges::count(plans, true, &NodePlan::silent), 100);
  EXPECT_EQ(std::ranges::count(plans, 3s, &NodePlan::slow_by), 200);
  const auto both = std::ranges::count_if(plans, [](const NodePlan& p) { return p.nat && p.slow_by > 0s; });
  EXPECT_NEAR(static_cast<double>(both), 100, 25);  // one has nothing to do with the other
  EXPECT_TRUE(std::ranges::none_of(plans.begin(), plans.begin() + 4, [](const NodePlan& p) {
    return p.nat || p.silent || p.slow_by > 0s || p.clock_skew != 0s || p.join_at != 0s;
  }));
}

TEST(NodePlan, SkewsClocksBothWays) {
  SeededRng rng{3};
  const auto plans = plan_nodes(scenario(), rng);
  const auto [least, most] = std::ranges::minmax(plans, {}, &NodePlan::clock_skew);
  EXPECT_GE(least.clock_skew, -5min);
  EXPECT_LT(least.clock_skew, -4min);
  EXPECT_LE(most.clock_skew, 5min);
  EXPECT_GT(most.clock_skew, 4min);
}

TEST(NodePlan, NodesJoinOneByOne) {
  SeededRng rng{3};
  const auto plans = plan_nodes(scenario(), rng);
  EXPECT_EQ(plans[4].join_at, 60s);
  EXPECT_EQ(plans[5].join_at, 61s);
  EXPECT_EQ(plans[1003].join_at, 1059s);
}

TEST(NodePlan, EventsOfAllPhasesAreInOrderOfTime) {
  Scenario made;
  made.phases = {
      {.name = "a",
       .length = 10min,
       .events = {{.kind = EventSpec::Kind::kHeal, .at = 5min}, {.kind = EventSpec::Kind::kKill, .at = 1min}}},
      {.name = "b",
       .length = 10min,
       .events = {{.kind = EventSpec::Kind::kLoss, .at = 0s}, {.kind = EventSpec::Kind::kLeave, .at = 0s}}}};
  const auto events = plan_events(made);
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].event->kind, EventSpec::Kind::kKill);
  EXPECT_EQ(events[1].event->kind, EventSpec::Kind::kHeal);
  EXPECT_EQ(events[1].at, 5min);
  EXPECT_EQ(events[2].event->kind, EventSpec::Kind::kLoss);
  EXPECT_EQ(events[2].at, 10min);
  EXPECT_EQ(events[3].event->kind, EventSpec::Kind::kLeave);
}

TEST(SharePicker, PicksExactlyItsShareAndEachAsOften) {
  SeededRng rng{8};
  std::vector<std::size_t> picked(10);
  for (int round = 0; round < 3000; ++round) {
    SharePicker picker{10, 0.34};
    std::size_t sum = 0;
    for (std::size_t& count : picked) {
      const bool now = picker.next(rng);
      count += now ? 1 : 0;
      sum += now ? 1 : 0;
    }
    ASSERT_EQ(sum, 3U);
    ASSERT_FALSE(picker.next(rng));
  }
  for (const std::size_t count : picked) {
    EXPECT_NEAR(static_cast<double>(count), 900, 120);
  }
}

TEST(SharePicker, AllAndNoneNeedNoNumbers) {
  SeededRng rng{8};
  SeededRng untouched{8};
  SharePicker all{3, 1.5};
  SharePicker none{3, 0};
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(all.next(rng));
    EXPECT_FALSE(none.next(rng));
  }
  EXPECT_EQ(rng.next_u64(), untouched.next_u64());
}

}  // namespace
}  // namespace pond::sim
