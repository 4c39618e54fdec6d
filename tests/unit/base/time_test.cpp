#include "pond/base/time.hpp"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace pond {
namespace {

constexpr WallTime kWall{1'763'800'000'000};

TEST(WallTime, MovesByDurations) {
  EXPECT_EQ((kWall + 2s).ms, kWall.ms + 2000);
  EXPECT_EQ((kWall - 10min).ms, kWall.ms - 600'000);
}

TEST(WallTime, CountsWholeMilliseconds) {
  EXPECT_EQ(kWall + 999us, kWall);
  EXPECT_EQ(kWall - 999us, kWall);
}

TEST(WallTime, DifferenceIsInMilliseconds) {
  EXPECT_EQ((kWall + 90s) - kWall, 90s);
  EXPECT_EQ(kWall - (kWall + 1ms), -1ms);
}

TEST(WallTime, IsOrdered) {
  EXPECT_LT(kWall, kWall + 1ms);
  EXPECT_EQ(kWall, WallTime{kWall.ms});
}

TEST(WallAnchor, DatesInstantsBeforeAndAfterIt) {
  const Instant at{5h};
  const WallAnchor anchor{at, kWall};
  EXPECT_EQ(anchor.wall(at), kWall);
  EXPECT_EQ(anchor.wall(at + 3s), kWall + 3s);
  EXPECT_EQ(anchor.wall(at - 3s), kWall - 3s);
}

TEST(WallAnchor, FindsTheInstantOfATime) {
  const Instant at{5h};
  const WallAnchor anchor{at, kWall};
  EXPECT_EQ(anchor.instant(kWall), at);
  EXPECT_EQ(anchor.instant(kWall + 3s), at + 3s);
  EXPECT_EQ(anchor.instant(kWall - 3s), at - 3s);
}

TEST(WallAnchor, FindsTheFirstInstantOfATime) {
  const WallAnchor anchor{Instant{5h}, kWall};
  const WallTime time = kWall + 1234ms;
  EXPECT_EQ(anchor.wall(anchor.instant(time)), time);
  EXPECT_LT(anchor.wall(anchor.instant(time) - 1ns), time);
}

TEST(WallAnchor, ClampsTimesThatNoInstantCouldHold) {
  constexpr Duration kCentury = 24h * 365 * 100;
  const Instant at{5h};
  const WallAnchor anchor{at, kWall};
  EXPECT_EQ(anchor.instant(WallTime{kWall.ms + std::int64_t{1} * 24 * 3600 * 1000 * 365 * 99}), at + 24h * 365 * 99);
  EXPECT_EQ(anchor.instant(WallTime{std::int64_t{1} << 61}), at + kCentury);
  EXPECT_EQ(anchor.instant(WallTime{-(std::int64_t{1} << 61)}), at - kCentury);
}

TEST(WallAnchor, ClampsTheGreatestAndTheLeastTime) {
  constexpr Duration kCentury = 24h * 365 * 100;
  const WallAnchor anchor{Instant{}, WallTime{0}};
  EXPECT_EQ(anchor.instant(WallTime{std::numeric_limits<std::int64_t>::max()}), Instant{} + kCentury);
  EXPECT_EQ(anchor.instant(WallTime{std::numeric_limits<std::int64_t>::min()}), Instant{} - kCentury);
}

}  // namespace
}  // namespace pond
