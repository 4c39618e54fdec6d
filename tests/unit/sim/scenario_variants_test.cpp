// A file with variants makes a scenario of each.

#include <gtest/gtest.h>

#include "support/scenario_text.hpp"

namespace pond::sim {
namespace {

const std::string kTwo = R"(name = "loss"
checks = [{ figure = "violations", at_most = 0 }]
network.loss = 0.5
[[groups]]
name = "servers"
role = "server"
count = 100
churn = { session = { kind = "fixed", median = "1min" }, away = { kind = "fixed", median = "1min" } }
[[phases]]
name = "run"
length = "10min"
[[variants]]
name = "10"
network.loss = 0.1
groups.servers.churn.session.median = "9min"
phases.run.length = "2min"
checks = [{ figure = "nodes.up", at_least = 1 }]
[[variants]]
name = "30"
seed = 5
network.latency.jitter = 0.3
)";

std::string wrong(std::string_view from, std::string_view to) {
  return complaint(spoilt(kTwo, from, to));
}

TEST(ScenarioVariants, EachIsAScenarioOfItsOwn) {
  const auto read = read_text(kTwo);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  const Scenario& ten = read->at(0);
  EXPECT_EQ(ten.name, "loss-10");
  EXPECT_EQ(ten.variant, "10");
  EXPECT_EQ(ten.network.loss, 0.1);
  EXPECT_EQ(ten.groups[0].churn->session.median, 9min);
  EXPECT_EQ(ten.groups[0].churn->away.median, 1min);
  EXPECT_EQ(ten.length(), 2min);
  ASSERT_EQ(ten.checks.size(), 2U);
  EXPECT_EQ(ten.checks[1].figure, "nodes.up");
  const Scenario& thirty = read->at(1);
  EXPECT_EQ(thirty.name, "loss-30");
  EXPECT_EQ(thirty.seed, 5U);
  EXPECT_EQ(thirty.network.loss, 0.5);
  EXPECT_EQ(thirty.network.latency.jitter, 0.3);
  EXPECT_EQ(thirty.groups[0].churn->session.median, 1min);
  EXPECT_EQ(thirty.checks.size(), 1U);
}
TEST(ScenarioVariants, AVariantNeedsAName) {
  EXPECT_EQ(wrong("name = \"30\"\n", ""), "dir/s.toml:18: a variant needs 'name'");
}
TEST(ScenarioVariants, TwoOfOneNameAreRefused) {
  EXPECT_EQ(wrong("name = \"30\"", "name = \"10\""), "dir/s.toml:19: a second variant is called '10'");
}
TEST(ScenarioVariants, AnEmptyListIsRefused) {
  EXPECT_EQ(complaint("name = \"x\"\nvariants = []\n"), "dir/s.toml:2: 'variants' is a list of 1 to 100");
}
TEST(ScenarioVariants, AnUnknownKeyIsRefused) {
  EXPECT_EQ(wrong("seed = 5", "depth = \"bytes\""),
            "dir/s.toml:20: a variant has no key 'depth'; there are name, about, seed, tables_filled, network, groups, "
            "phases and checks");
}
TEST(ScenarioVariants, WhatItChangesIsThere) {
  EXPECT_EQ(wrong("groups.servers", "groups.server"), "dir/s.toml:15: no group is called 'server'");
  EXPECT_EQ(wrong("phases.run.", "phases.ran."), "dir/s.toml:16: no phase is called 'ran'");
}
TEST(ScenarioVariants, GroupsAreChangedByName) {
  EXPECT_EQ(wrong("groups.servers.churn.session.median = \"9min\"", "groups = []"),
            "dir/s.toml:15: a variant changes a group by its name: groups.NAME.key = value");
  EXPECT_EQ(wrong("groups.servers.churn.session.median = \"9min\"", "groups.servers = 3"),
            "dir/s.toml:15: 'servers' is a table, not a whole number");
}
TEST(ScenarioVariants, WhatItSaysIsJudgedWithItsLine) {
  EXPECT_EQ(wrong("network.loss = 0.1", "network.loss = 2"), "dir/s.toml:14: 'loss' is a share from 0 to 1, not 2");
  EXPECT_EQ(wrong("churn.session.median", "churn.session.meridian"),
            "dir/s.toml:15: a session has no key 'meridian', did you mean 'median'?");
}

}  // namespace
}  // namespace pond::sim
