#include <gtest/gtest.h>

#include "unit/store/fixture.hpp"

namespace pond::store::testing {
namespace {

TEST(StoreRecords, AnUnknownKeyHasNone) {
  Harness h;
  const Records got = h.get("/eth/0x1");
  EXPECT_FALSE(got.authentic);
  EXPECT_TRUE(got.unsigned_records.empty());
}

TEST(StoreRecords, WhatWasPutIsGot) {
  Harness h;
  const Record stored = record("value", peer(1));
  ASSERT_TRUE(h.put("/eth/0x1", stored));
  EXPECT_EQ(h.get("/eth/0x1").authentic, stored);
}

TEST(StoreRecords, AnotherRecordUnderTheKeyReplacesTheFirst) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", record("old", peer(1))));
  const Record newer = record("new", peer(2));
  ASSERT_TRUE(h.put("/eth/0x1", newer));
  EXPECT_EQ(h.get("/eth/0x1").authentic, newer);
  EXPECT_EQ(h.counters().records, 1U);
}

TEST(StoreRecords, KeysDoNotMix) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", record("one", peer(1))));
  ASSERT_TRUE(h.put("/eth/0x2", record("two", peer(1))));
  EXPECT_EQ(as_text(h.get("/eth/0x1").authentic->value), "one");
  EXPECT_EQ(as_text(h.get("/eth/0x2").authentic->value), "two");
}

TEST(StoreRecords, RemoveTakesAllThatLiesUnderTheKey) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", record("signed", peer(1))));
  ASSERT_TRUE(h.put("/eth/0x1", unsigned_record("a", peer(2))));
  ASSERT_TRUE(h.put("/eth/0x1", unsigned_record("b", peer(3))));
  ASSERT_TRUE(h.put("/eth/0x2", record("other", peer(1))));
  ASSERT_TRUE(h.run(RemoveRecords{to_bytes("/eth/0x1")}, kNow));
  EXPECT_FALSE(h.get("/eth/0x1").authentic);
  EXPECT_TRUE(h.get("/eth/0x1").unsigned_records.empty());
  EXPECT_EQ(h.counters().records, 1U);
}

TEST(StoreRecords, RemovingAnUnknownKeyIsDone) {
  Harness h;
  const auto outcome = h.run(RemoveRecords{to_bytes("/eth/0x1")}, kNow);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(std::holds_alternative<Done>(*outcome));
}

TEST(StoreRecords, IsGoneAtTheMomentItExpiresEvenUnswept) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", record("value", peer(1), 1h)));
  EXPECT_TRUE(h.get("/eth/0x1", kNow + 1h - 1ms).authentic);
  EXPECT_FALSE(h.get("/eth/0x1", kNow + 1h).authentic);
}

TEST(StoreRecords, SweepDropsWhatHasExpiredAndCountsIt) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", record("short", peer(1), 1h)));
  ASSERT_TRUE(h.put("/eth/0x2", record("long", peer(1), 2h)));
  h.store.sweep(kNow + 1h);
  EXPECT_EQ(h.counters().records, 1U);
  EXPECT_EQ(h.counters().expired, 1U);
  EXPECT_TRUE(h.get("/eth/0x2", kNow + 1h).authentic);
}

TEST(StoreRecords, OneSweepIsBounded) {
  Harness h{Limits{.max_share_of_one_sender = 2.0}};
  const std::size_t count = MemoryStore::kMaxDropsPerSweep + 10;
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_TRUE(h.put("/eth/" + std::to_string(i), record("value", peer(1), 1h)));
  }
  h.store.sweep(kNow + 2h);
  EXPECT_EQ(h.counters().records, 10U);
  h.store.sweep(kNow + 2h);
  EXPECT_EQ(h.counters().records, 0U);
  EXPECT_EQ(h.counters().record_bytes, 0U);
}

TEST(StoreRecords, RenewalMovesTheExpiry) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", record("value", peer(1), 1h)));
  ASSERT_TRUE(h.put("/eth/0x1", record("value", peer(1), 3h)));
  h.store.sweep(kNow + 2h);
  EXPECT_TRUE(h.get("/eth/0x1", kNow + 2h).authentic);
}

TEST(StoreRecords, OneThatHasAlreadyExpiredIsRefusedAndHarmsNothing) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", record("stands", peer(1), 2h)));
  const auto late = h.put("/eth/0x1", record("late", peer(1), 1h), kNow + 1h);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::kInvalidArgument);
  EXPECT_EQ(as_text(h.get("/eth/0x1", kNow + 1h).authentic->value), "stands");
}

TEST(StoreRecords, BytesCountKeyValueAndBookkeeping) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", record("", peer(1))));
  const std::uint64_t least = h.counters().record_bytes;
  EXPECT_GT(least, 300U);
  ASSERT_TRUE(h.put("/eth/0x22", record("12345", peer(1))));
  EXPECT_EQ(h.counters().record_bytes, 2 * least + 1 + 5);
}

TEST(StoreRecords, ReplacingASmallValueByALargeOneIsAccounted) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", record("12345", peer(1))));
  const std::uint64_t before = h.counters().record_bytes;
  ASSERT_TRUE(h.put("/eth/0x1", record("1234567", peer(2))));
  EXPECT_EQ(h.counters().record_bytes, before + 2);
}

TEST(StoreRecords, CompletionsComeInTheOrderOfTheRequests) {
  MemoryStore store{Limits{}, kOwn};
  store.submit(7, PutRecord{to_bytes("/eth/0x1"), record("value", peer(1))}, kNow);
  store.submit(3, GetRecords{to_bytes("/eth/0x1")}, kNow);
  const auto first = store.poll();
  const auto second = store.poll();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->id, 7U);
  EXPECT_EQ(second->id, 3U);
  EXPECT_TRUE(std::get<Records>(*second->outcome).authentic);
  EXPECT_FALSE(store.poll());
}

// Unsigned records.

TEST(StoreUnsignedRecords, LieBesideTheAuthenticOne) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", record("signed", peer(1))));
  ASSERT_TRUE(h.put("/eth/0x1", unsigned_record("hearsay", peer(1))));
  const Records got = h.get("/eth/0x1");
  EXPECT_EQ(as_text(got.authentic->value), "signed");
  ASSERT_EQ(got.unsigned_records.size(), 1U);
  EXPECT_EQ(as_text(got.unsigned_records[0].value), "hearsay");
  EXPECT_FALSE(got.unsigned_records[0].authentic);
}

TEST(StoreUnsignedRecords, ComeNewestFirst) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", unsigned_record("a", peer(1))));
  ASSERT_TRUE(h.put("/eth/0x1", unsigned_record("b", peer(2))));
  ASSERT_TRUE(h.put("/eth/0x1", unsigned_record("a again", peer(1))));
  const Records got = h.get("/eth/0x1");
  ASSERT_EQ(got.unsigned_records.size(), 2U);
  EXPECT_EQ(as_text(got.unsigned_records[0].value), "a again");
  EXPECT_EQ(as_text(got.unsigned_records[1].value), "b");
}

TEST(StoreUnsignedRecords, AFifthOfAKeyDisplacesTheOldest) {
  Harness h;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    ASSERT_TRUE(h.put("/eth/0x1", unsigned_record("from " + std::to_string(i), peer(i))));
  }
  const Records got = h.get("/eth/0x1");
  ASSERT_EQ(got.unsigned_records.size(), 4U);
  EXPECT_EQ(as_text(got.unsigned_records.front().value), "from 5");
  EXPECT_EQ(as_text(got.unsigned_records.back().value), "from 2");
  EXPECT_EQ(h.counters().displaced_unsigned_of_key, 1U);
  EXPECT_EQ(h.counters().evicted, 1U);
}

TEST(StoreUnsignedRecords, ASenderHasOneInAll) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", unsigned_record("first", peer(1))));
  ASSERT_TRUE(h.put("/eth/0x2", unsigned_record("second", peer(1))));
  EXPECT_TRUE(h.get("/eth/0x1").unsigned_records.empty());
  EXPECT_EQ(h.get("/eth/0x2").unsigned_records.size(), 1U);
  EXPECT_EQ(h.counters().displaced_unsigned_of_sender, 1U);
}

TEST(StoreUnsignedRecords, OurOwnAreNotLimitedBySender) {
  Harness h;
  ASSERT_TRUE(h.put("/eth/0x1", unsigned_record("first", kOwn)));
  ASSERT_TRUE(h.put("/eth/0x2", unsigned_record("second", kOwn)));
  EXPECT_EQ(h.counters().records, 2U);
}

TEST(StoreUnsignedRecords, RenewingOneDisplacesNobody) {
  Harness h;
  for (std::uint64_t i = 1; i <= 4; ++i) {
    ASSERT_TRUE(h.put("/eth/0x1", unsigned_record("from " + std::to_string(i), peer(i))));
  }
  ASSERT_TRUE(h.put("/eth/0x1", unsigned_record("again", peer(1))));
  EXPECT_EQ(h.get("/eth/0x1").unsigned_records.size(), 4U);
  EXPECT_EQ(h.counters().evicted, 0U);
}

}  // namespace
}  // namespace pond::store::testing
