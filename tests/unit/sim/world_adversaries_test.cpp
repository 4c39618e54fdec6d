#include <algorithm>

#include <gtest/gtest.h>

#include "support/sim_scenarios.hpp"

namespace pond::sim {
namespace {

using Kind = LoadSpec::Kind;
using Evil = AdversarySpec::Kind;

GroupSpec liars(Evil kind, std::size_t count, std::string near_key = {}) {
  return {.name = "liars",
          .role = GroupSpec::Role::kServer,
          .count = count,
          .adversary = AdversarySpec{.kind = kind, .near_key = std::move(near_key)}};
}

/// Honest servers and liars; agents write records in the first phase, others read them in the second.
Scenario infested(std::size_t honest, GroupSpec group) {
  Scenario scenario = settled_network(honest);
  scenario.groups.push_back(std::move(group));
  scenario.groups.push_back(agents("writers", 10));
  scenario.groups.push_back(agents("readers", 10));
  scenario.phases = {phase("write", 15s, {load(Kind::kPublish, "writers", 2)}),
                     phase("read", 15s, {load(Kind::kFind, "readers", 5)})};
  return scenario;
}

/// The same for the one key near which the liars lie.
Scenario aimed(std::size_t honest, GroupSpec group) {
  Scenario scenario = infested(honest, std::move(group));
  scenario.phases[0].loads[0].key = "victim";
  scenario.phases[1].loads[0].key = "victim";
  return scenario;
}

TEST(Adversaries, AForgerNeverMakesAReaderTakeWhatDoesNotVerify) {
  SimWorld world{infested(60, liars(Evil::kForge, 30))};
  world.run();
  EXPECT_GT(world.figure("find.started", 1), 30);
  EXPECT_EQ(world.figure("find.success", 1), 1);
  EXPECT_EQ(world.figure("find.staleness_s.max", 1), 0) << "the newest wins over the forger's oldest";
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(Adversaries, WhereAllForgeAReaderIsGivenWhatIsOldButAuthentic) {
  SimWorld world{aimed(1, liars(Evil::kForge, 40))};
  world->leave(0, false);  // the one honest server
  world.run();
  EXPECT_GT(world.figure("find.succeeded", 1), 0);
  EXPECT_GT(world.figure("find.staleness_s.mean", 1), 1);
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(Adversaries, WhereAllWithholdNothingIsFound) {
  Scenario scenario = infested(1, liars(Evil::kWithhold, 60));
  scenario.phases[0].loads.clear();
  SimWorld world{scenario};
  world->leave(0, false);  // the one honest server
  world.publish_in_turn(61, 71).run();
  EXPECT_EQ(world.figure("publish.success"), 1) << "they say that they took it";
  EXPECT_EQ(world.figure("publish.holders.min"), 20);
  EXPECT_GT(world.figure("find.started", 1), 30);
  EXPECT_EQ(world.figure("find.succeeded", 1), 0);
}

TEST(Adversaries, WhoWithholdsRoutesAsItShould) {
  Scenario scenario = infested(1, liars(Evil::kWithhold, 60));
  scenario.phases = {phase("look", 20s, {load(Kind::kClosest, "readers")})};
  SimWorld world{scenario};
  world.run();
  EXPECT_EQ(world.figure("closest.overlap.min"), 1);
}

TEST(Adversaries, MinedIdentitiesNearAKeyHideIt) {
  SimWorld world{aimed(150, liars(Evil::kEclipse, 25, "victim"))};
  const wire::Key target = wire::Key::of(world->workload.account_of("victim").record_key);
  for (const PeerHandle peer : world->truth.closest(world->servers, target, 25, [](PeerHandle) { return true; })) {
    if (const NodeIndex near = world->node_of(peer); near < 150) {
      world->leave(near, false);  // an honest one that lies there by chance would hold the record
    }
  }
  EXPECT_GT(world->up, 180U) << "most of the nearest are accomplices";
  world.run();
  EXPECT_GT(world.figure("find.started", 1), 30);
  EXPECT_LT(world.figure("find.success", 1), 0.1);
}

TEST(Adversaries, AnEclipseOfOneKeyLeavesOthersAlone) {
  SimWorld world{infested(150, liars(Evil::kEclipse, 25, "victim"))};
  world.run();
  EXPECT_GE(world.figure("find.success", 1), 0.9);
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(Adversaries, SlowOnesMakeOperationsSlow) {
  const auto latency = [](std::size_t slow) {
    Scenario scenario = settled_network(60 - slow);
    scenario.groups.push_back(liars(Evil::kSlow, slow));
    scenario.groups.back().adversary->delay = 3s;
    scenario.groups.push_back(agents("readers", 10));
    scenario.phases[0].loads = {load(Kind::kClosest, "readers")};
    SimWorld world{scenario};
    world.run();
    EXPECT_EQ(world.figure("closest.success"), 1);
    return world.figure("closest.latency_ms.p50");
  };
  EXPECT_GT(latency(55), latency(0) + 2000);
}

TEST(Adversaries, SilentOnesAreGotRound) {
  Scenario scenario = infested(70, liars(Evil::kSilent, 30));
  scenario.phases.push_back(phase("look", 20s, {load(Kind::kClosest, "readers")}));
  SimWorld world{scenario};
  world.run();
  EXPECT_EQ(world.figure("find.success", 1), 1);
  EXPECT_EQ(world.figure("closest.success", 2), 1);
  EXPECT_GE(world.figure("closest.overlap.mean", 2), 0.9) << "of those that answer";
  EXPECT_GT(world.figure("messages.lost"), 0);
}

TEST(Adversaries, RandomPeersTakeRecordsAndForgetThem) {
  Scenario scenario = infested(70, liars(Evil::kRandomPeers, 30));
  scenario.phases[0].loads.clear();
  SimWorld world{scenario};
  world.publish_in_turn(100, 110).run();
  EXPECT_GE(world.figure("publish.holders.min"), 18) << "they say that they took it";
  for (NodeIndex liar = 70; liar < 100; ++liar) {
    EXPECT_EQ(world->nodes[liar].store, nullptr);
  }
  EXPECT_GE(world.figure("find.success", 1), 0.9) << "the honest ones hold it";
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(Adversaries, AFloodPushesIntoTables) {
  const auto known = [](Evil kind) {
    Scenario scenario = settled_network(40, 30s);
    scenario.groups.push_back(liars(kind, 20));
    scenario.groups.back().join_at = 1s;
    SimWorld world{scenario};
    world.run();
    std::size_t entries = 0;
    for (NodeIndex liar = 40; liar < 60; ++liar) {
      entries += world.known_to(liar);
    }
    return entries;
  };
  EXPECT_EQ(known(Evil::kEclipse), 0U) << "whoever waits is not found where nobody tells of it";
  EXPECT_GT(known(Evil::kFlood), 200U);
}

TEST(Adversaries, AFloodComesFromOneRangeOfAddresses) {
  Scenario scenario = settled_network(5, 1s);
  scenario.groups.push_back(liars(Evil::kFlood, 5));
  SimWorld world{scenario};
  for (NodeIndex index = 0; index < 10; ++index) {
    const auto addresses = world->book.addresses(world->nodes[index].handle, world->now);
    ASSERT_EQ(addresses.size(), 1U);
    EXPECT_EQ(addresses[0].to_string().starts_with("/ip4/198.18."), index >= 5) << addresses[0].to_string();
  }
}

}  // namespace
}  // namespace pond::sim
