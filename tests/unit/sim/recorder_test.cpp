#include "pond/sim/recorder.hpp"

#include <cmath>
#include <numeric>

#include <gmock/gmock.h>

namespace pond::sim {
namespace {

using Kind = LoadSpec::Kind;
using testing::Contains;
using testing::Key;
using testing::Not;

constexpr Instant kBegin = Instant{} + 1h;

Scenario two_phases() {
  Scenario scenario;
  scenario.phases = {{"first", 100s, {}, {}}, {"second", 200s, {}, {}}};
  return scenario;
}

OperationOutcome outcome(Kind kind, Instant started, Duration took, bool succeeded = true) {
  OperationOutcome made;
  made.kind = kind;
  made.started = started;
  made.ended = started + took;
  made.succeeded = succeeded;
  made.hops = 3;
  made.messages = 10;
  return made;
}

TEST(Recorder, CountsAnOperationInThePhaseInWhichItWasStarted) {
  Recorder recorder{two_phases()};
  recorder.begin_phase(0, kBegin);
  recorder.started(Kind::kFind);
  recorder.begin_phase(1, kBegin + 100s);
  recorder.started(Kind::kFind);
  recorder.ended(outcome(Kind::kFind, kBegin + 99s, 2s));
  recorder.ended(outcome(Kind::kFind, kBegin + 100s, 1s, false));
  recorder.end(kBegin + 300s);

  EXPECT_EQ(recorder.figures(0).at("find.started"), 1);
  EXPECT_EQ(recorder.figures(0).at("find.succeeded"), 1);
  EXPECT_EQ(recorder.figures(0).at("find.failed"), 0);
  EXPECT_EQ(recorder.figures(0).at("find.success"), 1);
  EXPECT_EQ(recorder.figures(1).at("find.started"), 1);
  EXPECT_EQ(recorder.figures(1).at("find.success"), 0);
  EXPECT_EQ(recorder.figures().at("find.started"), 2);
  EXPECT_EQ(recorder.figures().at("find.success"), 0.5);
  EXPECT_EQ(recorder.samples(Kind::kFind, 1).failed, 1U);
}

TEST(Recorder, MeasuresTheLatencyOfWhatSucceededAndTheCostOfAll) {
  Recorder recorder{two_phases()};
  recorder.begin_phase(0, kBegin);
  recorder.ended(outcome(Kind::kClosest, kBegin, 1500ms));
  recorder.ended(outcome(Kind::kClosest, kBegin, 60s, false));
  recorder.end(kBegin + 300s);
  const Figures figures = recorder.figures();
  EXPECT_EQ(figures.at("closest.latency_ms.mean"), 1500);
  EXPECT_EQ(figures.at("closest.latency_ms.max"), 1500);
  EXPECT_EQ(recorder.samples(Kind::kClosest).messages.count(), 2U);
  EXPECT_EQ(figures.at("closest.messages.p50"), 10);
  EXPECT_EQ(figures.at("closest.hops.max"), 3);
}

TEST(Recorder, KeepsWhatOnlySomeKindsOfOperationsSay) {
  Recorder recorder{two_phases()};
  recorder.begin_phase(0, kBegin);
  OperationOutcome closest = outcome(Kind::kClosest, kBegin, 1s);
  closest.overlap = 0.75;
  recorder.ended(closest);
  OperationOutcome publish = outcome(Kind::kPublish, kBegin, 1s);
  publish.holders = 20;
  recorder.ended(publish);
  publish.holders = 4;
  recorder.ended(publish);
  OperationOutcome find = outcome(Kind::kFind, kBegin, 1s);
  find.staleness = 2500ms;
  recorder.ended(find);
  const Figures figures = recorder.figures(0);
  EXPECT_EQ(figures.at("closest.overlap.min"), 0.75);
  EXPECT_EQ(figures.at("publish.holders.min"), 4);
  EXPECT_EQ(figures.at("publish.holders.mean"), 12);
  EXPECT_EQ(figures.at("find.staleness_s.p95"), 2.5);
}

TEST(Recorder, HasNoFigureForWhatWasNotSeen) {
  Recorder recorder{two_phases()};
  recorder.begin_phase(0, kBegin);
  recorder.started(Kind::kProvide);
  recorder.end(kBegin + 300s);
  const Figures figures = recorder.figures();
  EXPECT_EQ(figures.at("provide.started"), 1);
  EXPECT_THAT(figures, Not(Contains(Key("provide.success"))));
  EXPECT_THAT(figures, Not(Contains(Key("provide.latency_ms.mean"))));
  EXPECT_THAT(figures, Not(Contains(Key("find.started"))));
  EXPECT_THAT(figures, Not(Contains(Key("queue.max"))));
  for (const auto& [name, value] : figures) {
    EXPECT_FALSE(std::isnan(value)) << name;
  }
}

TEST(Recorder, JoinsMeasurementsAsTheyWereMeant) {
  Recorder recorder{two_phases()};
  recorder.begin_phase(0, kBegin);
  recorder.set("nodes.up", 90);
  recorder.set("nodes.up", 100);
  recorder.add("messages.total", 10);
  recorder.add("messages.total", 5);
  recorder.raise("queue.max", 7);
  recorder.raise("queue.max", 3);
  recorder.lower("table.agreement.min", 0.5);
  recorder.begin_phase(1, kBegin + 100s);
  recorder.set("nodes.up", 80);
  recorder.add("messages.total", 1);
  recorder.raise("queue.max", 4);
  recorder.lower("table.agreement.min", 0.75);
  recorder.end(kBegin + 300s);

  EXPECT_EQ(recorder.figures(0).at("nodes.up"), 100);
  EXPECT_EQ(recorder.figures(1).at("nodes.up"), 80);
  EXPECT_EQ(recorder.figures().at("nodes.up"), 80);
  EXPECT_EQ(recorder.figures(0).at("messages.total"), 15);
  EXPECT_EQ(recorder.figures(1).at("messages.total"), 1);
  EXPECT_EQ(recorder.figures().at("messages.total"), 16);
  EXPECT_EQ(recorder.figures(0).at("queue.max"), 7);
  EXPECT_EQ(recorder.figures(1).at("queue.max"), 4);
  EXPECT_EQ(recorder.figures().at("queue.max"), 7);
  EXPECT_EQ(recorder.figures(1).at("table.agreement.min"), 0.75);
  EXPECT_EQ(recorder.figures().at("table.agreement.min"), 0.5);
}

TEST(Recorder, WhatIsSaidAfterTheEndIsOfTheWholeRunAlone) {
  Recorder recorder{two_phases()};
  recorder.begin_phase(0, kBegin);
  recorder.begin_phase(1, kBegin + 100s);
  recorder.set("messages.per_node_minute", 30);
  recorder.end(kBegin + 300s);
  recorder.set("messages.per_node_minute", 20);
  recorder.set_messages_per_node({5, 9, 7});
  EXPECT_EQ(recorder.figures(1).at("messages.per_node_minute"), 30);
  EXPECT_EQ(recorder.figures().at("messages.per_node_minute"), 20);
  EXPECT_EQ(recorder.figures().at("messages.per_node.max"), 9);
  EXPECT_THAT(recorder.figures(1), Not(Contains(Key("messages.per_node.max"))));
  EXPECT_EQ(recorder.length(), 300s);
}

TEST(Recorder, ShowsSuccessOverTimeInSpansOfTheWholeLength) {
  Recorder recorder{two_phases()};
  recorder.begin_phase(0, kBegin);
  recorder.begin_phase(1, kBegin + 100s);
  recorder.ended(outcome(Kind::kFind, kBegin, 1s));
  recorder.ended(outcome(Kind::kFind, kBegin + 2s, 100s, false));
  recorder.ended(outcome(Kind::kFind, kBegin + 3s, 1s));
  recorder.ended(outcome(Kind::kClosest, kBegin + 299s, 1s));
  recorder.ended(outcome(Kind::kClosest, kBegin + 300s, 1s));
  const std::vector<SuccessPoint>& points = recorder.success_over_time();
  ASSERT_EQ(points.size(), 100U);
  EXPECT_EQ(points[0].at, kBegin + 1500ms);
  EXPECT_EQ(points[0].succeeded, 1U);
  EXPECT_EQ(points[0].failed, 1U);
  EXPECT_EQ(points[1].succeeded, 1U);
  EXPECT_EQ(points[99].succeeded, 2U);
  const auto all = std::accumulate(points.begin(), points.end(), std::uint64_t{0},
                                   [](auto sum, const SuccessPoint& point) { return sum + point.succeeded; });
  EXPECT_EQ(all, 4U);
}

TEST(Recorder, MakesSpansOfWholeSecondsHoweverShortTheRun) {
  Scenario scenario;
  scenario.phases = {{"only", 2500ms, {}, {}}};
  Recorder recorder{scenario};
  recorder.begin_phase(0, kBegin);
  ASSERT_EQ(recorder.success_over_time().size(), 3U);
  EXPECT_EQ(recorder.success_over_time()[2].at, kBegin + 2500ms);
  EXPECT_EQ(Recorder{Scenario{}}.success_over_time().size(), 1U);
}

TEST(Recorder, CountsWhatHappensBeforeTheFirstPhaseInTheWholeRunAlone) {
  Recorder recorder{two_phases()};
  recorder.started(Kind::kProvide);
  recorder.add("dials.total", 3);
  recorder.begin_phase(0, kBegin);
  recorder.ended(outcome(Kind::kProvide, kBegin - 1s, 2s));
  EXPECT_EQ(recorder.figures().at("provide.succeeded"), 1);
  EXPECT_EQ(recorder.figures().at("dials.total"), 3);
  EXPECT_TRUE(recorder.figures(0).empty());
}

}  // namespace
}  // namespace pond::sim
