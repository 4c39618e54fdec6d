#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "support/sim_scenarios.hpp"

namespace pond::sim {
namespace {

using Kind = LoadSpec::Kind;

TEST(WorldJoining, ABootstrapNodeFillsEverybodysTable) {
  Scenario scenario = joining_network(40, 3min);
  scenario.groups[1].join_over = 20s;
  scenario.phases.push_back(phase("use", 20s, {load(Kind::kClosest)}));
  SimWorld world{scenario};
  world.run();
  for (NodeIndex index = 0; index < 41; ++index) {
    EXPECT_GE(world.table(index).size(), 20U) << index;
  }
  EXPECT_EQ(world.figure("closest.success"), 1);
  EXPECT_GE(world.figure("closest.overlap.mean"), 0.99);
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(WorldJoining, NodesComeWhenTheirGroupDoes) {
  Scenario scenario = joining_network(20, 1min);
  scenario.groups[1].join_at = 10s;
  scenario.groups[1].join_over = 20s;
  SimWorld world{scenario};
  EXPECT_EQ(world.run_until(9s)->up, 1U);
  EXPECT_EQ(world.run_until(10s)->up, 2U);
  EXPECT_EQ(world.run_until(20s)->up, 12U);
  EXPECT_EQ(world.run_until(30s)->up, 21U);
}

TEST(WorldJoining, WithoutABootstrapGroupTheFirstServerIsOne) {
  Scenario scenario = settled_network(15, 2min);
  scenario.tables_filled = false;
  SimWorld world{scenario};
  world.run();
  EXPECT_EQ(world->bootstrap_nodes, std::vector<NodeIndex>{0});
  for (NodeIndex index = 0; index < 15; ++index) {
    EXPECT_GE(world.table(index).size(), 10U) << index;
  }
}

TEST(WorldJoining, FilledTablesHoldAsManyOfEachRangeAsTheyMay) {
  SimWorld world{settled_network(150, 1s)};
  for (NodeIndex index = 0; index < 150; ++index) {
    const wire::Key own = world->book.key(world->nodes[index].handle);
    std::map<std::size_t, std::size_t> of_prefix;
    for (const PeerHandle peer : world->servers) {
      ++of_prefix[own.common_prefix_bits(world->book.key(peer))];
    }
    of_prefix.erase(wire::Key::kBits);  // itself
    const kad::RoutingTable& table = world->nodes[index].life->kad->table();
    EXPECT_EQ(table.bucket_count(), of_prefix.rbegin()->first + 1);
    for (std::size_t bucket = 0; bucket < table.bucket_count(); ++bucket) {
      EXPECT_EQ(table.bucket_size(bucket), std::min<std::size_t>(of_prefix[bucket], 20)) << index << ": " << bucket;
    }
  }
}

TEST(WorldJoining, AgentsAreInNobodysTable) {
  Scenario scenario = joining_network(20, 1min);
  scenario.groups.push_back({.name = "agents", .role = GroupSpec::Role::kAgent, .count = 10});
  scenario.phases[0].loads = {load(Kind::kClosest, "agents", 1)};
  SimWorld world{scenario};
  world.run();
  for (NodeIndex agent = 21; agent < 31; ++agent) {
    EXPECT_EQ(world.known_to(agent), 0U);
    EXPECT_EQ(world->nodes[agent].taken, 0U) << "nobody asks it anything";
    EXPECT_GT(world.table(agent).size(), 0U);
  }
}

TEST(WorldJoining, AgentsBehindNatLookUpAllTheSame) {
  Scenario scenario = settled_network_with_bootstrap(40);
  scenario.groups.push_back({.name = "agents", .role = GroupSpec::Role::kAgent, .count = 10, .nat = 1});
  scenario.phases.push_back(phase("use", 20s, {load(Kind::kClosest, "agents")}));
  SimWorld world{scenario};
  world.run();
  for (NodeIndex agent = 41; agent < 51; ++agent) {
    EXPECT_TRUE(world->links.nat(agent));
    EXPECT_EQ(world.known_to(agent), 0U);
  }
  EXPECT_EQ(world.figure("closest.success", 1), 1);
  EXPECT_EQ(world.figure("closest.overlap.min", 1), 1);
  EXPECT_EQ(world.figure("dials.failed", 1), 0);
}

TEST(WorldJoining, ServersBehindNatAreNotFilledIntoTables) {
  Scenario scenario = settled_network(30, 1s);
  scenario.groups.push_back({.name = "hidden", .role = GroupSpec::Role::kServer, .count = 10, .nat = 1});
  SimWorld world{scenario};
  for (NodeIndex hidden = 30; hidden < 40; ++hidden) {
    EXPECT_EQ(world.known_to(hidden), 0U);
    EXPECT_GT(world.table(hidden).size(), 0U);
  }
}

TEST(WorldJoining, NobodyCanDialWhoIsBehindNat) {
  Scenario scenario = settled_network(10, 1s);
  scenario.groups.push_back({.name = "hidden", .role = GroupSpec::Role::kServer, .count = 1, .nat = 1});
  SimWorld world{scenario};
  EXPECT_EQ(world->dial(0, 10).connection, nullptr);
  EXPECT_NE(world->dial(10, 0).connection, nullptr);
  EXPECT_NE(world->dial(0, 10).connection, nullptr) << "over the connection that it opened";
}

TEST(WorldJoining, AnAgentPublishesAgainAtItsInterval) {
  Scenario scenario = settled_network_with_bootstrap(30, 10min);
  scenario.groups.push_back({.name = "agents", .role = GroupSpec::Role::kAgent, .count = 5});
  scenario.phases[0].loads = {{.kind = Kind::kUpkeep, .group = "agents", .every = 60s, .key = {}}};
  SimWorld world{scenario};
  world.run();
  // At once, and then each minute, less or more by a twentieth.
  EXPECT_GE(world.figure("publish.started"), 5 * 9);
  EXPECT_LE(world.figure("publish.started"), 5 * 11);
  EXPECT_EQ(world.figure("publish.started"), world.figure("provide.started"));
  EXPECT_EQ(world.figure("publish.success"), 1);
  EXPECT_EQ(world.figure("publish.holders.min"), 20);
}

TEST(WorldJoining, WhatAnAgentKeepsUpIsFound) {
  Scenario scenario = settled_network_with_bootstrap(30, 1min);
  scenario.groups.push_back({.name = "agents", .role = GroupSpec::Role::kAgent, .count = 5});
  const LoadSpec upkeep{.kind = Kind::kUpkeep, .group = "agents", .every = 60s, .key = {}};
  scenario.phases[0].loads = {upkeep};
  scenario.phases.push_back(phase("read", 20s, {upkeep, load(Kind::kFind)}));
  SimWorld world{scenario};
  world.run();
  EXPECT_GT(world.figure("find.started", 1), 50);
  EXPECT_EQ(world.figure("find.success", 1), 1);
}

}  // namespace
}  // namespace pond::sim
