#include "pond/sim/latency.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pond::sim {
namespace {

constexpr std::size_t kRegions = 11;

// Shares after crawls of public libp2p networks, roughly: two of five nodes in North America, about as many in Europe.
constexpr std::array<Region, kRegions> kWorld{{
    {"us-east", 24},
    {"us-west", 16},
    {"sa-east", 3},
    {"eu-west", 17},
    {"eu-central", 19},
    {"middle-east", 2},
    {"africa-south", 1},
    {"ap-south", 4},
    {"ap-southeast", 5},
    {"ap-northeast", 7},
    {"oceania", 2},
}};

// Median round trips in milliseconds between public cloud regions, as monitoring sites publish them, rounded. Within a
// region: between cities of it, since its nodes are not all in one data centre. The lower half; the upper is its
// mirror.
constexpr std::array<std::array<std::uint16_t, kRegions>, kRegions> kRoundTrip_ms{{
    {12},
    {65, 12},
    {115, 175, 15},
    {70, 130, 180, 10},
    {92, 148, 205, 26, 10},
    {180, 235, 295, 100, 90, 15},
    {225, 280, 340, 160, 155, 200, 15},
    {195, 225, 305, 125, 115, 38, 270, 20},
    {220, 170, 330, 180, 160, 95, 310, 60, 20},
    {160, 105, 260, 205, 225, 160, 365, 125, 70, 8},
    {200, 140, 310, 255, 250, 185, 400, 150, 93, 110, 12},
}};

// How far a node is from its region's middle: a data centre has little, a home's line the most.
constexpr std::uint64_t kAccessMin_us = 1'000;
constexpr std::uint64_t kAccessMax_us = 15'000;

std::uint8_t draw_region(Rng& rng) {
  std::uint64_t percent = rng.below(100);
  std::size_t region = 0;
  for (; region + 1 < kRegions && percent >= kWorld[region].share_percent; ++region) {
    percent -= kWorld[region].share_percent;
  }
  return static_cast<std::uint8_t>(region);
}

/// SplitMix64's last steps: every bit of the result hangs on every bit of `x`.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

}  // namespace

std::span<const Region> world_regions() {
  return kWorld;
}

std::chrono::milliseconds world_round_trip(std::size_t a, std::size_t b) {
  return std::chrono::milliseconds{kRoundTrip_ms[std::max(a, b)][std::min(a, b)]};
}

LatencyModel::LatencyModel(const LatencySpec& spec, std::size_t nodes, Rng& rng) : spec_(spec), salt_(rng.next_u64()) {
  if (spec.kind == LatencySpec::Kind::kUniform) {
    return;
  }
  places_.resize(nodes);
  for (Place& place : places_) {
    place.region = draw_region(rng);
    place.access_us = static_cast<std::uint16_t>(kAccessMin_us + rng.below(kAccessMax_us - kAccessMin_us + 1));
  }
}

Duration LatencyModel::one_way(std::uint32_t from, std::uint32_t to) const {
  if (spec_.kind == LatencySpec::Kind::kWorld) {
    const Place& a = places_[from];
    const Place& b = places_[to];
    return Duration{world_round_trip(a.region, b.region)} / 2 + std::chrono::microseconds{a.access_us} +
           std::chrono::microseconds{b.access_us};
  }
  const auto [lower, upper] = std::minmax(from, to);
  const std::uint64_t hash = mix(salt_ ^ (std::uint64_t{upper} << 32 | lower));
  const auto width_us =
      static_cast<std::uint64_t>(std::max(Duration{}, spec_.round_trip_max - spec_.round_trip_min) / 1us);
  // The upper 32 bits choose one of the whole microseconds between the bounds, both included.
  const std::uint64_t steps = std::min<std::uint64_t>(width_us, 0xffff'ffffU) + 1;
  const auto step_us = static_cast<std::int64_t>(((hash >> 32) * steps) >> 32);
  return (spec_.round_trip_min + std::chrono::microseconds{step_us}) / 2;
}

std::size_t LatencyModel::region(std::uint32_t node) const {
  return places_.empty() ? 0 : places_[node].region;
}

}  // namespace pond::sim
