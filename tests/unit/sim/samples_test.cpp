#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/sim/recorder.hpp"

namespace pond::sim {
namespace {

Samples samples_of(const std::vector<int>& values) {
  Samples samples;
  for (const int value : values) {
    samples.add(value);
  }
  return samples;
}

TEST(Samples, AnswerNoNumberWhenThereAreNone) {
  const Samples none;
  EXPECT_EQ(none.count(), 0U);
  EXPECT_TRUE(std::isnan(none.mean()));
  EXPECT_TRUE(std::isnan(none.max()));
  EXPECT_TRUE(std::isnan(none.percentile(50)));
  EXPECT_TRUE(none.sorted().empty());
}

TEST(Samples, GiveTheNearestRank) {
  const Samples samples = samples_of({50, 15, 40, 20, 35});
  EXPECT_EQ(samples.percentile(0), 15);
  EXPECT_EQ(samples.percentile(5), 15);
  EXPECT_EQ(samples.percentile(30), 20);
  EXPECT_EQ(samples.percentile(40), 20);
  EXPECT_EQ(samples.percentile(50), 35);
  EXPECT_EQ(samples.percentile(100), 50);
  EXPECT_EQ(samples.max(), 50);
  EXPECT_EQ(samples.mean(), 32);
}

// 5 % and 95 % of 20 and of 100 are ranks without a remainder, which 0.95 as a double would miss.
TEST(Samples, HitWholeRanksExactly) {
  for (const int count : {20, 100, 1000}) {
    Samples samples;
    for (int value = 1; value <= count; ++value) {
      samples.add(value);
    }
    for (int p = 5; p <= 100; p += 5) {
      EXPECT_EQ(samples.percentile(p), p * count / 100) << p << " % of " << count;
    }
  }
}

TEST(Samples, ClampPercentilesOutOfRange) {
  const Samples samples = samples_of({1, 2, 3});
  EXPECT_EQ(samples.percentile(-1), 1);
  EXPECT_EQ(samples.percentile(101), 3);
  EXPECT_EQ(samples.percentile(std::numeric_limits<double>::quiet_NaN()), 1);
}

TEST(Samples, PassOverWhatIsNotANumber) {
  Samples samples = samples_of({2, 1});
  samples.add(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(samples.count(), 2U);
  EXPECT_EQ(samples.max(), 2);
}

TEST(Samples, TakeMoreAfterTheyWereAsked) {
  Samples samples = samples_of({3, 1});
  EXPECT_EQ(samples.max(), 3);
  samples.add(9);
  samples.add(0);
  EXPECT_EQ(samples.percentile(0), 0);
  EXPECT_EQ(samples.max(), 9);
  EXPECT_EQ(samples.mean(), 3.25);
}

// Brute force: the least value that is not below at least p percent of all values.
RC_GTEST_PROP(Samples, PercentileIsTheLeastValueThatCoversItsShare, (const std::vector<std::int16_t>& values)) {
  RC_PRE(!values.empty());
  const int p = *rc::gen::inRange(1, 101);
  Samples samples;
  for (const std::int16_t value : values) {
    samples.add(value);
  }
  int expected = std::numeric_limits<int>::max();
  for (const int candidate : values) {
    const auto covered = std::ranges::count_if(values, [&](int value) { return value <= candidate; });
    if (covered * 100 >= p * static_cast<std::ptrdiff_t>(values.size())) {
      expected = std::min(expected, candidate);
    }
  }
  RC_ASSERT(samples.percentile(p) == expected);
}

RC_GTEST_PROP(Samples, AnswersDoNotDependOnTheOrderOrOnWhatWasAskedBefore, (std::vector<double> values)) {
  Samples samples;
  for (const double value : values) {
    samples.add(value);
  }
  std::ranges::reverse(values);
  Samples reversed;
  for (const double value : values) {
    reversed.add(value);
    static_cast<void>(reversed.max());
  }
  RC_ASSERT(samples.sorted() == reversed.sorted());
  RC_ASSERT(values.empty() || samples.mean() == reversed.mean());
}

}  // namespace
}  // namespace pond::sim
