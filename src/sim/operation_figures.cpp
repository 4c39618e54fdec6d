#include "operation_figures.hpp"

namespace pond::sim {

namespace {

using Kind = LoadSpec::Kind;

constexpr std::array<Statistic, 6> kOfLatency = {
    {{"mean", std::nullopt}, {"p50", 50}, {"p90", 90}, {"p95", 95}, {"p99", 99}, {"max", 100}}};
constexpr std::array<Statistic, 4> kOfCost = {{{"mean", std::nullopt}, {"p50", 50}, {"p95", 95}, {"max", 100}}};
// Of what should be much, the few that are worst off are of interest.
constexpr std::array<Statistic, 3> kOfQuality = {{{"mean", std::nullopt}, {"p5", 5}, {"min", 0}}};

constexpr std::array kLookups = {Kind::kClosest};
constexpr std::array kWrites = {Kind::kPublish, Kind::kProvide};
constexpr std::array kReads = {Kind::kFind};

constexpr std::array<Sampled, 6> kSampled = {{
    {"latency_ms", "ms", "time until it succeeded", &OperationSamples::latency_ms, kOfLatency, kOperationKinds},
    {"hops", "", "hops: the longest chain of answers behind what it ended with", &OperationSamples::hops, kOfCost,
     kOperationKinds},
    {"messages", "", "requests that it sent", &OperationSamples::messages, kOfCost, kOperationKinds},
    {"overlap", "share", "share of the truly closest 20 peers that it found", &OperationSamples::overlap, kOfQuality,
     kLookups},
    {"holders", "", "peers that took what it stored", &OperationSamples::holders, kOfQuality, kWrites},
    {"staleness_s", "s", "by how much what it read was older than the newest published", &OperationSamples::staleness_s,
     kOfCost, kReads},
}};

std::optional<double> count(std::uint64_t number) {
  return static_cast<double>(number);
}

std::optional<double> success(const OperationSamples& seen) {
  const std::uint64_t ended = seen.succeeded + seen.failed;
  if (ended == 0) {
    return std::nullopt;
  }
  return static_cast<double>(seen.succeeded) / static_cast<double>(ended);
}

constexpr std::array<Counted, 4> kCounted = {{
    {"started", "", "how many were started", [](const OperationSamples& seen) { return count(seen.started); }},
    {"succeeded", "", "how many succeeded", [](const OperationSamples& seen) { return count(seen.succeeded); }},
    {"failed", "", "how many failed", [](const OperationSamples& seen) { return count(seen.failed); }},
    {"success", "share", "share that succeeded of those that ended", success},
}};

}  // namespace

std::span<const Sampled> sampled_of_operations() {
  return kSampled;
}

std::span<const Counted> counted_of_operations() {
  return kCounted;
}

std::string_view operation_name(LoadSpec::Kind kind) {
  switch (kind) {
    case Kind::kClosest:
      return "closest";
    case Kind::kPublish:
      return "publish";
    case Kind::kFind:
      return "find";
    case Kind::kProvide:
      return "provide";
    case Kind::kFindProviders:
      return "find_providers";
    case Kind::kUpkeep:
      return "upkeep";
  }
  return "";
}

}  // namespace pond::sim
