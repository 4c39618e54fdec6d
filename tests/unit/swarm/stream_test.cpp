#include <string>

#include <gtest/gtest.h>

#include "support/swarm_pair.hpp"

namespace pond::swarm {
namespace {

using test::SwarmPair;

constexpr std::string_view kEcho = "/echo/1";

struct StreamTest : testing::Test, SwarmPair {
  void SetUp() override {
    serve(b, {std::string{kEcho}});
    connect();
  }
};

using SwarmStream = StreamTest;

TEST_F(SwarmStream, IsAnnouncedToThePeerWithItsProtocol) {
  const auto [ours, theirs] = open_both(kEcho);
  EXPECT_EQ(b.last<StreamOpened>()->protocol, kEcho);
  EXPECT_EQ(b.last<StreamOpened>()->peer, a_in_b());
  EXPECT_EQ(a.last<StreamReady>()->stream, ours);
}

TEST_F(SwarmStream, CarriesWhatWasWrittenBeforeItWasReady) {
  const StreamRef ours = open(kEcho);
  EXPECT_EQ(write(a, ours, "early"), 5U);
  net.run_for(10ms);
  EXPECT_EQ(read(b, b.last<StreamOpened>()->stream), "early");
}

TEST_F(SwarmStream, ShowsNothingOfTheNegotiationToItsOwner) {
  const StreamRef ours = open(kEcho);
  net.run_for(10ms);
  EXPECT_TRUE(a.swarm().peek(ours).empty());
  EXPECT_TRUE(b.swarm().peek(b.last<StreamOpened>()->stream).empty());
  EXPECT_EQ(a.count<StreamReadable>() + b.count<StreamReadable>(), 0U);
}

TEST_F(SwarmStream, CannotConsumeTheAnswerToItsProposal) {
  net.latency = 10ms;
  const StreamRef ours = open(kEcho);
  a.swarm().consume(ours, 1000);
  net.run_for(100ms);
  EXPECT_EQ(a.count<StreamReady>(), 1U);
}

TEST_F(SwarmStream, CarriesBytesBothWays) {
  const auto [ours, theirs] = open_both(kEcho);
  write(a, ours, "ping");
  net.run_for(10ms);
  EXPECT_EQ(b.last<StreamReadable>()->stream, theirs);
  EXPECT_EQ(read(b, theirs), "ping");
  write(b, theirs, "pong");
  net.run_for(10ms);
  EXPECT_EQ(read(a, ours), "pong");
}

TEST_F(SwarmStream, FailsWhenThePeerDoesNotSupportTheProtocol) {
  const StreamRef ours = open("/unknown/1");
  net.run_for(10ms);
  ASSERT_EQ(a.count<StreamFailed>(), 1U);
  EXPECT_EQ(a.last<StreamFailed>()->stream, ours);
  EXPECT_EQ(a.last<StreamFailed>()->why.code, Errc::kUnsupported);
  EXPECT_EQ(b.count<StreamOpened>(), 0U);
}

TEST_F(SwarmStream, CannotBeOpenedToAPeerThatIsNotConnected) {
  const auto stranger = a.handle_of(test::numbered_peer(7));
  EXPECT_EQ(a.swarm().open_stream(stranger, kEcho, net.now).error().code, Errc::kClosed);
}

TEST_F(SwarmStream, RefusesANameThatMultistreamCannotCarry) {
  EXPECT_EQ(a.swarm().open_stream(b_in_a(), "echo\n", net.now).error().code, Errc::kInvalidArgument);
}

TEST_F(SwarmStream, FinishIsSeenOnceEverythingHasBeenConsumed) {
  const auto [ours, theirs] = open_both(kEcho);
  write(a, ours, "last words");
  finish(a, ours);
  net.run_for(10ms);
  EXPECT_EQ(b.count<StreamFinished>(), 0U);
  EXPECT_EQ(read(b, theirs), "last words");
  ASSERT_EQ(b.count<StreamFinished>(), 1U);
  EXPECT_EQ(b.last<StreamFinished>()->stream, theirs);
}

TEST_F(SwarmStream, LetsTheOtherSideGoOnAfterAFinish) {
  const auto [ours, theirs] = open_both(kEcho);
  finish(a, ours);
  net.run_for(10ms);
  EXPECT_EQ(b.count<StreamFinished>(), 1U);
  write(b, theirs, "still here");
  net.run_for(10ms);
  EXPECT_EQ(read(a, ours), "still here");
}

TEST_F(SwarmStream, TakesNothingAfterItsFinish) {
  const auto [ours, theirs] = open_both(kEcho);
  finish(a, ours);
  EXPECT_EQ(write(a, ours, "more"), 0U);
}

TEST_F(SwarmStream, CanBeFinishedBeforeItIsReady) {
  const StreamRef ours = open(kEcho);
  write(a, ours, "question");
  finish(a, ours);
  net.run_for(10ms);
  const StreamRef theirs = b.last<StreamOpened>()->stream;
  EXPECT_EQ(read(b, theirs), "question");
  EXPECT_EQ(b.count<StreamFinished>(), 1U);
  write(b, theirs, "answer");
  finish(b, theirs);
  net.run_for(10ms);
  EXPECT_EQ(read(a, ours), "answer");
  EXPECT_EQ(a.count<StreamFinished>(), 1U);
}

TEST_F(SwarmStream, IsForgottenWithoutAWordWhenBothSidesHaveFinished) {
  const auto [ours, theirs] = open_both(kEcho);
  finish(a, ours);
  net.run_for(10ms);
  finish(b, theirs);
  net.run_for(10ms);
  EXPECT_EQ(a.count<StreamFinished>(), 1U);
  a.swarm().disconnect(b_in_a(), net.now);
  net.run_for(10ms);
  EXPECT_EQ(a.count<StreamFailed>() + b.count<StreamFailed>(), 0U);
}

TEST_F(SwarmStream, IsForgottenWhenBothFinishAtOnce) {
  const auto [ours, theirs] = open_both(kEcho);
  finish(a, ours);
  finish(b, theirs);
  net.run_for(10ms);
  EXPECT_EQ(a.count<StreamFinished>(), 1U);
  EXPECT_EQ(b.count<StreamFinished>(), 1U);
  b.swarm().disconnect(a_in_b(), net.now);
  net.run_for(10ms);
  EXPECT_EQ(a.count<StreamFailed>() + b.count<StreamFailed>(), 0U);
}

TEST_F(SwarmStream, TellsThePeerOfAResetAndItsOwnOwnerNothing) {
  const auto [ours, theirs] = open_both(kEcho);
  reset(a, ours);
  net.run_for(10ms);
  EXPECT_EQ(a.count<StreamFailed>(), 0U);
  ASSERT_EQ(b.count<StreamFailed>(), 1U);
  EXPECT_EQ(b.last<StreamFailed>()->stream, theirs);
  EXPECT_EQ(b.last<StreamFailed>()->why.code, Errc::kReset);
}

TEST_F(SwarmStream, IsHarmlessAsADeadReference) {
  const auto [ours, theirs] = open_both(kEcho);
  reset(a, ours);
  EXPECT_TRUE(a.swarm().peek(ours).empty());
  EXPECT_EQ(write(a, ours, "x"), 0U);
  a.swarm().consume(ours, 10);
  finish(a, ours);
  reset(a, ours);
  const StreamRef nowhere{.conn = ConnId{999}, .stream = 1};
  EXPECT_TRUE(a.swarm().peek(nowhere).empty());
  EXPECT_EQ(write(a, nowhere, "x"), 0U);
  a.swarm().consume(nowhere, 10);
  finish(a, nowhere);
  reset(a, nowhere);
  net.run_for(10ms);
  EXPECT_EQ(a.count<StreamFailed>(), 0U);
}

TEST_F(SwarmStream, LosesWhatWasUnreadWhenThePeerResets) {
  const auto [ours, theirs] = open_both(kEcho);
  write(a, ours, "unread");
  net.run_for(10ms);
  reset(a, ours);
  net.run_for(10ms);
  EXPECT_TRUE(b.swarm().peek(theirs).empty());
}

TEST_F(SwarmStream, FailsWithTheConnection) {
  const auto [ours, theirs] = open_both(kEcho);
  b.swarm().disconnect(a_in_b(), net.now);
  net.run_for(10ms);
  EXPECT_EQ(a.last<StreamFailed>()->stream, ours);
  EXPECT_EQ(b.last<StreamFailed>()->stream, theirs);
  EXPECT_EQ(b.last<StreamFailed>()->why.code, Errc::kClosed);
}

TEST_F(SwarmStream, TakesLessWhenThePeerDoesNotReadAndSaysWhenItTakesMore) {
  const auto [ours, theirs] = open_both(kEcho);
  const std::string block(16 * 1024, 'x');
  std::size_t sent = 0;
  for (std::size_t taken = block.size(); taken == block.size(); net.run_for(10ms)) {
    taken = write(a, ours, block);
    sent += taken;
    ASSERT_LT(sent, 2U << 20) << "the window must close";
  }
  EXPECT_EQ(a.count<StreamWritable>(), 0U);
  std::size_t got = read(b, theirs).size();
  net.run_for(10ms);
  EXPECT_EQ(a.count<StreamWritable>(), 1U);
  EXPECT_EQ(write(a, ours, "more"), 4U);
  net.run_for(10ms);
  got += read(b, theirs).size();
  EXPECT_EQ(got, sent + 4);
}

TEST_F(SwarmStream, TakesLessWhenTheSocketTakesNothing) {
  const auto [ours, theirs] = open_both(kEcho);
  a.stalled = true;
  const std::string block(300 * 1024, 'x');
  const std::size_t taken = write(a, ours, block);
  EXPECT_LT(taken, block.size());
  EXPECT_EQ(write(a, ours, "y"), 0U);
  a.stalled = false;
  net.run_for(10ms);
  EXPECT_EQ(a.count<StreamWritable>(), 1U);
  EXPECT_EQ(read(b, theirs).size(), taken);
}

TEST_F(SwarmStream, SaysWantsWriteOnceUntilItHasBeenProduced) {
  const auto [ours, theirs] = open_both(kEcho);
  (void)a.swarm().write(ours, as_bytes("one"));
  (void)a.swarm().write(ours, as_bytes("two"));
  std::size_t wants = 0;
  while (const auto output = a.swarm().poll()) {
    wants += std::holds_alternative<WantsWrite>(*output) ? 1U : 0U;
  }
  EXPECT_EQ(wants, 1U);
  Bytes bytes;
  EXPECT_GT(a.swarm().produce(ours.conn, bytes, 64 * 1024, net.now), 0U);
  EXPECT_EQ(a.swarm().produce(ours.conn, bytes, 64 * 1024, net.now), 0U);
  EXPECT_FALSE(a.swarm().poll().has_value());
  (void)a.swarm().write(ours, as_bytes("three"));
  ASSERT_TRUE(a.swarm().poll().has_value());
}

TEST_F(SwarmStream, ProducesNothingForAnUnknownSocket) {
  Bytes bytes;
  EXPECT_EQ(a.swarm().produce(ConnId{999}, bytes, 1000, net.now), 0U);
}

TEST_F(SwarmStream, CarriesALongMessageWholeWhateverTheChunks) {
  net.chunking = test::Chunking::kRandom;
  const auto [ours, theirs] = open_both(kEcho);
  std::string text(1 << 20, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>(i * 31 / 7);
  }
  std::string got;
  for (std::size_t at = 0; got.size() < text.size();) {
    at += write(a, ours, std::string_view{text}.substr(at, 20'000));
    net.run_for(5ms);
    got += read(b, theirs);
  }
  EXPECT_EQ(got, text);
}

}  // namespace
}  // namespace pond::swarm
