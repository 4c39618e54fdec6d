#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pond/sim/recorder.hpp"
#include "pond/sim/scenario.hpp"
#include "pond/sim/trace.hpp"
#include "pond/sim/world.hpp"

#include "world/impl.hpp"

namespace pond::sim {

/// A network of servers that have known each other for long, at equal distances, in one phase without any load.
inline Scenario settled_network(std::size_t servers, Duration length = 20s) {
  Scenario scenario;
  scenario.name = "test";
  scenario.tables_filled = true;
  scenario.network.latency = {.kind = LatencySpec::Kind::kUniform};
  scenario.groups.push_back({.name = "servers", .role = GroupSpec::Role::kServer, .count = servers});
  scenario.phases.push_back({.name = "first", .length = length, .loads = {}, .events = {}});
  return scenario;
}

/// One that begins with a bootstrap node, which everybody else joins by way of.
inline Scenario joining_network(std::size_t servers, Duration length = 20s) {
  Scenario scenario = settled_network(servers, length);
  scenario.tables_filled = false;
  scenario.groups.insert(scenario.groups.begin(),
                         {.name = "bootstrap", .role = GroupSpec::Role::kBootstrap, .count = 1});
  return scenario;
}

/// One that has known each other for long, with a bootstrap node for who comes back.
inline Scenario settled_network_with_bootstrap(std::size_t servers, Duration length = 20s) {
  Scenario scenario = joining_network(servers, length);
  scenario.tables_filled = true;
  return scenario;
}

/// Agents that may have as many connections as they like.
inline GroupSpec agents(std::string name, std::size_t count) {
  return {.name = std::move(name), .role = GroupSpec::Role::kAgent, .count = count, .max_connections = 1000};
}

inline LoadSpec load(LoadSpec::Kind kind, std::string group = "servers", double per_second = 5) {
  return {.kind = kind, .group = std::move(group), .per_second = per_second, .key = {}};
}

inline PhaseSpec phase(std::string name, Duration length, std::vector<LoadSpec> loads = {},
                       std::vector<EventSpec> events = {}) {
  return {.name = std::move(name), .length = length, .loads = std::move(loads), .events = std::move(events)};
}

/// A world and what is recorded of it, driven to its end or to a moment of it. Its insides are seen.
class SimWorld {
 public:
  explicit SimWorld(Scenario the_scenario, std::optional<std::uint64_t> traced = std::nullopt)
      : scenario_(std::move(the_scenario)),
        recorder_(scenario_),
        trace_(traced ? std::optional{OperationTrace{.operation = *traced}} : std::nullopt),
        world_(scenario_, recorder_, trace_ ? &*trace_ : nullptr) {}
  SimWorld(const SimWorld&) = delete;
  SimWorld& operator=(const SimWorld&) = delete;

  World::Impl* operator->() { return &world_; }
  World::Impl& operator*() { return world_; }

  SimWorld& run() {
    while (world_.step()) {
    }
    return *this;
  }
  SimWorld& run_until(Duration since_start) {
    while (!world_.ended && world_.queue.next_at() && *world_.queue.next_at() <= world_.started + since_start) {
      static_cast<void>(world_.step());
    }
    return *this;
  }

  /// The nodes of that range publish a record each, one after the other.
  SimWorld& publish_in_turn(NodeIndex first, NodeIndex last) {
    for (NodeIndex index = first; index < last; ++index) {
      world_.publish(index, world_.workload.account_of(index));
      world_.pump(index);
      run_until(world_.now - world_.started + 500ms);
    }
    return *this;
  }

  /// -1 when that figure was not seen.
  [[nodiscard]] double figure(std::string_view name, std::optional<std::size_t> phase = std::nullopt) const {
    const Figures figures = recorder_.figures(phase);
    const auto found = figures.find(name);
    return found != figures.end() ? found->second : -1;
  }
  [[nodiscard]] const Recorder& recorder() const { return recorder_; }
  [[nodiscard]] std::string trace() const { return trace_ ? trace_->trace.text() : std::string{}; }
  [[nodiscard]] const std::vector<std::string>& violations() const { return world_.violations; }

  /// The table of a node that is up.
  [[nodiscard]] std::vector<PeerHandle> table(NodeIndex index) const {
    return world_.nodes[index].life->kad->table().peers();
  }
  [[nodiscard]] bool in_table(NodeIndex of, NodeIndex whom) const {
    return world_.nodes[of].life->kad->in_table(world_.nodes[whom].handle);
  }
  /// In how many tables of nodes that are up it is.
  [[nodiscard]] std::size_t known_to(NodeIndex whom) const {
    std::size_t count = 0;
    for (NodeIndex index = 0; index < world_.nodes.size(); ++index) {
      const SimNode& node = world_.nodes[index];
      count += index != whom && node.life && node.life->kad && in_table(index, whom) ? 1U : 0U;
    }
    return count;
  }

 private:
  Scenario scenario_;
  Recorder recorder_;
  std::optional<OperationTrace> trace_;
  World::Impl world_;
};

}  // namespace pond::sim
