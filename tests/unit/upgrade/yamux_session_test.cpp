// What concerns the whole session: ping, go-away, limits on streams, and a remote that breaks the rules.
#include <gtest/gtest.h>

#include "pond/upgrade/yamux.hpp"

#include "support/yamux_wire.hpp"

namespace pond::upgrade {
namespace {

using namespace testing;

constexpr Instant kNow{};

void receive(Yamux& yamux, const Bytes& bytes, Instant now = kNow) {
  ASSERT_TRUE(yamux.handle(bytes, now));
}

TEST(YamuxPing, IsAnsweredOnceWithTheSameValue) {
  Yamux yamux{YamuxSide::kResponder};
  receive(yamux, ping_frame(kYamuxSyn, 0xdeadbeef));
  EXPECT_EQ(sent(yamux), "ping+ack 3735928559");
  EXPECT_EQ(sent(yamux), "");
  EXPECT_EQ(events(yamux), "");
}

TEST(YamuxPing, MeasuresTheRoundTrip) {
  Yamux yamux{YamuxSide::kInitiator};
  EXPECT_TRUE(yamux.ping(kNow));
  EXPECT_EQ(sent(yamux), "ping+syn 0");
  receive(yamux, ping_frame(kYamuxAck, 0), kNow + 30ms);
  const auto event = yamux.poll();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, YamuxEvent::Kind::kPong);
  EXPECT_EQ(event->rtt, 30ms);
  EXPECT_EQ(yamux.stats().rtt, 30ms);
}

TEST(YamuxPing, SmoothsTheRoundTrip) {
  Yamux yamux{YamuxSide::kInitiator};
  for (const Duration rtt : {Duration{30ms}, Duration{10ms}}) {
    (void)yamux.ping(kNow);
    const std::vector<Frame> frames = take_frames(yamux);
    receive(yamux, ping_frame(kYamuxAck, frames.at(0).header.length), kNow + rtt);
  }
  EXPECT_EQ(yamux.stats().rtt, 20ms);
}

TEST(YamuxPing, OneIsInFlightAtATime) {
  Yamux yamux{YamuxSide::kInitiator};
  EXPECT_TRUE(yamux.ping(kNow));
  EXPECT_FALSE(yamux.ping(kNow));
  EXPECT_EQ(sent(yamux), "ping+syn 0");
  receive(yamux, ping_frame(kYamuxAck, 0));
  EXPECT_TRUE(yamux.ping(kNow));
  EXPECT_EQ(sent(yamux), "ping+syn 1");
}

TEST(YamuxPing, AnswersNobodyAskedForAreIgnored) {
  Yamux yamux{YamuxSide::kInitiator};
  receive(yamux, ping_frame(kYamuxAck, 0));
  (void)yamux.ping(kNow);
  receive(yamux, ping_frame(kYamuxAck, 0));  // before the ping has left
  (void)sent(yamux);
  receive(yamux, join({ping_frame(kYamuxAck, 9), ping_frame(0, 0)}));
  EXPECT_EQ(events(yamux), "");
  EXPECT_EQ(yamux.counters().pongs_unexpected, 4U);
  receive(yamux, ping_frame(kYamuxAck, 0));
  EXPECT_EQ(events(yamux), "pong");
}

TEST(YamuxPing, FailsWhenNothingComes) {
  Yamux yamux{YamuxSide::kInitiator};
  EXPECT_EQ(yamux.next_deadline(), std::nullopt);
  (void)yamux.ping(kNow);
  (void)sent(yamux);
  EXPECT_EQ(yamux.next_deadline(), kNow + 10s);
  EXPECT_TRUE(yamux.handle_timeout(kNow + 9s));
  const auto failed = yamux.handle_timeout(kNow + 10s);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::kTimeout);
  EXPECT_EQ(yamux.counters().ping_timeouts, 1U);
  EXPECT_EQ(yamux.next_deadline(), std::nullopt);
}

TEST(YamuxPing, IsPatientWhileOtherThingsArrive) {
  Yamux yamux{YamuxSide::kInitiator};
  (void)yamux.ping(kNow);
  (void)sent(yamux);
  receive(yamux, ping_frame(kYamuxSyn, 7), kNow + 8s);
  EXPECT_EQ(yamux.next_deadline(), kNow + 18s);
  EXPECT_TRUE(yamux.handle_timeout(kNow + 10s));
}

TEST(YamuxPing, AnAnswerEndsTheDeadline) {
  Yamux yamux{YamuxSide::kInitiator};
  (void)yamux.ping(kNow);
  (void)sent(yamux);
  receive(yamux, ping_frame(kYamuxAck, 0), kNow + 1s);
  EXPECT_EQ(yamux.next_deadline(), std::nullopt);
}

TEST(YamuxPing, AFloodIsAnsweredOnlySoFar) {
  Yamux yamux{YamuxSide::kResponder};
  for (std::uint32_t i = 0; i < 10000; ++i) {
    receive(yamux, ping_frame(kYamuxSyn, i));
  }
  EXPECT_EQ(take_frames(yamux).size(), 32U);
  EXPECT_EQ(yamux.counters().pongs_dropped, 10000U - 32U);
  receive(yamux, ping_frame(kYamuxSyn, 77));
  EXPECT_EQ(sent(yamux), "ping+ack 77");
}

TEST(YamuxGoAwayFrame, FromTheRemoteIsReportedOnceAndEndsOpening) {
  Yamux yamux{YamuxSide::kInitiator};
  receive(yamux, join({frame(YamuxType::kGoAway, 0, 0, 2), frame(YamuxType::kGoAway, 0, 0, 0)}));
  EXPECT_EQ(events(yamux), "goaway code 2");
  EXPECT_EQ(yamux.open().error().code, Errc::kClosed);
}

TEST(YamuxGoAwayFrame, FromTheRemoteLeavesExistingStreamsAlone) {
  Yamux yamux{YamuxSide::kInitiator};
  const StreamId id = yamux.open().value();
  (void)sent(yamux);
  receive(yamux, join({frame(YamuxType::kGoAway, 0, 0, 0), data(kYamuxAck, id, "still here")}));
  EXPECT_EQ(events(yamux), "goaway, readable #1");
  EXPECT_EQ(read_all(yamux, id), "still here");
  EXPECT_EQ(yamux.write(id, as_bytes("me too")), 6U);
  EXPECT_EQ(sent(yamux), "data #1 6");
}

TEST(YamuxGoAwayFrame, IsSentOnceWithItsCode) {
  Yamux yamux{YamuxSide::kInitiator};
  yamux.go_away(YamuxGoAway::kInternalError);
  yamux.go_away(YamuxGoAway::kNormal);
  EXPECT_EQ(sent(yamux), "goaway 2");
  yamux.go_away(YamuxGoAway::kNormal);
  EXPECT_EQ(sent(yamux), "");
}

TEST(YamuxGoAwayFrame, OursEndsOpeningFromBothSides) {
  Yamux yamux{YamuxSide::kInitiator};
  yamux.go_away(YamuxGoAway::kNormal);
  EXPECT_EQ(yamux.open().error().code, Errc::kClosed);
  receive(yamux, data(kYamuxSyn, 2, "too late"));
  EXPECT_EQ(events(yamux), "");
  EXPECT_EQ(sent(yamux), "goaway 0, update+rst #2 0");
  EXPECT_EQ(yamux.counters().inbound_after_go_away, 1U);
}

TEST(YamuxGoAwayFrame, OursLeavesExistingStreamsAlone) {
  Yamux yamux{YamuxSide::kInitiator};
  const StreamId id = yamux.open().value();
  (void)sent(yamux);
  yamux.go_away(YamuxGoAway::kNormal);
  (void)yamux.write(id, as_bytes("x"));
  receive(yamux, data(kYamuxAck, id, "y"));
  EXPECT_EQ(sent(yamux), "goaway 0, data #1 1");
  EXPECT_EQ(read_all(yamux, id), "y");
}

TEST(YamuxLimit, TheAckBacklogEndsOpening) {
  Yamux yamux{YamuxSide::kInitiator};
  for (int i = 0; i < 256; ++i) {
    ASSERT_TRUE(yamux.open());
  }
  EXPECT_EQ(yamux.open().error().code, Errc::kLimit);
  EXPECT_EQ(yamux.counters().opens_refused, 1U);
  (void)sent(yamux);
  receive(yamux, update(kYamuxAck, 1));
  EXPECT_EQ(events(yamux), "openable");
  EXPECT_EQ(yamux.open().value(), 513U);
}

TEST(YamuxLimit, OpenableComesOnlyAfterARefusal) {
  Yamux yamux{YamuxSide::kInitiator};
  ASSERT_TRUE(yamux.open());
  (void)sent(yamux);
  receive(yamux, update(kYamuxAck, 1));
  EXPECT_EQ(events(yamux), "");
}

TEST(YamuxLimit, OutboundStreamsAreLimited) {
  Yamux yamux{YamuxSide::kInitiator, {.max_outbound_streams = 2}};
  const StreamId first = yamux.open().value();
  ASSERT_TRUE(yamux.open());
  EXPECT_EQ(yamux.open().error().code, Errc::kLimit);
  yamux.reset(first);
  EXPECT_EQ(events(yamux), "openable");
  EXPECT_TRUE(yamux.open());
}

TEST(YamuxLimit, InboundStreamsBeyondTheLimitAreReset) {
  Yamux yamux{YamuxSide::kResponder, {.max_inbound_streams = 2}};
  receive(yamux, join({update(kYamuxSyn, 1), update(kYamuxSyn, 3), data(kYamuxSyn, 5, "drained"), data(0, 5, "too")}));
  EXPECT_EQ(events(yamux), "opened #1, opened #3");
  EXPECT_EQ(sent(yamux), "update+rst #5 0, update+ack #1 0, update+ack #3 0");
  EXPECT_EQ(yamux.counters().inbound_over_limit, 1U);
  yamux.reset(1);
  receive(yamux, update(kYamuxSyn, 7));
  EXPECT_EQ(events(yamux), "opened #7");
}

TEST(YamuxLimit, TwoHundredStreamsAtOnceAreAllOpened) {
  Yamux yamux{YamuxSide::kResponder};
  Bytes all;
  for (StreamId id = 1; id < 400; id += 2) {
    append(all, data(kYamuxSyn, id, "request"));
  }
  receive(yamux, all);
  std::size_t opened = 0;
  while (const auto event = yamux.poll()) {
    opened += event->kind == YamuxEvent::Kind::kOpened ? 1U : 0U;
  }
  EXPECT_EQ(opened, 200U);
}

TEST(YamuxLimit, StreamsThatNobodyAcceptsAreResetBeyondTheBacklog) {
  Yamux yamux{YamuxSide::kResponder};
  for (StreamId id = 1; id < 600; id += 2) {
    receive(yamux, update(kYamuxSyn, id));
  }
  EXPECT_EQ(yamux.stream_count(), 256U);
  EXPECT_EQ(yamux.counters().inbound_over_backlog, 44U);
  EXPECT_EQ(take_frames(yamux).size(), 44U);
}

TEST(YamuxLimit, AFloodOfSynsEndsTheSessionWhenTheResetsAreNotRead) {
  Yamux yamux{YamuxSide::kResponder};
  Result<void> handled{};
  StreamId id = 1;
  for (; handled && id < 100000; id += 2) {
    handled = yamux.handle(update(kYamuxSyn, id), kNow);
  }
  ASSERT_FALSE(handled);
  EXPECT_EQ(handled.error().code, Errc::kLimit);
  EXPECT_LE(id, 2U * (256 + 8192 + 2));
  EXPECT_EQ(sent(yamux), "goaway 1");
}

TEST(YamuxLimit, AFloodOfSynsIsSurvivedWhileTheResetsAreRead) {
  Yamux yamux{YamuxSide::kResponder};
  for (StreamId id = 1; id < 100000; id += 2) {
    receive(yamux, update(kYamuxSyn, id));
    (void)take_frames(yamux);
  }
  EXPECT_EQ(yamux.stream_count(), 256U);
}

TEST(YamuxLimit, OpeningAndResettingWithoutEndLeavesNothing) {
  Yamux yamux{YamuxSide::kResponder};
  for (StreamId id = 1; id < 100000; id += 2) {
    receive(yamux, join({data(kYamuxSyn, id, "x"), update(kYamuxRst, id)}));
  }
  EXPECT_EQ(yamux.stream_count(), 0U);
  EXPECT_EQ(yamux.buffered_bytes(), 0U);
  EXPECT_FALSE(yamux.has_output());
}

TEST(YamuxLimit, ResetStreamsCountUntilTheApplicationHasHeard) {
  Yamux yamux{YamuxSide::kResponder, {.max_inbound_streams = 1}};
  receive(yamux, update(kYamuxSyn, 1));
  (void)events(yamux);
  receive(yamux, join({update(kYamuxRst, 1), update(kYamuxSyn, 3)}));
  EXPECT_EQ(events(yamux), "reset #1");
  EXPECT_EQ(yamux.counters().inbound_over_limit, 1U);
  receive(yamux, update(kYamuxSyn, 5));
  EXPECT_EQ(events(yamux), "opened #5");
}

TEST(YamuxLimit, AFloodOfTinyWindowUpdatesMakesNoOutputAndOneEvent) {
  Yamux yamux{YamuxSide::kResponder, {.max_stream_send_bytes = 1'000'000}};
  receive(yamux, update(kYamuxSyn, 1));
  (void)events(yamux);
  (void)yamux.write(1, pattern(kYamuxInitialWindow + 1));
  (void)sent(yamux);
  for (int i = 0; i < 10000; ++i) {
    receive(yamux, update(0, 1, 1));
  }
  EXPECT_FALSE(yamux.has_output());
  EXPECT_EQ(events(yamux), "writable #1");
}

/// Each of these must end the session, once with its code and then for ever.
struct Violation {
  const char* name;
  Bytes bytes;
  Errc code = Errc::kProtocol;
};

struct YamuxViolation : ::testing::TestWithParam<Violation> {};

TEST_P(YamuxViolation, EndsTheSession) {
  Yamux yamux{YamuxSide::kResponder};
  receive(yamux, join({data(kYamuxSyn, 1, "x"), update(kYamuxSyn, 5)}));
  (void)events(yamux);
  const StreamId own = yamux.open().value();
  (void)yamux.write(own, as_bytes("pending"));
  const auto handled = yamux.handle(join({GetParam().bytes, ping_frame(kYamuxSyn, 1)}), kNow);
  ASSERT_FALSE(handled);
  EXPECT_EQ(handled.error().code, GetParam().code);
  EXPECT_EQ(sent(yamux), "goaway 1");
  EXPECT_EQ(yamux.handle(ping_frame(kYamuxSyn, 1), kNow).error(), handled.error());
  EXPECT_EQ(yamux.handle_timeout(kNow).error(), handled.error());
  EXPECT_EQ(yamux.open().error(), handled.error());
  EXPECT_FALSE(yamux.ping(kNow));
  EXPECT_EQ(events(yamux), "");
  EXPECT_EQ(yamux.stream_count(), 0U);
  EXPECT_EQ(yamux.buffered_bytes(), 0U);
  EXPECT_EQ(yamux.write(own, as_bytes("more")), 0U);
  EXPECT_EQ(sent(yamux), "");
  EXPECT_EQ(yamux.counters().violations, 1U);
}

Bytes with_byte(Bytes bytes, std::size_t at, std::uint8_t value) {
  bytes[at] = value;
  return bytes;
}

INSTANTIATE_TEST_SUITE_P(
    All, YamuxViolation,
    ::testing::Values(Violation{"UnknownVersion", with_byte(update(0, 1), 0, 1), Errc::kUnsupported},
                      Violation{"UnknownType", with_byte(update(0, 1), 1, 4), Errc::kMalformed},
                      Violation{"SynWithOurParity", update(kYamuxSyn, 100)},
                      Violation{"SynWithOurParityOnData", data(kYamuxSyn, 102, "x")},
                      Violation{"SynForAStreamOfOurs", update(kYamuxSyn, 2)},
                      Violation{"SynTwice", update(kYamuxSyn, 1)},
                      Violation{"SynAfterTheStreamEnded", join({update(kYamuxRst, 5), update(kYamuxSyn, 5)})},
                      Violation{"DataOnStreamZero", data(0, 0, "x")},
                      Violation{"SynOnStreamZero", update(kYamuxSyn, 0)},
                      Violation{"UpdateOnStreamZero", update(0, 0, 5)},
                      Violation{"PingOnAStream", frame(YamuxType::kPing, kYamuxSyn, 1, 5)},
                      Violation{"GoAwayOnAStream", frame(YamuxType::kGoAway, 0, 1, 0)},
                      Violation{"WindowOverrun", frame(YamuxType::kData, 0, 1, kYamuxInitialWindow)},
                      Violation{"EndlessDataForAnUnknownStream", frame(YamuxType::kData, 0, 99, 0xffffffff)},
                      Violation{"EndlessDataWithReset", frame(YamuxType::kData, kYamuxRst, 1, 0xffffffff)},
                      Violation{"WindowOverflow", update(0, 1, 0xffffffff)}),
    [](const auto& violation) { return std::string{violation.param.name}; });

TEST(YamuxIds, AnIdFarBelowTheHighestIsRefusedWithoutJudgement) {
  Yamux yamux{YamuxSide::kResponder};
  receive(yamux, update(kYamuxSyn, 5001));
  receive(yamux, update(kYamuxSyn, 1));
  EXPECT_EQ(events(yamux), "opened #5001");
  EXPECT_EQ(sent(yamux), "update+rst #1 0, update+ack #5001 0");
  EXPECT_EQ(yamux.counters().inbound_too_old, 1U);
}

TEST(YamuxIds, LateIdsAreNewWithinTheWindowAndRefusedRightBelowIt) {
  Yamux yamux{YamuxSide::kResponder};
  receive(yamux, join({update(kYamuxSyn, 2049), update(kYamuxSyn, 3), update(kYamuxSyn, 1)}));
  EXPECT_EQ(events(yamux), "opened #2049, opened #3");
  EXPECT_EQ(yamux.counters().inbound_too_old, 1U);
}

TEST(YamuxIds, ASkippedIdIsNewEvenWhereAnOldOneLeftItsMark) {
  Yamux yamux{YamuxSide::kResponder};
  receive(yamux, join({update(kYamuxSyn, 1), update(kYamuxSyn, 2051), update(kYamuxSyn, 2049)}));
  EXPECT_EQ(events(yamux), "opened #1, opened #2051, opened #2049");
}

TEST(YamuxIds, TheHighestIdIsUsable) {
  Yamux yamux{YamuxSide::kResponder};
  receive(yamux, update(kYamuxSyn, 0xffffffff));
  EXPECT_EQ(events(yamux), "opened #4294967295");
  EXPECT_FALSE(yamux.handle(update(kYamuxSyn, 0xffffffff), kNow));
}

TEST(YamuxIds, ReuseIsSeenAcrossTheWholeWindow) {
  for (const StreamId later : {3U, 101U, 2047U}) {
    Yamux yamux{YamuxSide::kResponder};
    receive(yamux, join({update(kYamuxSyn, 1), update(kYamuxRst, 1), update(kYamuxSyn, later)}));
    EXPECT_FALSE(yamux.handle(update(kYamuxSyn, 1), kNow)) << later;
  }
}

TEST(YamuxIds, ANewIdIsNotMistakenForAnOldOneOfTheSameRemainder) {
  Yamux yamux{YamuxSide::kResponder};
  for (StreamId id = 1; id < 10000; id += 2) {
    receive(yamux, join({update(kYamuxSyn, id), update(kYamuxRst, id)}));
  }
  EXPECT_EQ(yamux.counters().inbound_too_old, 0U);
}

}  // namespace
}  // namespace pond::upgrade
