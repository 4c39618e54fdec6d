#include "pond/node/bootstrap_keeper.hpp"

#include <gtest/gtest.h>

namespace pond::node {
namespace {

struct Keeper {
  explicit Keeper(std::size_t peers) : keeper({.peers = peers}, rng) {}
  std::size_t polled() {
    std::size_t count = 0;
    while (keeper.poll(now)) {
      ++count;
    }
    return count;
  }
  /// How long until the next dial.
  Duration pause() { return *keeper.next_deadline() - now; }

  SeededRng rng{7};
  Instant now = Instant{} + 1h;
  BootstrapKeeper keeper;
};

TEST(BootstrapKeeper, DialsNobodyBeforeItsStart) {
  Keeper k{3};
  EXPECT_EQ(k.polled(), 0U);
  EXPECT_FALSE(k.keeper.next_deadline());
}

TEST(BootstrapKeeper, DialsEveryPeerAtOnce) {
  Keeper k{3};
  k.keeper.start(k.now);
  EXPECT_EQ(k.polled(), 3U);
}

TEST(BootstrapKeeper, AwaitsADialBeforeItGivesThePeerAgain) {
  Keeper k{1};
  k.keeper.start(k.now);
  EXPECT_EQ(k.polled(), 1U);
  EXPECT_FALSE(k.keeper.next_deadline());
  EXPECT_EQ(k.polled(), 0U);
}

TEST(BootstrapKeeper, MakesThreeAttemptsFiveSecondsApart) {
  Keeper k{1};
  k.keeper.start(k.now);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(k.polled(), 1U);
    k.keeper.dial_failed(0, k.now);
    EXPECT_EQ(k.pause(), 5s);
    k.now += 5s - 1ms;
    EXPECT_EQ(k.polled(), 0U);
    k.now += 1ms;
  }
  EXPECT_EQ(k.polled(), 1U);
}

TEST(BootstrapKeeper, ThenGoesOnWithPausesThatGrowToTheirBound) {
  Keeper k{1};
  k.keeper.start(k.now);
  Duration last{};
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(k.polled(), 1U);
    k.keeper.dial_failed(0, k.now);
    last = k.pause();
    EXPECT_LE(last, 5min);
    k.now += last;
  }
  EXPECT_GE(last, 150s);
}

TEST(BootstrapKeeper, RedialsAtOnceWhenTheLastOfItsConnectionsIsLost) {
  Keeper k{2};
  k.keeper.start(k.now);
  EXPECT_EQ(k.polled(), 2U);
  k.keeper.connected(0, k.now);
  k.keeper.connected(1, k.now);
  k.now += 2min;
  k.keeper.disconnected(0, k.now);
  EXPECT_GT(k.pause(), 0s) << "one is left";
  k.keeper.disconnected(1, k.now);
  EXPECT_EQ(k.pause(), 0s);
}

TEST(BootstrapKeeper, DoesNotRedialAtOnceAPeerThatDropsEveryConnection) {
  Keeper k{1};
  k.keeper.start(k.now);
  Duration last{};
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(k.polled(), 1U);
    k.keeper.connected(0, k.now);
    k.keeper.disconnected(0, k.now);
    last = k.pause();
    k.now += last;
  }
  EXPECT_GE(last, 150s);
}

TEST(BootstrapKeeper, PausesBrieflyAgainOnceAConnectionHasHeld) {
  Keeper k{2};
  k.keeper.start(k.now);
  EXPECT_EQ(k.polled(), 2U);
  k.keeper.connected(1, k.now);  // so that the other is never the last one
  for (int i = 0; i < 10; ++i) {
    k.keeper.connected(0, k.now);
    k.keeper.disconnected(0, k.now);
    k.now += k.pause();
    ASSERT_EQ(k.polled(), 1U);
  }
  k.keeper.connected(0, k.now);
  k.now += 60s;
  k.keeper.disconnected(0, k.now);
  EXPECT_LE(k.pause(), 10s);
}

TEST(BootstrapKeeper, HurryCutsThePauseShort) {
  Keeper k{1};
  k.keeper.start(k.now);
  EXPECT_EQ(k.polled(), 1U);
  k.keeper.hurry(k.now);
  EXPECT_EQ(k.polled(), 0U) << "it is being dialed";
  k.keeper.dial_failed(0, k.now);
  k.keeper.hurry(k.now);
  EXPECT_EQ(k.polled(), 1U);
}

TEST(BootstrapKeeper, CountsAConnectionWhoeverDialedIt) {
  Keeper k{1};
  k.keeper.start(k.now);
  EXPECT_EQ(k.polled(), 1U);
  k.keeper.connected(0, k.now);
  k.keeper.dial_failed(0, k.now);
  EXPECT_EQ(k.keeper.connected_count(), 1U);
  EXPECT_FALSE(k.keeper.next_deadline());
}

TEST(BootstrapKeeper, ItsFirstRoundIsOverWhenEachWasReachedOrFailedOnce) {
  Keeper k{2};
  EXPECT_FALSE(k.keeper.first_round_over());
  k.keeper.start(k.now);
  EXPECT_EQ(k.polled(), 2U);
  k.keeper.connected(0, k.now);
  EXPECT_FALSE(k.keeper.first_round_over());
  k.keeper.dial_failed(1, k.now);
  EXPECT_TRUE(k.keeper.first_round_over());
}

}  // namespace
}  // namespace pond::node
