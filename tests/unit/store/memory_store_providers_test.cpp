#include <algorithm>

#include <gtest/gtest.h>

#include "unit/store/fixture.hpp"

namespace pond::store::testing {
namespace {

wire::Distance distance_to(std::string_view key, const wire::PeerId& id) {
  return wire::Key::of(as_bytes(key)).distance_to(wire::Key::of(id));
}

/// `count` peers, nearest to `key` first.
std::vector<wire::PeerId> peers_by_distance(std::string_view key, std::size_t count) {
  std::vector<wire::PeerId> peers;
  for (std::size_t i = 1; i <= count; ++i) {
    peers.push_back(peer(i));
  }
  std::sort(peers.begin(), peers.end(),
            [&](const wire::PeerId& a, const wire::PeerId& b) { return distance_to(key, a) < distance_to(key, b); });
  return peers;
}

std::vector<wire::PeerId> ids(const std::vector<Provider>& providers) {
  std::vector<wire::PeerId> out;
  for (const Provider& p : providers) {
    out.push_back(p.id);
  }
  return out;
}

TEST(StoreProviders, AnUnknownKeyHasNone) {
  Harness h;
  EXPECT_TRUE(h.providers("key").empty());
}

TEST(StoreProviders, WhatWasAnnouncedIsFound) {
  Harness h;
  const Provider announced = provider(peer(1));
  ASSERT_TRUE(h.add("key", announced));
  EXPECT_EQ(h.providers("key"), std::vector{announced});
  EXPECT_EQ(h.counters().provider_records, 1U);
  EXPECT_EQ(h.counters().provider_keys, 1U);
}

TEST(StoreProviders, AreAnsweredNearestToTheKeyFirstWhateverTheOrderOfArrival) {
  const auto peers = peers_by_distance("key", 6);
  Harness h;
  for (const std::size_t i : {4U, 0U, 5U, 2U, 1U, 3U}) {
    ASSERT_TRUE(h.add("key", provider(peers[i])));
  }
  EXPECT_EQ(ids(h.providers("key")), peers);
}

TEST(StoreProviders, AgainIsARenewalOfExpiryAndAddresses) {
  Harness h;
  ASSERT_TRUE(h.add("key", provider(peer(1), 48h)));
  Provider again = provider(peer(1), 48h, kNow + 10h);
  again.addresses = {address(2), address(3)};
  ASSERT_TRUE(h.add("key", again, kNow + 10h));
  EXPECT_EQ(h.counters().provider_records, 1U);
  EXPECT_EQ(h.providers("key", kNow + 50h),
            (std::vector{Provider{again.id, {}, again.addresses_expire, again.expires}}));
  EXPECT_EQ(h.providers("key", kNow + 11h), std::vector{again});
}

TEST(StoreProviders, IsGoneAtTheMomentItExpires) {
  Harness h;
  ASSERT_TRUE(h.add("key", provider(peer(1), 48h)));
  EXPECT_EQ(h.providers("key", kNow + 48h - 1ms).size(), 1U);
  EXPECT_TRUE(h.providers("key", kNow + 48h).empty());
}

TEST(StoreProviders, AddressesExpireBeforeTheProvider) {
  Harness h;
  ASSERT_TRUE(h.add("key", provider(peer(1), 48h)));
  EXPECT_EQ(h.providers("key", kNow + 24h - 1ms)[0].addresses.size(), 1U);
  EXPECT_TRUE(h.providers("key", kNow + 24h)[0].addresses.empty());
}

TEST(StoreProviders, TheAddressesOfTheLastAnnouncementHoldForAllKeysOfThePeer) {
  Harness h;
  ASSERT_TRUE(h.add("one", provider(peer(1))));
  Provider moved = provider(peer(1));
  moved.addresses = {address(9)};
  ASSERT_TRUE(h.add("two", moved));
  EXPECT_EQ(h.providers("one")[0].addresses, moved.addresses);
}

TEST(StoreProviders, MoreAddressesThanTheLimitAreCutOff) {
  Harness h{Limits{.max_addresses_of_one_provider = 2}};
  Provider many = provider(peer(1));
  many.addresses = {address(1), address(2), address(3)};
  ASSERT_TRUE(h.add("key", many));
  EXPECT_EQ(h.providers("key")[0].addresses, (std::vector{address(1), address(2)}));
  EXPECT_EQ(h.counters().provider_addresses_cut, 1U);
}

TEST(StoreProviders, SweepDropsTheExpiredAndGivesTheMemoryBack) {
  Harness h;
  ASSERT_TRUE(h.add("one", provider(peer(1), 1h)));
  ASSERT_TRUE(h.add("two", provider(peer(1), 2h)));
  h.store.sweep(kNow + 1h);
  EXPECT_EQ(h.counters().provider_records, 1U);
  EXPECT_GT(h.counters().provider_bytes, 0U);
  h.store.sweep(kNow + 2h);
  EXPECT_EQ(h.counters().provider_records, 0U);
  EXPECT_EQ(h.counters().provider_keys, 0U);
  EXPECT_EQ(h.counters().provider_bytes, 0U);
  EXPECT_EQ(h.counters().expired, 2U);
}

TEST(StoreProviders, OneThatHasAlreadyExpiredIsRefused) {
  Harness h;
  const auto outcome = h.add("key", provider(peer(1), 1h), kNow + 1h);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::kInvalidArgument);
}

TEST(StoreProviders, RecordsAndProvidersOfAKeyAreApart) {
  Harness h;
  ASSERT_TRUE(h.put("key", record("value", peer(1))));
  ASSERT_TRUE(h.add("key", provider(peer(1))));
  ASSERT_TRUE(h.run(RemoveRecords{to_bytes("key")}, kNow));
  EXPECT_EQ(h.providers("key").size(), 1U);
}

// Bounds.

TEST(StoreProviderBounds, AFullKeyTakesANearerProviderForItsFarthest) {
  const auto peers = peers_by_distance("key", 4);
  Harness h{Limits{.max_providers_of_one_key = 3}};
  for (const std::size_t i : {1U, 2U, 3U}) {
    ASSERT_TRUE(h.add("key", provider(peers[i])));
  }
  ASSERT_TRUE(h.add("key", provider(peers[0])));
  EXPECT_EQ(ids(h.providers("key")), (std::vector{peers[0], peers[1], peers[2]}));
  EXPECT_EQ(h.counters().displaced_providers_of_key, 1U);
}

TEST(StoreProviderBounds, AFullKeyRefusesAFartherProvider) {
  const auto peers = peers_by_distance("key", 4);
  Harness h{Limits{.max_providers_of_one_key = 3}};
  for (const std::size_t i : {0U, 1U, 2U}) {
    ASSERT_TRUE(h.add("key", provider(peers[i])));
  }
  const auto outcome = h.add("key", provider(peers[3]));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::kLimit);
  EXPECT_EQ(h.counters().refused_providers_of_key, 1U);
  EXPECT_EQ(h.providers("key").size(), 3U);
}

TEST(StoreProviderBounds, AFullKeyRenewsThoseItHas) {
  const auto peers = peers_by_distance("key", 3);
  Harness h{Limits{.max_providers_of_one_key = 3}};
  for (const auto& id : peers) {
    ASSERT_TRUE(h.add("key", provider(id)));
  }
  EXPECT_TRUE(h.add("key", provider(peers[2], 48h, kNow + 1h), kNow + 1h));
  EXPECT_EQ(h.providers("key").size(), 3U);
}

TEST(StoreProviderBounds, AnExpiredProviderMakesRoomForAFartherOne) {
  const auto peers = peers_by_distance("key", 3);
  Harness h{Limits{.max_providers_of_one_key = 2}};
  ASSERT_TRUE(h.add("key", provider(peers[0], 1h)));
  ASSERT_TRUE(h.add("key", provider(peers[1], 9h)));
  ASSERT_TRUE(h.add("key", provider(peers[2], 9h), kNow + 1h));
  EXPECT_EQ(ids(h.providers("key", kNow + 1h)), (std::vector{peers[1], peers[2]}));
}

TEST(StoreProviderBounds, ByDefaultAKeyHas256) {
  Harness h;
  for (std::uint64_t i = 1; i <= 300; ++i) {
    (void)h.add("key", provider(peer(i)));
  }
  EXPECT_EQ(h.providers("key").size(), 256U);
}

TEST(StoreProviderBounds, OnePeerProvidesSoManyKeysAndNoMore) {
  Harness h{Limits{.max_provider_keys_of_one_peer = 2}};
  ASSERT_TRUE(h.add("one", provider(peer(1))));
  ASSERT_TRUE(h.add("two", provider(peer(1))));
  EXPECT_FALSE(h.add("three", provider(peer(1))));
  EXPECT_TRUE(h.add("two", provider(peer(1))));
  EXPECT_TRUE(h.add("three", provider(peer(2))));
  EXPECT_EQ(h.counters().refused_provider_keys, 1U);
}

std::vector<std::string> keys_by_distance(std::size_t count) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < count; ++i) {
    keys.push_back("key " + std::to_string(i));
  }
  std::sort(keys.begin(), keys.end(),
            [](const std::string& a, const std::string& b) { return distance_from_own(a) < distance_from_own(b); });
  return keys;
}

TEST(StoreProviderBounds, AFullTableGivesUpTheFarthestKey) {
  const auto keys = keys_by_distance(4);
  Harness h{Limits{.max_provider_records = 3}};
  for (const std::size_t i : {1U, 3U, 2U, 0U}) {
    ASSERT_TRUE(h.add(keys[i], provider(peer(1))));
  }
  EXPECT_TRUE(h.providers(keys[3]).empty());
  EXPECT_EQ(h.providers(keys[0]).size(), 1U);
  EXPECT_EQ(h.counters().evicted, 1U);
}

TEST(StoreProviderBounds, AFullTableGivesUpTheProviderFarthestFromTheFarthestKey) {
  const auto keys = keys_by_distance(2);
  const auto peers = peers_by_distance(keys[1], 3);
  Harness h{Limits{.max_provider_records = 3}};
  for (const auto& id : peers) {
    ASSERT_TRUE(h.add(keys[1], provider(id)));
  }
  ASSERT_TRUE(h.add(keys[0], provider(peers[2])));
  EXPECT_EQ(ids(h.providers(keys[1])), (std::vector{peers[0], peers[1]}));
  EXPECT_EQ(h.providers(keys[0]).size(), 1U);
}

TEST(StoreProviderBounds, AFullTableRefusesTheFarthestNewcomer) {
  const auto keys = keys_by_distance(4);
  Harness h{Limits{.max_provider_records = 3}};
  for (const std::size_t i : {1U, 2U, 0U}) {
    ASSERT_TRUE(h.add(keys[i], provider(peer(1))));
  }
  EXPECT_FALSE(h.add(keys[3], provider(peer(2))));
  EXPECT_EQ(h.counters().refused_providers_full, 1U);
  EXPECT_EQ(h.counters().provider_records, 3U);
}

TEST(StoreProviderBounds, BytesAreABoundToo) {
  Harness h{Limits{.max_provider_bytes = 5'000}};
  for (std::uint64_t i = 1; i <= 100; ++i) {
    (void)h.add("key " + std::to_string(i), provider(peer(i)));
    ASSERT_LE(h.counters().provider_bytes, 5'000U);
  }
  EXPECT_GT(h.counters().evicted + h.counters().refused_providers_full, 50U);
  EXPECT_GT(h.counters().provider_records, 5U);
}

TEST(StoreProviderBounds, ARenewalInAStoreThatIsFullToTheByteSucceeds) {
  Harness probe;
  ASSERT_TRUE(probe.add("key", provider(peer(1))));
  Harness h{Limits{.max_provider_bytes = probe.counters().provider_bytes}};
  ASSERT_TRUE(h.add("key", provider(peer(1))));
  EXPECT_TRUE(h.add("key", provider(peer(1), 48h, kNow + 1h), kNow + 1h));
}

}  // namespace
}  // namespace pond::store::testing
