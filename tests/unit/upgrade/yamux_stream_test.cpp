// One stream's life, frame by frame: opening, acknowledging, half-closing, tearing down.
#include <gtest/gtest.h>

#include "pond/upgrade/yamux.hpp"

#include "support/yamux_wire.hpp"

namespace pond::upgrade {
namespace {

using namespace testing;

constexpr Instant kNow{};

struct Dialer : ::testing::Test {
  Yamux yamux{YamuxSide::kInitiator};

  void receive(const Bytes& bytes) { ASSERT_TRUE(yamux.handle(bytes, kNow)); }
  /// A stream that the remote has acknowledged, with nothing pending.
  StreamId established() {
    const StreamId id = yamux.open().value();
    (void)sent(yamux);
    receive(update(kYamuxAck, id));
    EXPECT_EQ(events(yamux), "");
    return id;
  }
};

struct Listener : ::testing::Test {
  Yamux yamux{YamuxSide::kResponder};

  void receive(const Bytes& bytes) { ASSERT_TRUE(yamux.handle(bytes, kNow)); }
  void accepted() {
    receive(update(kYamuxSyn, 1));
    EXPECT_EQ(events(yamux), "opened #1");
    EXPECT_EQ(sent(yamux), "update+ack #1 0");
  }
};

using YamuxDialer = Dialer;
using YamuxListener = Listener;

TEST_F(YamuxDialer, UsesOddIdsInOrder) {
  EXPECT_EQ(yamux.open().value(), 1U);
  EXPECT_EQ(yamux.open().value(), 3U);
  EXPECT_EQ(yamux.open().value(), 5U);
  EXPECT_EQ(sent(yamux), "update+syn #1 0, update+syn #3 0, update+syn #5 0");
}

TEST_F(YamuxListener, UsesEvenIdsFromTwo) {
  EXPECT_EQ(yamux.open().value(), 2U);
  EXPECT_EQ(yamux.open().value(), 4U);
}

TEST_F(YamuxDialer, AnnouncesAStreamEvenWhenNothingIsWritten) {
  (void)yamux.open();
  EXPECT_TRUE(yamux.has_output());
  EXPECT_EQ(sent(yamux), "update+syn #1 0");
  EXPECT_FALSE(yamux.has_output());
}

TEST_F(YamuxDialer, SendsDataBehindSynWithoutWaitingForTheAck) {
  const StreamId id = yamux.open().value();
  EXPECT_EQ(yamux.write(id, as_bytes("hello")), 5U);
  EXPECT_EQ(sent(yamux), "update+syn #1 0, data #1 5");
}

TEST_F(YamuxDialer, AnnouncesStreamsInTheOrderOfTheirIdsWhoeverHasData) {
  const StreamId first = yamux.open().value();
  (void)yamux.open();
  (void)yamux.write(first, as_bytes("x"));
  EXPECT_EQ(sent(yamux), "update+syn #1 0, update+syn #3 0, data #1 1");
}

TEST_F(YamuxDialer, NeverSendsDataBeforeSynHoweverLittleRoomThereIs) {
  const StreamId id = yamux.open().value();
  (void)yamux.write(id, as_bytes("hello"));
  Bytes out;
  EXPECT_EQ(yamux.produce(out, 11), 0U);
  EXPECT_EQ(yamux.produce(out, 13), 12U);
  EXPECT_EQ(text(cut(out)), "update+syn #1 0");
}

TEST_F(YamuxDialer, CarriesSynAndFinInOneFrameWhenNothingWasWritten) {
  yamux.finish(yamux.open().value());
  EXPECT_EQ(sent(yamux), "update+syn+fin #1 0");
}

TEST_F(YamuxDialer, ForgetsSilentlyAStreamResetBeforeItWasAnnounced) {
  const StreamId id = yamux.open().value();
  (void)yamux.write(id, as_bytes("hello"));
  yamux.reset(id);
  EXPECT_EQ(sent(yamux), "");
  EXPECT_EQ(yamux.stream_count(), 0U);
  EXPECT_EQ(yamux.open().value(), 3U);
}

TEST_F(YamuxDialer, IgnoresFramesForAStreamItHasNotAnnounced) {
  const StreamId id = yamux.open().value();
  receive(join({data(kYamuxAck, id, "early"), update(kYamuxRst, id)}));
  EXPECT_EQ(events(yamux), "");
  EXPECT_TRUE(yamux.contains(id));
  EXPECT_EQ(yamux.counters().stray_frames, 2U);
}

TEST_F(YamuxDialer, AcceptsAnAckOnAWindowUpdate) {
  (void)yamux.open();
  (void)sent(yamux);
  EXPECT_EQ(yamux.stats().unacknowledged, 1U);
  receive(update(kYamuxAck, 1, 4096));
  EXPECT_EQ(yamux.stats().unacknowledged, 0U);
}

TEST_F(YamuxDialer, AcceptsAnAckOnData) {
  (void)yamux.open();
  (void)sent(yamux);
  receive(data(kYamuxAck, 1, "welcome"));
  EXPECT_EQ(yamux.stats().unacknowledged, 0U);
  EXPECT_EQ(events(yamux), "readable #1");
  EXPECT_EQ(read_all(yamux, 1), "welcome");
}

TEST_F(YamuxDialer, TakesAnAnswerWithoutAckAsAcknowledgement) {
  (void)yamux.open();
  (void)sent(yamux);
  receive(data(0, 1, "welcome"));
  EXPECT_EQ(yamux.stats().unacknowledged, 0U);
}

TEST_F(YamuxDialer, CountsASecondAckOnce) {
  (void)yamux.open();
  (void)yamux.open();
  (void)sent(yamux);
  receive(join({update(kYamuxAck, 1), update(kYamuxAck, 1)}));
  EXPECT_EQ(yamux.stats().unacknowledged, 1U);
}

TEST_F(YamuxDialer, ARefusedStreamIsResetAndNoLongerUnacknowledged) {
  (void)yamux.open();
  (void)sent(yamux);
  receive(update(kYamuxRst, 1));
  EXPECT_EQ(events(yamux), "reset #1");
  EXPECT_EQ(yamux.stats().unacknowledged, 0U);
  EXPECT_EQ(yamux.stream_count(), 0U);
}

TEST_F(YamuxListener, OpensAStreamByWindowUpdate) {
  receive(update(kYamuxSyn, 1));
  EXPECT_EQ(events(yamux), "opened #1");
}

TEST_F(YamuxListener, OpensAStreamByData) {
  receive(data(kYamuxSyn, 1, "first words"));
  EXPECT_EQ(events(yamux), "opened #1, readable #1");
  EXPECT_EQ(read_all(yamux, 1), "first words");
}

TEST_F(YamuxListener, AcknowledgesWhenTheApplicationHasAccepted) {
  receive(update(kYamuxSyn, 1));
  EXPECT_EQ(sent(yamux), "");
  EXPECT_EQ(yamux.stats().unaccepted, 1U);
  (void)events(yamux);
  EXPECT_EQ(yamux.stats().unaccepted, 0U);
  EXPECT_EQ(sent(yamux), "update+ack #1 0");
}

TEST_F(YamuxListener, AcknowledgesOnDataWhenThereIsSome) {
  receive(update(kYamuxSyn, 1));
  (void)events(yamux);
  (void)yamux.write(1, as_bytes("answer"));
  EXPECT_EQ(sent(yamux), "data+ack #1 6");
}

TEST_F(YamuxListener, AcknowledgesOnceOnly) {
  accepted();
  (void)yamux.write(1, as_bytes("answer"));
  EXPECT_EQ(sent(yamux), "data #1 6");
}

TEST_F(YamuxListener, TakesARequestWithAllFlagsInOneFrame) {
  receive(data(kYamuxSyn | kYamuxFin, 1, "request"));
  EXPECT_EQ(events(yamux), "opened #1, readable #1");
  EXPECT_EQ(read_all(yamux, 1), "request");
  EXPECT_EQ(events(yamux), "finished #1");
}

TEST_F(YamuxListener, TakesIdsOutOfOrder) {
  receive(join({update(kYamuxSyn, 7), update(kYamuxSyn, 3), update(kYamuxSyn, 5)}));
  EXPECT_EQ(events(yamux), "opened #7, opened #3, opened #5");
}

TEST_F(YamuxListener, IgnoresUnknownFlags) {
  receive(update(0x40 | kYamuxSyn, 1));
  EXPECT_EQ(events(yamux), "opened #1");
}

TEST_F(YamuxListener, SaysNothingOfAStreamThatCameAndWentUnseen) {
  receive(join({update(kYamuxSyn, 1), data(0, 1, "x"), update(kYamuxRst, 1)}));
  EXPECT_EQ(events(yamux), "");
  EXPECT_EQ(yamux.stream_count(), 0U);
  EXPECT_EQ(yamux.stats().unaccepted, 0U);
  EXPECT_EQ(sent(yamux), "");
}

TEST_F(YamuxDialer, HalfCloseSendsTheRestThenFinInAFrameOfItsOwn) {
  const StreamId id = established();
  (void)yamux.write(id, as_bytes("last"));
  yamux.finish(id);
  EXPECT_EQ(sent(yamux), "data #1 4, update+fin #1 0");
}

TEST_F(YamuxDialer, FinIsSentOnce) {
  const StreamId id = established();
  yamux.finish(id);
  yamux.finish(id);
  EXPECT_EQ(sent(yamux), "update+fin #1 0");
  yamux.finish(id);
  EXPECT_EQ(sent(yamux), "");
}

TEST_F(YamuxDialer, WritesNothingAfterFinish) {
  const StreamId id = established();
  yamux.finish(id);
  EXPECT_EQ(yamux.write(id, as_bytes("late")), 0U);
  EXPECT_EQ(sent(yamux), "update+fin #1 0");
}

TEST_F(YamuxDialer, ReadsOnAfterFinish) {
  const StreamId id = established();
  yamux.finish(id);
  (void)sent(yamux);
  receive(data(0, id, "answer"));
  EXPECT_EQ(events(yamux), "readable #1");
  EXPECT_EQ(read_all(yamux, id), "answer");
}

TEST_F(YamuxDialer, WritesOnAfterTheRemoteHasFinished) {
  const StreamId id = established();
  receive(update(kYamuxFin, id));
  EXPECT_EQ(events(yamux), "finished #1");
  EXPECT_EQ(yamux.write(id, as_bytes("still")), 5U);
  EXPECT_EQ(sent(yamux), "data #1 5");
}

TEST_F(YamuxDialer, FinishedComesOnlyWhenAllIsConsumed) {
  const StreamId id = established();
  receive(data(kYamuxFin, id, "abc"));
  EXPECT_EQ(events(yamux), "readable #1");
  yamux.consume(id, 2, kNow);
  EXPECT_EQ(events(yamux), "");
  yamux.consume(id, 1, kNow);
  EXPECT_EQ(events(yamux), "finished #1");
}

TEST_F(YamuxDialer, FinishedComesOnce) {
  const StreamId id = established();
  receive(join({update(kYamuxFin, id), update(kYamuxFin, id)}));
  EXPECT_EQ(events(yamux), "finished #1");
  receive(update(kYamuxFin, id));
  EXPECT_EQ(events(yamux), "");
}

TEST_F(YamuxDialer, FinOnDataTakesEffectBehindThePayloadWhenItComesInPieces) {
  const StreamId id = established();
  const Bytes bytes = data(kYamuxFin, id, "abcdef");
  receive(to_bytes(BytesView{bytes}.first(15)));
  (void)events(yamux);
  EXPECT_EQ(read_all(yamux, id), "abc");
  EXPECT_EQ(events(yamux), "");
  receive(to_bytes(BytesView{bytes}.subspan(15)));
  EXPECT_EQ(read_all(yamux, id), "def");
  EXPECT_EQ(events(yamux), "finished #1");
}

TEST_F(YamuxDialer, FinOnEmptyDataCounts) {
  const StreamId id = established();
  receive(data(kYamuxFin, id, ""));
  EXPECT_EQ(events(yamux), "finished #1");
}

TEST_F(YamuxDialer, ForgetsAStreamWhenBothHaveFinishedAndTheApplicationKnows) {
  const StreamId id = established();
  yamux.finish(id);
  receive(update(kYamuxFin, id));
  EXPECT_EQ(events(yamux), "finished #1");
  EXPECT_TRUE(yamux.contains(id));
  EXPECT_EQ(sent(yamux), "update+fin #1 0");
  EXPECT_FALSE(yamux.contains(id));
  EXPECT_EQ(yamux.stats().outbound_streams, 0U);
}

TEST_F(YamuxDialer, KeepsAStreamUntilFinishedIsPolled) {
  const StreamId id = established();
  yamux.finish(id);
  (void)sent(yamux);
  receive(data(kYamuxFin, id, "end"));
  EXPECT_EQ(read_all(yamux, id), "end");
  EXPECT_TRUE(yamux.contains(id));
  EXPECT_EQ(events(yamux), "finished #1");
  EXPECT_FALSE(yamux.contains(id));
}

TEST_F(YamuxDialer, ResetTellsTheRemoteAndDropsWhatWasWritten) {
  const StreamId id = established();
  (void)yamux.write(id, as_bytes("never sent"));
  yamux.reset(id);
  EXPECT_EQ(sent(yamux), "update+rst #1 0");
  EXPECT_FALSE(yamux.contains(id));
  EXPECT_EQ(yamux.buffered_bytes(), 0U);
  EXPECT_EQ(events(yamux), "");
}

TEST_F(YamuxDialer, ResetAfterBothFinsNeedsNoFrame) {
  const StreamId id = established();
  yamux.finish(id);
  (void)sent(yamux);
  receive(data(kYamuxFin, id, "unread"));
  yamux.reset(id);
  EXPECT_EQ(sent(yamux), "");
  EXPECT_EQ(yamux.stream_count(), 0U);
}

TEST_F(YamuxDialer, RemoteResetDropsWhatIsBufferedAndIsTheLastEvent) {
  const StreamId id = established();
  (void)yamux.write(id, as_bytes("out"));
  receive(join({data(0, id, "in"), update(kYamuxRst, id)}));
  EXPECT_EQ(yamux.buffered_bytes(), 2U);
  EXPECT_EQ(yamux.write(id, as_bytes("more")), 0U);
  EXPECT_EQ(events(yamux), "readable #1, reset #1");
  EXPECT_EQ(yamux.buffered_bytes(), 0U);
  EXPECT_FALSE(yamux.contains(id));
  EXPECT_EQ(sent(yamux), "");
}

TEST_F(YamuxDialer, WhatCameBeforeAResetCanStillBeRead) {
  const StreamId id = established();
  receive(join({data(0, id, "last words"), update(kYamuxRst, id)}));
  ASSERT_EQ(yamux.poll()->kind, YamuxEvent::Kind::kReadable);
  EXPECT_EQ(to_string(yamux.peek(id)), "last words");
  yamux.consume(id, 5, kNow);
  EXPECT_EQ(to_string(yamux.peek(id)), "words");
  EXPECT_EQ(sent(yamux), "") << "a stream that is gone grants no window";
  EXPECT_EQ(yamux.poll()->kind, YamuxEvent::Kind::kReset);
  EXPECT_TRUE(yamux.peek(id).empty());
  EXPECT_EQ(yamux.buffered_bytes(), 0U);
}

TEST_F(YamuxDialer, NothingElseIsReportedOfAStreamThatWasReset) {
  const StreamId id = established();
  receive(join({update(kYamuxFin, id), update(kYamuxRst, id)}));
  EXPECT_EQ(events(yamux), "reset #1");
}

TEST_F(YamuxDialer, RemoteResetCarriesTheCodeOfAWindowUpdate) {
  const StreamId id = established();
  receive(update(kYamuxRst, id, 77));
  EXPECT_EQ(events(yamux), "reset #1 code 77");
}

TEST_F(YamuxDialer, RemoteResetOnDataDropsItsPayload) {
  const StreamId id = established();
  receive(join({data(kYamuxRst, id, "junk"), ping_frame(kYamuxSyn, 9)}));
  EXPECT_EQ(events(yamux), "reset #1");
  EXPECT_EQ(sent(yamux), "ping+ack 9");
}

TEST_F(YamuxDialer, ResetByTheApplicationSwallowsThePendingResetEvent) {
  const StreamId id = established();
  receive(update(kYamuxRst, id));
  yamux.reset(id);
  EXPECT_EQ(events(yamux), "");
  EXPECT_EQ(sent(yamux), "");
  EXPECT_EQ(yamux.stream_count(), 0U);
}

TEST_F(YamuxDialer, FramesForAForgottenStreamAreDrainedAndIgnored) {
  const StreamId id = established();
  yamux.reset(id);
  (void)sent(yamux);
  receive(join({data(0, id, "in flight"), update(0, id, 100), update(kYamuxFin, id), ping_frame(kYamuxSyn, 3)}));
  EXPECT_EQ(events(yamux), "");
  EXPECT_EQ(sent(yamux), "ping+ack 3");
  EXPECT_EQ(yamux.counters().stray_frames, 3U);
}

TEST_F(YamuxDialer, AStreamResetInTheMiddleOfAFrameHasTheRestDrained) {
  const StreamId id = established();
  const Bytes bytes = join({data(0, id, "abcdef"), ping_frame(kYamuxSyn, 4)});
  receive(to_bytes(BytesView{bytes}.first(15)));
  yamux.reset(id);
  receive(to_bytes(BytesView{bytes}.subspan(15)));
  EXPECT_EQ(sent(yamux), "ping+ack 4, update+rst #1 0");
  EXPECT_EQ(yamux.buffered_bytes(), 0U);
}

TEST_F(YamuxDialer, DataAfterFinIsIgnored) {
  const StreamId id = established();
  receive(join({update(kYamuxFin, id), data(0, id, "ghost")}));
  EXPECT_EQ(events(yamux), "finished #1");
  EXPECT_TRUE(yamux.peek(id).empty());
  EXPECT_EQ(yamux.counters().stray_frames, 1U);
}

TEST_F(YamuxDialer, ReadableIsCoalesced) {
  const StreamId id = established();
  receive(join({data(0, id, "a"), data(0, id, "b"), data(0, id, "c")}));
  EXPECT_EQ(events(yamux), "readable #1");
  EXPECT_EQ(read_all(yamux, id), "abc");
}

TEST_F(YamuxDialer, ReadableIsNotReportedWhenAllWasConsumedBefore) {
  const StreamId id = established();
  receive(data(0, id, "a"));
  EXPECT_EQ(read_all(yamux, id), "a");
  EXPECT_EQ(events(yamux), "");
}

TEST_F(YamuxDialer, UnknownIdsAreHarmless) {
  EXPECT_EQ(yamux.write(9, as_bytes("x")), 0U);
  EXPECT_TRUE(yamux.peek(9).empty());
  yamux.consume(9, 5, kNow);
  yamux.finish(9);
  yamux.reset(9);
  EXPECT_EQ(yamux.buffered_bytes(9), 0U);
  EXPECT_EQ(sent(yamux), "");
}

TEST_F(YamuxDialer, ConsumingMoreThanThereIsConsumesWhatThereIs) {
  const StreamId id = established();
  receive(data(0, id, "abc"));
  yamux.consume(id, 1000, kNow);
  EXPECT_EQ(yamux.buffered_bytes(), 0U);
}

TEST_F(YamuxDialer, ConsumingAPartLeavesTheRest) {
  const StreamId id = established();
  receive(data(0, id, "abcdef"));
  yamux.consume(id, 2, kNow);
  EXPECT_EQ(as_text(yamux.peek(id)), "cdef");
}

TEST_F(YamuxDialer, AMovedSessionGoesOn) {
  const StreamId id = established();
  Yamux other = std::move(yamux);
  ASSERT_TRUE(other.handle(data(0, id, "abc"), kNow));
  EXPECT_EQ(read_all(other, id), "abc");
  yamux = std::move(other);
  EXPECT_TRUE(yamux.contains(id));
}

}  // namespace
}  // namespace pond::upgrade
