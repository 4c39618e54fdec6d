#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"

#include "unit/store/reference_store.hpp"

namespace pond::store::testing {
namespace {

constexpr Limits kTight{.max_records = 12,
                        .max_record_bytes = 10'000,
                        .max_share_of_one_sender = 0.4,
                        .max_test_records_of_one_sender = 2,
                        .max_unsigned_records_of_one_key = 2,
                        .max_unsigned_records_of_one_sender = 1,
                        .max_providers_of_one_key = 3,
                        .max_provider_keys_of_one_peer = 4,
                        .max_provider_records = 10};

std::size_t bookkeeping_of_a_record() {
  Harness h;
  (void)h.put("", record("", peer(1)));
  return h.counters().record_bytes;
}

std::string random_key(Rng& rng) {
  return (rng.below(3) == 0 ? "/test/" : "/eth/") + std::to_string(rng.below(10));
}

Record random_record(Rng& rng, WallTime now) {
  Record out = record(std::string(rng.below(4) == 0 ? rng.below(2'500) : rng.below(40), 'v'), peer(rng.below(5)),
                      std::chrono::minutes{1 + rng.below(120)}, now);
  out.authentic = rng.below(3) != 0;
  return out;
}

RC_GTEST_PROP(StoreProperty, RecordsAreThoseOfTheReference, (std::uint64_t seed)) {
  SeededRng rng{seed};
  Harness h{kTight};
  ReferenceStore reference{kTight, bookkeeping_of_a_record()};
  WallTime now = kNow;
  for (int step = 0; step < 80; ++step) {
    now = now + std::chrono::minutes{rng.below(6)};
    const std::string key = random_key(rng);
    if (rng.below(20) == 0) {
      reference.remove(key);
      RC_ASSERT(h.run(RemoveRecords{to_bytes(key)}, now).has_value());
    } else {
      const Record put = random_record(rng, now);
      RC_ASSERT(h.put(key, put, now).has_value() == reference.put(key, put, now));
    }
    for (int i = 0; i < (step % 8 == 7 ? 10 : 0); ++i) {
      for (const char* prefix : {"/test/", "/eth/"}) {
        const std::string other = prefix + std::to_string(i);
        const Records got = h.get(other, now);
        const Records expected = reference.get(other, now);
        RC_ASSERT(got.authentic == expected.authentic);
        RC_ASSERT(got.unsigned_records == expected.unsigned_records);
      }
    }
    h.store.sweep(now);
    RC_ASSERT(h.counters().records == reference.size(now));
  }
}

RC_GTEST_PROP(StoreProperty, ProvidersAreThoseOfTheReference, (std::uint64_t seed)) {
  SeededRng rng{seed};
  Harness h{kTight};
  ReferenceProviders reference{kTight};
  WallTime now = kNow;
  for (int step = 0; step < 80; ++step) {
    now = now + std::chrono::minutes{rng.below(10)};
    const std::string key = "key " + std::to_string(rng.below(6));
    Provider announced = provider(peer(rng.below(7)), std::chrono::minutes{1 + rng.below(200)}, now);
    announced.addresses.resize(rng.below(3), address(static_cast<std::uint8_t>(rng.below(9))));
    RC_ASSERT(h.add(key, announced, now).has_value() == reference.add(key, announced, now));
    for (int i = 0; i < (step % 8 == 7 ? 6 : 0); ++i) {
      const std::string other = "key " + std::to_string(i);
      RC_ASSERT(h.providers(other, now) == reference.get(other, now));
    }
  }
}

RC_GTEST_PROP(StoreProperty, NoFloodOvercomesABound, (std::uint64_t seed)) {
  SeededRng rng{seed};
  Limits limits = kTight;
  limits.max_provider_bytes = 4'000;
  Harness h{limits};
  WallTime now = kNow;
  for (int step = 0; step < 150; ++step) {
    now = now + std::chrono::seconds{rng.below(20)};
    const std::string key = random_key(rng) + std::to_string(rng.below(30));
    if (rng.below(2) == 0) {
      (void)h.put(key, random_record(rng, now), now);
    } else {
      Provider announced = provider(peer(rng.below(30)), std::chrono::minutes{1 + rng.below(200)}, now);
      announced.addresses.resize(rng.below(20), address(1));
      (void)h.add(key, announced, now);
    }
    const Counters& c = h.counters();
    RC_ASSERT(c.records <= limits.max_records);
    RC_ASSERT(c.record_bytes <= limits.max_record_bytes);
    RC_ASSERT(c.provider_records <= limits.max_provider_records);
    RC_ASSERT(c.provider_bytes <= limits.max_provider_bytes);
    RC_ASSERT(h.get(key, now).unsigned_records.size() <= limits.max_unsigned_records_of_one_key);
    RC_ASSERT(h.providers(key, now).size() <= limits.max_providers_of_one_key);
  }
}

RC_GTEST_PROP(StoreProperty, NothingIsLeftInTheBooksWhenEverythingHasExpired, (std::uint64_t seed)) {
  SeededRng rng{seed};
  Harness h{kTight};
  for (int step = 0; step < 200; ++step) {
    (void)h.put(random_key(rng), random_record(rng, kNow));
    (void)h.add(random_key(rng), provider(peer(rng.below(9))));
  }
  h.store.sweep(kNow + 100h);
  RC_ASSERT(h.counters().records == 0U);
  RC_ASSERT(h.counters().record_bytes == 0U);
  RC_ASSERT(h.counters().provider_records == 0U);
  RC_ASSERT(h.counters().provider_keys == 0U);
  RC_ASSERT(h.counters().provider_bytes == 0U);
}

}  // namespace
}  // namespace pond::store::testing
