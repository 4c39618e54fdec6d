#include <string>

#include <gtest/gtest.h>

#include "support/swarm_pair.hpp"
#include "support/swarm_scripted.hpp"

namespace pond::swarm {
namespace {

using test::expect_nothing_left;
using test::ScriptedPeer;
using test::SwarmPair;
using Kind = ConnectionEvent::Kind;

constexpr std::string_view kPing = "/ipfs/ping/1.0.0";

struct SwarmPing : testing::Test, SwarmPair {
  ScriptedPeer peer{net, 7};
  std::uint32_t asked = 0;

  /// A peer that takes ping streams and does with them what the test says.
  peers::PeerHandle with_peer() {
    peer.protocols = {kPing};
    peer.on_event = [this](const ConnectionEvent& event) {
      if (event.kind == Kind::kStreamOpened) {
        asked = event.stream;
      }
    };
    peer.dial(a);
    net.run_for(10s);
    return a.handle_of(peer.id());
  }
  void ping(peers::PeerHandle handle) {
    a.swarm().ping(handle, net.now);
    a.pump();
  }
};

TEST_F(SwarmPing, MeasuresTheRoundTrip) {
  connect();
  net.latency = 30ms;
  ping(b_in_a());
  net.run_for(1s);
  ASSERT_EQ(a.count<PingDone>(), 1U);
  EXPECT_EQ(a.last<PingDone>()->peer, b_in_a());
  EXPECT_EQ(a.last<PingDone>()->round_trip, Duration{60ms});
}

TEST_F(SwarmPing, LeavesNoStreamBehind) {
  const auto handle = with_peer();
  connect();
  ping(b_in_a());
  net.run_for(1s);
  b.swarm().disconnect(a_in_b(), net.now);
  net.run_for(1s);
  EXPECT_EQ(a.count<PingDone>(), 1U);
  EXPECT_EQ(a.count<StreamFailed>() + b.count<StreamFailed>() + b.count<StreamOpened>(), 0U);
  EXPECT_TRUE(a.swarm().connected(handle));
}

TEST_F(SwarmPing, FailsWhenNotConnected) {
  ping(b_in_a());
  EXPECT_EQ(a.last<PingDone>()->round_trip.error().code, Errc::kClosed);
}

TEST_F(SwarmPing, FailsWhenThePeerDoesNotSupportIt) {
  peer.dial(a);
  net.run_for(1s);
  ping(a.handle_of(peer.id()));
  net.run_for(1s);
  ASSERT_EQ(a.count<PingDone>(), 1U);
  EXPECT_EQ(a.last<PingDone>()->round_trip.error().code, Errc::kUnsupported);
}

TEST_F(SwarmPing, FailsOnceWhenNoAnswerComes) {
  const auto handle = with_peer();
  ping(handle);
  net.run_for(9999ms);
  EXPECT_EQ(a.count<PingDone>(), 0U);
  net.run_for(1ms);
  ASSERT_EQ(a.count<PingDone>(), 1U) << "at its deadline, whatever else the connection waits for";
  EXPECT_EQ(a.last<PingDone>()->round_trip.error().code, Errc::kTimeout);
  net.run_for(10ms);
  EXPECT_EQ(peer.machine().stream_count(), 0U);
}

TEST_F(SwarmPing, FailsOnceWhenThePeerIsSilentAltogether) {
  const auto handle = with_peer();
  peer.mute = true;
  ping(handle);
  net.run_for(10s);
  ASSERT_EQ(a.count<PingDone>(), 1U);
  EXPECT_EQ(a.last<PingDone>()->round_trip.error().code, Errc::kTimeout);
  net.run_for(10min);
  EXPECT_EQ(a.count<PingDone>(), 1U);
}

TEST_F(SwarmPing, EndsEachOfSeveralAtItsOwnDeadline) {
  const auto handle = with_peer();
  ping(handle);
  net.run_for(3s);
  ping(handle);
  net.run_for(7s);
  EXPECT_EQ(a.count<PingDone>(), 1U);
  net.run_for(3s);
  EXPECT_EQ(a.count<PingDone>(), 2U);
}

TEST_F(SwarmPing, OfHalfAnAnswerEndsAtItsDeadline) {
  const auto handle = with_peer();
  ping(handle);
  net.run_for(10ms);
  (void)peer.machine().write(asked, peer.machine().peek(asked).first(31));
  peer.pump();
  net.run_for(10s);
  ASSERT_EQ(a.count<PingDone>(), 1U);
  EXPECT_EQ(a.last<PingDone>()->round_trip.error().code, Errc::kTimeout);
}

TEST_F(SwarmPing, FailsOnAWrongPayload) {
  const auto handle = with_peer();
  ping(handle);
  net.run_for(10ms);
  (void)peer.machine().write(asked, Bytes(32, 1));
  peer.pump();
  net.run_for(10ms);
  ASSERT_EQ(a.count<PingDone>(), 1U);
  EXPECT_EQ(a.last<PingDone>()->round_trip.error().code, Errc::kProtocol);
  EXPECT_TRUE(a.swarm().connected(handle));
}

TEST_F(SwarmPing, FailsWhenThePeerClosesTheStream) {
  const auto handle = with_peer();
  ping(handle);
  net.run_for(10ms);
  peer.machine().finish(asked);
  peer.pump();
  net.run_for(10ms);
  ASSERT_EQ(a.count<PingDone>(), 1U);
  EXPECT_EQ(a.last<PingDone>()->round_trip.error().code, Errc::kReset);
}

TEST_F(SwarmPing, FailsWithTheConnection) {
  const auto handle = with_peer();
  ping(handle);
  net.run_for(10ms);
  peer.raw().close();
  net.run_for(10ms);
  ASSERT_EQ(a.count<PingDone>(), 1U);
  EXPECT_FALSE(a.last<PingDone>()->round_trip.has_value());
  EXPECT_FALSE(a.swarm().connected(handle));
}

TEST_F(SwarmPing, IsEchoedAsOftenAsThePeerLikes) {
  (void)with_peer();
  const std::uint32_t stream = peer.open(kPing);
  for (std::uint8_t i = 0; i < 100; ++i) {
    const Bytes payload(32, i);
    (void)peer.machine().write(stream, payload);
    peer.pump();
    net.run_for(10ms);
    EXPECT_EQ(to_bytes(peer.machine().peek(stream)), payload);
    peer.machine().consume(stream, 32, net.now);
  }
  peer.machine().finish(stream);
  peer.pump();
  net.run_for(10ms);
  EXPECT_EQ(peer.machine().stream_count(), 0U);
}

TEST_F(SwarmPing, IsEchoedWhenManyComeTogetherCutAnywhere) {
  net.chunking = test::Chunking::kRandom;
  (void)with_peer();
  Bytes payload(32 * 200, 0);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    payload[i] = static_cast<std::uint8_t>(i * 7);
  }
  const std::uint32_t stream = peer.open(kPing, payload);
  net.run_for(100ms);
  EXPECT_EQ(to_bytes(peer.machine().peek(stream)), payload);
}

TEST_F(SwarmPing, IsNotEchoedBeyondWhatThePeerReads) {
  (void)with_peer();
  const std::uint32_t stream = peer.open(kPing);
  const Bytes block(32 * 512, 5);
  std::size_t sent = 0;
  for (int i = 0; i < 200; ++i) {
    sent += peer.machine().write(stream, block);
    peer.pump();
    net.run_for(5ms);
  }
  EXPECT_LT(sent, 1U << 20);
  std::size_t got = 0;
  for (int i = 0; i < 200; ++i) {
    const std::size_t waiting = peer.machine().peek(stream).size();
    got += waiting;
    peer.machine().consume(stream, waiting, net.now);
    peer.pump();
    net.run_for(5ms);
  }
  EXPECT_EQ(got / 32, sent / 32);
}

// ---- keep-alive

struct SwarmKeepAlive : SwarmPing {};

TEST_F(SwarmKeepAlive, AsksAnIdlePeerAfterThirtySeconds) {
  peer.dial(a);
  net.run_for(7s);  // identify is over
  const std::size_t before = net.octets_delivered;
  net.run_for(22s);
  EXPECT_EQ(net.octets_delivered, before);
  net.run_for(8s);
  EXPECT_GT(net.octets_delivered, before);
}

TEST_F(SwarmKeepAlive, KeepsAnIdleConnectionThatAnswers) {
  connect();
  net.run_for(1h);
  EXPECT_TRUE(a.swarm().connected(b_in_a()));
  EXPECT_EQ(a.swarm().counters().keep_alive_failures, 0U);
}

TEST_F(SwarmKeepAlive, DropsAPeerThatIsDead) {
  const auto handle = with_peer();
  peer.mute = true;
  net.run_for(30s + 20s + 1s);
  EXPECT_FALSE(a.swarm().connected(handle));
  EXPECT_EQ(a.last<PeerDisconnected>()->why.code, Errc::kTimeout);
  EXPECT_EQ(a.swarm().counters().keep_alive_failures, 1U);
  expect_nothing_left(a);
}

TEST_F(SwarmKeepAlive, DropsADeadPeerWithinFiftySecondsOfItsLastOctet) {
  const auto handle = with_peer();
  net.run_for(17s);
  const std::uint32_t stream = peer.open(kPing, Bytes(32, 1));  // its last words
  (void)stream;
  net.run_for(10ms);
  peer.mute = true;
  net.run_for(49s);
  EXPECT_TRUE(a.swarm().connected(handle));
  net.run_for(2s);
  EXPECT_FALSE(a.swarm().connected(handle));
}

TEST_F(SwarmKeepAlive, DoesNotWakeForNothing) {
  connect();
  net.run_for(60s);
  int wakes = 0;
  for (Instant end = net.now + 300s; net.now < end; ++wakes) {
    const auto next = a.swarm().next_deadline();
    ASSERT_TRUE(next.has_value());
    net.run_for(std::max<Duration>(*next - net.now, 1ns));
  }
  EXPECT_LT(wakes, 60);
}

// ---- shutdown

struct SwarmShutdown : SwarmPing {};

TEST_F(SwarmShutdown, ClosesEverything) {
  connect();
  net.raw_dial(a);
  net.black_holes = {test::address("/ip4/10.7.7.7/tcp/1")};
  dial(a, test::address("/ip4/10.7.7.7/tcp/1"));
  ping(b_in_a());
  const std::size_t sockets = 3;
  a.swarm().shutdown(net.now);
  a.pump();
  EXPECT_EQ(a.closed.size(), sockets);
  EXPECT_EQ(a.last<DialDone>()->peer.error().code, Errc::kClosed);
  EXPECT_EQ(a.last<PingDone>()->round_trip.error().code, Errc::kClosed);
  EXPECT_EQ(a.last<PeerDisconnected>()->why.code, Errc::kClosed);
  expect_nothing_left(a);
}

TEST_F(SwarmShutdown, SaysGoAway) {
  with_peer();
  a.swarm().shutdown(net.now);
  a.pump();
  net.run_for(10ms);
  EXPECT_EQ(peer.count(Kind::kRemoteGoesAway), 1U);
  EXPECT_TRUE(peer.closed());
}

TEST_F(SwarmShutdown, OfNothingIsHarmless) {
  a.swarm().shutdown(net.now);
  a.swarm().shutdown(net.now);
  EXPECT_FALSE(a.swarm().poll().has_value());
}

TEST_F(SwarmShutdown, ToleratesLateNewsOfItsSockets) {
  connect();
  const ConnId conn = a.opened.at(0).conn;
  a.swarm().shutdown(net.now);
  a.pump();
  a.swarm().handle(Received{.conn = conn, .bytes = as_bytes("late")}, net.now);
  a.swarm().handle(SocketClosed{.conn = conn, .why = {Errc::kReset, ""}}, net.now);
  a.swarm().handle(DialResult{.conn = conn, .local = b.address}, net.now);
  a.swarm().handle(Resolved{.query = QueryId{77}, .answers = fail(Errc::kDns, "")}, net.now);
  EXPECT_FALSE(a.swarm().poll().has_value());
}

}  // namespace
}  // namespace pond::swarm
