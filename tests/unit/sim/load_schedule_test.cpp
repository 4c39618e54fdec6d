#include "pond/sim/load_schedule.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace pond::sim {
namespace {

constexpr Instant kBegin{1h};
constexpr Instant kEnd = kBegin + 10min;

std::vector<LoadSchedule::Turn> turns(const LoadSpec& load, std::size_t members, Instant end = kEnd) {
  std::vector<LoadSchedule::Turn> all;
  for (LoadSchedule schedule{load, members, kBegin, end, 4}; schedule.next(); schedule.advance()) {
    all.push_back(*schedule.next());
  }
  return all;
}

TEST(LoadSchedule, ARateComesAtRandomMomentsOfRandomNodes) {
  const auto all = turns({.per_second = 100}, 50);
  EXPECT_NEAR(static_cast<double>(all.size()), 60'000, 1000);
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &LoadSchedule::Turn::at));
  EXPECT_GT(all.front().at, kBegin);
  EXPECT_LT(all.back().at, kEnd);
  std::vector<std::size_t> of_member(50);
  std::map<Duration, std::size_t> of_minute;
  for (const auto& turn : all) {
    ++of_member.at(turn.member);
    ++of_minute[(turn.at - kBegin) / 1min * 1min];
  }
  EXPECT_GT(std::ranges::min(of_member), 1000U);
  EXPECT_LT(std::ranges::max(of_member), 1400U);
  for (const auto& [minute, count] : of_minute) {
    EXPECT_NEAR(static_cast<double>(count), 6000, 350) << minute / 1min;
  }
}

TEST(LoadSchedule, UpkeepComesToEachNodeOnceAnInterval) {
  const auto all = turns({.kind = LoadSpec::Kind::kUpkeep, .every = 60s}, 200);
  EXPECT_EQ(all.size(), 2000U);
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &LoadSchedule::Turn::at));
  std::map<std::uint32_t, Instant> last;
  for (const auto& [at, member] : all) {
    if (const auto before = last.find(member); before != last.end()) {
      EXPECT_EQ(at - before->second, 60s);
    } else {
      EXPECT_LT(at, kBegin + 60s);
    }
    last[member] = at;
  }
  EXPECT_EQ(last.size(), 200U);
  // Spread over the interval: in each tenth of it about a tenth of them.
  const auto early = std::ranges::count_if(all, [](const auto& turn) { return turn.at < kBegin + 6s; });
  EXPECT_NEAR(static_cast<double>(early), 20, 15);
}

TEST(LoadSchedule, EndsWhereItIsTold) {
  EXPECT_EQ(turns({.kind = LoadSpec::Kind::kUpkeep, .every = 60s}, 10, kBegin + 60s).size(), 10U);
  EXPECT_LT(turns({.kind = LoadSpec::Kind::kUpkeep, .every = 60s}, 10, kBegin + 30s).size(), 10U);
  EXPECT_TRUE(turns({.per_second = 1000}, 10, kBegin).empty());
}

TEST(LoadSchedule, NobodyAndNeverGiveNothing) {
  EXPECT_TRUE(turns({.per_second = 100}, 0).empty());
  EXPECT_TRUE(turns({.per_second = 0}, 10).empty());
  EXPECT_TRUE(turns({.kind = LoadSpec::Kind::kUpkeep, .every = 60s}, 0).empty());
  EXPECT_TRUE(turns({.kind = LoadSpec::Kind::kUpkeep, .every = 0s}, 10).empty());
}

}  // namespace
}  // namespace pond::sim
