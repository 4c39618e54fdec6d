#include <string>

#include <gtest/gtest.h>

#include "pond/wire/varint.hpp"

#include "support/swarm_pair.hpp"

namespace pond::swarm {
namespace {

using test::SwarmHost;
using test::SwarmPair;

/// Two hosts with a stream each way of looking at it; the owner at `b` holds memory for its streams.
struct SwarmHold : testing::Test, SwarmPair {
  static Config config() {
    Config small;
    small.limits.max_buffered_per_connection_bytes = 400U << 10;
    small.limits.max_buffered_bytes = 600U << 10;
    return small;
  }
  SwarmHold() : SwarmPair({}, config()) {}
  void SetUp() override {
    serve(b, {"/x"});
    connect();
    net.run_for(10s);  // identify is over
  }
  void hold(StreamRef stream, std::size_t bytes) {
    b.swarm().hold(stream, bytes);
    b.pump();
    net.run_for(10ms);
  }
  std::uint64_t resets() { return b.swarm().counters().streams_reset_for_memory; }
};

TEST_F(SwarmHold, UpToTheBoundOfAConnectionIsFine) {
  const auto [ours, there] = open_both("/x");
  hold(there, 400U << 10);
  EXPECT_EQ(resets(), 0U);
}

TEST_F(SwarmHold, OverTheBoundOfAConnectionResetsTheStream) {
  const auto [ours, there] = open_both("/x");
  hold(there, (400U << 10) + 1);
  EXPECT_EQ(resets(), 1U);
  ASSERT_EQ(b.count<StreamFailed>(), 1U);
  EXPECT_EQ(b.last<StreamFailed>()->stream, there);
  EXPECT_EQ(b.last<StreamFailed>()->why.code, Errc::kLimit);
  net.run_for(100ms);
  EXPECT_EQ(a.last<StreamFailed>()->stream, ours);
}

TEST_F(SwarmHold, OfSeveralStreamsResetsTheLargest) {
  const auto [a1, first] = open_both("/x");
  const auto [a2, second] = open_both("/x");
  const auto [a3, third] = open_both("/x");
  hold(first, 100U << 10);
  hold(second, 200U << 10);
  hold(third, 150U << 10);
  EXPECT_EQ(resets(), 1U);
  EXPECT_EQ(b.last<StreamFailed>()->stream, second);
}

TEST_F(SwarmHold, AddsToWhatTheStreamItselfBuffers) {
  const auto [a1, first] = open_both("/x");
  const auto [a2, second] = open_both("/x");
  hold(first, 180U << 10);
  hold(second, 150U << 10);
  write(a, a2, std::string(50U << 10, 'x'));
  net.run_for(100ms);
  EXPECT_EQ(resets(), 0U);
  hold(second, 171U << 10);
  EXPECT_EQ(resets(), 1U);
  EXPECT_EQ(b.last<StreamFailed>()->stream, second) << "221 KiB against 180";
}

TEST_F(SwarmHold, IsEnforcedWhenTheStreamBuffersMore) {
  const auto [ours, there] = open_both("/x");
  hold(there, 380U << 10);
  write(a, ours, std::string(30U << 10, 'x'));
  net.run_for(100ms);
  EXPECT_EQ(resets(), 1U);
}

TEST_F(SwarmHold, ReplacesWhatWasSaidBefore) {
  const auto [ours, there] = open_both("/x");
  for (int i = 0; i < 10; ++i) {
    hold(there, 300U << 10);
  }
  EXPECT_EQ(resets(), 0U);
}

TEST_F(SwarmHold, EndsWhenTheStreamIsReset) {
  for (int i = 0; i < 10; ++i) {
    const auto [ours, there] = open_both("/x");
    hold(there, 300U << 10);
    i % 2 == 0 ? reset(a, ours) : reset(b, there);
    net.run_for(100ms);
  }
  EXPECT_EQ(resets(), 0U);
}

TEST_F(SwarmHold, EndsWhenBothSidesAreFinished) {
  for (int i = 0; i < 10; ++i) {
    const auto [ours, there] = open_both("/x");
    hold(there, 300U << 10);
    finish(i % 2 == 0 ? a : b, i % 2 == 0 ? ours : there);
    net.run_for(100ms);
    finish(i % 2 == 0 ? b : a, i % 2 == 0 ? there : ours);
    net.run_for(100ms);
  }
  EXPECT_EQ(resets(), 0U);
}

TEST_F(SwarmHold, GoesOnWhileOneSideIsOpen) {
  const auto [a1, first] = open_both("/x");
  const auto [a2, second] = open_both("/x");
  hold(first, 300U << 10);
  finish(a, a1);
  net.run_for(100ms);
  hold(second, 200U << 10);
  EXPECT_EQ(resets(), 1U);
  EXPECT_EQ(b.last<StreamFailed>()->stream, first);
}

TEST_F(SwarmHold, ForAStreamThatIsGoneIsNothing) {
  const auto [ours, there] = open_both("/x");
  reset(b, there);
  hold(there, 10U << 20);
  hold({.conn = ConnId{999}, .stream = 1}, 10U << 20);
  EXPECT_EQ(resets(), 0U);
  const auto [again, there_again] = open_both("/x");
  hold(there_again, 300U << 10);
  EXPECT_EQ(resets(), 0U);
}

TEST_F(SwarmHold, CountsUnderTheBoundOfAllConnections) {
  SwarmHost& c = net.add();
  dial(c, b.full_address());
  net.run_for(10s);
  const auto [ours, there] = open_both("/x");
  hold(there, 350U << 10);
  const auto other = c.swarm().open_stream(c.handle_of(b), "/x", net.now);
  c.pump();
  net.run_for(100ms);
  hold(b.last<StreamOpened>()->stream, 300U << 10);
  EXPECT_EQ(resets(), 1U);
  EXPECT_EQ(b.last<StreamFailed>()->stream, there);
  EXPECT_TRUE(other.has_value());
  EXPECT_EQ(c.count<StreamFailed>(), 0U);
}

TEST_F(SwarmHold, OfAConnectionThatIsGoneIsGivenBack) {
  for (int i = 0; i < 4; ++i) {
    const auto [ours, there] = open_both("/x");
    hold(there, 390U << 10);
    a.swarm().disconnect(b_in_a(), net.now);
    a.pump();
    net.run_for(1s);
    dial(a, b.full_address());
    net.run_for(10s);
  }
  EXPECT_EQ(resets(), 0U);
}

TEST(SwarmHoldOfIdentify, CountsWhatIsAssembled) {
  Config tight;
  tight.limits.max_buffered_bytes = 5'000;
  SwarmPair pair{{}, tight};
  pair.connect();
  pair.net.run_for(10s);
  const StreamRef push = pair.open("/ipfs/id/push/1.0.0");
  pair.net.run_for(100ms);
  Bytes message;
  wire::append_varint(message, 8'000);
  for (int i = 0; i < 3; ++i) {
    message.resize(message.size() + 2'000);
    pair.write(pair.a, push, as_text(message));
    pair.net.run_for(50ms);
    message.clear();
  }
  EXPECT_EQ(pair.b.swarm().counters().streams_reset_for_memory, 1U);
}

}  // namespace
}  // namespace pond::swarm
