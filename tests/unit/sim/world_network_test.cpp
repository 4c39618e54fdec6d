#include <algorithm>

#include <gtest/gtest.h>

#include "support/sim_scenarios.hpp"

namespace pond::sim {
namespace {

using Kind = LoadSpec::Kind;
using EventKind = EventSpec::Kind;

TEST(WorldNetwork, APartitionSeparatesAndHeals) {
  Scenario scenario = settled_network(60, 10s);
  EventSpec partition{.kind = EventKind::kPartition, .at = Duration{}, .group = {}, .share = 0.5};
  EventSpec heal{.kind = EventKind::kHeal, .at = 50s, .group = {}};
  scenario.phases.push_back(
      phase("apart", 1min, {load(Kind::kPublish, "servers", 1), load(Kind::kFind, "servers", 2)}, {partition, heal}));
  scenario.phases.push_back(phase("healed", 1min));
  scenario.phases.push_back(phase("use", 20s, {load(Kind::kFind)}));
  SimWorld world{scenario};
  world.run_until(30s);
  const auto others = [&] {
    std::size_t count = 0;
    for (NodeIndex index = 1; index < 60; ++index) {
      count += world->links.separated(0, index) ? 1U : 0U;
    }
    return count;
  };
  EXPECT_EQ(others(), 30U);
  world.run();
  EXPECT_EQ(others(), 0U);
  EXPECT_LT(world.figure("find.success", 1), 0.9);
  EXPECT_GT(world.figure("find.success", 1), 0.2);
  EXPECT_EQ(world.figure("find.success", 3), 1);
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(WorldNetwork, NobodyIsReachedAcrossAPartition) {
  SimWorld world{settled_network(20)};
  // Connections from before it are of no use either.
  ASSERT_NE(world->dial(0, 1).connection, nullptr);
  for (NodeIndex index = 1; index < 20; ++index) {
    world->links.set_side(index, true);
  }
  world->start_operation(0, load(Kind::kClosest));
  world.run();
  EXPECT_EQ(world.figure("closest.succeeded"), 0);
  EXPECT_EQ(world->dial(0, 2).connection, nullptr);
}

TEST(WorldNetwork, AnAnswerTakesOneRoundTripAfterThreeForTheConnection) {
  Scenario scenario = settled_network(2);
  scenario.network.latency = {
      .kind = LatencySpec::Kind::kUniform, .round_trip_min = 100ms, .round_trip_max = 100ms, .jitter = 0};
  SimWorld world{scenario};
  for (int lookup = 0; lookup < 2; ++lookup) {
    world->start_operation(0, load(Kind::kClosest));
    world.run_until(5s * (lookup + 1));
  }
  world.run();
  EXPECT_EQ(world.figure("closest.latency_ms.max"), 400);
  EXPECT_EQ(world.figure("closest.latency_ms.p50"), 100) << "over the connection that stands";
}

TEST(WorldNetwork, LossIsCounted) {
  Scenario scenario = settled_network(60, 20s);
  scenario.network.loss = 0.1;
  scenario.phases[0].loads = {load(Kind::kClosest, "servers", 10)};
  SimWorld world{scenario};
  world.run();
  // Of the question, or of its answer.
  EXPECT_NEAR(world.figure("messages.lost") / world.figure("messages.total"), 1 - 0.9 * 0.9, 0.03);
  EXPECT_EQ(world.figure("closest.success"), 1);
}

TEST(WorldNetwork, MessagesOfANodeAreThoseOfTheWholeRun) {
  Scenario scenario = settled_network(40, 60s);
  scenario.phases[0].loads = {load(Kind::kClosest)};
  scenario.phases.push_back(phase("quiet", 60s));
  SimWorld world{scenario};
  world.run();
  const double busy = world.figure("messages.per_node_minute", 0);
  const double quiet = world.figure("messages.per_node_minute", 1);
  EXPECT_GT(busy, 10 * quiet);
  EXPECT_NEAR(world.figure("messages.per_node_minute"), (busy + quiet) / 2, 0.1);
}

TEST(WorldNetwork, LossCanBeginLater) {
  Scenario scenario = settled_network(40, 10s);
  scenario.phases[0].loads = {load(Kind::kClosest)};
  scenario.phases.push_back(phase("lossy", 20s, {load(Kind::kClosest)},
                                  {{.kind = EventKind::kLoss, .at = Duration{}, .group = {}, .share = 0.3}}));
  SimWorld world{scenario};
  world.run();
  EXPECT_EQ(world.figure("messages.lost", 0), 0);
  EXPECT_GT(world.figure("messages.lost", 1), 100);
}

TEST(WorldNetwork, CopiesAndReorderingDoNoHarm) {
  Scenario scenario = settled_network(60);
  scenario.network.duplication = 0.5;
  scenario.network.reordering = 0.5;
  scenario.phases[0].loads = {load(Kind::kClosest), load(Kind::kFind)};
  SimWorld world{scenario};
  world.publish_in_turn(0, 20).run();
  EXPECT_EQ(world.figure("closest.overlap.min"), 1);
  EXPECT_EQ(world.figure("find.success"), 1);
  EXPECT_EQ(world.figure("publish.holders.min"), 20);
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(WorldNetwork, ABootstrapNodeKeepsItsConnectionLimit) {
  Scenario scenario = joining_network(5, 2min);
  scenario.groups[0].max_connections = 12;
  scenario.groups.push_back({.name = "agents", .role = GroupSpec::Role::kAgent, .count = 60});
  SimWorld world{scenario};
  world.run();
  EXPECT_EQ(world.figure("bootstrap.connections.max"), 12);
  EXPECT_GT(world.figure("bootstrap.refused"), 0);
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(WorldNetwork, WhoDialsKeepsItsOwnLimitToo) {
  Scenario scenario = settled_network(60, 30s);
  scenario.groups.push_back({.name = "agents", .role = GroupSpec::Role::kAgent, .count = 3, .max_connections = 5});
  scenario.phases[0].loads = {load(Kind::kClosest, "agents", 2)};
  SimWorld world{scenario};
  for (Duration at = 1s; at <= 30s; at += 1s) {
    world.run_until(at);
    for (NodeIndex agent = 60; agent < 63; ++agent) {
      ASSERT_LE(world->nodes[agent].connections.size(), 5U) << agent;
    }
  }
  world.run();
  EXPECT_EQ(world.figure("violations"), 0);
}

/// A server that takes so many connections, and clients, which are in nobody's table.
struct Crowded : SimWorld {
  static constexpr NodeIndex kServer = 0;

  explicit Crowded(std::size_t limit) : SimWorld(scenario(limit)) {}

  static Scenario scenario(std::size_t limit) {
    Scenario scenario = settled_network(3);
    scenario.groups[0].max_connections = limit;
    scenario.groups.push_back(agents("agents", 5));
    return scenario;
  }
  [[nodiscard]] bool connects(NodeIndex client) { return (*this)->dial(client, kServer).connection != nullptr; }
  void set_age(NodeIndex client, Duration stands, Duration quiet) {
    Connection& connection = *(*this)->nodes[kServer].connections.find(client);
    connection.ready_at = (*this)->now - stands;
    connection.used_at = (*this)->now - quiet;
  }
};

TEST(WorldNetwork, AYoungConnectionGivesWayToWhomItsNodeDials) {
  Crowded world{1};
  ASSERT_TRUE(world.connects(3));
  world.set_age(3, 500ms, 500ms);
  EXPECT_EQ(world->dial(Crowded::kServer, 1).connection, nullptr) << "it may be in use";
  world.set_age(3, 2s, 2s);
  EXPECT_NE(world->dial(Crowded::kServer, 1).connection, nullptr);
  EXPECT_EQ(world->nodes[Crowded::kServer].connections.find(3), nullptr);
}

TEST(WorldNetwork, AnOldConnectionGivesWayThoughItSpokeLately) {
  Crowded world{1};
  ASSERT_TRUE(world.connects(3));
  world.set_age(3, 10min, 5s);
  EXPECT_TRUE(world.connects(4));
}

TEST(WorldNetwork, PeersOfTheTableHaveHalfOfTheRoomForSure) {
  Crowded world{2};
  ASSERT_TRUE(world.in_table(Crowded::kServer, 1));
  ASSERT_TRUE(world.connects(1));
  ASSERT_TRUE(world.connects(3));
  world.set_age(1, 10min, 10min);
  world.set_age(3, 10s, 10s);
  EXPECT_FALSE(world.connects(4));
}

TEST(WorldNetwork, PeersOfTheTableGiveWayWhereTheyHaveMoreThanHalfOfTheRoom) {
  Crowded world{1};
  ASSERT_TRUE(world.connects(1));
  world.set_age(1, 10min, 10min);
  EXPECT_TRUE(world.connects(3));
}

TEST(WorldNetwork, TheConnectionThatIsQuietLongestGivesWayOnceItIsOldEnough) {
  Crowded world{2};
  ASSERT_TRUE(world.connects(3));
  ASSERT_TRUE(world.connects(4));
  world.set_age(3, 59s, 59s);
  world.set_age(4, 59s, 59s);
  ASSERT_FALSE(world.connects(5)) << "both are young";
  world.set_age(3, 61s, 2s);
  world.set_age(4, 61s, 3s);
  EXPECT_TRUE(world.connects(5));
  EXPECT_NE(world->nodes[Crowded::kServer].connections.find(3), nullptr);
  EXPECT_EQ(world->nodes[Crowded::kServer].connections.find(4), nullptr);
  EXPECT_EQ(world->nodes[4].connections.find(Crowded::kServer), nullptr) << "both ends lose it";
  EXPECT_EQ(world->nodes[Crowded::kServer].connections.size(), 2U);
}

TEST(WorldNetwork, IdleConnectionsAreClosed) {
  Scenario scenario = settled_network(40, 3min);
  scenario.network.idle_close = 20s;
  scenario.phases[0].loads = {load(Kind::kClosest, "servers", 2)};
  SimWorld world{scenario};
  world.run();
  for (const SimNode& node : world->nodes) {
    // A look around each ten seconds closes them.
    EXPECT_TRUE(node.connections.idle_since(world->now - 31s).empty());
  }
}

TEST(WorldNetwork, TheConnectionToABootstrapNodeIsKept) {
  Scenario scenario = settled_network_with_bootstrap(3, 3min);
  scenario.network.idle_close = 20s;
  scenario.groups.push_back({.name = "agents", .role = GroupSpec::Role::kAgent, .count = 5});
  SimWorld world{scenario};
  world.run();
  for (NodeIndex agent = 4; agent < 9; ++agent) {
    EXPECT_NE(world->nodes[agent].connections.find(0), nullptr);
  }
}

TEST(WorldNetwork, BothEndsAgreeAboutTheirConnections) {
  Scenario scenario = settled_network_with_bootstrap(40, 1min);
  scenario.groups[1].max_connections = 15;
  scenario.network.idle_close = 20s;
  scenario.phases[0].loads = {load(Kind::kClosest, "servers", 2)};
  scenario.phases[0].events = {{.kind = EventKind::kRestart, .at = 20s, .group = {}, .share = 0.3}};
  SimWorld world{scenario};
  for (Duration at = 5s; at <= 60s; at += 5s) {
    world.run_until(at);
    for (NodeIndex index = 0; index < world->nodes.size(); ++index) {
      for (const NodeIndex peer : world->nodes[index].connections.peers()) {
        EXPECT_NE(world->nodes[peer].connections.find(index), nullptr) << index << " and " << peer;
      }
    }
  }
}

TEST(WorldChecks, TooManyConnectionsAreAViolation) {
  SimWorld world{settled_network(10)};
  for (NodeIndex peer = 0; peer <= 1000; ++peer) {
    world->nodes[3].connections.add(Connection::to(1000 + peer, world->now));
  }
  world->check_node(3);
  ASSERT_EQ(world.violations().size(), 1U);
  EXPECT_NE(world.violations()[0].find("node 3"), std::string::npos);
  EXPECT_NE(world.violations()[0].find("connections"), std::string::npos);
}

TEST(WorldChecks, AnOperationThatNeverEndsIsAViolation) {
  SimWorld world{settled_network(10, 2min)};
  world.run_until(1s);
  world->workload.started(2, kad::OpId{99}, {.started = world->now, .key = {}});
  world.run_until(30s);
  EXPECT_TRUE(world.violations().empty());
  world.run_until(50s);
  ASSERT_FALSE(world.violations().empty());
  EXPECT_NE(world.violations()[0].find("node 2"), std::string::npos);
  EXPECT_GT(world.figure("violations"), 0);
}

TEST(WorldChecks, OnlyTheFirstViolationsAreKeptInWords) {
  SimWorld world{settled_network(10)};
  for (int i = 0; i < 100; ++i) {
    world->violation("something");
  }
  EXPECT_EQ(world.violations().size(), 20U);
  world.run();
  EXPECT_EQ(world.figure("violations"), 100);
}

}  // namespace
}  // namespace pond::sim
