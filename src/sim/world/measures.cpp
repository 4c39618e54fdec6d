#include <algorithm>

#include "impl.hpp"

namespace pond::sim {
namespace {

constexpr std::size_t kNodesChecked = 20;     ///< at each look around
constexpr std::size_t kTablesMeasured = 200;  ///< against the truth, at the end of a phase
constexpr std::size_t kViolationsSaid = 20;   ///< in words

}  // namespace

void World::Impl::violation(std::string what) {
  recorder.add("violations", 1);
  if (violations.size() < kViolationsSaid) {
    violations.push_back(std::to_string((now - started) / 1ms) + " ms: " + std::move(what));
  }
}

/// The checkers: a sample of nodes, and what runs.
void World::Impl::look_around() {
  for (std::size_t i = 0; i < kNodesChecked; ++i) {
    check_node(static_cast<NodeIndex>(rng.below(nodes.size())));
  }
  check_operations();
  close_idle();
}

/// A node's invariants: its table's, and the bounds of its queues.
void World::Impl::check_node(NodeIndex index) {
  const SimNode& node = nodes[index];
  const auto wrong = [&](const char* what) { violation("node " + std::to_string(index) + ": " + what); };
  if (node.connections.size() > max_connections(index)) {
    wrong("more connections than its limit");
  }
  if (!node.life || !node.life->kad) {
    return;
  }
  const kad::Kad& kad = *node.life->kad;
  const kad::Load load = kad.load();
  longest_queue = std::max({longest_queue, load.operations, load.pending_requests, load.rpcs});
  if (load.operations > kad.config().max_operations || load.pending_requests > kad.config().max_pending_requests) {
    wrong("a queue is over its bound");
  }
  if (load.outputs > 0) {
    wrong("something that it said was not taken");
  }
  const wire::Key own = book.key(node.handle);
  std::vector<PeerHandle> seen;
  for (std::size_t bucket = 0; bucket < kad.table().bucket_count(); ++bucket) {
    if (kad.table().bucket_size(bucket) > kad.config().bucket_capacity) {
      wrong("a bucket is over its capacity");
    }
    for (const kad::TableEntry& entry : kad.table().bucket(bucket)) {
      if (own.common_prefix_bits(book.key(entry.peer())) != bucket) {
        wrong("a peer is in a bucket that is not its own");
      }
      seen.push_back(entry.peer());
    }
  }
  std::ranges::sort(seen);
  if (std::ranges::adjacent_find(seen) != seen.end()) {
    wrong("a peer is in its table twice");
  }
  if (seen.size() != kad.table_size()) {
    wrong("its table counts wrong");
  }
}

/// The figures of the phase that ends.
void World::Impl::measure() {
  const double seconds = std::chrono::duration<double>(now - phase_began).count();
  const std::uint64_t sent = messages - messages_before;
  recorder.add("messages.total", static_cast<double>(sent));
  recorder.add("messages.lost", static_cast<double>(messages_lost));
  recorder.add("dials.total", static_cast<double>(dials));
  recorder.add("dials.failed", static_cast<double>(dials_failed));
  recorder.add("events.total", static_cast<double>(event_count - events_before));
  recorder.set("nodes.up", static_cast<double>(up));
  if (const double minutes = static_cast<double>(up) * seconds / 60; minutes > 0) {
    recorder.set("messages.per_node_minute", static_cast<double>(sent) / minutes);
    node_minutes += minutes;
  }
  messages_before = messages;
  events_before = event_count;
  messages_lost = dials = dials_failed = 0;

  store::Counters all;
  for (const SimNode& node : nodes) {
    if (node.up && node.store) {
      const store::Counters& held = node.store->counters();
      all.records += held.records;
      all.record_bytes += held.record_bytes + held.provider_bytes;
      recorder.raise("store.records.max", static_cast<double>(held.records));
      recorder.raise("store.bytes.max", static_cast<double>(held.record_bytes + held.provider_bytes));
    }
    recorder.raise("messages.per_node.max", static_cast<double>(node.taken));
  }
  recorder.set("store.records.total", static_cast<double>(all.records));
  recorder.set("store.bytes.total", static_cast<double>(all.record_bytes));
  recorder.raise("connections.max", static_cast<double>(most_connections));
  recorder.raise("queue.max", static_cast<double>(longest_queue));
  recorder.add("violations", 0);
  measure_tables();
  measure_bootstrap(seconds);
}

/// A sample of servers against the truth: how much of a table is dead, and whether it knows its own neighbourhood.
void World::Impl::measure_tables() {
  double size = 0;
  double agreement = 0;
  double least = 1;
  std::size_t tables = 0;
  std::size_t dead = 0;
  std::size_t entries = 0;
  for (std::size_t i = 0; i < kTablesMeasured; ++i) {
    const auto index = static_cast<NodeIndex>(rng.below(nodes.size()));
    const SimNode& node = nodes[index];
    if (!node.life || !node.life->kad || !is_server(index)) {
      continue;
    }
    const kad::Kad& kad = *node.life->kad;
    const wire::Key own = book.key(node.handle);
    for (const PeerHandle peer : kad.table().peers()) {
      dead += node_of(peer) == kNobody || !nodes[node_of(peer)].up ? 1U : 0U;
      ++entries;
    }
    const std::vector<PeerHandle> truly = truth.closest(servers, own, kad::kAnswerPeers, [&](PeerHandle peer) {
      return peer != node.handle && findable(node_of(peer));
    });
    const std::vector<PeerHandle> known = kad.closest_in_table(own, kad::kAnswerPeers);
    const auto found =
        std::ranges::count_if(truly, [&](PeerHandle peer) { return std::ranges::find(known, peer) != known.end(); });
    const double share = truly.empty() ? 1.0 : static_cast<double>(found) / static_cast<double>(truly.size());
    size += static_cast<double>(kad.table_size());
    agreement += share;
    least = std::min(least, share);
    ++tables;
  }
  if (tables == 0) {
    return;
  }
  recorder.set("table.size.mean", size / static_cast<double>(tables));
  recorder.set("table.dead_share", entries == 0 ? 0 : static_cast<double>(dead) / static_cast<double>(entries));
  recorder.set("table.agreement.mean", agreement / static_cast<double>(tables));
  recorder.set("table.agreement.min", least);
}

void World::Impl::measure_bootstrap(double seconds) {
  double all = 0;
  taken_before.resize(bootstrap_nodes.size());
  for (std::size_t i = 0; i < bootstrap_nodes.size(); ++i) {
    const std::uint64_t taken = nodes[bootstrap_nodes[i]].taken;
    const double rate = static_cast<double>(taken - taken_before[i]) / std::max(seconds, 1e-9);
    taken_before[i] = taken;
    all += rate;
    recorder.raise("bootstrap.requests_per_s.max", rate);
  }
  if (!bootstrap_nodes.empty()) {
    recorder.set("bootstrap.requests_per_s.mean", all / static_cast<double>(bootstrap_nodes.size()));
    recorder.raise("bootstrap.connections.max", static_cast<double>(most_at_bootstrap));
    recorder.add("bootstrap.refused", static_cast<double>(refused_at_bootstrap));
  }
  refused_at_bootstrap = 0;
}

}  // namespace pond::sim
