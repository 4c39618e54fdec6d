#include <algorithm>

#include <gtest/gtest.h>

#include "unit/store/fixture.hpp"

namespace pond::store::testing {
namespace {

/// `count` keys, nearest to the node first.
std::vector<std::string> keys_by_distance(std::size_t count, std::string_view prefix = "/eth/") {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < count; ++i) {
    keys.push_back(std::string{prefix} + std::to_string(i));
  }
  std::sort(keys.begin(), keys.end(),
            [](const std::string& a, const std::string& b) { return distance_from_own(a) < distance_from_own(b); });
  return keys;
}

void expect_refused(const Result<Outcome>& outcome) {
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::kLimit);
}

constexpr Limits kThreeRecords{.max_records = 3, .max_share_of_one_sender = 2.0};

TEST(StoreCapacity, AFullStoreGivesUpWhatIsFarthest) {
  Harness h{kThreeRecords};
  const auto keys = keys_by_distance(4);
  for (const std::size_t i : {1U, 3U, 2U, 0U}) {
    ASSERT_TRUE(h.put(keys[i], record("value", peer(1))));
  }
  EXPECT_FALSE(h.get(keys[3]).authentic);
  EXPECT_TRUE(h.get(keys[0]).authentic);
  EXPECT_TRUE(h.get(keys[2]).authentic);
  EXPECT_EQ(h.counters().evicted, 1U);
  EXPECT_EQ(h.counters().records, 3U);
}

TEST(StoreCapacity, SaysWhichAuthenticRecordsHadToGo) {
  Harness h{kThreeRecords};
  const auto keys = keys_by_distance(5);
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_TRUE(std::get<Done>(*h.put(keys[i], record("value", peer(1)))).evicted.empty());
  }
  ASSERT_TRUE(h.put(keys[4], unsigned_record("hearsay", peer(2))));
  EXPECT_TRUE(std::get<Done>(*h.put(keys[3], record("value", peer(1)))).evicted.empty()) << "hearsay went";
  EXPECT_TRUE(std::get<Done>(*h.put(keys[3], record("newer", peer(1)))).evicted.empty()) << "it was renewed";
  EXPECT_EQ(std::get<Done>(*h.put(keys[0], record("value", peer(1)))).evicted,
            std::vector{wire::Key::of(as_bytes(keys[3]))});
}

TEST(StoreCapacity, ANewcomerThatIsFarthestIsRefused) {
  Harness h{kThreeRecords};
  const auto keys = keys_by_distance(4);
  for (const std::size_t i : {1U, 2U, 0U}) {
    ASSERT_TRUE(h.put(keys[i], record("value", peer(1))));
  }
  expect_refused(h.put(keys[3], record("value", peer(1))));
  EXPECT_EQ(h.counters().records, 3U);
  EXPECT_EQ(h.counters().evicted, 0U);
  EXPECT_EQ(h.counters().refused_records_full, 1U);
  EXPECT_EQ(h.counters().refused_by_quota, 1U);
}

TEST(StoreCapacity, TheFarthestMayStillBeRenewedWhenFull) {
  Harness h{kThreeRecords};
  const auto keys = keys_by_distance(3);
  for (const auto& key : keys) {
    ASSERT_TRUE(h.put(key, record("value", peer(1))));
  }
  EXPECT_TRUE(h.put(keys[2], record("newer", peer(2))));
  EXPECT_EQ(as_text(h.get(keys[2]).authentic->value), "newer");
}

TEST(StoreCapacity, TheExpiredGoBeforeTheFarthest) {
  Harness h{kThreeRecords};
  const auto keys = keys_by_distance(4);
  ASSERT_TRUE(h.put(keys[0], record("expires", peer(1), 1h)));
  ASSERT_TRUE(h.put(keys[1], record("stays", peer(1), 3h)));
  ASSERT_TRUE(h.put(keys[2], record("stays", peer(1), 3h)));
  EXPECT_TRUE(h.put(keys[3], record("newcomer", peer(1), 3h), kNow + 2h));
  EXPECT_TRUE(h.get(keys[2], kNow + 2h).authentic);
  EXPECT_EQ(h.counters().evicted, 0U);
  EXPECT_EQ(h.counters().expired, 1U);
}

TEST(StoreCapacity, OurOwnRecordsAreEvictedLikeAnyOther) {
  Harness h{Limits{.max_records = 1, .max_share_of_one_sender = 2.0}};
  const auto keys = keys_by_distance(2);
  ASSERT_TRUE(h.put(keys[1], record("own", kOwn)));
  EXPECT_TRUE(h.put(keys[0], record("nearer", peer(1))));
  EXPECT_FALSE(h.get(keys[1]).authentic);
}

TEST(StoreCapacity, UnsignedRecordsOfASlotGoBeforeItsAuthenticOne) {
  Harness h{kThreeRecords};
  const auto keys = keys_by_distance(2);
  ASSERT_TRUE(h.put(keys[1], record("signed", peer(1))));
  ASSERT_TRUE(h.put(keys[1], unsigned_record("older", peer(2))));
  ASSERT_TRUE(h.put(keys[1], unsigned_record("newer", peer(3))));
  ASSERT_TRUE(h.put(keys[0], record("nearer", peer(1))));
  const Records left = h.get(keys[1]);
  EXPECT_TRUE(left.authentic);
  ASSERT_EQ(left.unsigned_records.size(), 1U);
  EXPECT_EQ(as_text(left.unsigned_records[0].value), "newer");
}

TEST(StoreCapacity, BytesAreABoundToo) {
  Harness h{Limits{.max_record_bytes = 10'000, .max_share_of_one_sender = 2.0}};
  const std::string big(4'000, 'x');
  const auto keys = keys_by_distance(3);
  ASSERT_TRUE(h.put(keys[2], record(big, peer(1))));
  ASSERT_TRUE(h.put(keys[1], record(big, peer(1))));
  ASSERT_TRUE(h.put(keys[0], record(big, peer(1))));
  EXPECT_FALSE(h.get(keys[2]).authentic);
  EXPECT_LE(h.counters().record_bytes, 10'000U);
}

TEST(StoreCapacity, OneLargeNewcomerMayPushOutSeveralSmallOnes) {
  Harness h{Limits{.max_record_bytes = 10'000, .max_share_of_one_sender = 2.0}};
  const auto keys = keys_by_distance(20);
  for (std::size_t i = 1; i < 20; ++i) {
    (void)h.put(keys[i], record("small", peer(1)));
  }
  const std::uint64_t before = h.counters().records;
  ASSERT_TRUE(h.put(keys[0], record(std::string(5'000, 'x'), peer(1))));
  EXPECT_LT(h.counters().records + 5, before);
  EXPECT_LE(h.counters().record_bytes, 10'000U);
  EXPECT_TRUE(h.get(keys[1]).authentic);
}

TEST(StoreCapacity, ARefusalEvictsNothing) {
  // Two far ones could go, but the third that would have to is nearer than the newcomer.
  Harness h{Limits{.max_record_bytes = 2'500, .max_share_of_one_sender = 2.0}};
  const auto keys = keys_by_distance(6);
  for (const std::size_t i : {0U, 1U, 2U, 4U, 5U}) {
    ASSERT_TRUE(h.put(keys[i], record("x", peer(1))));
  }
  expect_refused(h.put(keys[3], record(std::string(1'400, 'x'), peer(1))));
  EXPECT_EQ(h.counters().records, 5U);
  EXPECT_EQ(h.counters().evicted, 0U);
}

TEST(StoreCapacity, AValueThatNeverFitsIsRefused) {
  Harness h{Limits{.max_record_bytes = 2'000, .max_share_of_one_sender = 2.0}};
  ASSERT_TRUE(h.put("/eth/0x1", record("small", peer(1))));
  expect_refused(h.put("/eth/0x2", record(std::string(3'000, 'x'), kOwn)));
  EXPECT_EQ(h.counters().records, 1U);
}

// One sender.

constexpr Limits kTenPercent{.max_records = 20, .max_share_of_one_sender = 0.1, .max_test_records_of_one_sender = 1};

TEST(StoreSenderQuota, AShareOfTheRecordsIsTheMost) {
  Harness h{kTenPercent};
  ASSERT_TRUE(h.put("/eth/1", record("value", peer(1))));
  ASSERT_TRUE(h.put("/eth/2", record("value", peer(1))));
  expect_refused(h.put("/eth/3", record("value", peer(1))));
  EXPECT_TRUE(h.put("/eth/3", record("value", peer(2))));
  EXPECT_EQ(h.counters().refused_sender_share, 1U);
}

TEST(StoreSenderQuota, AShareOfTheBytesIsTheMost) {
  Harness h{Limits{.max_record_bytes = 100'000, .max_share_of_one_sender = 0.05}};
  ASSERT_TRUE(h.put("/eth/1", record(std::string(3'000, 'x'), peer(1))));
  expect_refused(h.put("/eth/2", record(std::string(3'000, 'x'), peer(1))));
  EXPECT_TRUE(h.put("/eth/2", record(std::string(3'000, 'x'), peer(2))));
}

TEST(StoreSenderQuota, OurOwnRecordsAreExempt) {
  Harness h{kTenPercent};
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(h.put("/eth/" + std::to_string(i), record("value", kOwn)));
    EXPECT_TRUE(h.put("/test/" + std::to_string(i), record("value", kOwn)));
  }
}

TEST(StoreSenderQuota, RenewalIsNotASecondRecord) {
  Harness h{kTenPercent};
  ASSERT_TRUE(h.put("/eth/1", record("value", peer(1))));
  ASSERT_TRUE(h.put("/eth/2", record("value", peer(1))));
  EXPECT_TRUE(h.put("/eth/1", record("newer", peer(1))));
}

TEST(StoreSenderQuota, ARecordThatAnotherSenderReplacedCountsForTheOther) {
  Harness h{kTenPercent};
  ASSERT_TRUE(h.put("/eth/1", record("value", peer(1))));
  ASSERT_TRUE(h.put("/eth/2", record("value", peer(1))));
  ASSERT_TRUE(h.put("/eth/1", record("newer", peer(2))));
  EXPECT_TRUE(h.put("/eth/3", record("value", peer(1))));
}

TEST(StoreSenderQuota, ARefusedReplacementLeavesWhatStood) {
  Harness h{kTenPercent};
  ASSERT_TRUE(h.put("/eth/0", record("stands", peer(2))));
  ASSERT_TRUE(h.put("/eth/1", record("value", peer(1))));
  ASSERT_TRUE(h.put("/eth/2", record("value", peer(1))));
  expect_refused(h.put("/eth/0", record("newer", peer(1))));
  EXPECT_EQ(as_text(h.get("/eth/0").authentic->value), "stands");
}

TEST(StoreSenderQuota, WhatHasExpiredCountsNoMore) {
  Harness h{kTenPercent};
  ASSERT_TRUE(h.put("/eth/1", record("value", peer(1), 1h)));
  ASSERT_TRUE(h.put("/eth/2", record("value", peer(1), 1h)));
  EXPECT_TRUE(h.put("/eth/3", record("value", peer(1), 3h), kNow + 1h));
}

TEST(StoreSenderQuota, RemovalGivesTheShareBack) {
  Harness h{kTenPercent};
  ASSERT_TRUE(h.put("/eth/1", record("value", peer(1))));
  ASSERT_TRUE(h.put("/eth/2", record("value", peer(1))));
  ASSERT_TRUE(h.run(RemoveRecords{to_bytes("/eth/1")}, kNow));
  EXPECT_TRUE(h.put("/eth/3", record("value", peer(1))));
}

TEST(StoreSenderQuota, TestRecordsHaveANarrowerBound) {
  Harness h;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(h.put("/test/" + std::to_string(i), record("{}", peer(1))));
  }
  expect_refused(h.put("/test/4", record("{}", peer(1))));
  EXPECT_TRUE(h.put("/test/0", record("{ }", peer(1))));
  EXPECT_TRUE(h.put("/eth/4", record("{}", peer(1))));
  EXPECT_TRUE(h.put("/test/4", record("{}", peer(2))));
  EXPECT_EQ(h.counters().refused_test_records, 1U);
}

TEST(StoreSenderQuota, OnlyKeysUnderTestAreTestRecords) {
  Harness h{Limits{.max_test_records_of_one_sender = 0}};
  EXPECT_TRUE(h.put("/tests/1", record("{}", peer(1))));
  EXPECT_TRUE(h.put("/test", record("{}", peer(1))));
  expect_refused(h.put("/test/", record("{}", peer(1))));
}

}  // namespace
}  // namespace pond::store::testing
