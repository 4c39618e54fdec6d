#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "support/sim_scenarios.hpp"

namespace pond::sim {
namespace {

using Kind = LoadSpec::Kind;
using EventKind = EventSpec::Kind;

EventSpec event(EventKind kind, double share, std::string group = {}) {
  return {.kind = kind, .at = 5s, .group = std::move(group), .share = share};
}

std::size_t servers_with_records(SimWorld& world) {
  return static_cast<std::size_t>(std::ranges::count_if(
      world->nodes, [](const SimNode& node) { return node.store && node.store->counters().records > 0; }));
}

TEST(WorldMembership, WhoIsKilledDoesNotComeBack) {
  Scenario scenario = settled_network(40, 1min);
  scenario.phases[0].events = {event(EventKind::kKill, 0.25)};
  SimWorld world{scenario};
  EXPECT_EQ(world.run_until(4s)->up, 40U);
  EXPECT_EQ(world.run_until(5s)->up, 30U);
  world.run();
  EXPECT_EQ(world->up, 30U);
  EXPECT_EQ(world.figure("nodes.up"), 30);
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(WorldMembership, WhoIsKilledIsOfTheNamedGroup) {
  Scenario scenario = settled_network(20, 10s);
  scenario.groups.push_back({.name = "others", .role = GroupSpec::Role::kServer, .count = 10});
  scenario.phases[0].events = {event(EventKind::kKill, 1, "others")};
  SimWorld world{scenario};
  world.run();
  for (NodeIndex index = 0; index < 30; ++index) {
    EXPECT_EQ(world->nodes[index].up, index < 20) << index;
  }
}

TEST(WorldMembership, WhoIsKilledChurnsNoMore) {
  Scenario scenario = settled_network(20, 2min);
  scenario.groups[0].churn = ChurnSpec{.session = {.median = 10s, .trace = {}}, .away = {.median = 1s, .trace = {}}};
  scenario.phases[0].events = {event(EventKind::kKill, 1)};
  SimWorld world{scenario};
  world.run();
  EXPECT_EQ(world->up, 0U);
}

TEST(WorldMembership, WhoLeavesComesBackAfterItsTime) {
  Scenario scenario = settled_network_with_bootstrap(40, 1min);
  EventSpec leave = event(EventKind::kLeave, 0.5, "servers");
  leave.away = 20s;
  scenario.phases[0].events = {leave};
  SimWorld world{scenario};
  EXPECT_EQ(world.run_until(6s)->up, 21U);
  EXPECT_EQ(world.run_until(24s)->up, 21U);
  EXPECT_EQ(world.run_until(25s)->up, 41U);
  world.run();
  for (NodeIndex index = 0; index < 41; ++index) {
    EXPECT_GT(world.table(index).size(), 5U) << index;
  }
}

TEST(WorldMembership, WhoGoesHasNoConnectionsAndIsDropped) {
  Scenario scenario = settled_network(30, 1min);
  scenario.phases[0].loads = {load(Kind::kClosest, "servers", 10)};
  scenario.phases[0].events = {event(EventKind::kKill, 0.5)};
  SimWorld world{scenario};
  world.run_until(6s);
  for (NodeIndex index = 0; index < 30; ++index) {
    if (!world->nodes[index].up) {
      EXPECT_EQ(world->nodes[index].connections.size(), 0U);
      EXPECT_EQ(world->nodes[index].life, nullptr);
    }
    for (const NodeIndex peer : world->nodes[index].connections.peers()) {
      EXPECT_TRUE(world->nodes[peer].up);
    }
  }
  world.run();
  EXPECT_LT(world.figure("table.dead_share"), 0.05) << "whoever failed three times has gone from the tables";
}

/// What `publish`ed records become when all servers restart.
Scenario restarting(bool keep_store) {
  Scenario scenario = settled_network_with_bootstrap(30, 10s);
  scenario.phases[0].loads = {load(Kind::kPublish, "servers", 3)};
  EventSpec restart = event(EventKind::kRestart, 1);
  restart.at = 15s;
  restart.keep_store = keep_store;
  scenario.phases.push_back(phase("restart", 1min, {}, {restart}));
  scenario.phases.push_back(phase("read", 10s, {load(Kind::kFind)}));
  return scenario;
}

TEST(WorldMembership, ARecordIsThereAgainAfterARestartWithTheStore) {
  SimWorld world{restarting(true)};
  world.run_until(20s);
  const std::size_t holders = servers_with_records(world);
  EXPECT_GE(holders, 20U);
  world.run_until(26s);
  EXPECT_EQ(world->up, 31U);
  EXPECT_EQ(servers_with_records(world), holders);
  world.run();
  EXPECT_GT(world.figure("find.started", 2), 20);
  EXPECT_EQ(world.figure("find.success", 2), 1);
}

TEST(WorldMembership, ARecordIsGoneAfterARestartWithoutTheStore) {
  SimWorld world{restarting(false)};
  world.run_until(26s);
  EXPECT_EQ(world->up, 31U);
  EXPECT_EQ(servers_with_records(world), 0U);
  world.run();
  EXPECT_GT(world.figure("find.started", 2), 20);
  EXPECT_EQ(world.figure("find.succeeded", 2), 0);
}

TEST(WorldMembership, WhatWasMeantForAnEarlierLifeIsLost) {
  Scenario scenario = settled_network_with_bootstrap(20, 1min);
  scenario.phases[0].loads = {load(Kind::kClosest, "servers", 10)};
  for (int i = 1; i < 20; ++i) {
    EventSpec restart = event(EventKind::kRestart, 0.5);
    restart.at = 2s * i;
    scenario.phases[0].events.push_back(restart);
  }
  SimWorld world{scenario};
  world.run();
  EXPECT_GT(world.figure("messages.lost"), 0);
  EXPECT_EQ(world.figure("violations"), 0);
}

Scenario churning(bool new_identity) {
  Scenario scenario = settled_network_with_bootstrap(60, 4min);
  const auto exponential = [](Duration median) {
    return DurationSpec{.kind = DurationSpec::Kind::kExponential, .median = median, .trace = {}};
  };
  scenario.groups[1].churn =
      ChurnSpec{.session = exponential(60s), .away = exponential(30s), .new_identity = new_identity};
  return scenario;
}

TEST(WorldMembership, WhatComesBackToAnEarlierLifeIsLost) {
  SimWorld world{settled_network(30)};
  world.run_until(1s);
  const std::vector<PeerHandle> known = world.table(0);
  const std::uint32_t earlier = world->nodes[0].life_number;
  world->leave(0, true);
  world->join(0);
  world->nodes[0].life->kad->restore_table(known, world->now);
  world->start_operation(0, load(LoadSpec::Kind::kPublish));
  // Each life numbers its requests from the beginning: these would be taken for its own.
  for (std::uint32_t number = 0; number < 100; ++number) {
    world->post(world->now + 1ms,
                {.kind = Parcel::Kind::kFailure, .asker = 0, .asker_life = earlier, .rpc = kad::RpcId{number}});
  }
  world.run();
  EXPECT_EQ(world.figure("publish.holders.min"), 20);
}

TEST(WorldMembership, ChurnKeepsTheNumberOfNodesNearItsMean) {
  SimWorld world{churning(false)};
  world.run_until(90s);  // from the beginning, when all are there
  double sum = 0;
  int looks = 0;
  for (Duration at = 90s; at < 4min; at += 1s, ++looks) {
    sum += static_cast<double>(world.run_until(at)->up);
  }
  // Two thirds of the time there: 40 of 60, and the bootstrap node.
  EXPECT_NEAR(sum / looks, 41, 6);
  world.run();
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(WorldMembership, WhoComesBackIsTheSame) {
  SimWorld world{churning(false)};
  const auto handles = [&] {
    std::vector<PeerHandle> out;
    for (const SimNode& node : world->nodes) {
      out.push_back(node.handle);
    }
    return out;
  };
  const auto before = handles();
  world.run();
  EXPECT_EQ(handles(), before);
}

TEST(WorldMembership, WhoComesBackAsSomebodyElseHasAnotherKey) {
  SimWorld world{churning(true)};
  std::vector<PeerHandle> before;
  for (const SimNode& node : world->nodes) {
    before.push_back(node.handle);
  }
  world.run();
  std::set<PeerHandle> handles;
  std::size_t changed = 0;
  for (NodeIndex index = 0; index < world->nodes.size(); ++index) {
    const SimNode& node = world->nodes[index];
    handles.insert(node.handle);
    EXPECT_EQ(world->node_of(node.handle), index);
    EXPECT_EQ(std::ranges::count(world->servers, node.handle), 1);
    if (node.handle != before[index]) {
      ++changed;
      EXPECT_EQ(world->node_of(before[index]), World::Impl::kNobody);
      EXPECT_EQ(std::ranges::count(world->servers, before[index]), 0);
    }
  }
  EXPECT_EQ(handles.size(), world->nodes.size());
  EXPECT_EQ(world->servers.size(), world->nodes.size());
  EXPECT_GT(changed, 30U);
}

}  // namespace
}  // namespace pond::sim
