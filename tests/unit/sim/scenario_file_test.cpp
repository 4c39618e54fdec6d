// What a scenario file says becomes values, and a wrong one is refused in one line that names the place.

#include "pond/sim/scenario_file.hpp"

#include <gtest/gtest.h>

#include "support/scenario_text.hpp"

namespace pond::sim {
namespace {

const std::string kGood = R"(name = "good"
about = "About."
seed = 7
tables_filled = true
checks = [
  { figure = "closest.success", phase = "run", at_least = 0.9, at_most = 1 },
  { figure = "find.success", at_least = 0.5 },
]
[network]
latency = { kind = "uniform", round_trip_min = "80ms", round_trip_max = "0.1s", jitter = 0.2 }
loss = 0.01
duplication = 0.02
reordering = 0.03
reorder_delay = "300ms"
dial_round_trips = 4
dial_timeout = "5s"
idle_close = "1min"
[[groups]]
name = "boot"
role = "bootstrap"
count = 4
[[groups]]
name = "servers"
role = "server"
count = 100
bucket_capacity = 30
max_connections = 40
nat = 0.1
silent = 0.2
slow = 0.3
slow_by = "3s"
clock_skew = "5min"
join_at = "1s"
join_over = "2s"
churn = { session = { kind = "weibull", median = "30min", shape = 0.6 }, away = { kind = "trace", file = "t.txt" } }
[[groups]]
name = "evil"
role = "server"
count = 10
adversary = { kind = "slow", delay = "4s", near_key = "victim" }
[[groups]]
name = "agents"
role = "agent"
count = 50
[[phases]]
name = "before"
length = "2min"
loads = [{ kind = "upkeep", group = "agents", every = "30s" }]
[[phases]]
name = "run"
length = "10min"
loads = [
  { kind = "closest", group = "servers", per_second = 5 },
  { kind = "find", group = "agents", per_second = 0.5, key = "victim" },
]
events = [
  { kind = "partition", at = "10s", share = 0.4 },
  { kind = "heal", at = "20s" },
  { kind = "leave", at = "30s", group = "boot", share = 0.5, away = "1h", keep_store = false },
]
)";
const Files kFiles{{"dir/t.txt", "# lengths\n90\n1.5min  # and a half\n\n"}};

std::string wrong(std::string_view from, std::string_view to) {
  return complaint(spoilt(kGood, from, to), kFiles);
}

TEST(ScenarioFile, EveryKeyBecomesItsValue) {
  const auto read = read_text(kGood, kFiles);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 1U);
  const Scenario& s = read->front();
  EXPECT_EQ(s.name, "good");
  EXPECT_EQ(s.variant, "");
  EXPECT_EQ(s.about, "About.");
  EXPECT_EQ(s.seed, 7U);
  EXPECT_TRUE(s.tables_filled);
  EXPECT_EQ(s.depth, Depth::kMessages);
  EXPECT_EQ(s.nodes(), 164U);
  EXPECT_EQ(s.length(), 12min);
  const NetworkSpec& network = s.network;
  EXPECT_EQ(network.latency.kind, LatencySpec::Kind::kUniform);
  EXPECT_EQ(network.latency.round_trip_min, 80ms);
  EXPECT_EQ(network.latency.round_trip_max, 100ms);
  EXPECT_EQ(network.latency.jitter, 0.2);
  EXPECT_EQ(network.loss, 0.01);
  EXPECT_EQ(network.duplication, 0.02);
  EXPECT_EQ(network.reordering, 0.03);
  EXPECT_EQ(network.reorder_delay, 300ms);
  EXPECT_EQ(network.dial_round_trips, 4U);
  EXPECT_EQ(network.dial_timeout, 5s);
  EXPECT_EQ(network.idle_close, 1min);
}

TEST(ScenarioFile, EveryKeyOfAGroupBecomesItsValue) {
  const auto read = read_text(kGood, kFiles);
  ASSERT_TRUE(read) << read.error().message;
  const std::vector<GroupSpec>& groups = read->front().groups;
  ASSERT_EQ(groups.size(), 4U);
  EXPECT_EQ(groups[0].role, GroupSpec::Role::kBootstrap);
  EXPECT_FALSE(groups[0].bucket_capacity || groups[0].max_connections || groups[0].churn || groups[0].adversary);
  const GroupSpec& servers = groups[1];
  EXPECT_EQ(servers.name, "servers");
  EXPECT_EQ(servers.role, GroupSpec::Role::kServer);
  EXPECT_EQ(servers.count, 100U);
  EXPECT_EQ(servers.bucket_capacity, 30U);
  EXPECT_EQ(servers.max_connections, 40U);
  EXPECT_EQ(servers.nat, 0.1);
  EXPECT_EQ(servers.silent, 0.2);
  EXPECT_EQ(servers.slow, 0.3);
  EXPECT_EQ(servers.slow_by, 3s);
  EXPECT_EQ(servers.clock_skew, 5min);
  EXPECT_EQ(servers.join_at, 1s);
  EXPECT_EQ(servers.join_over, 2s);
  ASSERT_TRUE(servers.churn);
  EXPECT_EQ(servers.churn->session.kind, DurationSpec::Kind::kWeibull);
  EXPECT_EQ(servers.churn->session.median, 30min);
  EXPECT_EQ(servers.churn->session.shape, 0.6);
  EXPECT_EQ(servers.churn->away.kind, DurationSpec::Kind::kTrace);
  EXPECT_EQ(servers.churn->away.trace, (std::vector<Duration>{90s, 90s}));
  EXPECT_TRUE(servers.churn->keep_store);
  ASSERT_TRUE(groups[2].adversary);
  EXPECT_EQ(groups[2].adversary->kind, AdversarySpec::Kind::kSlow);
  EXPECT_EQ(groups[2].adversary->delay, 4s);
  EXPECT_EQ(groups[2].adversary->near_key, "victim");
  EXPECT_EQ(groups[3].role, GroupSpec::Role::kAgent);
}

TEST(ScenarioFile, EveryKeyOfAPhaseAndOfAChecksBecomesItsValue) {
  const auto read = read_text(kGood, kFiles);
  ASSERT_TRUE(read) << read.error().message;
  const Scenario& s = read->front();
  ASSERT_EQ(s.phases.size(), 2U);
  EXPECT_EQ(s.phases[0].name, "before");
  ASSERT_EQ(s.phases[0].loads.size(), 1U);
  EXPECT_EQ(s.phases[0].loads[0].kind, LoadSpec::Kind::kUpkeep);
  EXPECT_EQ(s.phases[0].loads[0].every, 30s);
  const PhaseSpec& run = s.phases[1];
  EXPECT_EQ(run.length, 10min);
  ASSERT_EQ(run.loads.size(), 2U);
  EXPECT_EQ(run.loads[1].kind, LoadSpec::Kind::kFind);
  EXPECT_EQ(run.loads[1].group, "agents");
  EXPECT_EQ(run.loads[1].per_second, 0.5);
  EXPECT_EQ(run.loads[1].key, "victim");
  ASSERT_EQ(run.events.size(), 3U);
  EXPECT_EQ(run.events[0].kind, EventSpec::Kind::kPartition);
  EXPECT_EQ(run.events[0].at, 10s);
  EXPECT_EQ(run.events[0].share, 0.4);
  EXPECT_EQ(run.events[2].kind, EventSpec::Kind::kLeave);
  EXPECT_EQ(run.events[2].group, "boot");
  EXPECT_EQ(run.events[2].away, 1h);
  EXPECT_FALSE(run.events[2].keep_store);
  ASSERT_EQ(s.checks.size(), 2U);
  EXPECT_EQ(s.checks[0].figure, "closest.success");
  EXPECT_EQ(s.checks[0].phase, "run");
  EXPECT_EQ(s.checks[0].at_least, 0.9);
  EXPECT_EQ(s.checks[0].at_most, 1.0);
  EXPECT_FALSE(s.checks[1].at_most);
}

TEST(ScenarioFile, TheKeysOfByteLevelBecomeTheirValues) {
  const auto read = read_text(R"(name = "bytes"
depth = "bytes"
network.megabits_per_s = 20
groups = [{ name = "boot", role = "bootstrap", count = 1 }]
phases = [{ name = "run", length = "1s" }]
)");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->front().depth, Depth::kBytes);
  EXPECT_EQ(read->front().network.megabits_per_s, 20);
}

// ---- The form

TEST(ScenarioFile, WhatIsNoTomlIsRefusedWithItsLine) {
  EXPECT_TRUE(complaint("name = \"x\"\n\nseed = = 1\n").starts_with("dir/s.toml:3: not TOML: "));
  EXPECT_TRUE(complaint("name = \"x\"\nname = \"y\"\n").starts_with("dir/s.toml:2: not TOML: "));
}
TEST(ScenarioFile, AnUnknownKeyIsRefusedWithTheOneThatWasMeant) {
  EXPECT_EQ(wrong("seed = 7", "sead = 7"), "dir/s.toml:3: the scenario has no key 'sead', did you mean 'seed'?");
  EXPECT_EQ(wrong("count = 100", "cuont = 100"), "dir/s.toml:25: a group has no key 'cuont', did you mean 'count'?");
  EXPECT_EQ(wrong("kind = \"heal\"", "kin = \"heal\""),
            "dir/s.toml:58: an event has no key 'kin', did you mean 'kind'?");
}
TEST(ScenarioFile, AnUnknownKeyThatIsLikeNoneIsRefusedWithAllThatThereAre) {
  EXPECT_EQ(wrong("every = \"30s\"", "zzzzzz = 1"),
            "dir/s.toml:48: a load has no key 'zzzzzz'; there are kind, group, per_second, every and key");
}
TEST(ScenarioFile, AValueOfAnotherTypeIsRefused) {
  EXPECT_EQ(wrong("seed = 7", "seed = \"7\""),
            "dir/s.toml:3: 'seed' is a whole number from 0 to 9223372036854775807, not \"7\"");
  EXPECT_EQ(wrong("tables_filled = true", "tables_filled = 1"),
            "dir/s.toml:4: 'tables_filled' is true or false, not 1");
  EXPECT_EQ(wrong("loss = 0.01", "loss = true"), "dir/s.toml:11: 'loss' is a share from 0 to 1, not true");
  EXPECT_EQ(wrong("dial_timeout = \"5s\"", "dial_timeout = 5"),
            "dir/s.toml:16: 'dial_timeout' is a time such as \"250ms\", \"60s\", \"10min\", \"2h\" or \"1d\", not 5");
  EXPECT_EQ(wrong("name = \"good\"", "name = 1979-05-27"), "dir/s.toml:1: 'name' is a text, not a date");
  EXPECT_EQ(complaint("name = \"x\"\ngroups = 3\n"), "dir/s.toml:2: 'groups' is a list of tables, not 3");
  EXPECT_EQ(complaint("name = \"x\"\ngroups = [3]\n"), "dir/s.toml:2: 'groups' is a list of tables, not of 3");
  EXPECT_EQ(complaint("name = \"x\"\nnetwork = []\n"), "dir/s.toml:2: 'network' is a table, not a list");
}
TEST(ScenarioFile, AMissingKeyIsNamed) {
  EXPECT_EQ(complaint("seed = 1"), "dir/s.toml:1: the scenario needs 'name'");
  EXPECT_EQ(complaint("name = \"x\""), "dir/s.toml:1: the scenario needs 'groups'");
  EXPECT_EQ(complaint("name = \"x\"\ngroups = [{ name = \"a\", role = \"server\", count = 1 }]\n"),
            "dir/s.toml:1: the scenario needs 'phases'");
  EXPECT_EQ(wrong("count = 100\n", "\n"), "dir/s.toml:22: a group needs 'count'");
  EXPECT_EQ(wrong("figure = \"find.success\", ", ""), "dir/s.toml:7: a check needs 'figure'");
}
TEST(ScenarioFile, AComplaintIsOneLineWhateverTheFileHolds) {
  EXPECT_EQ(wrong("role = \"server\"", "role = \"a\\nb\\u001b\""),
            "dir/s.toml:24: 'role' cannot be \"a?b?\"; there are bootstrap, server and agent");
}
TEST(ScenarioFile, ANameIsFitForAFileName) {
  EXPECT_EQ(wrong("name = \"good\"", "name = \"../x\""),
            "dir/s.toml:1: 'name' is 1 to 64 letters, digits, '-', '_' and '.', not \"../x\"");
}

// ---- Values

TEST(ScenarioFile, ATimeHasAUnitAndIsNotNegative) {
  constexpr const char* kExpected = "is a time such as \"250ms\", \"60s\", \"10min\", \"2h\" or \"1d\", not ";
  for (const char* bad :
       {"\"-5s\"", "\"5\"", "\"5 s\"", "\"s\"", "\"\"", "\"1e3s\"", "\"infs\"", "\"5sec\"", "\"1001d\""}) {
    EXPECT_EQ(wrong("length = \"2min\"", std::string{"length = "} + bad),
              std::string{"dir/s.toml:47: 'length' "} + kExpected + bad);
  }
}
TEST(ScenarioFile, ANegativeOrZeroRateIsRefused) {
  EXPECT_EQ(wrong("per_second = 5", "per_second = -1"), "dir/s.toml:53: 'per_second' is a number above 0, not -1");
  EXPECT_EQ(wrong("per_second = 5", "per_second = 0"), "dir/s.toml:53: 'per_second' is a number above 0, not 0");
  EXPECT_EQ(wrong("per_second = 5", "per_second = nan"), "dir/s.toml:53: 'per_second' is a number above 0, not nan");
  EXPECT_EQ(wrong("per_second = 5", "per_second = inf"), "dir/s.toml:53: 'per_second' is a number above 0, not inf");
  EXPECT_EQ(wrong("per_second = 5", "per_second = 2e6"), "dir/s.toml:53: 'per_second' is at most 1e+06");
}
TEST(ScenarioFile, AShareIsFromZeroToOne) {
  EXPECT_EQ(wrong("loss = 0.01", "loss = 1.5"), "dir/s.toml:11: 'loss' is a share from 0 to 1, not 1.5");
  EXPECT_EQ(wrong("nat = 0.1", "nat = -0.1"), "dir/s.toml:28: 'nat' is a share from 0 to 1, not -0.1");
  EXPECT_EQ(wrong("nat = 0.1", "nat = nan"), "dir/s.toml:28: 'nat' is a share from 0 to 1, not nan");
}
TEST(ScenarioFile, ANumberOutsideItsBoundsIsRefused) {
  EXPECT_EQ(wrong("seed = 7", "seed = -7"),
            "dir/s.toml:3: 'seed' is a whole number from 0 to 9223372036854775807, not -7");
  EXPECT_EQ(wrong("dial_round_trips = 4", "dial_round_trips = 101"),
            "dir/s.toml:15: 'dial_round_trips' is a whole number from 0 to 100, not 101");
  EXPECT_EQ(wrong("bucket_capacity = 30", "bucket_capacity = 0"),
            "dir/s.toml:26: 'bucket_capacity' is a whole number from 1 to 10000, not 0");
}
TEST(ScenarioFile, TheLeastRoundTripIsNotMoreThanTheMost) {
  EXPECT_EQ(wrong("round_trip_min = \"80ms\"", "round_trip_min = \"101ms\""),
            "dir/s.toml:10: 'round_trip_min' is more than 'round_trip_max'");
}
TEST(ScenarioFile, AKeyThatMeansNothingThereIsRefused) {
  EXPECT_EQ(wrong("kind = \"uniform\"", "kind = \"world\""),
            "dir/s.toml:10: 'round_trip_min' means nothing without kind = \"uniform\"");
  EXPECT_EQ(wrong("kind = \"weibull\"", "kind = \"exponential\""),
            "dir/s.toml:35: 'shape' means nothing without kind = \"weibull\"");
  EXPECT_EQ(wrong("slow = 0.3\n", "\n"), "dir/s.toml:31: 'slow_by' means nothing without 'slow'");
  EXPECT_EQ(wrong("{ kind = \"slow\"", "{ kind = \"silent\""),
            "dir/s.toml:40: 'delay' means nothing without kind = \"slow\"");
  EXPECT_EQ(wrong("tables_filled = true", "depth = \"bytes\""),
            "dir/s.toml:12: 'duplication' means nothing without depth = \"messages\"");
  EXPECT_EQ(wrong("idle_close = \"1min\"", "megabits_per_s = 1"),
            "dir/s.toml:17: 'megabits_per_s' means nothing without depth = \"bytes\"");
}

TEST(ScenarioFile, WhatWholeNodesDoNotShowIsRefused) {
  const auto error = [](const std::string& rest) {
    const auto read = read_scenarios("name = \"a\"\ndepth = \"bytes\"\n" + rest, "s.toml", {});
    return read ? std::string{} : read.error().message;
  };
  const std::string phase = "[[phases]]\nname = \"p\"\nlength = \"1min\"\n";
  const std::string group = "[[groups]]\nname = \"g\"\nrole = \"server\"\ncount = 3\n";
  EXPECT_EQ(error("checks = [{ figure = \"violations\", at_most = 0 }]\n" + group + phase), "");
  EXPECT_EQ(error("checks = [{ figure = \"queue.max\", at_most = 9 }]\n" + group + phase),
            "s.toml:3: figure 'queue.max' will not be seen without depth = \"messages\"");
  EXPECT_EQ(error("checks = [{ figure = \"memory.total_mib\", phase = \"p\", at_most = 9 }]\n" + group + phase),
            "s.toml:3: figure 'memory.total_mib' is of the whole run, not of a phase");
  const std::string liars =
      "[[groups]]\nname = \"l\"\nrole = \"server\"\ncount = 1\nadversary = { kind = \"silent\" }\n";
  EXPECT_TRUE(error(group + liars + phase).ends_with("'adversary' means nothing without depth = \"messages\""));
}

// ---- Groups

TEST(ScenarioFile, AGroupHasSomebodyInIt) {
  EXPECT_EQ(wrong("count = 100", "count = 0"), "dir/s.toml:25: 'count' is a whole number from 1 to 16000000, not 0");
}
TEST(ScenarioFile, TwoGroupsOfOneNameAreRefused) {
  EXPECT_EQ(wrong("name = \"agents\"", "name = \"boot\""), "dir/s.toml:42: a second group is called 'boot'");
}
TEST(ScenarioFile, TheGroupsAreNotMoreThanARunCanHave) {
  EXPECT_EQ(wrong("count = 100", "count = 16000000"),
            "dir/s.toml:18: the groups have 16000064 nodes together; at most 16000000 can be");
}
TEST(ScenarioFile, SilentAndSlowAreNotMoreThanAll) {
  EXPECT_EQ(wrong("silent = 0.2", "silent = 0.8"),
            "dir/s.toml:30: 'silent' and 'slow' together are more than all of group 'servers'");
}
TEST(ScenarioFile, AnAgentDoesNotMisbehave) {
  EXPECT_EQ(wrong("role = \"agent\"", "role = \"agent\"\nadversary = { kind = \"silent\" }"),
            "dir/s.toml:44: group 'agents' cannot misbehave: its role is \"agent\", and nobody asks an agent");
}
TEST(ScenarioFile, SomebodyIsAServer) {
  EXPECT_EQ(complaint(R"(name = "x"
groups = [
  { name = "a", role = "agent", count = 1 },
  { name = "b", role = "server", count = 1, adversary = { kind = "silent" } },
]
phases = [{ name = "p", length = "1s" }]
)"),
            "dir/s.toml:2: no group is an honest server: nobody would answer");
}
TEST(ScenarioFile, SomeServerIsThereAtTheStart) {
  EXPECT_EQ(wrong("role = \"bootstrap\"", "role = \"bootstrap\"\njoin_at = \"1s\""),
            "dir/s.toml:18: no honest server is there at the start: somebody's 'join_at' must be 0");
}
TEST(ScenarioFile, EverybodyHasJoinedBeforeTheEnd) {
  EXPECT_EQ(wrong("join_over = \"2s\"", "join_over = \"12min\""),
            "dir/s.toml:18: group 'servers' has not joined when the last phase ends");
}
TEST(ScenarioFile, SomebodyElseDoesNotComeBackWithTheStore) {
  EXPECT_EQ(wrong("churn = {", "churn = { new_identity = true, keep_store = true,"),
            "dir/s.toml:35: 'keep_store' cannot be true with 'new_identity': somebody else comes back");
  const auto read = read_text(spoilt(kGood, "churn = {", "churn = { new_identity = true,"), kFiles);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_FALSE(read->front().groups[1].churn->keep_store);
}
TEST(ScenarioFile, ChurnNeedsBothItsTimes) {
  EXPECT_EQ(wrong("churn = {", "churn = { session = { kind = \"fixed\", median = \"1s\" } }\n#"),
            "dir/s.toml:35: churn needs 'away'");
  EXPECT_EQ(wrong("kind = \"weibull\", median = \"30min\", ", "kind = \"weibull\", "),
            "dir/s.toml:35: a session needs 'median'");
}

// ---- Traces

TEST(ScenarioFile, ATraceThatIsNotThereIsRefused) {
  EXPECT_EQ(complaint(kGood, {}), "dir/s.toml:35: trace file 't.txt' cannot be read");
}
TEST(ScenarioFile, ATraceWithGarbageIsRefusedWithTheTracesLine) {
  for (const char* bad : {"garbage", "-5", "0", "1 2", "nan"}) {
    EXPECT_EQ(complaint(kGood, {{"dir/t.txt", std::string{"# x\n90\n"} + bad + "\n"}}),
              std::string{"dir/s.toml:35: trace file 't.txt', line 3: \""} + bad +
                  "\" is no session length such as \"90s\" or 90");
  }
}
TEST(ScenarioFile, AnEmptyTraceIsRefused) {
  EXPECT_EQ(complaint(kGood, {{"dir/t.txt", "# nothing\n"}}),
            "dir/s.toml:35: trace file 't.txt': holds no session length");
}
TEST(ScenarioFile, ATraceOfTooManyLinesIsRefused) {
  EXPECT_EQ(complaint(kGood, {{"dir/t.txt", std::string(1'000'000, '\n') + "1\n"}}),
            "dir/s.toml:35: trace file 't.txt', line 1000001: more than 1000000 lines");
}

// ---- Phases

TEST(ScenarioFile, ThereIsAPhaseAndItLasts) {
  EXPECT_EQ(complaint("name = \"x\"\ngroups = [{ name = \"a\", role = \"server\", count = 1 }]\nphases = []\n"),
            "dir/s.toml:3: the scenario needs at least one phase");
  EXPECT_EQ(wrong("length = \"2min\"", "length = \"0s\""),
            "dir/s.toml:47: 'length' is longer than nothing, not \"0s\"");
}
TEST(ScenarioFile, TwoPhasesOfOneNameAreRefused) {
  EXPECT_EQ(wrong("name = \"run\"", "name = \"before\""), "dir/s.toml:50: a second phase is called 'before'");
}
TEST(ScenarioFile, ALoadOfAnUnknownGroupIsRefusedWithTheOneThatWasMeant) {
  EXPECT_EQ(wrong("group = \"servers\"", "group = \"server\""),
            "dir/s.toml:53: no group is called 'server', did you mean 'servers'?");
  EXPECT_EQ(wrong("group = \"servers\"", "group = \"zzzzzz\""),
            "dir/s.toml:53: no group is called 'zzzzzz'; there are boot, servers, evil and agents");
}
TEST(ScenarioFile, ALoadOfAnUnknownKindIsRefused) {
  EXPECT_EQ(wrong("kind = \"closest\"", "kind = \"closets\""),
            "dir/s.toml:53: 'kind' cannot be \"closets\", did you mean 'closest'?");
}
TEST(ScenarioFile, ALoadOfAGroupThatCannotDoItIsRefused) {
  EXPECT_EQ(wrong("group = \"servers\"", "group = \"evil\""),
            "dir/s.toml:53: group 'evil' misbehaves: it answers, but does nothing of its own");
  EXPECT_EQ(wrong("kind = \"upkeep\", group = \"agents\"", "kind = \"upkeep\", group = \"boot\""),
            "dir/s.toml:48: group 'boot' has no upkeep: bootstrap nodes have no record of their own");
}
TEST(ScenarioFile, ALoadHasTheRateOfItsKind) {
  EXPECT_EQ(wrong(", per_second = 5 }", " }"), "dir/s.toml:53: a load needs 'per_second'");
  EXPECT_EQ(wrong("every = \"30s\"", "per_second = 1"),
            "dir/s.toml:48: 'per_second' means nothing with kind = \"upkeep\"");
  EXPECT_EQ(wrong("per_second = 5", "per_second = 5, every = \"1s\""),
            "dir/s.toml:53: 'every' means nothing without kind = \"upkeep\"");
}
TEST(ScenarioFile, WhatNobodyPublishedIsNotLookedFor) {
  EXPECT_EQ(wrong("kind = \"upkeep\", group = \"agents\", every = \"30s\"",
                  "kind = \"provide\", group = \"agents\", per_second = 1"),
            "dir/s.toml:49: phase 'run' looks for records, but nobody has a load \"publish\" or \"upkeep\" by then");
  EXPECT_EQ(
      wrong("kind = \"upkeep\", group = \"agents\", every = \"30s\"",
            "kind = \"find_providers\", group = \"agents\", per_second = 1"),
      "dir/s.toml:45: phase 'before' looks for providers, but nobody has a load \"provide\" or \"upkeep\" by then");
}
TEST(ScenarioFile, AKeyThatNobodyMinesIsRefused) {
  EXPECT_EQ(wrong("0.5, key = \"victim\"", "0.5, key = \"other\""),
            "dir/s.toml:54: no adversary has 'near_key' = \"other\"");
  EXPECT_EQ(wrong("per_second = 5", "per_second = 5, key = \"victim\""),
            "dir/s.toml:53: 'key' means nothing without kind = \"find\" or \"publish\"");
}
TEST(ScenarioFile, AnEventIsWithinItsPhase) {
  EXPECT_EQ(wrong("at = \"10s\"", "at = \"10min\""), "dir/s.toml:57: 'at' is not before the end of phase 'run'");
}
TEST(ScenarioFile, AnEventHasWhatItsKindNeeds) {
  EXPECT_EQ(wrong(", share = 0.4 }", " }"), "dir/s.toml:57: an event needs 'share'");
  EXPECT_EQ(wrong("share = 0.4", "share = 1"), "dir/s.toml:57: 'share' of a partition is less than all, not 1");
  EXPECT_EQ(wrong("share = 0.4", "share = 0"), "dir/s.toml:57: 'share' is more than nothing, not 0");
  EXPECT_EQ(wrong("away = \"1h\", ", ""), "dir/s.toml:59: an event needs 'away'");
  EXPECT_EQ(wrong("at = \"20s\"", "at = \"20s\", group = \"boot\""),
            "dir/s.toml:58: 'group' means nothing without kind = \"kill\", \"leave\" or \"restart\"");
  EXPECT_EQ(wrong("group = \"boot\"", "group = \"foot\""),
            "dir/s.toml:59: no group is called 'foot', did you mean 'boot'?");
}
TEST(ScenarioFile, PartitionsAndHealsTakeTurns) {
  EXPECT_EQ(wrong("at = \"10s\"", "at = \"25s\""), "dir/s.toml:45: phase 'run' heals the network, which is not parted");
  EXPECT_EQ(wrong("kind = \"heal\", at = \"20s\"", "kind = \"partition\", share = 0.5, at = \"20s\""),
            "dir/s.toml:45: phase 'run' parts the network, which is parted already");
}

// ---- Checks

TEST(ScenarioFile, ACheckOnAnUnknownFigureIsRefusedWithTheOneThatWasMeant) {
  EXPECT_EQ(
      wrong("figure = \"closest.success\"", "figure = \"closest.sucess\""),
      "dir/s.toml:6: there is no figure 'closest.sucess', did you mean 'closest.success'? (pond sim figures lists "
      "them)");
}
TEST(ScenarioFile, ACheckHasABound) {
  EXPECT_EQ(wrong(", at_least = 0.5", ""), "dir/s.toml:7: the check of 'find.success' needs 'at_least' or 'at_most'");
}
TEST(ScenarioFile, ABoundIsOneThatCanBeMet) {
  EXPECT_EQ(wrong("at_most = 1", "at_most = 0.8"), "dir/s.toml:6: 'at_least' is more than 'at_most'");
  EXPECT_EQ(wrong("at_least = 0.5", "at_least = 50"),
            "dir/s.toml:7: 'find.success' is a share: 'at_least' is 0 to 1, not 50");
  EXPECT_EQ(wrong("at_least = 0.5", "at_least = nan"), "dir/s.toml:7: 'at_least' is a number, not nan");
  EXPECT_EQ(wrong("at_least = 0.5", "at_least = \"many\""), "dir/s.toml:7: 'at_least' is a number, not \"many\"");
}
TEST(ScenarioFile, ACheckOfAnUnknownPhaseIsRefused) {
  EXPECT_EQ(wrong("phase = \"run\"", "phase = \"ran\""), "dir/s.toml:6: no phase is called 'ran'");
}
TEST(ScenarioFile, AFigureThatNoLoadMakesIsRefused) {
  EXPECT_EQ(wrong("figure = \"find.success\"", "figure = \"find_providers.success\""),
            "dir/s.toml:7: figure 'find_providers.success' will not be seen: no load makes operations "
            "\"find_providers\"");
  EXPECT_EQ(wrong("phase = \"run\"", "phase = \"before\""),
            "dir/s.toml:6: figure 'closest.success' will not be seen: no load of phase 'before' makes operations "
            "\"closest\"");
  EXPECT_EQ(wrong("figure = \"find.success\", at_least = 0.5", "figure = \"bootstrap.refused\", at_most = 0"), "");
  EXPECT_EQ(complaint(spoilt(spoilt(kGood, "figure = \"find.success\", at_least = 0.5",
                                    "figure = \"bootstrap.refused\", at_most = 0"),
                             "role = \"bootstrap\"", "role = \"server\""),
                      kFiles),
            "dir/s.toml:7: figure 'bootstrap.refused' will not be seen: no group has role \"bootstrap\"");
}
TEST(ScenarioFile, UpkeepMakesPublishAndProvide) {
  for (const char* figure : {"publish.success", "provide.success"}) {
    EXPECT_EQ(wrong("figure = \"find.success\"", std::string{"figure = \""} + figure + "\""), "");
  }
}
TEST(ScenarioFile, AFigureCheckedTwiceIsRefused) {
  EXPECT_EQ(wrong("figure = \"find.success\"", "phase = \"run\", figure = \"closest.success\""),
            "dir/s.toml:7: figure 'closest.success' is checked twice in phase 'run'");
}

}  // namespace
}  // namespace pond::sim
