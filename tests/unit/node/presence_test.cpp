#include "pond/node/presence.hpp"

#include <set>

#include <gtest/gtest.h>

namespace pond::node {
namespace {

using Outcome = Presence::Outcome;

struct PresenceTest : ::testing::Test {
  /// Publishes now, with that outcome; returns the pause until the next time.
  Duration publish(Outcome outcome) {
    EXPECT_TRUE(presence.poll(now));
    EXPECT_FALSE(presence.next_deadline()) << "nothing while it is under way";
    presence.published(outcome, now);
    return *presence.next_deadline() - now;
  }

  SeededRng rng{3};
  Instant now = Instant{} + 1h;
  Presence presence{60s, rng};
};

TEST_F(PresenceTest, PublishesNothingBeforeItsStart) {
  EXPECT_FALSE(presence.poll(now));
}

TEST_F(PresenceTest, PublishesAtOnceAndOnce) {
  presence.start(now);
  EXPECT_TRUE(presence.poll(now));
  EXPECT_FALSE(presence.poll(now + 10min));
}

TEST_F(PresenceTest, PublishesEachMinuteWithJitter) {
  presence.start(now);
  std::set<Duration> pauses;
  for (int i = 0; i < 50; ++i) {
    const Duration pause = publish(Outcome::kReachedSomebody);
    EXPECT_GE(pause, 57s);
    EXPECT_LE(pause, 63s);
    pauses.insert(pause);
    now += pause;
  }
  EXPECT_GT(pauses.size(), 10U);
}

TEST_F(PresenceTest, PublishesWhenPeersComeAfterItReachedNobody) {
  presence.start(now);
  static_cast<void>(publish(Outcome::kReachedNobody));
  now += 1s;
  presence.peers_came(now);
  EXPECT_TRUE(presence.poll(now));
}

TEST_F(PresenceTest, DoesNotHurryForPeersWhenItReachedSomebody) {
  presence.start(now);
  static_cast<void>(publish(Outcome::kReachedSomebody));
  presence.peers_came(now + 1s);
  EXPECT_FALSE(presence.poll(now + 1s));
}

TEST_F(PresenceTest, OutdoesANewerRecordAtOnceButThreeTimesInARowAtMost) {
  presence.start(now);
  for (std::size_t i = 0; i < Presence::kMaxOutdoing; ++i) {
    EXPECT_EQ(publish(Outcome::kOutdated), 0s);
  }
  EXPECT_GE(publish(Outcome::kOutdated), 57s);
}

TEST_F(PresenceTest, PublishesAtOnceWhenABootstrapNodeIsBackAfterAllWereLost) {
  presence.start(now);
  static_cast<void>(publish(Outcome::kReachedSomebody));
  now += 20s;
  presence.bootstrap_lost();
  EXPECT_FALSE(presence.poll(now)) << "there is nobody to publish to";
  presence.bootstrap_back(now);
  EXPECT_TRUE(presence.poll(now));
}

TEST_F(PresenceTest, DoesNotHurryForABootstrapNodeWhenNotAllWereLost) {
  presence.start(now);
  static_cast<void>(publish(Outcome::kReachedSomebody));
  now += 20s;
  presence.bootstrap_back(now);
  EXPECT_FALSE(presence.poll(now));
}

TEST_F(PresenceTest, HurriesOnceForTheFirstBootstrapNodeThatIsBack) {
  presence.start(now);
  static_cast<void>(publish(Outcome::kReachedSomebody));
  now += 20s;
  presence.bootstrap_lost();
  presence.bootstrap_back(now);
  static_cast<void>(publish(Outcome::kReachedSomebody));
  now += 20s;
  presence.bootstrap_back(now);
  EXPECT_FALSE(presence.poll(now));
}

TEST_F(PresenceTest, IsNotFloodedByABootstrapNodeThatComesAndGoes) {
  presence.start(now);
  int published = 0;
  for (int i = 0; i < 600; ++i) {
    if (presence.poll(now)) {
      ++published;
      presence.published(Outcome::kReachedSomebody, now);
    }
    presence.bootstrap_lost();
    presence.bootstrap_back(now);
    now += 100ms;
  }
  EXPECT_EQ(published, 12) << "in a minute";
}

TEST_F(PresenceTest, PublishesAgainWhenABootstrapNodeCameBackMeanwhile) {
  presence.start(now);
  ASSERT_TRUE(presence.poll(now));
  presence.bootstrap_lost();
  presence.bootstrap_back(now + 1s);
  presence.published(Outcome::kReachedNobody, now + 10s);
  EXPECT_EQ(presence.next_deadline(), now + 10s);
  EXPECT_TRUE(presence.poll(now + 10s));
  presence.published(Outcome::kReachedSomebody, now + 11s);
  EXPECT_GE(*presence.next_deadline(), now + 60s);
}

TEST_F(PresenceTest, KeepsAnEarlierTimeWhenABootstrapNodeIsBack) {
  presence.start(now);
  const Duration pause = publish(Outcome::kReachedSomebody);
  presence.bootstrap_lost();
  presence.bootstrap_back(now + 1s);
  EXPECT_EQ(presence.next_deadline(), now + Presence::kLeastPause);
  EXPECT_LT(Presence::kLeastPause, pause);
}

}  // namespace
}  // namespace pond::node
