#include "pond/sim/figures.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <gmock/gmock.h>

#include "pond/sim/recorder.hpp"

namespace pond::sim {
namespace {

Figures everything_of_operations() {
  Scenario scenario;
  scenario.phases = {{"only", 10s, {}, {}}};
  Recorder recorder{scenario};
  recorder.begin_phase(0, Instant{});
  for (std::size_t kind = 0; kind < kLoadKinds; ++kind) {
    OperationOutcome outcome;
    outcome.kind = static_cast<LoadSpec::Kind>(kind);
    outcome.succeeded = true;
    outcome.overlap = 1;
    outcome.holders = 20;
    outcome.staleness = 1s;
    recorder.started(outcome.kind);
    recorder.ended(outcome);
  }
  recorder.end(Instant{} + 10s);
  return recorder.figures();
}

TEST(Figures, EachHasAnotherNameAndIsDescribed) {
  std::set<std::string> names;
  for (const FigureInfo& figure : known_figures()) {
    EXPECT_TRUE(names.insert(figure.name).second) << figure.name;
    EXPECT_FALSE(figure.what.empty()) << figure.name;
    EXPECT_THAT(figure.unit, testing::AnyOf("", "ms", "s", "bytes", "share", "per s", "MiB")) << figure.name;
  }
}

TEST(Figures, WhatARunYieldsIsKnown) {
  for (const auto& [name, value] : everything_of_operations()) {
    EXPECT_NE(find_figure(name), nullptr) << name;
  }
}

TEST(Figures, WhatIsKnownOfOperationsIsYielded) {
  const Figures yielded = everything_of_operations();
  std::size_t of_operations = 0;
  for (const FigureInfo& figure : known_figures()) {
    const std::string kind = figure.name.substr(0, figure.name.find('.'));
    if (std::set<std::string>{"closest", "publish", "find", "provide", "find_providers"}.contains(kind)) {
      EXPECT_TRUE(yielded.contains(figure.name)) << figure.name;
      ++of_operations;
    }
  }
  EXPECT_EQ(of_operations, yielded.size());
  EXPECT_EQ(of_operations, 5U * (4 + 6 + 4 + 4) + 3 + 3 + 3 + 4);
}

TEST(Figures, TheDocumentedOnesAreThere) {
  for (const char* name : {"closest.started",
                           "closest.overlap.p5",
                           "publish.holders.min",
                           "provide.holders.mean",
                           "find.staleness_s.p95",
                           "find_providers.latency_ms.p99",
                           "find.hops.max",
                           "messages.total",
                           "messages.lost",
                           "messages.per_node_minute",
                           "messages.per_node.max",
                           "dials.total",
                           "dials.failed",
                           "events.total",
                           "nodes.up",
                           "table.size.mean",
                           "table.dead_share",
                           "table.agreement.mean",
                           "table.agreement.min",
                           "store.records.total",
                           "store.records.max",
                           "store.bytes.total",
                           "store.bytes.max",
                           "connections.max",
                           "queue.max",
                           "violations",
                           "bootstrap.requests_per_s.mean",
                           "bootstrap.requests_per_s.max",
                           "bootstrap.connections.max",
                           "bootstrap.refused",
                           "memory.bytes_per_node",
                           "memory.total_mib"}) {
    const FigureInfo* figure = find_figure(name);
    ASSERT_NE(figure, nullptr) << name;
    EXPECT_EQ(figure->name, name);
  }
}

TEST(Figures, UnknownNamesAreNotFound) {
  EXPECT_EQ(find_figure(""), nullptr);
  EXPECT_EQ(find_figure("closest"), nullptr);
  EXPECT_EQ(find_figure("closest.overlap.p99"), nullptr);
  EXPECT_EQ(find_figure("find.overlap.mean"), nullptr);
}

TEST(Figures, AMisspeltNameHasTheOneThatLooksMostLikeIt) {
  EXPECT_EQ(nearest_figure("closest.succes"), "closest.success");
  EXPECT_EQ(nearest_figure("closest.latency.p95"), "closest.latency_ms.p95");
  EXPECT_EQ(nearest_figure("vialations"), "violations");
  EXPECT_EQ(nearest_figure("table.dead-share"), "table.dead_share");
  EXPECT_EQ(nearest_figure("message.total"), "messages.total");
  EXPECT_EQ(nearest_figure("queue.max"), "queue.max");
}

TEST(Figures, AnyTextHasSomeNearestName) {
  EXPECT_NE(find_figure(nearest_figure("")), nullptr);
  EXPECT_NE(find_figure(nearest_figure(std::string(1'000'000, 'x'))), nullptr);
}

}  // namespace
}  // namespace pond::sim
