#include "pond/sim/report.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "support/sim_run.hpp"

namespace pond::sim {
namespace {

using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string table_of(const MadeUpRun& run) {
  return report_table(run.scenario, run.recorder, judge(run.scenario, run.recorder), run.summary);
}

nlohmann::ordered_json json_of(const MadeUpRun& run) {
  return nlohmann::ordered_json::parse(
      report_json(run.scenario, run.recorder, judge(run.scenario, run.recorder), run.summary));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::size_t width(const std::string& line) {
  return static_cast<std::size_t>(std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; }));
}

TEST(ReportTable, HasAColumnForEachPhaseAndTheWhole) {
  const std::string table = table_of(MadeUpRun{});
  EXPECT_THAT(table, HasSubstr("made-up: 10,000 nodes, message level, seed 7\n"));
  EXPECT_THAT(table, ContainsRegex("\nclosest +warm up +partition +healed +whole\n  started  "));
  EXPECT_THAT(table, ContainsRegex("\n  latency p95 +[0-9,]+ ms +[0-9,]+ ms +[0-9,]+ ms +[0-9,]+ ms\n"));
  EXPECT_THAT(table, ContainsRegex("\n  hops max +[0-9]+ "));
  EXPECT_THAT(table, ContainsRegex("\n  staleness mean +[0-9.]+ s "));
  EXPECT_THAT(table, ContainsRegex("\n  messages total +1,234,567 +1,234,567 +1,234,567 +3,703,701\n"));
  EXPECT_THAT(table, ContainsRegex("\n  messages per node max +- +- +- +2,[0-9,]+\n"));
  EXPECT_THAT(table, ContainsRegex("\nrouting tables +.*\n  size mean +162.2 "));
  EXPECT_THAT(table, ContainsRegex("\nstores +.*\n  bytes max +3.50 MiB "));
  EXPECT_THAT(table, ContainsRegex("\nbootstrap nodes +.*\n  requests per s mean +812.4 /s "));
  EXPECT_THAT(table, Not(HasSubstr("\nfind_providers  "))) << "nobody did that";
}

TEST(ReportTable, NeverRoundsAShareUpToAll) {
  EXPECT_THAT(table_of(MadeUpRun{}), ContainsRegex("\n  agreement mean +99.99 % "));
}

TEST(ReportTable, ShowsChecksInTheTermsOfTheScenario) {
  const std::string table = table_of(MadeUpRun{});
  EXPECT_THAT(table, ContainsRegex("\n  FAIL  closest.success +healed +0.98[0-9]+   at least 0.99\n"));
  EXPECT_THAT(table, ContainsRegex("\n  FAIL  closest.hops.p95 +whole +4   at most 2\n"));
  EXPECT_THAT(table, ContainsRegex("\n  FAIL  find_providers.success +whole +not seen   at least 0.9\n"));
  EXPECT_THAT(table, ContainsRegex("\n  pass  violations +whole +0   at most 0\n"));
  EXPECT_THAT(table, HasSubstr("\n  3 failed\n"));
}

TEST(ReportTable, EndsWithWhatARunIsToldFromAnotherBy) {
  MadeUpRun run;
  EXPECT_THAT(table_of(run), EndsWith("\n12,345,678 events, 30 min simulated, event hash 0x0123456789abcdef\n"));
  run.summary.took = 10s;
  EXPECT_THAT(table_of(run), EndsWith("\n12,345,678 events, 30 min simulated in 10.0 s (1,234,568 events/s), "
                                      "event hash 0x0123456789abcdef\n"));
}

TEST(ReportTable, StaysWithinAHundredColumnsHoweverManyPhases) {
  Scenario scenario = MadeUpRun::make_scenario();
  scenario.about = std::string(30, 'a');
  for (int i = 0; i < 12; ++i) {
    scenario.about += " word";
    scenario.phases.push_back({"a phase with a rather long näme " + std::to_string(i), 2min, {}, {}});
  }
  for (const std::string& line : lines_of(table_of(MadeUpRun{scenario}))) {
    EXPECT_LE(width(line), 100U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(ReportTable, ASinglePhaseIsTheWhole) {
  Scenario scenario = MadeUpRun::make_scenario();
  scenario.phases.resize(1);
  scenario.checks.clear();
  const std::string table = table_of(MadeUpRun{scenario});
  EXPECT_THAT(table, ContainsRegex("\nclosest +whole\n"));
  EXPECT_THAT(table, Not(HasSubstr("checks")));
}

TEST(ReportJson, HasAllFiguresOfThePhasesAndTheWhole) {
  const MadeUpRun run;
  const auto json = json_of(run);
  EXPECT_EQ(json["nodes"], 10000);
  EXPECT_EQ(json["simulated_s"], 1800);
  EXPECT_EQ(json["event_hash"], "0x0123456789abcdef");
  EXPECT_EQ(json["took_s"], nullptr);
  const Figures whole = run.recorder.figures();
  EXPECT_EQ(json["figures"].size(), whole.size());
  ASSERT_EQ(json["phases"].size(), 3U);
  EXPECT_EQ(json["phases"][1]["name"], "partition");
  EXPECT_EQ(json["phases"][1]["length_s"], 600);
  for (const auto& [name, value] : whole) {
    EXPECT_NEAR(json["figures"][name].get<double>(), value, std::abs(value) * 1e-6) << name;
  }
  for (const auto& [name, value] : run.recorder.figures(2)) {
    EXPECT_NEAR(json["phases"][2]["figures"][name].get<double>(), value, std::abs(value) * 1e-6) << name;
  }
}

TEST(ReportJson, HasTheChecksWithTheirValues) {
  const auto json = json_of(MadeUpRun{});
  EXPECT_EQ(json["passed"], false);
  ASSERT_EQ(json["checks"].size(), 4U);
  EXPECT_EQ(json["checks"][0]["phase"], "healed");
  EXPECT_EQ(json["checks"][0]["at_least"], 0.99);
  EXPECT_EQ(json["checks"][1]["phase"], nullptr);
  EXPECT_EQ(json["checks"][2]["value"], nullptr);
  EXPECT_EQ(json["checks"][2]["passed"], false);
  EXPECT_EQ(json["checks"][3]["value"], 0);
  EXPECT_EQ(json["checks"][3]["passed"], true);
}

TEST(ReportJson, HasDistributions) {
  const MadeUpRun run;
  const auto json = json_of(run);
  const auto& closest = json["operations"]["closest"];
  const Samples& latency = run.recorder.samples(LoadSpec::Kind::kClosest).latency_ms;
  ASSERT_EQ(closest["latency_ms"]["percentiles"].size(), 101U);
  EXPECT_EQ(closest["latency_ms"]["count"], latency.count());
  EXPECT_EQ(closest["latency_ms"]["percentiles"][95], latency.percentile(95));
  EXPECT_FALSE(closest["latency_ms"].contains("histogram"));
  EXPECT_EQ(closest["overlap"]["percentiles"][100], 1);
  std::size_t counted = 0;
  for (const auto& bar : closest["hops"]["histogram"]) {
    counted += bar[1].get<std::size_t>();
  }
  EXPECT_EQ(counted, closest["hops"]["count"]);
  EXPECT_FALSE(json["operations"].contains("find_providers"));
  EXPECT_EQ(json["success_over_time"].size(), 100U);
  EXPECT_EQ(json["success_over_time"][0]["at_s"], 9);
  EXPECT_EQ(json["messages_per_node"]["count"], 10000);
}

TEST(ReportJson, KeepsTheOrderOfItsFields) {
  const auto json = json_of(MadeUpRun{});
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) {
    keys.push_back(key);
  }
  EXPECT_THAT(keys, testing::ElementsAre("scenario", "about", "depth", "nodes", "seed", "events", "simulated_s",
                                         "event_hash", "took_s", "passed", "checks", "figures", "phases", "operations",
                                         "success_over_time", "messages_per_node"));
}

TEST(ReportJson, TakesNamesThatAreNotUtf8) {
  Scenario scenario = MadeUpRun::make_scenario();
  scenario.phases[0].name = "\xff\xfe \"quoted\"";
  EXPECT_THAT(json_of(MadeUpRun{scenario})["phases"][0]["name"].get<std::string>(), HasSubstr("\"quoted\""));
}

TEST(Report, IsTheSameTextForTheSameRun) {
  const MadeUpRun a;
  const MadeUpRun b;
  EXPECT_EQ(table_of(a), table_of(b));
  EXPECT_EQ(json_of(a).dump(), json_of(b).dump());
}

TEST(Report, OfARunInWhichNothingHappenedIsShort) {
  MadeUpRun run{Scenario{}, 0};
  EXPECT_THAT(table_of(run), HasSubstr("0 nodes"));
  EXPECT_TRUE(json_of(run)["operations"].empty());
}

}  // namespace
}  // namespace pond::sim
