#include "pond/kad/lookup/closest_lookup.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "support/tiny_key.hpp"

namespace pond::kad {
namespace {

using peers::PeerBook;
using peers::PeerHandle;
using test::numbered_peer;
using test::tiny_handle;
using test::tiny_key;
using Peers = std::vector<PeerHandle>;

constexpr Instant kStart{1h};

/// The target is all zeros, so that the smaller a peer's first octet is, the nearer it is.
class Lookup : public testing::Test {
 protected:
  PeerHandle peer(std::uint8_t first, std::size_t nth = 0) { return tiny_handle(book, first, nth); }
  Peers named(std::initializer_list<std::uint8_t> octets) {
    Peers all;
    for (const auto octet : octets) {
      all.push_back(peer(octet));
    }
    return all;
  }
  ClosestLookup lookup(std::initializer_list<std::uint8_t> seeds, const LookupConfig& config = {}) {
    return ClosestLookup{book, tiny_key(0), named(seeds), std::nullopt, config};
  }
  /// Everybody that the lookup wants to be asked now.
  static Peers asks(ClosestLookup& lookup, Instant now = kStart) {
    Peers asked;
    for (auto step = lookup.next(now); std::holds_alternative<ClosestLookup::Ask>(step); step = lookup.next(now)) {
      asked.push_back(std::get<ClosestLookup::Ask>(step).peer);
    }
    return asked;
  }
  static bool is_finished(ClosestLookup& lookup, Instant now = kStart) {
    return std::holds_alternative<ClosestLookup::Finished>(lookup.next(now));
  }
  static std::optional<Instant> waits_until(ClosestLookup& lookup, Instant now) {
    const auto step = lookup.next(now);
    const auto* waiting = std::get_if<ClosestLookup::Waiting>(&step);
    return waiting == nullptr ? std::nullopt : std::optional{waiting->until};
  }

  PeerBook book;
};

TEST_F(Lookup, WithoutSeedsIsFinishedAtOnceWithNothing) {
  auto empty = lookup({});
  EXPECT_TRUE(empty.finished());
  EXPECT_TRUE(is_finished(empty));
  EXPECT_TRUE(empty.result().empty());
}

TEST_F(Lookup, WithOnlyItselfForASeedIsFinishedAtOnce) {
  ClosestLookup alone{book, tiny_key(0), named({1}), peer(1)};
  EXPECT_TRUE(alone.finished());
}

TEST_F(Lookup, AsksTheNearestFirst) {
  auto three = lookup({0x30, 0x10, 0x20});
  EXPECT_EQ(asks(three), named({0x10, 0x20, 0x30}));
}

TEST_F(Lookup, AsksNobodyTwice) {
  auto one = lookup({0x10, 0x10});
  EXPECT_EQ(asks(one), named({0x10}));
  EXPECT_TRUE(one.answered(peer(0x10), named({0x10})));
  EXPECT_TRUE(is_finished(one));
  EXPECT_EQ(one.asked(), 1U);
}

TEST_F(Lookup, AsksAtMostAlphaAtOnce) {
  auto narrow = lookup({1, 2, 3, 4, 5}, {.alpha = 3});
  EXPECT_EQ(asks(narrow), named({1, 2, 3}));
  EXPECT_EQ(narrow.in_flight(), 3U);
}

TEST_F(Lookup, AnAnswerMakesRoomForTheNextQuestion) {
  auto narrow = lookup({1, 2, 3, 4, 5}, {.alpha = 3});
  (void)asks(narrow);
  EXPECT_TRUE(narrow.answered(peer(2), {}));
  EXPECT_EQ(asks(narrow), named({4}));
}

TEST_F(Lookup, AFailureMakesRoomForTheNextQuestion) {
  auto narrow = lookup({1, 2, 3, 4, 5}, {.alpha = 3});
  (void)asks(narrow);
  EXPECT_TRUE(narrow.failed(peer(2)));
  EXPECT_EQ(asks(narrow), named({4}));
}

TEST_F(Lookup, AlphaOfZeroCountsAsOne) {
  auto narrow = lookup({1, 2}, {.alpha = 0, .max_in_flight = 0});
  EXPECT_EQ(asks(narrow), named({1}));
}

TEST_F(Lookup, FollowsWhatAnswersName) {
  auto chain = lookup({0x40});
  (void)asks(chain);
  EXPECT_TRUE(chain.answered(peer(0x40), named({0x20})));
  EXPECT_EQ(asks(chain), named({0x20}));
  EXPECT_TRUE(chain.answered(peer(0x20), named({0x10, 0x40})));
  EXPECT_EQ(asks(chain), named({0x10}));
  EXPECT_TRUE(chain.answered(peer(0x10), named({0x20})));
  EXPECT_TRUE(is_finished(chain));
  EXPECT_EQ(chain.result(), named({0x10, 0x20, 0x40}));
}

TEST_F(Lookup, CountsTheHops) {
  auto chain = lookup({0x40});
  (void)asks(chain);
  EXPECT_EQ(chain.hops(), 0U);
  EXPECT_TRUE(chain.answered(peer(0x40), named({0x20})));
  EXPECT_EQ(chain.hops(), 1U);
  (void)asks(chain);
  EXPECT_TRUE(chain.answered(peer(0x20), {}));
  EXPECT_EQ(chain.hops(), 2U);
}

TEST_F(Lookup, EndsWhenTheKNearestHaveAnswered) {
  auto two = lookup({1, 2, 3, 4}, {.k = 2});
  EXPECT_EQ(asks(two), named({1, 2}));
  EXPECT_TRUE(two.answered(peer(1), {}));
  EXPECT_FALSE(is_finished(two));
  EXPECT_TRUE(two.answered(peer(2), {}));
  EXPECT_TRUE(is_finished(two));
  EXPECT_EQ(two.fate(peer(3)), PeerFate::kNotAsked);
}

TEST_F(Lookup, DoesNotEndWhileANearerOneIsUnasked) {
  auto two = lookup({3, 4}, {.k = 2});
  (void)asks(two);
  EXPECT_TRUE(two.answered(peer(3), {}));
  EXPECT_TRUE(two.answered(peer(4), named({1})));
  EXPECT_EQ(asks(two), named({1}));
  EXPECT_TRUE(two.answered(peer(1), {}));
  EXPECT_TRUE(is_finished(two));
  EXPECT_EQ(two.result(), named({1, 3}));
}

TEST_F(Lookup, DoesNotWaitForAFartherOneThanTheKth) {
  auto two = lookup({1, 9}, {.k = 2});
  (void)asks(two);
  EXPECT_TRUE(two.answered(peer(1), named({2})));
  EXPECT_EQ(asks(two), named({2}));
  EXPECT_TRUE(two.answered(peer(2), {}));
  EXPECT_TRUE(is_finished(two));
  EXPECT_EQ(two.fate(peer(9)), PeerFate::kAsked);
}

TEST_F(Lookup, AFailedPeerIsReplacedByTheNext) {
  auto two = lookup({1, 2, 3}, {.k = 2});
  (void)asks(two);
  EXPECT_TRUE(two.failed(peer(1)));
  EXPECT_EQ(asks(two), named({3}));
  EXPECT_TRUE(two.answered(peer(2), {}));
  EXPECT_TRUE(two.answered(peer(3), {}));
  EXPECT_TRUE(is_finished(two));
  EXPECT_EQ(two.result(), named({2, 3}));
}

TEST_F(Lookup, EndsWithFewerWhenNobodyIsLeft) {
  auto two = lookup({1, 2});
  (void)asks(two);
  EXPECT_TRUE(two.answered(peer(1), {}));
  EXPECT_TRUE(two.failed(peer(2)));
  EXPECT_TRUE(is_finished(two));
  EXPECT_EQ(two.result(), named({1}));
}

TEST_F(Lookup, EndsEmptyWhenEverybodyFails) {
  auto two = lookup({1, 2});
  (void)asks(two);
  EXPECT_TRUE(two.failed(peer(1)));
  EXPECT_TRUE(two.failed(peer(2)));
  EXPECT_TRUE(is_finished(two));
  EXPECT_TRUE(two.result().empty());
}

TEST_F(Lookup, WaitsForTheSoftTimeoutThenForItsPatienceThenForTheStallTimeout) {
  auto one = lookup({1});
  (void)asks(one);
  EXPECT_EQ(waits_until(one, kStart), kStart + 1s);
  EXPECT_EQ(waits_until(one, kStart + 1s), kStart + 3s);
  EXPECT_EQ(waits_until(one, kStart + 3s), kStart + 5s);
}

TEST_F(Lookup, ASlowPeerWidensTheSearchWithoutBeingFailed) {
  auto narrow = lookup({1, 2, 3}, {.alpha = 1});
  EXPECT_EQ(asks(narrow), named({1}));
  EXPECT_TRUE(asks(narrow, kStart + 1s - 1ns).empty());
  EXPECT_EQ(asks(narrow, kStart + 1s), named({2}));
  EXPECT_EQ(narrow.fate(peer(1)), PeerFate::kAsked);
  EXPECT_TRUE(narrow.answered(peer(1), {}));
  EXPECT_EQ(narrow.fate(peer(1)), PeerFate::kAnswered);
}

TEST_F(Lookup, ASlowPeerIsReplacedAmongTheKNearest) {
  auto one = lookup({1, 2}, {.k = 1});
  EXPECT_EQ(asks(one), named({1}));
  EXPECT_EQ(asks(one, kStart + 1s), named({2}));
}

TEST_F(Lookup, WideningHasALimit) {
  auto narrow = lookup({1, 2, 3, 4, 5}, {.alpha = 2, .max_in_flight = 3});
  EXPECT_EQ(asks(narrow).size(), 2U);
  EXPECT_EQ(asks(narrow, kStart + 1s).size(), 1U);
  EXPECT_TRUE(asks(narrow, kStart + 3s - 1ns).empty());
  EXPECT_EQ(narrow.in_flight(), 3U);
}

TEST_F(Lookup, SilentPeersMakeRoomForOthers) {
  auto narrow = lookup({1, 2, 3, 4, 5}, {.alpha = 2, .max_in_flight = 2});
  EXPECT_EQ(asks(narrow), named({1, 2}));
  EXPECT_EQ(asks(narrow, kStart + 3s), named({3, 4}));
  EXPECT_EQ(narrow.in_flight(), 2U);
}

TEST_F(Lookup, ASlowPeerStillHoldsUpTheEnd) {
  auto three = lookup({1, 2, 3, 4}, {.k = 3});
  (void)asks(three);
  EXPECT_TRUE(three.answered(peer(2), {}));
  EXPECT_TRUE(three.answered(peer(3), {}));
  EXPECT_EQ(asks(three, kStart + 1s), named({4}));
  EXPECT_TRUE(three.answered(peer(4), {}));
  EXPECT_FALSE(is_finished(three, kStart + 3s - 1ns));
  EXPECT_TRUE(three.answered(peer(1), {}));
  EXPECT_TRUE(is_finished(three, kStart + 3s - 1ns));
  EXPECT_EQ(three.result(), named({1, 2, 3}));
}

TEST_F(Lookup, GivesUpASilentPeerOnceBetaHaveAnswered) {
  auto three = lookup({1, 2, 3, 4}, {.beta = 3});
  (void)asks(three);
  for (const PeerHandle answering : named({2, 3, 4})) {
    EXPECT_TRUE(three.answered(answering, {}));
  }
  EXPECT_FALSE(is_finished(three, kStart + 3s - 1ns));
  EXPECT_TRUE(is_finished(three, kStart + 3s));
  EXPECT_EQ(three.fate(peer(1)), PeerFate::kSilent);
}

TEST_F(Lookup, GivesUpSilentPeersOnceAsManyHaveAnswered) {
  auto two = lookup({1, 2}, {.beta = 3});
  (void)asks(two);
  EXPECT_TRUE(two.answered(peer(2), {}));
  EXPECT_TRUE(is_finished(two, kStart + 3s));
}

TEST_F(Lookup, WaitsLongerWhileMostAreSilent) {
  auto three = lookup({1, 2, 3}, {.beta = 3});
  (void)asks(three);
  EXPECT_TRUE(three.answered(peer(2), {}));
  EXPECT_FALSE(is_finished(three, kStart));
  EXPECT_FALSE(is_finished(three, kStart + 5s - 1ns));
  EXPECT_TRUE(is_finished(three, kStart + 5s));
  EXPECT_EQ(three.result(), named({2}));
}

TEST_F(Lookup, EndsFiveSecondsAfterItsBeginningWhenNobodyAnswers) {
  auto many = lookup({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {.alpha = 1});
  for (Duration passed = 0s; passed < 5s; passed += 1s) {
    EXPECT_EQ(asks(many, kStart + passed).size(), 1U);
  }
  EXPECT_TRUE(is_finished(many, kStart + 5s));
  EXPECT_EQ(many.asked(), 5U);
}

TEST_F(Lookup, EachAnswerGivesItFiveSecondsMore) {
  auto chain = lookup({1, 2, 3, 4, 5, 6, 7, 8, 9}, {.alpha = 1});
  EXPECT_EQ(asks(chain), named({1}));
  EXPECT_EQ(asks(chain, kStart + 1s), named({2}));
  EXPECT_TRUE(chain.answered(peer(1), {}));
  EXPECT_TRUE(asks(chain, kStart + 1500ms).empty());
  EXPECT_FALSE(is_finished(chain, kStart + 6500ms - 1ns));
  EXPECT_TRUE(is_finished(chain, kStart + 6500ms));
}

TEST_F(Lookup, AFailureGivesItNoMoreTime) {
  auto two = lookup({1, 2});
  (void)asks(two);
  EXPECT_FALSE(is_finished(two, kStart + 4s));
  EXPECT_TRUE(two.failed(peer(1)));
  EXPECT_FALSE(is_finished(two, kStart + 4s));
  EXPECT_TRUE(is_finished(two, kStart + 5s));
}

TEST_F(Lookup, EndsAtOnceWhenTheSilentFailToo) {
  auto two = lookup({1, 2});
  (void)asks(two);
  EXPECT_FALSE(is_finished(two, kStart + 4s));
  EXPECT_TRUE(two.failed(peer(1)));
  EXPECT_TRUE(two.failed(peer(2)));
  EXPECT_EQ(two.in_flight(), 0U);
  EXPECT_TRUE(is_finished(two, kStart + 4s));
}

TEST_F(Lookup, TheEndIsAsFarAwayAsTheStallTimeoutSays) {
  auto patient = lookup({1}, {.stall_timeout = 20s});
  (void)asks(patient);
  EXPECT_EQ(waits_until(patient, kStart + 4s), kStart + 20s);
}

TEST_F(Lookup, APeerIsSilentAfterThreeSeconds) {
  auto one = lookup({1});
  (void)asks(one);
  EXPECT_FALSE(is_finished(one, kStart + 3s - 1ns));
  EXPECT_EQ(one.fate(peer(1)), PeerFate::kAsked);
  EXPECT_FALSE(is_finished(one, kStart + 3s));
  EXPECT_EQ(one.fate(peer(1)), PeerFate::kSilent);
  EXPECT_EQ(one.in_flight(), 0U);
}

TEST_F(Lookup, ALateAnswerCountsWhileTheLookupRuns) {
  auto two = lookup({1, 2}, {.alpha = 1});
  EXPECT_EQ(asks(two), named({1}));
  EXPECT_EQ(asks(two, kStart + 2s), named({2}));
  EXPECT_EQ(waits_until(two, kStart + 3s), kStart + 5s);
  EXPECT_EQ(two.fate(peer(1)), PeerFate::kSilent);
  EXPECT_TRUE(two.answered(peer(1), named({3})));
  EXPECT_EQ(two.in_flight(), 1U);
  EXPECT_EQ(two.fate(peer(1)), PeerFate::kAnswered);
  EXPECT_EQ(asks(two, kStart + 3s), named({3}));
}

TEST_F(Lookup, SlowOnesAreLeftOnlyWhenEverybodyWasAskedASecondAgo) {
  auto three = lookup({1, 2, 3}, {.alpha = 2});
  (void)asks(three);
  EXPECT_TRUE(three.answered(peer(1), {}));
  EXPECT_FALSE(three.only_slow_ones_left(kStart + 1s)) << "3 was not asked";
  EXPECT_EQ(asks(three, kStart + 1s), named({3}));
  EXPECT_FALSE(three.only_slow_ones_left(kStart + 2s - 1ns));
  EXPECT_TRUE(three.only_slow_ones_left(kStart + 2s));
}

TEST_F(Lookup, WhoIsFartherThanTheKthIsNotWaitedForAsASlowOne) {
  auto one = lookup({1, 2}, {.k = 1});
  EXPECT_EQ(asks(one), named({1}));
  EXPECT_TRUE(one.answered(peer(1), {}));
  EXPECT_TRUE(one.only_slow_ones_left(kStart));
}

TEST_F(Lookup, AnswersThatNobodyAskedForDoNothing) {
  auto one = lookup({1, 2}, {.alpha = 1});
  (void)asks(one);
  EXPECT_FALSE(one.answered(peer(2), named({5})));
  EXPECT_FALSE(one.answered(peer(7), named({5})));
  EXPECT_FALSE(one.failed(peer(2)));
  EXPECT_FALSE(one.fate(peer(5)));
}

TEST_F(Lookup, ASecondAnswerDoesNothing) {
  auto one = lookup({1});
  (void)asks(one);
  EXPECT_TRUE(one.answered(peer(1), named({2})));
  EXPECT_FALSE(one.answered(peer(1), named({5})));
  EXPECT_FALSE(one.failed(peer(1)));
  EXPECT_FALSE(one.fate(peer(5)));
}

TEST_F(Lookup, AnAnswerAfterAFailureDoesNothing) {
  auto two = lookup({1, 2});
  (void)asks(two);
  EXPECT_TRUE(two.failed(peer(1)));
  EXPECT_FALSE(two.answered(peer(1), named({5})));
  EXPECT_EQ(two.fate(peer(1)), PeerFate::kFailed);
}

TEST_F(Lookup, AnAnswerAfterTheEndDoesNothing) {
  auto one = lookup({1});
  (void)asks(one);
  one.stop();
  EXPECT_FALSE(one.answered(peer(1), named({5})));
  EXPECT_TRUE(is_finished(one));
}

TEST_F(Lookup, StoppedEarlyKeepsThePartialResult) {
  auto three = lookup({1, 2, 3});
  (void)asks(three);
  EXPECT_TRUE(three.answered(peer(2), named({5})));
  three.stop();
  EXPECT_TRUE(is_finished(three));
  EXPECT_EQ(three.result(), named({2}));
  EXPECT_EQ(three.fate(peer(1)), PeerFate::kAsked);
  EXPECT_EQ(three.fate(peer(5)), PeerFate::kNotAsked);
}

TEST_F(Lookup, TakesOnlyTheNearestOfALongAnswer) {
  auto one = lookup({0x80}, {.max_closer_peers = 2});
  (void)asks(one);
  EXPECT_TRUE(one.answered(peer(0x80), named({0x30, 0x10, 0x40, 0x20})));
  EXPECT_EQ(asks(one), named({0x10, 0x20}));
}

TEST_F(Lookup, ARepeatedPeerDoesNotCrowdOutTheOthers) {
  auto one = lookup({0x80}, {.max_closer_peers = 2});
  (void)asks(one);
  EXPECT_TRUE(one.answered(peer(0x80), named({0x10, 0x10, 0x10, 0x20})));
  EXPECT_EQ(asks(one), named({0x10, 0x20}));
}

TEST_F(Lookup, NeverAsksItself) {
  ClosestLookup careful{book, tiny_key(0), named({0x80}), peer(0x01)};
  (void)asks(careful);
  EXPECT_TRUE(careful.answered(peer(0x80), named({0x01, 0x02})));
  EXPECT_EQ(asks(careful), named({0x02}));
}

TEST_F(Lookup, ANearerPeerDisplacesTheFarthestUnasked) {
  auto small = lookup({0x40, 0x50, 0x60}, {.alpha = 1, .max_candidates = 3});
  EXPECT_EQ(asks(small), named({0x40}));
  EXPECT_TRUE(small.answered(peer(0x40), named({0x10})));
  EXPECT_FALSE(small.fate(peer(0x60)));
  EXPECT_EQ(small.candidates().size(), 3U);
}

TEST_F(Lookup, AFartherPeerDisplacesNobody) {
  auto small = lookup({0x40, 0x50, 0x60}, {.alpha = 1, .max_candidates = 3});
  (void)asks(small);
  EXPECT_TRUE(small.answered(peer(0x40), named({0x70})));
  EXPECT_FALSE(small.fate(peer(0x70)));
  EXPECT_EQ(small.fate(peer(0x60)), PeerFate::kNotAsked);
}

TEST_F(Lookup, WhoeverWasAskedIsNeverForgotten) {
  auto small = lookup({0x40, 0x50}, {.max_candidates = 2});
  (void)asks(small);
  EXPECT_TRUE(small.answered(peer(0x40), named({0x10})));
  EXPECT_EQ(small.fate(peer(0x50)), PeerFate::kAsked);
  EXPECT_FALSE(small.fate(peer(0x10)));
}

TEST_F(Lookup, TellsTheFateOfEveryCandidate) {
  auto four = lookup({1, 2, 3}, {.alpha = 2});
  (void)asks(four);
  EXPECT_TRUE(four.answered(peer(1), named({4})));
  const auto all = four.candidates();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].fate, PeerFate::kAnswered);
  EXPECT_EQ(all[1].fate, PeerFate::kAsked);
  EXPECT_EQ(all[3].peer, peer(4));
  EXPECT_EQ(all[3].hop, 2U);
  EXPECT_EQ(all[3].distance, book.key(peer(4)).distance_to(tiny_key(0)));
}

TEST_F(Lookup, TheResultIsCutToWhatIsWanted) {
  auto three = lookup({1, 2, 3});
  for (const PeerHandle asked : asks(three)) {
    EXPECT_TRUE(three.answered(asked, {}));
  }
  EXPECT_EQ(three.result(2), named({1, 2}));
}

TEST_F(Lookup, PinsItsCandidatesWhileItLives) {
  PeerBook tiny{{.max_peers = 1}};
  {
    ClosestLookup first{tiny, tiny_key(0), std::vector{tiny_handle(tiny, 1)}};
    const ClosestLookup moved{std::move(first)};
    EXPECT_FALSE(tiny.intern(numbered_peer(5)));
  }
  EXPECT_TRUE(tiny.intern(numbered_peer(5)));
}

}  // namespace
}  // namespace pond::kad
