// What a command line changes in a scenario, and what a scenario takes of the machine.

#include <gtest/gtest.h>

#include "pond/sim/scenario_file.hpp"

namespace pond::sim {
namespace {

Scenario scenario_of(std::vector<GroupSpec> groups) {
  return {.name = "s", .seed = 3, .groups = std::move(groups), .phases = {{.name = "run", .length = 10min}}};
}

GroupSpec group(std::string name, GroupSpec::Role role, std::size_t count) {
  return {.name = std::move(name), .role = role, .count = count};
}

std::vector<std::size_t> counts(const Scenario& scenario) {
  std::vector<std::size_t> all;
  for (const GroupSpec& each : scenario.groups) {
    all.push_back(each.count);
  }
  return all;
}

using Role = GroupSpec::Role;
using Counts = std::vector<std::size_t>;

TEST(Overrides, NothingChangesWithoutAny) {
  Scenario scenario = scenario_of({group("a", Role::kServer, 10)});
  ASSERT_TRUE(apply({}, scenario));
  EXPECT_EQ(scenario.seed, 3U);
  EXPECT_EQ(counts(scenario), Counts{10});
}
TEST(Overrides, ASeedReplacesTheScenarios) {
  Scenario scenario = scenario_of({group("a", Role::kServer, 10)});
  ASSERT_TRUE(apply({.seed = 99}, scenario));
  EXPECT_EQ(scenario.seed, 99U);
}
TEST(Overrides, NodesScaleAllGroupsAlikeToExactlySoMany) {
  Scenario scenario = scenario_of({group("boot", Role::kBootstrap, 4), group("a", Role::kServer, 100),
                                   group("b", Role::kServer, 200), group("c", Role::kAgent, 700)});
  ASSERT_TRUE(apply({.nodes = 5004}, scenario));
  EXPECT_EQ(counts(scenario), (Counts{4, 500, 1000, 3500}));
  ASSERT_TRUE(apply({.nodes = 104}, scenario));
  EXPECT_EQ(counts(scenario), (Counts{4, 10, 20, 70}));
  ASSERT_TRUE(apply({.nodes = 15}, scenario));
  EXPECT_EQ(scenario.nodes(), 15U);
}
TEST(Overrides, NoGroupIsScaledToNothing) {
  Scenario scenario =
      scenario_of({group("a", Role::kServer, 1000), group("b", Role::kServer, 1), group("c", Role::kAgent, 1)});
  ASSERT_TRUE(apply({.nodes = 3}, scenario));
  EXPECT_EQ(counts(scenario), (Counts{1, 1, 1}));
}
TEST(Overrides, MinedIdentitiesStayAsManyAsTheyAre) {
  GroupSpec mined = group("mined", Role::kServer, 20);
  mined.adversary = AdversarySpec{.kind = AdversarySpec::Kind::kEclipse, .near_key = "victim"};
  Scenario scenario = scenario_of({group("a", Role::kServer, 1000), mined});
  ASSERT_TRUE(apply({.nodes = 220}, scenario));
  EXPECT_EQ(counts(scenario), (Counts{200, 20}));
}
TEST(Overrides, NodesThatCannotBeAreRefused) {
  Scenario scenario = scenario_of({group("boot", Role::kBootstrap, 4), group("a", Role::kServer, 100)});
  for (const std::size_t nodes : {std::size_t{0}, std::size_t{4}, kMaxNodes + 1}) {
    const auto applied = apply({.nodes = nodes}, scenario);
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().message, "scenario s takes 5 to 16000000 nodes, not " + std::to_string(nodes));
  }
  EXPECT_EQ(counts(scenario), (Counts{4, 100}));
}

TEST(Memory, ANodeAmong100000ServersIsReckonedAtUnder8KiB) {
  const Scenario scenario = scenario_of({group("a", Role::kServer, 100'000)});
  const std::uint64_t each = estimated_bytes(scenario) / 100'000;
  EXPECT_GT(each, 4096U);
  EXPECT_LT(each, 10'240U);
}
TEST(Memory, WholeNodesAreReckonedAtMoreThanAMiB) {
  Scenario scenario = scenario_of({group("a", Role::kServer, 1000)});
  scenario.depth = Depth::kBytes;
  EXPECT_GT(estimated_bytes(scenario), 1000ULL * 1024 * 1024);
}
TEST(Memory, WhatIsPublishedCounts) {
  Scenario scenario = scenario_of({group("a", Role::kServer, 1000)});
  const std::uint64_t without = estimated_bytes(scenario);
  scenario.phases[0].loads = {{.kind = LoadSpec::Kind::kPublish, .group = "a", .per_second = 100}};
  EXPECT_GT(estimated_bytes(scenario), without + 100ULL * 600 * 20 * 300);
}
TEST(Memory, AScenarioThatNeedsMoreThanIsFreeIsRefused) {
  const Scenario scenario = scenario_of({group("a", Role::kServer, 1'000'000)});
  EXPECT_TRUE(fits_in_memory(scenario, estimated_bytes(scenario)));
  const auto fits = fits_in_memory(scenario, 1ULL << 31);
  ASSERT_FALSE(fits);
  EXPECT_TRUE(fits.error().message.starts_with("scenario s with 1000000 nodes needs about ")) << fits.error().message;
  EXPECT_TRUE(fits.error().message.ends_with(" GiB, this machine has 2.0 GiB free")) << fits.error().message;
}

}  // namespace
}  // namespace pond::sim
