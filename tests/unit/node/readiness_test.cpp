#include "pond/node/readiness.hpp"

#include <gtest/gtest.h>

namespace pond::node {
namespace {

using Step = Readiness::Step;

struct ReadinessTest : ::testing::Test {
  SeededRng rng{5};
  Instant now = Instant{} + 1h;
  Readiness readiness{{}, rng};
};

TEST_F(ReadinessTest, DoesNothingBeforeItsStart) {
  EXPECT_FALSE(readiness.poll(now, true));
  EXPECT_FALSE(readiness.next_deadline());
}

TEST_F(ReadinessTest, PutsThenGetsThenReportsReadyOnce) {
  readiness.start(now);
  EXPECT_EQ(readiness.poll(now, true), Step::kPut);
  EXPECT_FALSE(readiness.poll(now, true));
  readiness.put_done(true, now);
  EXPECT_EQ(readiness.poll(now, true), Step::kGet);
  EXPECT_FALSE(readiness.ready());
  readiness.get_done(true, now);
  EXPECT_EQ(readiness.poll(now, true), Step::kReportReady);
  EXPECT_FALSE(readiness.poll(now, true));
  EXPECT_TRUE(readiness.ready());
  EXPECT_EQ(readiness.attempts(), 1U);
  EXPECT_FALSE(readiness.next_deadline());
}

TEST_F(ReadinessTest, WithoutABootstrapConnectionTriesAgainInASecond) {
  readiness.start(now);
  EXPECT_FALSE(readiness.poll(now, false));
  EXPECT_EQ(readiness.last_error(), "no connection to a bootstrap node");
  EXPECT_EQ(*readiness.next_deadline() - now, 1s);
  EXPECT_FALSE(readiness.poll(now + 999ms, true));
  EXPECT_EQ(readiness.poll(now + 1s, true), Step::kPut);
}

TEST_F(ReadinessTest, FailsAnAttemptWhenNobodyStored) {
  readiness.start(now);
  static_cast<void>(readiness.poll(now, true));
  readiness.put_done(false, now);
  EXPECT_FALSE(readiness.last_error().empty());
  EXPECT_EQ(*readiness.next_deadline() - now, 1s);
}

TEST_F(ReadinessTest, FailsAnAttemptWhenNobodyGaveItBack) {
  readiness.start(now);
  static_cast<void>(readiness.poll(now, true));
  readiness.put_done(true, now);
  static_cast<void>(readiness.poll(now, true));
  readiness.get_done(false, now);
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(*readiness.next_deadline() - now, 1s);
}

TEST_F(ReadinessTest, ReportsAfterTenAttemptsASecondApartAndGoesOnMoreSlowly) {
  readiness.start(now);
  for (std::size_t attempt = 1; attempt < 10; ++attempt) {
    EXPECT_FALSE(readiness.poll(now, false));
    EXPECT_EQ(readiness.attempts(), attempt);
    EXPECT_EQ(*readiness.next_deadline() - now, 1s);
    now += 1s;
  }
  EXPECT_EQ(readiness.poll(now, false), Step::kReportSlow);
  EXPECT_FALSE(readiness.poll(now, false)) << "said once";
  Duration pause{};
  for (int i = 0; i < 12; ++i) {
    pause = *readiness.next_deadline() - now;
    EXPECT_LE(pause, 60s);
    now += pause;
    EXPECT_FALSE(readiness.poll(now, false));
  }
  EXPECT_GE(pause, 30s);
}

TEST_F(ReadinessTest, StillBecomesReadyAfterTheReport) {
  readiness.start(now);
  for (int i = 0; i < 20; ++i) {
    static_cast<void>(readiness.poll(now, false));
    now += 60s;
  }
  EXPECT_EQ(readiness.poll(now, true), Step::kPut);
  readiness.put_done(true, now);
  EXPECT_EQ(readiness.poll(now, true), Step::kGet);
  readiness.get_done(true, now);
  EXPECT_TRUE(readiness.ready());
  EXPECT_TRUE(readiness.last_error().empty());
}

}  // namespace
}  // namespace pond::node
