#include "pond/sim/byte_world.hpp"

#include <gtest/gtest.h>

namespace pond::sim {
namespace {

using Kind = LoadSpec::Kind;

/// Two bootstrap nodes, some servers, some agents; lookups of all kinds once they are there.
Scenario small(Duration steady = 60s) {
  Scenario scenario;
  scenario.depth = Depth::kBytes;
  scenario.seed = 7;
  scenario.groups = {{.name = "bootstrap", .role = GroupSpec::Role::kBootstrap, .count = 2},
                     {.name = "servers", .count = 8, .join_over = 5s},
                     {.name = "agents", .role = GroupSpec::Role::kAgent, .count = 6, .join_at = 5s, .join_over = 5s}};
  scenario.phases = {
      {.name = "joining", .length = 30s, .loads = {{.kind = Kind::kUpkeep, .group = "agents", .every = 20s}}},
      {.name = "steady",
       .length = steady,
       .loads = {{.kind = Kind::kUpkeep, .group = "agents"},
                 {.kind = Kind::kClosest, .group = "servers", .per_second = 1},
                 {.kind = Kind::kFind, .group = "agents", .per_second = 1},
                 {.kind = Kind::kProvide, .group = "servers", .per_second = 0.5},
                 {.kind = Kind::kFindProviders, .group = "agents", .per_second = 0.5}}}};
  return scenario;
}

struct Simulation {
  explicit Simulation(Scenario the_scenario)
      : scenario(std::move(the_scenario)), recorder(scenario), world(scenario, recorder) {}
  Figures to_end() {
    while (world.advance(1000)) {
    }
    return recorder.figures();
  }
  Scenario scenario;
  Recorder recorder;
  ByteWorld world;
};

TEST(ByteWorld, WholeNodesFindEachOtherAndWhatTheyPublished) {
  Simulation run{small()};
  const Figures figures = run.to_end();
  EXPECT_TRUE(run.world.violations().empty()) << run.world.violations().front();
  EXPECT_EQ(run.world.elapsed(), 90s);
  EXPECT_EQ(figures.at("nodes.up"), 16);
  for (const char* operation : {"closest", "publish", "find", "provide", "find_providers"}) {
    EXPECT_GT(figures.at(std::string{operation} + ".started"), 5) << operation;
    EXPECT_EQ(figures.at(std::string{operation} + ".success"), 1) << operation;
  }
  EXPECT_GT(figures.at("closest.overlap.mean"), 0.999);
  EXPECT_EQ(figures.at("publish.holders.min"), 10);  // every server there is
  EXPECT_EQ(figures.at("dials.failed"), 0);
  EXPECT_GE(run.world.counters().connected, 9 + 2 * 6);
}

TEST(ByteWorld, TheSameSeedIsTheSameRun) {
  Simulation one{small(20s)};
  Simulation two{small(20s)};
  EXPECT_EQ(one.to_end(), two.to_end());
  EXPECT_EQ(one.world.event_hash(), two.world.event_hash());
  Scenario other = small(20s);
  other.seed = 8;
  Simulation three{other};
  static_cast<void>(three.to_end());
  EXPECT_NE(one.world.event_hash(), three.world.event_hash());
}

// As WorldDeterminism.EveryBuildGivesTheSameRun.
TEST(ByteWorld, EveryBuildGivesTheSameRun) {
  Simulation run{small(5s)};
  static_cast<void>(run.to_end());
  EXPECT_EQ(run.world.event_hash(), 4351310806109453716U);
}

TEST(ByteWorld, WhoLeavesComesBackAndWhoIsKilledDoesNot) {
  Scenario scenario = small(2min);
  scenario.phases[1].events = {
      {.kind = EventSpec::Kind::kKill, .at = 10s, .group = "servers", .share = 0.25},
      {.kind = EventSpec::Kind::kLeave, .at = 20s, .group = "agents", .share = 0.5, .away = 30s},
      {.kind = EventSpec::Kind::kRestart, .at = 80s, .group = "bootstrap", .share = 1, .keep_store = false}};
  Simulation run{std::move(scenario)};
  const auto run_to = [&](Duration when) {
    while (run.world.elapsed() < when) {
      ASSERT_TRUE(run.world.advance(1));
    }
  };
  run_to(30s + 15s);
  EXPECT_EQ(run.world.nodes_up(), 14U);
  run_to(30s + 25s);
  EXPECT_EQ(run.world.nodes_up(), 11U);
  run_to(30s + 55s);
  EXPECT_EQ(run.world.nodes_up(), 14U);
  const Figures figures = run.to_end();
  EXPECT_TRUE(run.world.violations().empty()) << run.world.violations().front();
  EXPECT_GT(figures.at("find.success"), 0.8);
}

TEST(ByteWorld, ChurnChangesIdentitiesAndTheNetworkGoesOn) {
  Scenario scenario = small(3min);
  scenario.groups[1].churn =
      ChurnSpec{.session = {.kind = DurationSpec::Kind::kExponential, .median = 60s, .trace = {}},
                .away = {.kind = DurationSpec::Kind::kFixed, .median = 10s, .trace = {}},
                .keep_store = false,
                .new_identity = true};
  Simulation run{std::move(scenario)};
  const Figures figures = run.to_end();
  EXPECT_TRUE(run.world.violations().empty()) << run.world.violations().front();
  EXPECT_GT(figures.at("find.success"), 0.8);
  EXPECT_GT(figures.at("closest.overlap.mean"), 0.7);
}

TEST(ByteWorld, ASilentNodeTakesConnectionsAndAnswersNobody) {
  Scenario scenario = small(3min);
  scenario.groups[1].silent = 0.5;
  Simulation run{std::move(scenario)};
  const Figures figures = run.to_end();
  EXPECT_TRUE(run.world.violations().empty()) << run.world.violations().front();
  EXPECT_EQ(figures.at("nodes.up"), 16);
  EXPECT_GT(figures.at("find.success"), 0.9);
  EXPECT_GT(figures.at("find.latency_ms.max"), 500);
}

TEST(ByteWorld, APartitionCutsAndHeals) {
  Scenario scenario = small(6min);
  scenario.phases[1].events = {{.kind = EventSpec::Kind::kPartition, .at = 30s, .share = 0.5},
                               {.kind = EventSpec::Kind::kHeal, .at = 150s}};
  Simulation run{std::move(scenario)};
  const Figures figures = run.to_end();
  EXPECT_TRUE(run.world.violations().empty()) << run.world.violations().front();
  EXPECT_GT(figures.at("dials.failed"), 0);
  EXPECT_GT(figures.at("find.success"), 0.5);
}

TEST(ByteWorld, RefusesWhatOnlyMessagesCan) {
  Scenario scenario = small();
  EXPECT_TRUE(ByteWorld::can_run(scenario));
  scenario.tables_filled = true;
  EXPECT_EQ(ByteWorld::can_run(scenario).error().code, Errc::kUnsupported);
  scenario.tables_filled = false;
  scenario.groups[1].adversary = AdversarySpec{};
  EXPECT_EQ(ByteWorld::can_run(scenario).error().code, Errc::kUnsupported);
}

}  // namespace
}  // namespace pond::sim
