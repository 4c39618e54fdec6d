#include <algorithm>
#include <array>
#include <cstdio>

#include "pond/sim/scenario_file.hpp"

namespace pond::sim {
namespace {

// Measured with bench/sim, rounded up. At message level a server of 100,000 has some 260 table entries.
constexpr std::uint64_t kMessageNodeBytes = 5 * 1024;  ///< without its table, with connections
constexpr std::uint64_t kTableEntryBytes = 16;
constexpr std::uint64_t kWholeNodeBytes = 1536 * 1024;  ///< of 300 nodes, all connected with all
constexpr std::uint64_t kRecordBytes = 600;             ///< a record or a provider, held by one node
constexpr std::uint64_t kHolders = 20;
constexpr std::uint64_t kFixedBytes = 64ULL * 1024 * 1024;

std::uint64_t bucket_capacity(const GroupSpec& group) {
  return group.bucket_capacity.value_or(group.role == GroupSpec::Role::kBootstrap ? 200 : 20);
}

/// Bucket i has room for those among which one in 2^(i+1) falls: about capacity * log2(servers / capacity) in all.
std::uint64_t table_entries(std::uint64_t servers, std::uint64_t capacity) {
  std::uint64_t entries = 0;
  for (std::uint64_t in_bucket = servers / 2; in_bucket > 0; in_bucket /= 2) {
    entries += std::min(in_bucket, capacity);
  }
  return entries;
}

/// Records and providers that the loads leave behind. Upkeep writes the same two again and again.
std::uint64_t records(const Scenario& scenario, std::uint64_t servers) {
  double made = 0;
  for (const PhaseSpec& phase : scenario.phases) {
    for (const LoadSpec& load : phase.loads) {
      if (load.kind == LoadSpec::Kind::kPublish || load.kind == LoadSpec::Kind::kProvide) {
        made += load.per_second * std::chrono::duration<double>(phase.length).count();
      }
    }
  }
  for (const GroupSpec& group : scenario.groups) {
    const bool keeps_up = std::ranges::any_of(scenario.phases, [&group](const PhaseSpec& phase) {
      return std::ranges::any_of(phase.loads, [&group](const LoadSpec& load) {
        return load.kind == LoadSpec::Kind::kUpkeep && load.group == group.name;
      });
    });
    made += keeps_up ? 2.0 * static_cast<double>(group.count) : 0;
  }
  return static_cast<std::uint64_t>(made) * std::min(servers, kHolders);
}

std::string gib(std::uint64_t bytes) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f GiB", static_cast<double>(bytes) / (1024.0 * 1024 * 1024));
  return text.data();
}

}  // namespace

std::uint64_t estimated_bytes(const Scenario& scenario) {
  std::uint64_t servers = 0;
  for (const GroupSpec& group : scenario.groups) {
    servers += group.role == GroupSpec::Role::kAgent ? 0 : group.count;
  }
  std::uint64_t bytes = kFixedBytes + records(scenario, servers) * kRecordBytes;
  for (const GroupSpec& group : scenario.groups) {
    const std::uint64_t node_bytes = scenario.depth == Depth::kBytes ? kWholeNodeBytes : kMessageNodeBytes;
    bytes += group.count * (node_bytes + table_entries(servers, bucket_capacity(group)) * kTableEntryBytes);
  }
  return bytes;
}

ScenarioResult<void> fits_in_memory(const Scenario& scenario, std::uint64_t free_bytes) {
  const std::uint64_t needed = estimated_bytes(scenario);
  if (needed > free_bytes) {
    return std::unexpected(ScenarioError{"scenario " + scenario.name + " with " + std::to_string(scenario.nodes()) +
                                         " nodes needs about " + gib(needed) + ", this machine has " + gib(free_bytes) +
                                         " free"});
  }
  return {};
}

}  // namespace pond::sim
