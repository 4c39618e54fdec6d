#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "pond/base/rng.hpp"
#include "pond/sim/recorder.hpp"
#include "pond/sim/report.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

/// A run that nobody simulated, with numbers that look like one: three phases, in the middle one of which much fails.
struct MadeUpRun {
  static constexpr Instant kBegin = Instant{} + 5s;

  static Scenario make_scenario() {
    Scenario scenario;
    scenario.name = "made-up";
    scenario.about = "Lookups and publishers in a network that falls apart and heals.";
    scenario.seed = 7;
    scenario.groups.push_back({.name = "bootstrap", .role = GroupSpec::Role::kBootstrap, .count = 4});
    scenario.groups.push_back({.name = "agents", .role = GroupSpec::Role::kAgent, .count = 9996});
    scenario.phases = {{"warm up", 5min, {}, {}}, {"partition", 10min, {}, {}}, {"healed", 15min, {}, {}}};
    scenario.checks = {{"closest.success", "healed", 0.99, {}},
                       {"closest.hops.p95", "", {}, 2},
                       {"find_providers.success", "", 0.9, {}},
                       {"violations", "", {}, 0}};
    return scenario;
  }

  explicit MadeUpRun(Scenario made = make_scenario(), int operations = 6000)
      : scenario(std::move(made)), recorder(scenario) {
    SeededRng rng{scenario.seed};
    Instant now = kBegin;
    for (std::size_t phase = 0; phase < scenario.phases.size(); ++phase) {
      recorder.begin_phase(phase, now);
      const Duration length = scenario.phases[phase].length;
      const bool bad = phase == 1;
      const int count = static_cast<int>(operations * (length / 1s) / (scenario.length() / 1s));
      for (int i = 0; i < count; ++i) {
        run_operation(rng, now + length * i / count, bad);
      }
      now += length;
      measure(phase);
    }
    recorder.end(now);
    // Few bootstrap nodes take most.
    std::vector<std::uint64_t> messages;
    for (std::size_t node = 0; node < scenario.nodes(); ++node) {
      messages.push_back(node < 4 ? 2'000'000 + rng.below(500'000) : 40 + rng.below(60) * rng.below(60));
    }
    recorder.set_messages_per_node(std::move(messages));
    summary.events = 12'345'678;
    summary.simulated = now - kBegin;
    summary.event_hash = 0x0123456789abcdef;
  }

  Scenario scenario;
  Recorder recorder;
  RunSummary summary;

 private:
  void run_operation(Rng& rng, Instant at, bool bad) {
    OperationOutcome outcome;
    outcome.kind = static_cast<LoadSpec::Kind>(rng.below(4));
    outcome.started = at;
    outcome.succeeded = rng.below(100) < (bad ? 70U : 99U);
    const std::uint64_t hops = 1 + rng.below(2) + rng.below(2) + rng.below(2);
    Duration took{};
    for (std::uint64_t hop = 0; hop <= hops; ++hop) {
      // One draw a statement: compilers differ in which operand of a sum they evaluate first.
      took += 40ms + 1ms * static_cast<int>(rng.below(200));
      took += rng.below(20) == 0 ? Duration{5s} : Duration{};
    }
    outcome.ended = at + took;
    outcome.hops = hops;
    outcome.messages = 18 + rng.below(30);
    switch (outcome.kind) {
      case LoadSpec::Kind::kClosest:
        outcome.overlap = static_cast<double>(20 - rng.below(bad ? 8 : 2)) / 20;
        break;
      case LoadSpec::Kind::kFind:
        outcome.staleness = 1ms * static_cast<int>(rng.below(60'000));
        break;
      default:
        outcome.holders = 20 - rng.below(3);
    }
    recorder.started(outcome.kind);
    recorder.ended(outcome);
  }

  void measure(std::size_t phase) {
    recorder.add("messages.total", 1'234'567);
    recorder.add("messages.lost", 12);
    recorder.set("messages.per_node_minute", 24.69 + static_cast<double>(phase));
    recorder.set("nodes.up", 10'000);
    recorder.set("table.size.mean", 162.25);
    recorder.set("table.dead_share", phase == 1 ? 0.31 : 0.002);
    recorder.set("table.agreement.mean", 0.99997);
    recorder.raise("store.bytes.max", 3.5 * 1024 * 1024);
    recorder.raise("queue.max", 42);
    recorder.add("violations", 0);
    recorder.set("bootstrap.requests_per_s.mean", 812.375);
  }
};

}  // namespace pond::sim
