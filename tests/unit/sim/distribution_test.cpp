#include "pond/sim/distribution.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace pond::sim {
namespace {

constexpr std::size_t kDraws = 100'000;

std::vector<Duration> draws(const DurationSpec& spec, std::size_t count = kDraws) {
  SeededRng rng{42};
  std::vector<Duration> all(count);
  std::ranges::generate(all, [&] { return draw(spec, rng); });
  return all;
}

/// The value that `percent` of all are at most, in seconds.
double quantile_s(std::vector<Duration> all, double percent) {
  std::ranges::sort(all);
  return static_cast<double>(all[static_cast<std::size_t>(percent / 100 * static_cast<double>(all.size()))].count()) /
         1e9;
}

TEST(Distribution, FixedIsFixedAndDrawsNothing) {
  SeededRng rng{1};
  SeededRng untouched{1};
  EXPECT_EQ(draw({.kind = DurationSpec::Kind::kFixed, .median = 7s}, rng), 7s);
  EXPECT_EQ(rng.next_u64(), untouched.next_u64());
}

TEST(Distribution, ExponentialHasItsMedianAndTail) {
  const auto all = draws({.kind = DurationSpec::Kind::kExponential, .median = 1800s});
  EXPECT_NEAR(quantile_s(all, 50), 1800, 30);
  EXPECT_NEAR(quantile_s(all, 75), 3600, 60);     // half of those left, each further median
  EXPECT_NEAR(quantile_s(all, 99), 11'959, 350);  // 1800 * log2(100)
}

TEST(Distribution, WeibullHasItsMedianAndTail) {
  const auto all = draws({.kind = DurationSpec::Kind::kWeibull, .median = 1800s, .shape = 0.5});
  EXPECT_NEAR(quantile_s(all, 50), 1800, 60);
  EXPECT_NEAR(quantile_s(all, 75), 7200, 250);     // 1800 * 2^(1 / 0.5)
  EXPECT_NEAR(quantile_s(all, 99), 79'453, 4000);  // 1800 * log2(100)^2
  EXPECT_NEAR(quantile_s(all, 10), 41.6, 4);       // 1800 * log2(1 / 0.9)^2
}

TEST(Distribution, TraceIsDrawnFromEvenly) {
  const auto all = draws({.kind = DurationSpec::Kind::kTrace, .trace = {1s, 5s, 60s}});
  for (const Duration one : {1s, 5s, 60s}) {
    EXPECT_NEAR(static_cast<double>(std::ranges::count(all, one)), kDraws / 3.0, 700);
  }
}

TEST(Distribution, NothingIsShorterThanAMicrosecondOrLongerThanTenYears) {
  SeededRng rng{1};
  EXPECT_EQ(draw({.kind = DurationSpec::Kind::kFixed, .median = 0s}, rng), 1us);
  const auto all = draws({.kind = DurationSpec::Kind::kWeibull, .median = 240h, .shape = 0.05});
  EXPECT_EQ(std::ranges::min(all), 1us);
  EXPECT_EQ(std::ranges::max(all), 87'600h);
  for (const Duration one : all) {
    ASSERT_EQ(one % 1us, 0ns);
  }
}

// The same on every compiler, and with and without optimisation: sessions decide everything that follows.
TEST(Distribution, RepeatsToTheMicrosecond) {
  EXPECT_EQ(draws({.kind = DurationSpec::Kind::kExponential, .median = 1800s}, 4),
            (std::vector<Duration>{227'456'447us, 1'237'120'103us, 2'959'293'453us, 6'715'928'103us}));
  EXPECT_EQ(draws({.kind = DurationSpec::Kind::kWeibull, .median = 1800s, .shape = 0.5}, 4),
            (std::vector<Duration>{28'742'464us, 850'258'971us, 4'865'232'078us, 25'057'605'717us}));
}

TEST(Distribution, IntervalsMakeTheirRate) {
  SeededRng rng{3};
  Duration sum{};
  for (std::size_t i = 0; i < kDraws; ++i) {
    sum += draw_interval(250, rng);
  }
  EXPECT_NEAR(static_cast<double>(sum.count()) / 1e9, kDraws / 250.0, 5);
}

}  // namespace
}  // namespace pond::sim
