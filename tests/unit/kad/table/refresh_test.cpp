#include <algorithm>
#include <bit>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "pond/kad/table/refresh_target.hpp"
#include "pond/kad/table/routing_table.hpp"

#include "support/tiny_key.hpp"

namespace pond::kad {
namespace {

using peers::PeerBook;
using peers::PeerHandle;
using test::tiny_handle;
using test::tiny_key;

constexpr Instant kStart{1h};
constexpr unsigned kDeep = kMaxRefreshPrefix + 1;

/// The own key is all zeros. A peer whose first octet is zero is in a deep bucket.
class Refresh : public testing::Test {
 protected:
  PeerHandle insert(std::uint8_t first, std::size_t nth = 0, Instant now = kStart) {
    const PeerHandle inserted = tiny_handle(book, first, nth);
    EXPECT_EQ(table.verified(inserted, now), Insertion::kInserted);
    return inserted;
  }
  /// All buckets that want a lookup now, in that order.
  std::vector<unsigned> refresh_all(Instant now) {
    std::vector<unsigned> refreshed;
    while (const auto due = table.due_refresh(now)) {
      refreshed.push_back(*due);
      crypto::Digest target{};
      target[*due / 8] = static_cast<std::uint8_t>(0x80U >> (*due % 8));
      table.looked_up(wire::Key{target}, now);
      EXPECT_LE(refreshed.size(), 300U);
    }
    return refreshed;
  }

  PeerBook book;
  SeededRng rng{1};
  RoutingTable table{book, tiny_key(0)};
};

TEST_F(Refresh, ADeepBucketWithAPeerIsRefreshed) {
  const PeerHandle deep = insert(0x00);
  const unsigned bucket = table.info(deep)->bucket;
  ASSERT_GE(bucket, kDeep);
  const auto refreshed = refresh_all(kStart);
  EXPECT_EQ(refreshed.back(), bucket);
}

TEST_F(Refresh, EmptyDeepBucketsAreLeftOut) {
  const PeerHandle deep = insert(0x00, 3);
  const unsigned bucket = table.info(deep)->bucket;
  std::vector<unsigned> expected;
  for (unsigned i = 0; i <= kMaxRefreshPrefix; ++i) {
    expected.push_back(i);
  }
  expected.push_back(bucket);
  auto refreshed = refresh_all(kStart);
  std::ranges::sort(refreshed);
  EXPECT_EQ(refreshed, expected);
}

TEST_F(Refresh, ADeepBucketThatEmptiesIsLeftOutFromThenOn) {
  const PeerHandle deep = insert(0x00);
  insert(0x80);
  static_cast<void>(refresh_all(kStart));
  const unsigned bucket = table.info(deep)->bucket;
  ASSERT_EQ(table.remove(deep).fate, Removal::Fate::kRemoved);
  const auto refreshed = refresh_all(kStart + 1h);
  EXPECT_EQ(std::ranges::count(refreshed, bucket), 0);
  EXPECT_EQ(refreshed, std::vector<unsigned>{0});
}

TEST_F(Refresh, ADeepBucketThatFillsLaterIsDueAtOnceAndDoesNotWaitForTheOthers) {
  insert(0x80);
  static_cast<void>(refresh_all(kStart));
  const PeerHandle deep = insert(0x00, 0, kStart + 1min);
  const auto refreshed = refresh_all(kStart + 1min);
  EXPECT_EQ(std::ranges::count(refreshed, table.info(deep)->bucket), 1);
}

TEST_F(Refresh, APeerOfADeepBucketIsInItsRange) {
  insert(0x80);
  const PeerHandle one = insert(0x00, 0);
  const unsigned bucket = table.info(one)->bucket;
  for (int i = 0; i < 10; ++i) {
    const PeerHandle any = table.any_of(bucket, rng);
    EXPECT_EQ(table.own().common_prefix_bits(book.key(any)), bucket);
  }
}

TEST_F(Refresh, AnyOfABucketIsEachOfItsPeersInTurn) {
  std::set<PeerHandle> there;
  for (std::uint8_t first = 0x80; first < 0x88; ++first) {
    there.insert(insert(first));
  }
  std::set<PeerHandle> chosen;
  for (int i = 0; i < 200; ++i) {
    chosen.insert(table.any_of(0, rng));
  }
  EXPECT_EQ(chosen, there);
}

TEST_F(Refresh, NextRefreshIsThatOfTheBucketThatIsDueFirst) {
  insert(0x20);
  table.looked_up(tiny_key(0x80), kStart + 5s);
  table.looked_up(tiny_key(0x40), kStart + 3s);
  table.looked_up(tiny_key(0x20), kStart + 9s);
  EXPECT_EQ(table.next_refresh(), kStart + 10min + 3s);
  EXPECT_EQ(table.due_refresh(kStart + 10min + 3s), 1U);
  EXPECT_FALSE(table.due_refresh(kStart + 10min + 2s));
}

TEST_F(Refresh, SpreadOutEachBucketIsDueAtAMomentOfTheNextInterval) {
  insert(0x00);
  insert(0x80);
  table.spread_refreshes(kStart, rng);
  std::set<Instant> moments;
  std::size_t refreshes = 0;
  for (Instant now = kStart; now < kStart + 10min; now += 1s) {
    const std::size_t due = refresh_all(now).size();
    refreshes += due;
    if (due > 0) {
      moments.insert(now);
    }
  }
  EXPECT_EQ(refreshes, kMaxRefreshPrefix + 2U) << "each bucket once";
  EXPECT_GE(moments.size(), kMaxRefreshPrefix / 2U) << "not all together";
}

TEST_F(Refresh, SpreadingMovesTheNextRefresh) {
  insert(0x80);
  EXPECT_EQ(table.next_refresh(), kStart);
  table.spread_refreshes(kStart + 1h, rng);
  EXPECT_GE(*table.next_refresh(), kStart + 1h);
  EXPECT_LT(*table.next_refresh(), kStart + 1h + 10min);
}

TEST_F(Refresh, SpreadingAnEmptyTableIsNothing) {
  table.spread_refreshes(kStart, rng);
  EXPECT_FALSE(table.next_refresh());
}

}  // namespace
}  // namespace pond::kad
