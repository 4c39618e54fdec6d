#include "pond/sim/figures.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "operation_figures.hpp"

namespace pond::sim {

namespace {

struct Measured {
  std::string_view name;
  std::string_view unit;
  std::string_view what;
};

/// What the world tells by `Recorder::set`, `add` and `raise`.
constexpr std::array<Measured, 25> kMeasured = {{
    {"messages.total", "", "messages that were sent"},
    {"messages.lost", "", "messages that never arrived"},
    {"messages.per_node_minute", "", "messages that a node sent in a minute, on average"},
    {"messages.per_node.max", "", "messages that the busiest node took"},
    {"dials.total", "", "connections that were attempted"},
    {"dials.failed", "", "connections that were attempted in vain"},
    {"events.total", "", "events of the simulation"},
    {"nodes.up", "", "nodes that were there at the end"},
    {"connections.max", "", "open connections of the node that had most of them"},
    {"queue.max", "", "requests that waited at the node where most did"},
    {"violations", "", "broken invariants: a record that does not verify, a table or a queue that is wrong"},
    {"table.size.mean", "", "peers in a routing table, on average"},
    {"table.dead_share", "share", "share of the routing tables' entries whose peer is away"},
    {"table.agreement.mean", "share", "share of the truly closest 20 peers that a node's table knows, on average"},
    {"table.agreement.min", "share", "the same of the node that knows fewest"},
    {"store.records.total", "", "records and providers stored on all nodes"},
    {"store.records.max", "", "records and providers stored on the node that has most"},
    {"store.bytes.total", "bytes", "octets stored on all nodes"},
    {"store.bytes.max", "bytes", "octets stored on the node that has most"},
    {"bootstrap.requests_per_s.mean", "per s", "requests that a bootstrap node took, on average"},
    {"bootstrap.requests_per_s.max", "per s", "requests that the busiest bootstrap node took"},
    {"bootstrap.connections.max", "", "open connections of the bootstrap node that had most of them"},
    {"bootstrap.refused", "", "connections that bootstrap nodes turned away at their limit"},
    {"memory.bytes_per_node", "bytes", "memory of the process for each node; differs between machines"},
    {"memory.total_mib", "MiB", "memory of the process; differs between machines"},
}};

std::vector<FigureInfo> make_figures() {
  std::vector<FigureInfo> figures;
  for (const LoadSpec::Kind kind : kOperationKinds) {
    const std::string name{operation_name(kind)};
    for (const Counted& counted : counted_of_operations()) {
      figures.push_back(
          {name + "." + std::string{counted.name}, std::string{counted.unit}, name + ": " + std::string{counted.what}});
    }
    for (const Sampled& sampled : sampled_of_operations()) {
      if (std::ranges::find(sampled.kinds, kind) == sampled.kinds.end()) {
        continue;
      }
      for (const Statistic& statistic : sampled.statistics) {
        figures.push_back({name + "." + std::string{sampled.name} + "." + std::string{statistic.name},
                           std::string{sampled.unit},
                           name + ": " + std::string{sampled.what} + ", " + std::string{statistic.name}});
      }
    }
  }
  for (const Measured& measured : kMeasured) {
    figures.push_back({std::string{measured.name}, std::string{measured.unit}, std::string{measured.what}});
  }
  return figures;
}

/// How many characters must be put in, taken out or replaced to make the one of the other.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

// No figure's name is nearly as long; a name from a file may be.
constexpr std::size_t kLongestCompared = 128;

}  // namespace

std::span<const FigureInfo> known_figures() {
  static const std::vector<FigureInfo> figures = make_figures();
  return figures;
}

const FigureInfo* find_figure(std::string_view name) {
  const std::span<const FigureInfo> figures = known_figures();
  const auto found = std::ranges::find(figures, name, &FigureInfo::name);
  return found == figures.end() ? nullptr : &*found;
}

std::string_view nearest_figure(std::string_view name) {
  const std::string_view compared = name.substr(0, kLongestCompared);
  return std::ranges::min_element(known_figures(), {},
                                  [compared](const FigureInfo& figure) { return edit_distance(compared, figure.name); })
      ->name;
}

}  // namespace pond::sim
