#include <gtest/gtest.h>

#include "support/sim_scenarios.hpp"

namespace pond::sim {
namespace {

using Kind = LoadSpec::Kind;

/// Something of everything: churn, loss, jitter, an adversary, lookups, records.
Scenario lively() {
  Scenario scenario = settled_network_with_bootstrap(30, 8s);
  scenario.network.loss = 0.02;
  scenario.network.duplication = 0.02;
  scenario.network.reordering = 0.05;
  scenario.groups[1].churn = ChurnSpec{.session = {.kind = DurationSpec::Kind::kExponential, .median = 8s, .trace = {}},
                                       .away = {.kind = DurationSpec::Kind::kExponential, .median = 3s, .trace = {}}};
  scenario.groups.push_back(
      {.name = "liars", .count = 5, .adversary = AdversarySpec{.kind = AdversarySpec::Kind::kForge, .near_key = {}}});
  scenario.phases[0].loads = {load(Kind::kClosest), load(Kind::kPublish), load(Kind::kFind)};
  return scenario;
}

std::uint64_t hash_of(const Scenario& scenario) {
  Recorder recorder{scenario};
  World world{scenario, recorder};
  while (world.advance(1000)) {
  }
  return world.event_hash();
}

TEST(WorldDeterminism, TheSameScenarioIsTheSameRun) {
  EXPECT_EQ(hash_of(lively()), hash_of(lively()));
}

// g++ and clang, optimized or not, sanitized or not: all give this. Whoever changes what Kademlia or the world does
// puts in the new one; a difference between two builds of one source is what it is for.
TEST(WorldDeterminism, EveryBuildGivesTheSameRun) {
  EXPECT_EQ(hash_of(lively()), 11095166993054817872U);
}

TEST(WorldDeterminism, AnotherSeedIsAnotherRun) {
  Scenario scenario = lively();
  scenario.seed = 2;
  EXPECT_NE(hash_of(scenario), hash_of(lively()));
}

TEST(WorldDeterminism, HowManyEventsAreTakenAtOnceChangesNothing) {
  const Scenario scenario = lively();
  Recorder recorder{scenario};
  World world{scenario, recorder};
  while (world.advance(7)) {
  }
  EXPECT_EQ(world.event_hash(), hash_of(scenario));
}

TEST(WorldDeterminism, ATraceChangesNothing) {
  const Scenario scenario = lively();
  Recorder recorder{scenario};
  OperationTrace trace{.operation = 3};
  World world{scenario, recorder, &trace};
  while (world.advance(1000)) {
  }
  EXPECT_EQ(world.event_hash(), hash_of(scenario));
  EXPECT_GT(trace.trace.events(), 0U);
}

TEST(WorldDeterminism, OneOperationMoreIsAnotherRun) {
  const Scenario scenario = settled_network(30);
  SimWorld one{scenario};
  SimWorld other{scenario};
  one.run_until(5s);
  other.run_until(5s);
  ASSERT_EQ(one->hash.value(), other->hash.value());
  other->start_operation(0, load(Kind::kClosest));
  one.run();
  other.run();
  EXPECT_NE(one->hash.value(), other->hash.value());
}

TEST(WorldDeterminism, RecordsTheSameFigures) {
  const auto figures = [](const Scenario& scenario) {
    SimWorld world{scenario};
    return world.run().recorder().figures();
  };
  EXPECT_EQ(figures(lively()), figures(lively()));
}

TEST(WorldDeterminism, EndsWhenItsPhasesEnd) {
  const Scenario scenario = settled_network(10, 15s);
  Recorder recorder{scenario};
  World world{scenario, recorder};
  while (world.advance(1)) {
  }
  EXPECT_EQ(world.elapsed(), 15s);
  EXPECT_EQ(world.phase(), 0U);
  EXPECT_EQ(world.nodes_up(), 10U);
  EXPECT_FALSE(world.advance(1));
  EXPECT_EQ(recorder.length(), 15s);
}

}  // namespace
}  // namespace pond::sim
