#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "unit/store/fixture.hpp"

namespace pond::store::testing {
namespace {

TEST(NextExpiry, IsNoneWhileNothingIsHeld) {
  const Harness h;
  EXPECT_FALSE(h.store.next_expiry());
}

TEST(NextExpiry, IsThatOfTheRecordThatExpiresFirst) {
  Harness h;
  ASSERT_TRUE(h.put("a", record("v", peer(1), 3h)));
  EXPECT_EQ(h.store.next_expiry(), kNow + 3h);
  ASSERT_TRUE(h.put("b", record("v", peer(1), 1h)));
  EXPECT_EQ(h.store.next_expiry(), kNow + 1h);
  ASSERT_TRUE(h.put("c", record("v", peer(1), 2h)));
  EXPECT_EQ(h.store.next_expiry(), kNow + 1h);
}

TEST(NextExpiry, IsThatOfTheProviderThatExpiresFirst) {
  Harness h;
  ASSERT_TRUE(h.add("a", provider(peer(1), 48h)));
  ASSERT_TRUE(h.add("a", provider(peer(2), 24h)));
  EXPECT_EQ(h.store.next_expiry(), kNow + 24h);
}

TEST(NextExpiry, IsTheSoonerOfRecordsAndProviders) {
  Harness record_first;
  ASSERT_TRUE(record_first.put("a", record("v", peer(1), 1h)));
  ASSERT_TRUE(record_first.add("a", provider(peer(1), 48h)));
  EXPECT_EQ(record_first.store.next_expiry(), kNow + 1h);
  Harness provider_first;
  ASSERT_TRUE(provider_first.put("a", record("v", peer(1), 48h)));
  ASSERT_TRUE(provider_first.add("a", provider(peer(1), 1h)));
  EXPECT_EQ(provider_first.store.next_expiry(), kNow + 1h);
}

TEST(NextExpiry, MovesWhenARecordIsReplaced) {
  Harness h;
  ASSERT_TRUE(h.put("a", record("v", peer(1), 1h)));
  ASSERT_TRUE(h.put("a", record("w", peer(1), 5h)));
  EXPECT_EQ(h.store.next_expiry(), kNow + 5h);
}

TEST(NextExpiry, MovesWhenAProviderRenews) {
  Harness h;
  ASSERT_TRUE(h.add("a", provider(peer(1), 1h)));
  ASSERT_TRUE(h.add("a", provider(peer(1), 5h)));
  EXPECT_EQ(h.store.next_expiry(), kNow + 5h);
}

TEST(NextExpiry, IsNoneAfterTheLastWasRemoved) {
  Harness h;
  ASSERT_TRUE(h.put("a", record("v", peer(1), 1h)));
  ASSERT_TRUE(h.run(RemoveRecords{to_bytes("a")}, kNow));
  EXPECT_FALSE(h.store.next_expiry());
}

TEST(NextExpiry, IsNoneAfterASweepOfAllThatExpired) {
  Harness h;
  ASSERT_TRUE(h.put("a", record("v", peer(1), 1h)));
  ASSERT_TRUE(h.add("a", provider(peer(1), 1h)));
  h.store.sweep(kNow + 1h - 1ms);
  EXPECT_EQ(h.store.next_expiry(), kNow + 1h);
  h.store.sweep(kNow + 1h);
  EXPECT_FALSE(h.store.next_expiry());
}

/// Whatever happens: a sweep before that moment drops nothing, and one at it drops something.
RC_GTEST_PROP(NextExpiry, IsWhenASweepHasTheNextThingToDrop, ()) {
  Harness h;
  WallTime now = kNow;
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, std::uint8_t, std::uint8_t>>>(rc::gen::tuple(
      rc::gen::inRange(0, 4), rc::gen::inRange<std::uint8_t>(0, 4), rc::gen::inRange<std::uint8_t>(1, 9)));
  for (const auto& [action, number, hours] : steps) {
    const std::string key(1, static_cast<char>('a' + number));
    now = now + 10min;
    if (action == 0) {
      (void)h.put(key, record("v", peer(number), hours * 1h, now), now);
    } else if (action == 1) {
      (void)h.add(key, provider(peer(hours), hours * 1h, now), now);
    } else if (action == 2) {
      (void)h.run(RemoveRecords{to_bytes(key)}, now);
    } else if (const auto expiry = h.store.next_expiry()) {
      const std::uint64_t expired = h.counters().expired;
      h.store.sweep(*expiry - 1ms);
      RC_ASSERT(h.counters().expired == expired);
      h.store.sweep(*expiry);
      RC_ASSERT(h.counters().expired > expired);
      now = std::max(now, *expiry);
    }
    RC_ASSERT(h.store.next_expiry().has_value() == (h.counters().records + h.counters().provider_records > 0));
  }
}

}  // namespace
}  // namespace pond::store::testing
