// Windows, back-pressure, fairness of the output, and the bounds on buffered bytes.
#include <gtest/gtest.h>

#include "pond/upgrade/yamux.hpp"

#include "support/yamux_wire.hpp"

namespace pond::upgrade {
namespace {

using namespace testing;

constexpr Instant kNow{};
constexpr std::uint32_t kWindow = kYamuxInitialWindow;

void receive(Yamux& yamux, const Bytes& bytes, Instant now = kNow) {
  ASSERT_TRUE(yamux.handle(bytes, now));
}

/// A responder with inbound streams 1, 3, ... accepted and acknowledged.
Yamux with_streams(std::size_t count, YamuxLimits limits = {}) {
  Yamux yamux{YamuxSide::kResponder, limits};
  for (std::size_t i = 0; i < count; ++i) {
    receive(yamux, update(kYamuxSyn, static_cast<StreamId>(2 * i + 1)));
  }
  (void)events(yamux);
  (void)sent(yamux);
  return yamux;
}

void measure_rtt(Yamux& yamux, Instant start, Duration rtt) {
  ASSERT_TRUE(yamux.ping(start));
  const std::vector<Frame> frames = take_frames(yamux);
  receive(yamux, ping_frame(kYamuxAck, frames.back().header.length), start + rtt);
  EXPECT_EQ(events(yamux), "pong");
}

std::size_t payload_sent(Yamux& yamux) {
  std::size_t total = 0;
  for (const Frame& frame : take_frames(yamux)) {
    total += frame.payload.size();
  }
  return total;
}

/// Writes all that is taken, however often, until the window is used up.
std::size_t write_until_refused(Yamux& yamux, StreamId id) {
  const Bytes chunk = pattern(64 * 1024);
  std::size_t total = 0;
  while (const std::size_t n = yamux.write(id, chunk)) {
    total += n;
    (void)payload_sent(yamux);
    (void)events(yamux);
  }
  return total;
}

TEST(YamuxWindow, SendsNoMoreThanTheInitialWindow) {
  Yamux yamux = with_streams(1);
  EXPECT_EQ(write_until_refused(yamux, 1), kWindow);
}

TEST(YamuxWindow, AnUpdateOpensTheWindowByItsDelta) {
  Yamux yamux = with_streams(1);
  (void)write_until_refused(yamux, 1);
  receive(yamux, update(0, 1, 1000));
  EXPECT_EQ(events(yamux), "writable #1");
  EXPECT_EQ(write_until_refused(yamux, 1), 1000U);
}

TEST(YamuxWindow, ALargerGrantOnTheAckCounts) {
  Yamux yamux{YamuxSide::kInitiator};
  const StreamId id = yamux.open().value();
  (void)sent(yamux);
  receive(yamux, update(kYamuxAck, id, kWindow));
  EXPECT_EQ(write_until_refused(yamux, id), 2 * kWindow);
}

TEST(YamuxWindow, ALargerGrantOnTheSynCounts) {
  Yamux yamux{YamuxSide::kResponder};
  receive(yamux, update(kYamuxSyn, 1, 5));
  (void)events(yamux);
  EXPECT_EQ(write_until_refused(yamux, 1), kWindow + 5);
}

TEST(YamuxWindow, MayGrowToTheLastByteOf32Bits) {
  Yamux yamux = with_streams(1);
  EXPECT_TRUE(yamux.handle(update(0, 1, 0xffffffff - kWindow), kNow));
}

TEST(YamuxWindow, OverflowIsAViolation) {
  Yamux yamux = with_streams(1);
  const auto handled = yamux.handle(update(0, 1, 0xffffffff - kWindow + 1), kNow);
  ASSERT_FALSE(handled);
  EXPECT_EQ(handled.error().code, Errc::kProtocol);
  EXPECT_EQ(sent(yamux), "goaway 1");
}

TEST(YamuxWindow, ExactlyTheWholeWindowMayArrive) {
  Yamux yamux = with_streams(1);
  receive(yamux, data(0, 1, pattern(kWindow)));
  EXPECT_EQ(yamux.peek(1).size(), kWindow);
}

TEST(YamuxWindow, OverrunIsAViolationBeforeAnyPayloadIsRead) {
  Yamux yamux = with_streams(1);
  receive(yamux, data(0, 1, pattern(kWindow)));
  const auto handled = yamux.handle(frame(YamuxType::kData, 0, 1, 1), kNow);
  ASSERT_FALSE(handled);
  EXPECT_EQ(handled.error().code, Errc::kProtocol);
  EXPECT_EQ(sent(yamux), "goaway 1");
  EXPECT_EQ(yamux.stream_count(), 0U);
}

TEST(YamuxWindow, OverrunByTheFirstFrameOfAStreamIsAViolation) {
  Yamux yamux{YamuxSide::kResponder};
  EXPECT_FALSE(yamux.handle(frame(YamuxType::kData, kYamuxSyn, 1, kWindow + 1), kNow));
}

TEST(YamuxWindow, CreditReturnsOnlyAsTheApplicationConsumes) {
  Yamux yamux = with_streams(1);
  receive(yamux, data(0, 1, pattern(kWindow)));
  (void)events(yamux);
  EXPECT_EQ(sent(yamux), "");
  yamux.consume(1, kWindow / 2 - 1, kNow);
  EXPECT_FALSE(text(take_frames(yamux)).contains("update"));
  yamux.consume(1, 1, kNow);
  EXPECT_EQ(take_frames(yamux).back().header,
            (YamuxHeader{.type = YamuxType::kWindowUpdate, .stream = 1, .length = kWindow / 2}));
}

TEST(YamuxWindow, OneUpdateCoversAllThatWasConsumedBeforeItIsSent) {
  Yamux yamux = with_streams(1);
  receive(yamux, data(0, 1, pattern(kWindow)));
  for (std::uint32_t i = 0; i < 4; ++i) {
    yamux.consume(1, kWindow / 4, kNow);
  }
  EXPECT_EQ(take_frames(yamux).back().header.length, kWindow);
}

TEST(YamuxWindow, GrantedCreditMayBeUsedAndNotMore) {
  Yamux yamux = with_streams(1);
  receive(yamux, data(0, 1, pattern(kWindow)));
  yamux.consume(1, kWindow / 2, kNow);
  (void)sent(yamux);
  receive(yamux, data(0, 1, pattern(kWindow / 2)));
  EXPECT_FALSE(yamux.handle(data(0, 1, pattern(1)), kNow));
}

TEST(YamuxWindow, CreditIsNotGrantedTwiceForAFrameThatIsStillArriving) {
  Yamux yamux = with_streams(1);
  const Bytes whole = data(0, 1, pattern(kWindow));
  receive(yamux, to_bytes(BytesView{whole}.first(kYamuxHeaderBytes + kWindow / 2)));
  yamux.consume(1, kWindow / 2, kNow);
  EXPECT_EQ(take_frames(yamux).back().header.length, kWindow / 2);
}

TEST(YamuxWindow, NoUpdateForAStreamThatTheRemoteHasFinished) {
  Yamux yamux = with_streams(1);
  receive(yamux, data(kYamuxFin, 1, pattern(kWindow)));
  yamux.consume(1, kWindow, kNow);
  EXPECT_EQ(sent(yamux), "");
}

TEST(YamuxGrowth, TheRoundTripIsMeasuredWhenTheFirstCreditReturns) {
  Yamux yamux = with_streams(1);
  receive(yamux, data(0, 1, pattern(kWindow)));
  yamux.consume(1, kWindow, kNow);
  EXPECT_EQ(sent(yamux), "ping+syn 0, update #1 262144");
}

TEST(YamuxGrowth, AFastReaderGetsTwiceTheWindow) {
  Yamux yamux = with_streams(1);
  measure_rtt(yamux, kNow, 10ms);
  receive(yamux, data(0, 1, pattern(kWindow)), kNow + 20ms);
  yamux.consume(1, kWindow, kNow + 40ms);
  EXPECT_EQ(sent(yamux), "update #1 524288");
  EXPECT_EQ(yamux.stats().window_growth, kWindow);
}

TEST(YamuxGrowth, ASlowReaderKeepsItsWindow) {
  Yamux yamux = with_streams(1);
  measure_rtt(yamux, kNow, 10ms);
  receive(yamux, data(0, 1, pattern(kWindow)), kNow + 20ms);
  yamux.consume(1, kWindow, kNow + 41ms);
  EXPECT_EQ(sent(yamux), "update #1 262144");
}

TEST(YamuxGrowth, IsJudgedFromOneUpdateToTheNext) {
  Yamux yamux = with_streams(1);
  measure_rtt(yamux, kNow, 10ms);
  receive(yamux, data(0, 1, pattern(kWindow)), kNow + 1h);
  yamux.consume(1, kWindow, kNow + 1h);
  EXPECT_EQ(sent(yamux), "update #1 262144");
  receive(yamux, data(0, 1, pattern(kWindow)), kNow + 1h + 30ms);
  yamux.consume(1, kWindow, kNow + 1h + 40ms);
  EXPECT_EQ(sent(yamux), "update #1 524288");
}

TEST(YamuxGrowth, EndsAtTheLargestWindow) {
  Yamux yamux = with_streams(1, {.max_window_bytes = 3 * kWindow});
  measure_rtt(yamux, kNow, 10ms);
  const std::uint32_t expected[] = {2 * kWindow, 3 * kWindow, 3 * kWindow};
  std::uint32_t window = kWindow;
  for (const std::uint32_t grown : expected) {
    receive(yamux, data(0, 1, pattern(window)), kNow + 10ms);
    yamux.consume(1, window, kNow + 10ms);
    EXPECT_EQ(take_frames(yamux).back().header.length, grown);
    window = grown;
  }
  EXPECT_EQ(yamux.counters().growth_denied, 1U);
}

TEST(YamuxGrowth, AllWindowsTogetherGainNoMoreThanHalfOfWhatMayBeReceived) {
  Yamux yamux = with_streams(4, {.max_receive_bytes = 4 * kWindow});
  measure_rtt(yamux, kNow, 10ms);
  for (StreamId id = 1; id <= 7; id += 2) {
    receive(yamux, data(0, id, pattern(kWindow)), kNow + 10ms);
    yamux.consume(id, kWindow, kNow + 10ms);
  }
  EXPECT_EQ(yamux.stats().window_growth, 2 * kWindow);
  EXPECT_EQ(yamux.counters().growth_denied, 2U);
}

TEST(YamuxGrowth, ReturnsWithTheStream) {
  Yamux yamux = with_streams(1);
  measure_rtt(yamux, kNow, 10ms);
  receive(yamux, data(0, 1, pattern(kWindow)), kNow + 10ms);
  yamux.consume(1, kWindow, kNow + 10ms);
  yamux.reset(1);
  EXPECT_EQ(yamux.stats().window_growth, 0U);
}

TEST(YamuxBackPressure, AStreamTakesNoMoreThanItsSendBuffer) {
  Yamux yamux = with_streams(1, {.max_stream_send_bytes = 1000});
  EXPECT_EQ(yamux.write(1, pattern(5000)), 1000U);
  EXPECT_EQ(yamux.write(1, pattern(5000)), 0U);
  EXPECT_EQ(yamux.buffered_bytes(1), 1000U);
}

TEST(YamuxBackPressure, WritableComesWhenHalfOfTheBufferIsFree) {
  Yamux yamux = with_streams(1, {.max_stream_send_bytes = 1000});
  (void)yamux.write(1, pattern(5000));
  Bytes out;
  (void)yamux.produce(out, kYamuxHeaderBytes + 499);
  EXPECT_EQ(events(yamux), "");
  (void)yamux.produce(out, kYamuxHeaderBytes + 300);
  EXPECT_EQ(events(yamux), "writable #1");
}

TEST(YamuxBackPressure, NoWritableWithoutARefusedWrite) {
  Yamux yamux = with_streams(1);
  (void)yamux.write(1, pattern(5000));
  (void)sent(yamux);
  receive(yamux, update(0, 1, 1000));
  EXPECT_EQ(events(yamux), "");
}

TEST(YamuxBackPressure, NoWritableAfterFinish) {
  Yamux yamux = with_streams(1, {.max_stream_send_bytes = 1000});
  (void)yamux.write(1, pattern(5000));
  yamux.finish(1);
  EXPECT_EQ(sent(yamux), "data #1 1000, update+fin #1 0");
  EXPECT_EQ(events(yamux), "");
}

TEST(YamuxBackPressure, APendingWritableIsWithdrawnByFinish) {
  Yamux yamux = with_streams(1, {.max_stream_send_bytes = 1000});
  (void)yamux.write(1, pattern(5000));
  (void)sent(yamux);
  yamux.finish(1);
  EXPECT_EQ(events(yamux), "");
}

TEST(YamuxBackPressure, AClosedWindowTakesNothingIntoMemory) {
  Yamux yamux = with_streams(1);
  (void)write_until_refused(yamux, 1);
  EXPECT_EQ(yamux.buffered_bytes(), 0U);
  EXPECT_FALSE(yamux.has_output());
}

TEST(YamuxBackPressure, AllStreamsShareTheSessionsSendBuffer) {
  Yamux yamux = with_streams(3, {.max_send_bytes = 1500, .max_stream_send_bytes = 1000});
  EXPECT_EQ(yamux.write(1, pattern(5000)), 1000U);
  EXPECT_EQ(yamux.write(3, pattern(5000)), 500U);
  EXPECT_EQ(yamux.write(5, pattern(5000)), 0U);
  EXPECT_EQ(yamux.buffered_bytes(), 1500U);
  EXPECT_EQ(yamux.counters().send_over_limit, 2U);
}

TEST(YamuxBackPressure, StreamsBlockedByTheSessionAreToldWhenHalfOfItIsFree) {
  Yamux yamux = with_streams(3, {.max_send_bytes = 1500, .max_stream_send_bytes = 1000});
  (void)yamux.write(1, pattern(1000));
  (void)yamux.write(3, pattern(5000));
  (void)yamux.write(5, pattern(5000));
  Bytes out;
  (void)yamux.produce(out, 2 * kYamuxHeaderBytes + 700);
  EXPECT_EQ(events(yamux), "");
  (void)yamux.produce(out, 2 * kYamuxHeaderBytes + 700);
  EXPECT_EQ(events(yamux), "writable #3, writable #5");
}

TEST(YamuxBackPressure, AStreamBlockedByTheSessionWaitsForTheSessionEvenWhenItsOwnBufferIsEmpty) {
  Yamux yamux = with_streams(3, {.max_send_bytes = 3000, .max_stream_send_bytes = 1000});
  (void)yamux.write(5, pattern(600));
  (void)yamux.write(1, pattern(1000));
  (void)yamux.write(3, pattern(1000));
  EXPECT_EQ(yamux.write(5, pattern(5000)), 400U);
  Bytes out;
  (void)yamux.produce(out, kYamuxHeaderBytes + 1000);
  EXPECT_EQ(events(yamux), "");
  (void)yamux.produce(out, kYamuxHeaderBytes + 1000);
  EXPECT_EQ(events(yamux), "writable #5");
}

TEST(YamuxBackPressure, AResetStreamGivesItsRoomToTheOthers) {
  Yamux yamux = with_streams(2, {.max_send_bytes = 1000, .max_stream_send_bytes = 1000});
  (void)yamux.write(1, pattern(1000));
  EXPECT_EQ(yamux.write(3, pattern(10)), 0U);
  yamux.reset(1);
  EXPECT_EQ(events(yamux), "writable #3");
  EXPECT_EQ(yamux.write(3, pattern(10)), 10U);
}

TEST(YamuxOutput, CutsPayloadIntoFramesOf16KiB) {
  Yamux yamux = with_streams(1);
  (void)yamux.write(1, pattern(40000));
  EXPECT_EQ(sent(yamux), "data #1 16384, data #1 16384, data #1 7232");
}

TEST(YamuxOutput, TakesTheStreamsInTurn) {
  Yamux yamux = with_streams(3);
  (void)yamux.write(1, pattern(40000));
  (void)yamux.write(3, pattern(20000));
  (void)yamux.write(5, pattern(10));
  EXPECT_EQ(sent(yamux), "data #1 16384, data #3 16384, data #5 10, data #1 16384, data #3 3616, data #1 7232");
}

TEST(YamuxOutput, ControlFramesOvertakePayload) {
  Yamux yamux = with_streams(2);
  (void)yamux.write(1, pattern(40000));
  Bytes out;
  (void)yamux.produce(out, 16396);
  yamux.finish(3);
  receive(yamux, ping_frame(kYamuxSyn, 5));
  EXPECT_EQ(sent(yamux), "ping+ack 5, update+fin #3 0, data #1 16384, data #1 7232");
}

TEST(YamuxOutput, NeverExceedsWhatWasAskedFor) {
  for (std::size_t max = 0; max < 600; ++max) {
    Yamux yamux = with_streams(2);
    (void)yamux.write(1, pattern(400));
    (void)yamux.write(3, pattern(400));
    receive(yamux, ping_frame(kYamuxSyn, 5));
    Bytes out = pattern(7);
    const std::size_t made = yamux.produce(out, max);
    EXPECT_LE(made, max);
    EXPECT_EQ(out.size(), 7 + made);
    (void)cut(BytesView{out}.subspan(7));
  }
}

TEST(YamuxOutput, MakesProgressWithLittleRoom) {
  Yamux yamux = with_streams(1);
  (void)yamux.write(1, pattern(1000));
  Bytes out;
  while (yamux.has_output()) {
    ASSERT_GT(yamux.produce(out, 64), 0U);
  }
  Bytes payload;
  for (const Frame& frame : cut(out)) {
    append(payload, frame.payload);
  }
  EXPECT_EQ(payload, pattern(1000));
}

TEST(YamuxOutput, DoesNotFillTheEndOfTheRoomWithATinyFrame) {
  Yamux yamux = with_streams(2);
  (void)yamux.write(1, pattern(1000));
  (void)yamux.write(3, pattern(1000));
  Bytes out;
  EXPECT_EQ(yamux.produce(out, 1012 + 50), 1012U);
}

TEST(YamuxMemory, WhatIsReceivedBeyondTheLimitResetsTheLargestStream) {
  Yamux yamux = with_streams(3, {.max_receive_bytes = 3000});
  receive(yamux, data(0, 1, pattern(500)));
  receive(yamux, data(0, 3, pattern(2000)));
  (void)events(yamux);
  receive(yamux, data(0, 5, pattern(501)));
  EXPECT_EQ(events(yamux), "readable #5, reset #3");
  EXPECT_EQ(sent(yamux), "update+rst #3 0");
  EXPECT_EQ(yamux.buffered_bytes(), 1001U);
  EXPECT_EQ(yamux.counters().receive_over_limit, 1U);
}

TEST(YamuxMemory, TheLargestMayBeTheOneThatIsReceiving) {
  Yamux yamux = with_streams(1, {.max_receive_bytes = 3000});
  receive(yamux, join({data(0, 1, pattern(5000)), ping_frame(kYamuxSyn, 1)}));
  EXPECT_EQ(events(yamux), "reset #1");
  EXPECT_EQ(sent(yamux), "ping+ack 1, update+rst #1 0");
}

TEST(YamuxMemory, AStreamTheApplicationHasNotSeenIsResetUnseen) {
  Yamux yamux{YamuxSide::kResponder, {.max_receive_bytes = 3000}};
  receive(yamux, data(kYamuxSyn, 1, pattern(3001)));
  EXPECT_EQ(events(yamux), "");
  EXPECT_EQ(sent(yamux), "update+rst #1 0");
  EXPECT_EQ(yamux.stream_count(), 0U);
}

TEST(YamuxMemory, ExactlyTheLimitIsFine) {
  Yamux yamux = with_streams(1, {.max_receive_bytes = 3000});
  receive(yamux, data(0, 1, pattern(3000)));
  EXPECT_EQ(events(yamux), "readable #1");
}

TEST(YamuxMemory, TheLargestStreamCountsBothDirections) {
  Yamux yamux = with_streams(3);
  EXPECT_EQ(yamux.largest_stream(), std::nullopt);
  receive(yamux, data(0, 1, pattern(100)));
  (void)yamux.write(3, pattern(60));
  receive(yamux, data(0, 3, pattern(60)));
  EXPECT_EQ(yamux.largest_stream(), 3U);
  EXPECT_EQ(yamux.buffered_bytes(3), 120U);
  EXPECT_EQ(yamux.buffered_bytes(), 220U);
}

TEST(YamuxMemory, TheLargestOfEqualsIsTheLowestId) {
  Yamux yamux = with_streams(3);
  receive(yamux, join({data(0, 5, "abc"), data(0, 3, "abc"), data(0, 1, "ab")}));
  EXPECT_EQ(yamux.largest_stream(), 3U);
}

TEST(YamuxMemory, TrimmingLeavesStreamsAlone) {
  Yamux yamux = with_streams(2);
  receive(yamux, data(0, 1, "abc"));
  (void)yamux.write(3, as_bytes("out"));
  yamux.trim();
  EXPECT_EQ(read_all(yamux, 1), "abc");
  EXPECT_EQ(sent(yamux), "data #3 3");
  yamux.reset(1);
  yamux.reset(3);
  (void)sent(yamux);
  yamux.trim();
  receive(yamux, update(kYamuxSyn, 101));
  EXPECT_EQ(events(yamux), "opened #101");
}

}  // namespace
}  // namespace pond::upgrade
