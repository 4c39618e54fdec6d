#include "pond/sim/latency.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace pond::sim {
namespace {

TEST(World, HasSharesOfAHundredPercentAndSymmetricRoundTrips) {
  unsigned sum = 0;
  const auto regions = world_regions();
  for (std::size_t a = 0; a < regions.size(); ++a) {
    sum += regions[a].share_percent;
    for (std::size_t b = 0; b < regions.size(); ++b) {
      EXPECT_EQ(world_round_trip(a, b), world_round_trip(b, a));
      EXPECT_GT(world_round_trip(a, b), 0ms);
      EXPECT_TRUE(a == b || world_round_trip(a, b) > world_round_trip(a, a));
    }
  }
  EXPECT_EQ(sum, 100U);
}

TEST(World, IsNotCrossedFasterThanByOneDetour) {
  // Measured round trips break the triangle rule, but not by much: a slip of the table would.
  const std::size_t n = world_regions().size();
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) {
      for (std::size_t via = 0; via < n; ++via) {
        EXPECT_LE(world_round_trip(a, b), 1.35 * (world_round_trip(a, via) + world_round_trip(via, b)))
            << world_regions()[a].name << " " << world_regions()[b].name << " " << world_regions()[via].name;
      }
    }
  }
}

TEST(LatencyModel, PutsNodesIntoRegionsByTheirShares) {
  SeededRng rng{5};
  const LatencyModel model{{}, 50'000, rng};
  std::vector<std::size_t> count(world_regions().size());
  for (std::uint32_t node = 0; node < 50'000; ++node) {
    ++count[model.region(node)];
  }
  for (std::size_t region = 0; region < count.size(); ++region) {
    EXPECT_NEAR(static_cast<double>(count[region]), world_regions()[region].share_percent * 500.0, 450);
  }
}

TEST(LatencyModel, InTheWorldIsTheRegionsDistanceAndTheAccessOfBoth) {
  SeededRng rng{5};
  const LatencyModel model{{}, 300, rng};
  std::vector<Duration> all;
  for (std::uint32_t a = 0; a < 300; ++a) {
    for (std::uint32_t b = 0; b < 300; ++b) {
      const Duration between = Duration{world_round_trip(model.region(a), model.region(b))} / 2;
      all.push_back(model.one_way(a, b));
      ASSERT_EQ(all.back(), model.one_way(b, a));
      ASSERT_GE(all.back(), between + 2ms);
      ASSERT_LE(all.back(), between + 30ms);
    }
  }
  std::ranges::sort(all);
  EXPECT_GT(all[all.size() / 2], 40ms);
  EXPECT_LT(all[all.size() / 2], 80ms);
}

RC_GTEST_PROP(LatencyModel, UniformIsSymmetricAndWithinItsBounds,
              (std::uint64_t seed, std::uint32_t a, std::uint32_t b, std::uint16_t least, std::uint16_t more)) {
  SeededRng rng{seed};
  const LatencySpec spec{
      .kind = LatencySpec::Kind::kUniform, .round_trip_min = 2us * least, .round_trip_max = 2us * least + 2us * more};
  const LatencyModel model{spec, 0, rng};
  const Duration time = model.one_way(a, b);
  RC_ASSERT(time == model.one_way(b, a));
  RC_ASSERT(2 * time >= spec.round_trip_min);
  RC_ASSERT(2 * time <= spec.round_trip_max);
}

TEST(LatencyModel, UniformFillsItsBoundsEvenly) {
  SeededRng rng{5};
  const LatencyModel model{{.kind = LatencySpec::Kind::kUniform}, 1000, rng};
  std::vector<Duration> all;
  for (std::uint32_t a = 0; a < 300; ++a) {
    for (std::uint32_t b = 0; b < a; ++b) {
      all.push_back(2 * model.one_way(a, b));
    }
  }
  std::ranges::sort(all);
  EXPECT_LT(all.front(), 100'010us);
  EXPECT_NEAR(static_cast<double>(all[all.size() / 4].count()), 105e6, 0.3e6);
  EXPECT_NEAR(static_cast<double>(all[all.size() / 2].count()), 110e6, 0.3e6);
  EXPECT_GT(all.back(), 119'990us);
}

TEST(LatencyModel, DiffersFromSeedToSeed) {
  SeededRng one{1};
  SeededRng two{2};
  const LatencySpec uniform{.kind = LatencySpec::Kind::kUniform};
  EXPECT_NE((LatencyModel{uniform, 10, one}.one_way(1, 2)), (LatencyModel{uniform, 10, two}.one_way(1, 2)));
  EXPECT_NE((LatencyModel{{}, 10, one}.one_way(1, 2)), (LatencyModel{{}, 10, two}.one_way(1, 2)));
}

TEST(LatencyModel, RepeatsToTheNanosecond) {
  SeededRng rng{9};
  const LatencyModel world{{}, 4, rng};
  const LatencyModel uniform{{.kind = LatencySpec::Kind::kUniform}, 4, rng};
  EXPECT_EQ(world.one_way(0, 3), 126'728us);
  EXPECT_EQ(uniform.one_way(0, 3), 57'062us);
}

}  // namespace
}  // namespace pond::sim
