#include <algorithm>

#include <gtest/gtest.h>

#include "support/sim_scenarios.hpp"

namespace pond::sim {
namespace {

using Kind = LoadSpec::Kind;

TEST(WorldOperations, LookupsFindTheTrulyClosest) {
  Scenario scenario = settled_network(200);
  scenario.phases[0].loads = {load(Kind::kClosest)};
  SimWorld world{scenario};
  world.run();
  EXPECT_GT(world.figure("closest.started"), 50);
  EXPECT_EQ(world.figure("closest.success"), 1);
  EXPECT_EQ(world.figure("closest.overlap.min"), 1);
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(WorldOperations, ARecordGetsTwentyHoldersAndIsReadBack) {
  Scenario scenario = settled_network(100);
  scenario.groups.push_back(agents("readers", 20));
  scenario.phases.push_back(phase("read", 15s, {load(Kind::kFind, "readers")}));
  SimWorld world{scenario};
  world.publish_in_turn(0, 30).run();
  EXPECT_EQ(world.figure("publish.started", 0), 30);
  EXPECT_EQ(world.figure("publish.success"), 1);
  EXPECT_EQ(world.figure("publish.holders.min"), 20);
  EXPECT_GT(world.figure("find.started", 1), 30);
  EXPECT_EQ(world.figure("find.success"), 1);
  EXPECT_EQ(world.figure("find.staleness_s.max"), 0);
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(WorldOperations, HoldersAreTheTrulyClosest) {
  SimWorld world{settled_network(100)};
  world->publish(0, world->workload.account_of(0U));
  world->pump(0);
  world.run();
  const Bytes& key = world->workload.account_of(0U).record_key;
  const auto closest = world->truth.closest(world->servers, wire::Key::of(key), kad::kAnswerPeers,
                                            [&](PeerHandle peer) { return world->node_of(peer) != 0; });
  for (const PeerHandle peer : closest) {
    EXPECT_EQ(world->nodes[world->node_of(peer)].store->counters().records, 1U);
  }
}

TEST(WorldOperations, NothingIsFoundBeforeItWasPublished) {
  Scenario scenario = settled_network(50);
  scenario.phases[0].loads = {{.kind = Kind::kFind, .group = "servers", .per_second = 5, .key = "victim"}};
  SimWorld world{scenario};
  world.run();
  EXPECT_GT(world.figure("find.started"), 50);
  EXPECT_EQ(world.figure("find.succeeded"), 0);
}

TEST(WorldOperations, ARecordIsNotPublishedAnewWhileItIsUnderWay) {
  Scenario scenario = settled_network(60);
  scenario.groups.push_back(agents("writer", 1));
  scenario.phases[0].loads = {load(Kind::kPublish, "writer", 20)};
  SimWorld world{scenario};
  world.run();
  EXPECT_GT(world.figure("publish.started"), 10);
  EXPECT_LT(world.figure("publish.started"), 300);
  EXPECT_EQ(world.figure("publish.holders.min"), 20);
}

TEST(WorldOperations, UpkeepEndsWithItsPhase) {
  Scenario scenario = settled_network_with_bootstrap(30, 2min);
  scenario.groups.push_back(agents("agents", 5));
  scenario.phases[0].loads = {{.kind = Kind::kUpkeep, .group = "agents", .every = 60s, .key = {}}};
  scenario.phases.push_back(phase("quiet", 5min));
  SimWorld world{scenario};
  world.run();
  EXPECT_GE(world.figure("publish.started", 0), 5);
  EXPECT_LE(world.figure("publish.started", 1), 0);
}

TEST(WorldOperations, UpkeepFollowsTheIntervalOfItsPhase) {
  Scenario scenario = settled_network_with_bootstrap(30, 5min);
  scenario.groups.push_back(agents("agents", 5));
  scenario.phases[0].loads = {{.kind = Kind::kUpkeep, .group = "agents", .every = 60s, .key = {}}};
  scenario.phases.push_back(
      phase("often", 5min, {{.kind = Kind::kUpkeep, .group = "agents", .every = 10s, .key = {}}}));
  SimWorld world{scenario};
  world.run();
  EXPECT_NEAR(world.figure("publish.started", 0), 25, 6);
  EXPECT_NEAR(world.figure("publish.started", 1), 150, 20);
  const auto rate = [&](std::optional<std::size_t> of) { return world.figure("bootstrap.requests_per_s.mean", of); };
  EXPECT_NEAR(rate(std::nullopt), (rate(0) + rate(1)) / 2, 0.01);
}

TEST(WorldOperations, WhatAgentsPublishIsReadByOthers) {
  Scenario scenario = settled_network(60);
  scenario.groups.push_back(agents("writers", 10));
  scenario.groups.push_back(agents("readers", 10));
  scenario.phases = {
      phase("write", 15s, {{.kind = Kind::kPublish, .group = "writers", .per_second = 1, .key = "victim"}}),
      phase("read", 15s, {{.kind = Kind::kFind, .group = "readers", .per_second = 5, .key = "victim"}})};
  SimWorld world{scenario};
  world.run();
  EXPECT_GT(world.figure("find.succeeded", 1), 40);
  EXPECT_EQ(world.figure("find.failed", 1), 0);
  EXPECT_EQ(world.figure("find.staleness_s.max", 1), 0);
}

TEST(WorldOperations, ProvidersAreFound) {
  Scenario scenario = settled_network(100);
  scenario.phases = {phase("provide", 20s, {load(Kind::kProvide)}), phase("find", 20s, {load(Kind::kFindProviders)})};
  SimWorld world{scenario};
  world.run();
  EXPECT_EQ(world.figure("provide.success"), 1);
  EXPECT_EQ(world.figure("provide.holders.min"), 20);
  EXPECT_GT(world.figure("find_providers.started", 1), 50);
  EXPECT_EQ(world.figure("find_providers.success"), 1);
}

TEST(WorldOperations, SilentNodesDoNotStopLookups) {
  Scenario scenario = settled_network(100);
  scenario.groups[0].silent = 0.3;
  scenario.phases[0].loads = {load(Kind::kClosest)};
  SimWorld world{scenario};
  world.run();
  const auto silent = std::ranges::count(world->nodes, true, &SimNode::silent);
  ASSERT_GT(silent, 15);
  ASSERT_LT(silent, 45);
  EXPECT_EQ(world.figure("closest.success"), 1);
  EXPECT_GE(world.figure("closest.overlap.mean"), 0.85);
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(WorldOperations, ClocksThatAreFiveMinutesOffDoNoHarm) {
  Scenario scenario = settled_network(60);
  scenario.groups[0].clock_skew = 5min;
  scenario.phases.push_back(phase("read", 10s, {load(Kind::kFind)}));
  SimWorld world{scenario};
  world.publish_in_turn(0, 30).run();
  const auto [first, last] = std::ranges::minmax_element(world->nodes, {}, &SimNode::skew_ms);
  EXPECT_LT(first->skew_ms, -200'000);
  EXPECT_GE(first->skew_ms, -300'000);
  EXPECT_GT(last->skew_ms, 200'000);
  EXPECT_LE(last->skew_ms, 300'000);
  EXPECT_EQ(world.figure("publish.success"), 1);
  EXPECT_EQ(world.figure("publish.holders.min"), 20);
  EXPECT_EQ(world.figure("find.success"), 1);
  EXPECT_EQ(world.figure("violations"), 0);
}

TEST(WorldOperations, SlowNodesMakeLookupsSlow) {
  const auto latency = [](double slow) {
    Scenario scenario = settled_network(60);
    scenario.groups[0].slow = slow;
    scenario.groups[0].slow_by = 200ms;
    scenario.phases[0].loads = {load(Kind::kClosest)};
    SimWorld world{scenario};
    world.run();
    EXPECT_EQ(world.figure("closest.success"), 1);
    return world.figure("closest.latency_ms.p50");
  };
  EXPECT_GT(latency(1), latency(0) + 200);
}

TEST(WorldOperations, ATraceNamesTheMessagesOfItsOperation) {
  Scenario scenario = settled_network(40);
  scenario.phases[0].loads = {load(Kind::kClosest)};
  SimWorld world{scenario, 3};
  world.run();
  const std::string trace = world.trace();
  for (const char* word : {"start", "closest", "request", "FIND_NODE", "answer", "20 closer peers", "end", "done"}) {
    EXPECT_NE(trace.find(word), std::string::npos) << word;
  }
  EXPECT_EQ(trace.find("PUT_VALUE"), std::string::npos);
}

TEST(WorldOperations, ATraceOfAFindShowsTheRecord) {
  Scenario scenario = settled_network(40);
  scenario.phases[0].loads = {load(Kind::kPublish, "servers", 1), load(Kind::kFind, "servers", 1)};
  SimWorld world{scenario};
  world.run();
  // The same run again, with the first find traced.
  for (std::uint64_t operation = 0; operation < 20; ++operation) {
    SimWorld traced{scenario, operation};
    traced.run();
    const std::string trace = traced.trace();
    if (trace.find(" find") != std::string::npos) {
      EXPECT_NE(trace.find("GET_VALUE"), std::string::npos);
      EXPECT_NE(trace.find("a record"), std::string::npos);
      return;
    }
    EXPECT_NE(trace.find("PUT_VALUE"), std::string::npos);
  }
  FAIL() << "no find among the first operations";
}

TEST(WorldOperations, AnOperationThatNeverBeganHasNoTrace) {
  Scenario scenario = settled_network(10);
  SimWorld world{scenario, 1000};
  world.run();
  EXPECT_TRUE(world.trace().empty());
}

}  // namespace
}  // namespace pond::sim
