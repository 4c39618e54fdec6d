#include "pond/kad/table/routing_table.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/kad/table/refresh_target.hpp"

#include "support/tiny_key.hpp"

namespace pond::kad {
namespace {

using peers::PeerBook;
using peers::PeerHandle;
using test::numbered_peer;
using test::tiny_handle;
using test::tiny_key;
using Verdict = Consideration::Verdict;
using Fate = Removal::Fate;

constexpr Instant kStart{1h};

/// The own key is all zeros, so that a peer's bucket is the number of leading zeros of its first octet.
class SmallTable : public testing::Test {
 protected:
  PeerHandle peer(std::uint8_t first, std::size_t nth = 0) { return tiny_handle(book, first, nth); }
  PeerHandle insert(std::uint8_t first, std::size_t nth = 0, Instant now = kStart) {
    const PeerHandle inserted = peer(first, nth);
    EXPECT_EQ(table.verified(inserted, now), Insertion::kInserted);
    return inserted;
  }
  std::vector<PeerHandle> closest(const wire::Key& target, std::size_t n, PeerFilter excluded = {}) const {
    std::vector<PeerHandle> out(n);
    out.resize(table.closest(target, out, excluded));
    return out;
  }
  using Peers = std::vector<PeerHandle>;

  PeerBook book;
  RoutingTable table{book, tiny_key(0), {.bucket_capacity = 2}};
};

TEST_F(SmallTable, IsEmptyAtFirst) {
  EXPECT_EQ(table.size(), 0U);
  EXPECT_TRUE(closest(tiny_key(1), 20).empty());
}

TEST_F(SmallTable, AsksForVerificationWhereThereIsRoom) {
  EXPECT_EQ(table.consider(peer(0x80), kStart).verdict, Verdict::kVerify);
}

TEST_F(SmallTable, ConsideringDoesNotInsert) {
  (void)table.consider(peer(0x80), kStart);
  EXPECT_EQ(table.size(), 0U);
}

TEST_F(SmallTable, InsertsAVerifiedPeer) {
  const PeerHandle inserted = insert(0x80);
  EXPECT_TRUE(table.contains(inserted));
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.counters().inserted, 1U);
}

TEST_F(SmallTable, KnowsWhoIsAlreadyThere) {
  const PeerHandle inserted = insert(0x80);
  EXPECT_EQ(table.consider(inserted, kStart).verdict, Verdict::kAlreadyThere);
  EXPECT_EQ(table.verified(inserted, kStart), Insertion::kAlreadyThere);
  EXPECT_EQ(table.size(), 1U);
}

TEST_F(SmallTable, NeverTakesItself) {
  const PeerHandle self = peer(0x80);
  RoutingTable own{book, book.key(self)};
  EXPECT_EQ(own.consider(self, kStart).verdict, Verdict::kSelf);
  EXPECT_EQ(own.verified(self, kStart), Insertion::kSelf);
  EXPECT_EQ(own.size(), 0U);
}

TEST_F(SmallTable, PutsAPeerInTheBucketOfItsPrefix) {
  EXPECT_EQ(table.info(insert(0b1000'0000))->bucket, 0U);
  EXPECT_EQ(table.info(insert(0b0001'1010))->bucket, 3U);
  EXPECT_EQ(table.bucket_count(), 4U);
  EXPECT_EQ(table.bucket_size(3), 1U);
  EXPECT_EQ(table.bucket_size(1), 0U);
}

TEST_F(SmallTable, AFullBucketOfFreshPeersRefusesNewcomers) {
  insert(0x80);
  insert(0x81);
  EXPECT_EQ(table.consider(peer(0x82), kStart + 14min).verdict, Verdict::kRefused);
  EXPECT_EQ(table.verified(peer(0x82), kStart), Insertion::kFull);
  EXPECT_EQ(table.counters().refused, 1U);
}

TEST_F(SmallTable, AFullBucketDoesNotConcernTheOthers) {
  insert(0x80);
  insert(0x81);
  EXPECT_EQ(table.consider(peer(0x40), kStart).verdict, Verdict::kVerify);
}

TEST_F(SmallTable, WithoutCapacityEverybodyIsRefused) {
  RoutingTable none{book, tiny_key(0), {.bucket_capacity = 0}};
  EXPECT_EQ(none.consider(peer(0x80), kStart).verdict, Verdict::kRefused);
  EXPECT_EQ(none.verified(peer(0x80), kStart), Insertion::kFull);
}

TEST_F(SmallTable, ALongSilentPeerIsProbedForANewcomer) {
  const PeerHandle silent = insert(0x80);
  table.answered(insert(0x81), kStart + 10min);
  EXPECT_EQ(table.consider(peer(0x82), kStart + 15min), (Consideration{Verdict::kFull, silent}));
}

TEST_F(SmallTable, ProbesTheLeastRecentlyAnswered) {
  const PeerHandle first = insert(0x80);
  const PeerHandle second = insert(0x81);
  table.answered(first, kStart + 1s);
  EXPECT_EQ(table.consider(peer(0x82), kStart + 1h).probe, second);
}

TEST_F(SmallTable, AFailedPeerIsProbedBeforeASilentOne) {
  insert(0x80);
  const PeerHandle failed = insert(0x81);
  EXPECT_EQ(table.failed(failed).fate, Fate::kKept);
  EXPECT_EQ(table.consider(peer(0x82), kStart), (Consideration{Verdict::kFull, failed}));
}

TEST_F(SmallTable, OnlyOneNewcomerWaitsInABucket) {
  insert(0x80);
  insert(0x81);
  EXPECT_EQ(table.consider(peer(0x82), kStart + 1h).verdict, Verdict::kFull);
  EXPECT_EQ(table.consider(peer(0x83), kStart + 1h).verdict, Verdict::kRefused);
}

TEST_F(SmallTable, AProbeThatAnswersStays) {
  const PeerHandle probed = insert(0x80);
  insert(0x81);
  (void)table.consider(peer(0x82), kStart + 1h);
  EXPECT_TRUE(table.answered(probed, kStart + 1h));
  EXPECT_TRUE(table.contains(probed));
  EXPECT_EQ(table.failed(probed), (Removal{Fate::kKept}));
}

TEST_F(SmallTable, AProbeThatFailsGivesItsPlaceToTheNewcomer) {
  const PeerHandle probed = insert(0x80);
  insert(0x81);
  const PeerHandle newcomer = peer(0x82);
  (void)table.consider(newcomer, kStart + 1h);
  EXPECT_EQ(table.failed(probed), (Removal{Fate::kRemoved, newcomer}));
  EXPECT_FALSE(table.contains(probed));
  EXPECT_FALSE(table.contains(newcomer));
  EXPECT_EQ(table.verified(newcomer, kStart + 1h), Insertion::kInserted);
  EXPECT_EQ(table.counters().replaced, 1U);
}

TEST_F(SmallTable, AnyPlaceThatFallsFreeIsTheNewcomers) {
  insert(0x80);
  const PeerHandle other = insert(0x81);
  const PeerHandle newcomer = peer(0x82);
  (void)table.consider(newcomer, kStart + 1h);
  EXPECT_EQ(table.remove(other), (Removal{Fate::kRemoved, newcomer}));
}

TEST_F(SmallTable, AnAnswerOfSomebodyElseDoesNotEndTheProbe) {
  const PeerHandle probed = insert(0x80);
  const PeerHandle other = insert(0x81);
  const PeerHandle newcomer = peer(0x82);
  (void)table.consider(newcomer, kStart + 1h);
  table.answered(other, kStart + 1h);
  EXPECT_EQ(table.failed(probed), (Removal{Fate::kRemoved, newcomer}));
}

TEST_F(SmallTable, AProbeWithoutOutcomeIsForgottenAfterAMinute) {
  insert(0x80);
  insert(0x81);
  (void)table.consider(peer(0x82), kStart + 1h);
  EXPECT_EQ(table.consider(peer(0x83), kStart + 1h + 59s).verdict, Verdict::kRefused);
  EXPECT_EQ(table.consider(peer(0x83), kStart + 1h + 60s).verdict, Verdict::kFull);
}

TEST_F(SmallTable, RemovesAPeerAfterThreeFailuresInARow) {
  const PeerHandle failing = insert(0x80);
  EXPECT_EQ(table.failed(failing), (Removal{Fate::kKept}));
  EXPECT_EQ(table.failed(failing), (Removal{Fate::kKept}));
  EXPECT_EQ(table.failed(failing), (Removal{Fate::kRemoved}));
  EXPECT_FALSE(table.contains(failing));
  EXPECT_EQ(table.counters().removed, 1U);
}

TEST_F(SmallTable, AnAnswerForgivesFailures) {
  const PeerHandle failing = insert(0x80);
  (void)table.failed(failing);
  (void)table.failed(failing);
  table.answered(failing, kStart);
  EXPECT_EQ(table.info(failing)->failures, 0U);
  EXPECT_EQ(table.failed(failing).fate, Fate::kKept);
}

TEST_F(SmallTable, VerifyingAgainForgivesFailures) {
  const PeerHandle failing = insert(0x80);
  (void)table.failed(failing);
  EXPECT_EQ(table.verified(failing, kStart), Insertion::kAlreadyThere);
  EXPECT_EQ(table.info(failing)->failures, 0U);
}

TEST_F(SmallTable, KnowsNothingOfStrangers) {
  const PeerHandle stranger = peer(0x80);
  EXPECT_FALSE(table.answered(stranger, kStart));
  EXPECT_EQ(table.failed(stranger), (Removal{Fate::kUnknown}));
  EXPECT_EQ(table.remove(stranger), (Removal{Fate::kUnknown}));
  EXPECT_FALSE(table.info(stranger));
}

TEST_F(SmallTable, RemembersWhenAPeerCameAndLastAnswered) {
  const PeerHandle known = insert(0x80, 0, kStart);
  table.answered(known, kStart + 5min);
  EXPECT_EQ(table.info(known)->last_answered, kStart + 5min);
}

TEST_F(SmallTable, FindsThoseSilentForLong) {
  const PeerHandle silent = insert(0x80, 0, kStart);
  insert(0x81, 0, kStart + 10min);
  const PeerHandle near = insert(0x40, 0, kStart + 1min);
  std::array<PeerHandle, 4> out{};
  const std::size_t found = table.silent_since(kStart + 10min, out);
  EXPECT_EQ((Peers{out.begin(), out.begin() + static_cast<std::ptrdiff_t>(found)}), (Peers{silent, near}));
}

TEST_F(SmallTable, SilentPeersStayWithinTheBuffer) {
  insert(0x80);
  insert(0x81);
  std::array<PeerHandle, 1> out{};
  EXPECT_EQ(table.silent_since(kStart + 1h, out), 1U);
}

TEST_F(SmallTable, PinsWhatItHolds) {
  PeerBook tiny{{.max_peers = 1}};
  {
    RoutingTable pinning{tiny, tiny_key(0)};
    EXPECT_EQ(pinning.verified(tiny_handle(tiny, 0x80), kStart), Insertion::kInserted);
    EXPECT_FALSE(tiny.intern(numbered_peer(1)));
  }
  EXPECT_TRUE(tiny.intern(numbered_peer(1)));
}

TEST_F(SmallTable, UnpinsWhomItRemoves) {
  PeerBook tiny{{.max_peers = 1}};
  RoutingTable pinning{tiny, tiny_key(0)};
  const PeerHandle gone = tiny_handle(tiny, 0x80);
  EXPECT_EQ(pinning.verified(gone, kStart), Insertion::kInserted);
  EXPECT_EQ(pinning.remove(gone).fate, Fate::kRemoved);
  EXPECT_TRUE(tiny.intern(numbered_peer(1)));
}

TEST_F(SmallTable, PinsAWaitingNewcomerUntilTheProbeHasAnswered) {
  PeerBook tiny{{.max_peers = 2}};
  RoutingTable pinning{tiny, tiny_key(0), {.bucket_capacity = 1}};
  const PeerHandle probed = tiny_handle(tiny, 0x80);
  EXPECT_EQ(pinning.verified(probed, kStart), Insertion::kInserted);
  EXPECT_EQ(pinning.consider(tiny_handle(tiny, 0x81), kStart + 1h).verdict, Verdict::kFull);
  EXPECT_FALSE(tiny.intern(numbered_peer(1)));
  pinning.answered(probed, kStart + 1h);
  EXPECT_TRUE(tiny.intern(numbered_peer(1)));
}

TEST_F(SmallTable, GivesTheClosestFirst) {
  const PeerHandle far = insert(0b1000'0000);
  const PeerHandle near = insert(0b0010'0001);
  const PeerHandle middle = insert(0b0110'0000);
  EXPECT_EQ(closest(tiny_key(0b0010'0000), 3), (Peers{near, middle, far}));
  EXPECT_EQ(closest(tiny_key(0b1010'0000), 3), (Peers{far, near, middle}));
}

TEST_F(SmallTable, GivesNoMoreThanTheBufferHolds) {
  insert(0x80);
  const PeerHandle near = insert(0x40);
  insert(0x20);
  EXPECT_EQ(closest(tiny_key(0x40), 1), (Peers{near}));
  EXPECT_TRUE(closest(tiny_key(0x40), 0).empty());
}

TEST_F(SmallTable, APeerIsTheClosestToItsOwnKey) {
  const PeerHandle one = insert(0x80, 0);
  const PeerHandle two = insert(0x80, 1);
  EXPECT_EQ(closest(book.key(one), 2), (Peers{one, two}));
  EXPECT_EQ(closest(book.key(two), 2), (Peers{two, one}));
}

TEST_F(SmallTable, LeavesOutTheExcluded) {
  const PeerHandle requester = insert(0x80);
  const PeerHandle other = insert(0x81);
  const auto is_requester = [requester](PeerHandle asked) { return asked == requester; };
  EXPECT_EQ(closest(tiny_key(0x80), 2, is_requester), (Peers{other}));
}

TEST_F(SmallTable, ListsItsPeersFromTheFarthestBucket) {
  const PeerHandle near = insert(0x40);
  const PeerHandle second = insert(0x81);
  const PeerHandle first = insert(0x80);
  EXPECT_EQ(table.peers(), (Peers{first, second, near}));
}

TEST_F(SmallTable, AnEmptyTableNeedsNoRefresh) {
  EXPECT_FALSE(table.next_refresh());
  EXPECT_FALSE(table.due_refresh(kStart + 1000h));
}

TEST_F(SmallTable, ANewBucketIsDueAtOnceAndThenOnceAnInterval) {
  insert(0x80);
  EXPECT_EQ(table.due_refresh(kStart), 0U);
  table.looked_up(tiny_key(0xff), kStart + 1s);
  EXPECT_FALSE(table.due_refresh(kStart + 10min));
  EXPECT_EQ(table.next_refresh(), kStart + 10min + 1s);
  EXPECT_EQ(table.due_refresh(kStart + 10min + 1s), 0U);
}

TEST_F(SmallTable, RefreshesEveryBucketDownToTheDeepest) {
  insert(0b0010'0000);
  std::vector<unsigned> refreshed;
  while (const auto due = table.due_refresh(kStart)) {
    refreshed.push_back(*due);
    table.looked_up(tiny_key(static_cast<std::uint8_t>(0x80U >> *due)), kStart);
  }
  EXPECT_EQ(refreshed, (std::vector<unsigned>{0, 1, 2}));
}

TEST_F(SmallTable, ALookupRefreshesOnlyItsOwnBucket) {
  insert(0b0100'0000);
  table.looked_up(tiny_key(0b0111'0000), kStart);
  EXPECT_EQ(table.due_refresh(kStart), 0U);
}

TEST_F(SmallTable, AnEmptiedDeepBucketNeedsNoRefresh) {
  insert(0x80);
  const PeerHandle deep = insert(0x01);
  table.looked_up(tiny_key(0x80), kStart);
  EXPECT_TRUE(table.due_refresh(kStart));
  (void)table.remove(deep);
  EXPECT_FALSE(table.due_refresh(kStart));
}

TEST(RoutingTableMemory, AFilledTableCostsLittleMoreThanItsEntries) {
  PeerBook book;
  RoutingTable table{book, tiny_key(0)};
  for (std::uint32_t i = 0; i < 9000; ++i) {
    (void)table.verified(book.intern(numbered_peer(i)).value(), kStart);
  }
  EXPECT_GE(table.size(), 180U);
  EXPECT_LE(table.memory_octets(), table.size() * sizeof(TableEntry) + 1536);
  EXPECT_LE(table.memory_octets(), 4U * 1024);
}

TEST(RoutingTableMemory, ABigCapacityCostsOnlyWhatItHolds) {
  PeerBook book;
  RoutingTable table{book, tiny_key(0), {.bucket_capacity = 200}};
  for (std::uint32_t i = 0; i < 250; ++i) {
    (void)table.verified(book.intern(numbered_peer(i)).value(), kStart);
  }
  EXPECT_GE(table.size(), 240U);
  EXPECT_LE(table.memory_octets(), 4U * 1024);
}

/// What `closest` must give, by looking at everybody.
std::vector<PeerHandle> closest_by_sorting(const PeerBook& book, std::vector<PeerHandle> all, const wire::Key& target,
                                           std::size_t n) {
  std::ranges::sort(all, {}, [&](PeerHandle peer) { return book.key(peer).distance_to(target); });
  all.resize(std::min(n, all.size()));
  return all;
}

wire::Key any_key() {
  return wire::Key::of(*rc::gen::container<Bytes>(4, rc::gen::arbitrary<std::uint8_t>()));
}

RC_GTEST_PROP(RoutingTable, ClosestIsExact, ()) {
  PeerBook book;
  RoutingTable table{book, any_key(), {.bucket_capacity = *rc::gen::inRange<std::size_t>(1, 60)}};
  const auto count = *rc::gen::inRange<std::uint32_t>(0, 300);
  for (std::uint32_t i = 0; i < count; ++i) {
    (void)table.verified(book.intern(numbered_peer(i)).value(), kStart);
  }
  // A target anywhere, or right beside the own key, or a peer's own.
  auto target = any_key();
  if (const auto kind = *rc::gen::inRange(0, 3); kind == 1) {
    target = table.own();
  } else if (kind == 2 && table.size() > 0) {
    target = book.key(table.peers().front());
  }
  const auto n = *rc::gen::inRange<std::size_t>(0, 130);
  const auto odd = [](PeerHandle peer) { return (static_cast<std::uint32_t>(peer) & 1) != 0; };
  std::vector<PeerHandle> found(n);
  found.resize(table.closest(target, found));
  RC_ASSERT(found == closest_by_sorting(book, table.peers(), target, n));

  std::vector<PeerHandle> even(n);
  even.resize(table.closest(target, even, odd));
  auto all_even = table.peers();
  std::erase_if(all_even, odd);
  RC_ASSERT(even == closest_by_sorting(book, all_even, target, n));
}

void check_invariants(const PeerBook& book, const RoutingTable& table) {
  const auto all = table.peers();
  RC_ASSERT(all.size() == table.size());
  RC_ASSERT((std::set<PeerHandle>{all.begin(), all.end()}.size()) == all.size());
  for (const PeerHandle peer : all) {
    RC_ASSERT(book.key(peer) != table.own());
    RC_ASSERT(table.info(peer)->bucket == table.own().common_prefix_bits(book.key(peer)));
    RC_ASSERT(table.info(peer)->failures < table.config().max_failures);
  }
  for (std::size_t i = 0; i < table.bucket_count(); ++i) {
    RC_ASSERT(table.bucket_size(i) <= table.config().bucket_capacity);
  }
}

RC_GTEST_PROP(RoutingTable, KeepsItsInvariantsUnderAnySequence, ()) {
  constexpr std::uint32_t kPeers = 40;
  PeerBook book{{.max_peers = kPeers}};
  std::vector<PeerHandle> everybody;
  everybody.reserve(kPeers);
  for (std::uint32_t i = 0; i < kPeers; ++i) {
    everybody.push_back(book.intern(numbered_peer(i)).value());
  }
  {
    RoutingTable table{book, book.key(everybody[0]), {.bucket_capacity = 3}};
    Instant now = kStart;
    const auto steps = *rc::gen::container<std::vector<std::pair<int, std::uint32_t>>>(
        rc::gen::pair(rc::gen::inRange(0, 8), rc::gen::inRange(0U, kPeers)));
    for (const auto& [action, number] : steps) {
      now += 3min;
      const PeerHandle peer = everybody[number];
      if (action < 3) {
        (void)table.verified(peer, now);
      } else if (action < 5) {
        (void)table.consider(peer, now);
      } else if (action == 5) {
        (void)table.answered(peer, now);
      } else if (action == 6) {
        (void)table.failed(peer);
      } else {
        (void)table.remove(peer);
      }
      check_invariants(book, table);
    }
  }
  // Every pin has found its unpin: all peers can be forgotten for new ones.
  for (std::uint32_t i = 0; i < kPeers; ++i) {
    RC_ASSERT(book.intern(numbered_peer(1000 + i)).has_value());
  }
}

RC_GTEST_PROP(RoutingTable, PeersThatKeepAnsweringSurviveAnyFlood, ()) {
  PeerBook book;
  RoutingTable table{book, any_key(), {.bucket_capacity = 5}};
  for (std::uint32_t i = 0; i < 50; ++i) {
    (void)table.verified(book.intern(numbered_peer(i)).value(), kStart);
  }
  const auto before = table.peers();
  for (std::uint32_t i = 1000; i < 1200; ++i) {
    const PeerHandle newcomer = book.intern(numbered_peer(i)).value();
    if (table.consider(newcomer, kStart + 1min).verdict == Verdict::kVerify) {
      (void)table.verified(newcomer, kStart + 1min);
    }
  }
  for (const PeerHandle peer : before) {
    RC_ASSERT(table.contains(peer));
  }
}

}  // namespace
}  // namespace pond::kad
