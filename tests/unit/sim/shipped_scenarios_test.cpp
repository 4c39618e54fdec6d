// Every scenario file in sim/scenarios is right.

#include <set>

#include <gtest/gtest.h>

#include "pond/sim/scenario_file.hpp"

namespace pond::sim {
namespace {

TEST(ShippedScenarios, AllAreRightAndHaveChecksAndNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{POND_SCENARIOS}) {
    if (entry.path().extension() != ".toml") {
      continue;
    }
    const auto read = load_scenarios(entry.path());
    ASSERT_TRUE(read) << read.error().message;
    for (const Scenario& scenario : *read) {
      EXPECT_FALSE(scenario.checks.empty()) << entry.path();
      EXPECT_TRUE(scenario.name.starts_with(entry.path().stem().string())) << entry.path();
      EXPECT_TRUE(names.insert(scenario.name).second) << scenario.name;
    }
  }
  for (const char* name : {"steady-1k",
                           "steady-10k",
                           "steady-100k",
                           "steady-1m",
                           "openpond",
                           "growth-10k-shipped",
                           "growth-10k-with-room",
                           "whole-nodes-300",
                           "restart-half-with-store",
                           "churn-30min",
                           "churn-5min",
                           "silent-10",
                           "silent-30",
                           "silent-50",
                           "loss-1",
                           "loss-10",
                           "loss-30",
                           "partition-heal",
                           "bootstrap-away-1h",
                           "clock-skew-5min",
                           "adversary-random-peers-10",
                           "adversary-eclipse-20",
                           "adversary-silent-30",
                           "adversary-slow-50",
                           "adversary-withhold-10",
                           "adversary-forge-20",
                           "adversary-flood-30",
                           "eclipse-20",
                           "eclipse-200"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(ShippedScenarios, AFileThatIsNotThereIsRefused) {
  for (const std::string file : {POND_SCENARIOS "/none.toml", POND_SCENARIOS}) {
    const auto read = load_scenarios(file);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message, file + ": cannot be read");
  }
}

}  // namespace
}  // namespace pond::sim
