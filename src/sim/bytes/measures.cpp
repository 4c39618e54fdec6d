#include <algorithm>
#include <utility>

#include "impl.hpp"

namespace pond::sim {
namespace {

constexpr std::size_t kViolationsSaid = 20;  ///< in words

}  // namespace

void ByteWorld::Impl::violation(std::string what) {
  recorder.add("violations", 1);
  if (violations.size() < kViolationsSaid) {
    violations.push_back(std::to_string((now - started) / 1ms) + " ms: " + std::move(what));
  }
}

/// The checkers.
void ByteWorld::Impl::look_around() {
  for (NodeIndex index = 0; index < nodes.size(); ++index) {
    if (!acts(index)) {
      continue;
    }
    const node::Node& node = *nodes[index].life->node;
    const node::Status status = node.status(now);
    most_connections = std::max(most_connections, status.connections);
    if (std::ranges::find(bootstrap_nodes, index) != bootstrap_nodes.end()) {
      most_at_bootstrap = std::max(most_at_bootstrap, status.connections);
    }
    const swarm::Limits& limits = node.config().limits.swarm;
    if (status.connections > limits.max_connections || status.half_open > limits.max_half_open) {
      violation("node " + std::to_string(index) + " has more connections than its limit");
    }
    if (const auto due = node.next_deadline(); due && *due < now) {
      violation("node " + std::to_string(index) + " has a deadline that nobody saw to");
    }
  }
  if (const Workload::Overdue overdue = workload.overdue(now); overdue.count > 0) {
    violation(std::to_string(overdue.count) + " operations run past their deadline, one of them of node " +
              std::to_string(overdue.node));
  }
}

RequestCounts ByteWorld::Impl::counts_of(NodeIndex index) const {
  const WholeNode& node = nodes[index];
  RequestCounts counts = node.before;
  if (node.life) {
    for (const auto& [name, value] : node.life->node->counters()) {
      counts.taken += name.starts_with("kad.requests_in.") ? value : 0;
      counts.asked += name.starts_with("kad.requests_out.") ? value : 0;
      counts.refused += name == "swarm.refused_at_limit" ? value : 0;
    }
  }
  return counts;
}

/// The figures of the phase that ends.
void ByteWorld::Impl::measure() {
  const double seconds = std::max(std::chrono::duration<double>(now - phase_began).count(), 1e-9);
  counts_before.resize(nodes.size());
  std::uint64_t sent = 0;
  double bootstrap_rates = 0;
  std::uint64_t refused = 0;
  store::Counters held;
  std::size_t tables = 0;
  std::size_t entries = 0;
  for (NodeIndex index = 0; index < nodes.size(); ++index) {
    const WholeNode& node = nodes[index];
    const RequestCounts counts = counts_of(index);
    const RequestCounts before = std::exchange(counts_before[index], counts);
    sent += counts.asked - before.asked;
    recorder.raise("messages.per_node.max", static_cast<double>(counts.taken));
    if (std::ranges::find(bootstrap_nodes, index) != bootstrap_nodes.end()) {
      const double rate = static_cast<double>(counts.taken - before.taken) / seconds;
      bootstrap_rates += rate;
      refused += counts.refused - before.refused;
      recorder.raise("bootstrap.requests_per_s.max", rate);
    }
    if (!node.life) {
      continue;
    }
    const node::Status status = node.life->node->status(now);
    tables += is_server(index) ? 1U : 0U;
    entries += is_server(index) ? status.table : 0;
    const store::Counters& store = node.store->counters();
    held.records += store.records;
    held.record_bytes += store.record_bytes + store.provider_bytes;
    recorder.raise("store.records.max", static_cast<double>(store.records));
    recorder.raise("store.bytes.max", static_cast<double>(store.record_bytes + store.provider_bytes));
  }
  recorder.add("messages.total", static_cast<double>(sent));
  const ByteNetCounters before = std::exchange(net_before, net.counters());
  recorder.add("dials.total", static_cast<double>(net_before.dials - before.dials));
  recorder.add("dials.failed", static_cast<double>(net_before.dials_failed - before.dials_failed));
  recorder.add("events.total", static_cast<double>(event_count - std::exchange(events_before, event_count)));
  recorder.add("violations", 0);
  recorder.set("nodes.up", static_cast<double>(up));
  messages += sent;
  if (up > 0) {
    const double minutes = static_cast<double>(up) * seconds / 60;
    recorder.set("messages.per_node_minute", static_cast<double>(sent) / minutes);
    node_minutes += minutes;
  }
  if (tables > 0) {
    recorder.set("table.size.mean", static_cast<double>(entries) / static_cast<double>(tables));
  }
  recorder.set("store.records.total", static_cast<double>(held.records));
  recorder.set("store.bytes.total", static_cast<double>(held.record_bytes));
  recorder.raise("connections.max", static_cast<double>(most_connections));
  if (!bootstrap_nodes.empty()) {
    recorder.raise("bootstrap.connections.max", static_cast<double>(most_at_bootstrap));
    recorder.set("bootstrap.requests_per_s.mean", bootstrap_rates / static_cast<double>(bootstrap_nodes.size()));
    recorder.add("bootstrap.refused", static_cast<double>(refused));
  }
}

}  // namespace pond::sim
