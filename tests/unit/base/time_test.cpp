#include "pond/base/time.hpp"

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

}  // namespace
}  // namespace pond
