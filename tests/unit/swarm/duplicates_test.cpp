#include <optional>

#include <gtest/gtest.h>

#include "support/swarm_pair.hpp"
#include "support/swarm_scripted.hpp"

namespace pond::swarm {
namespace {

using test::expect_nothing_left;
using test::ScriptedPeer;
using test::SwarmHost;
using test::SwarmPair;

/// Both dial at the same moment; `smaller` has the lesser peer id.
struct SwarmDuplicate : testing::Test, SwarmPair {
  SwarmHost& smaller;
  SwarmHost& larger;

  SwarmDuplicate() : smaller(a.id() < b.id() ? a : b), larger(a.id() < b.id() ? b : a) {}

  void SetUp() override {
    serve(a, {"/x"});
    serve(b, {"/x"});
  }
  void dial_both() {
    dial(a, b.full_address());
    dial(b, a.full_address());
    net.run_for(100ms);
  }
  void dial_twice(SwarmHost& from, SwarmHost& to) {
    dial(from, to.address);  // without the peer's name they do not share an attempt
    dial(from, to.address);
    net.run_for(100ms);
  }
  StreamRef open_from(SwarmHost& from, SwarmHost& to) {
    const auto stream = from.swarm().open_stream(from.handle_of(to), "/x", net.now);
    EXPECT_TRUE(stream.has_value());
    from.pump();
    return stream.value_or(StreamRef{});
  }
  /// The connection that `host` itself dialed.
  static ConnId dialed_by(const SwarmHost& host) { return host.opened.at(0).conn; }
};

TEST_F(SwarmDuplicate, BothOfTwoSimultaneousDialsSucceed) {
  dial_both();
  EXPECT_TRUE(a.last<DialDone>()->peer.has_value());
  EXPECT_TRUE(b.last<DialDone>()->peer.has_value());
  EXPECT_EQ(a.swarm().connection_count(), 2U);
  EXPECT_EQ(b.swarm().connection_count(), 2U);
}

TEST_F(SwarmDuplicate, APeerIsAnnouncedOnce) {
  dial_both();
  net.run_for(20s);
  EXPECT_EQ(a.count<PeerConnected>(), 1U);
  EXPECT_EQ(b.count<PeerConnected>(), 1U);
  EXPECT_EQ(a.count<PeerDisconnected>() + b.count<PeerDisconnected>(), 0U);
}

TEST_F(SwarmDuplicate, NewStreamsGoOnTheOneThatTheSmallerIdDialed) {
  dial_both();
  EXPECT_EQ(open_from(smaller, larger).conn, dialed_by(smaller));
  EXPECT_NE(open_from(larger, smaller).conn, dialed_by(larger));
}

TEST_F(SwarmDuplicate, TheOtherIsClosedOnceItHadNoStreamForFiveSeconds) {
  dial_both();
  net.run_for(4s);
  EXPECT_EQ(a.swarm().connection_count(), 2U);
  net.run_for(2s);
  EXPECT_EQ(a.swarm().connection_count(), 1U);
  EXPECT_EQ(b.swarm().connection_count(), 1U);
  ASSERT_FALSE(larger.closed.empty() && smaller.closed.empty());
  EXPECT_TRUE(smaller.closed.empty() || smaller.closed[0].conn != dialed_by(smaller));
}

TEST_F(SwarmDuplicate, TheOneThatIsLeftStillWorks) {
  dial_both();
  net.run_for(20s);
  (void)open_from(smaller, larger);
  (void)open_from(larger, smaller);
  net.run_for(100ms);
  EXPECT_EQ(smaller.count<StreamReady>(), 1U);
  EXPECT_EQ(larger.count<StreamReady>(), 1U);
}

TEST_F(SwarmDuplicate, TheLesserIsKeptWhileItHasAStream) {
  dial(larger, smaller.full_address());
  net.run_for(100ms);
  const StreamRef old = open_from(larger, smaller);
  dial(smaller, larger.address);
  net.run_for(30s);
  EXPECT_EQ(smaller.swarm().connection_count(), 2U);
  EXPECT_EQ(write(larger, old, "still"), 5U);
  net.run_for(30s);
  const StreamRef there = smaller.last<StreamOpened>()->stream;
  EXPECT_EQ(read(smaller, there), "still");
  finish(larger, old);
  finish(smaller, there);
  net.run_for(4s);
  EXPECT_EQ(smaller.swarm().connection_count(), 2U) << "five seconds after the last stream";
  net.run_for(2s);
  EXPECT_EQ(smaller.swarm().connection_count(), 1U);
}

TEST_F(SwarmDuplicate, LosesNoIdentify) {
  dial_both();
  net.run_for(20s);
  EXPECT_NE(a.swarm().identified(b_in_a()), nullptr);
  EXPECT_NE(b.swarm().identified(a_in_b()), nullptr);
}

TEST_F(SwarmDuplicate, TwoDialsOfOneSideDoNotKillEachOther) {
  for (SwarmHost* from : {&smaller, &larger}) {
    SwarmHost& to = from == &smaller ? larger : smaller;
    dial_twice(*from, to);
    EXPECT_EQ(from->swarm().connection_count(), 2U);
    net.run_for(20s);
    EXPECT_EQ(from->swarm().connection_count(), 1U);
    EXPECT_EQ(to.swarm().connection_count(), 1U);
    EXPECT_EQ(from->count<PeerDisconnected>(), to.count<PeerDisconnected>());
    from->swarm().disconnect(from->handle_of(to), net.now);
    net.run_for(1s);
  }
}

TEST_F(SwarmDuplicate, OnlyTheDialerClosesItsOwnSecondConnection) {
  dial_twice(larger, smaller);
  net.run_for(20s);
  EXPECT_EQ(larger.closed.size(), 1U);
  EXPECT_TRUE(smaller.closed.empty());
  EXPECT_EQ(larger.swarm().counters().duplicates_closed, 1U);
}

TEST_F(SwarmDuplicate, ThePeerIsGoneOnlyWithItsLastConnection) {
  dial_both();
  larger.swarm().disconnect(larger.handle_of(smaller), net.now);
  net.run_for(100ms);
  EXPECT_EQ(smaller.count<PeerDisconnected>(), 1U);
  EXPECT_EQ(larger.count<PeerDisconnected>(), 1U);
  expect_nothing_left(a);
  expect_nothing_left(b);
}

TEST_F(SwarmDuplicate, AConnectionThatThePeerIsLeavingTakesNoNewStreams) {
  ScriptedPeer peer{net, 7};
  peer.protocols = {"/x"};
  peer.dial(a);
  net.run_for(100ms);
  ASSERT_TRUE(a.swarm().open_stream(a.handle_of(peer.id()), "/x", net.now).has_value());
  net.run_for(100ms);
  peer.machine().go_away(upgrade::YamuxGoAway::kNormal);
  peer.pump();
  net.run_for(100ms);
  EXPECT_EQ(a.swarm().open_stream(a.handle_of(peer.id()), "/x", net.now).error().code, Errc::kClosed);
  EXPECT_TRUE(a.swarm().connected(a.handle_of(peer.id()))) << "its stream goes on";
}

TEST_F(SwarmDuplicate, AConnectionThatThePeerIsLeavingIsClosedWithItsLastStream) {
  ScriptedPeer peer{net, 7};
  peer.protocols = {"/x"};
  peer.dial(a);
  net.run_for(100ms);
  const auto stream = a.swarm().open_stream(a.handle_of(peer.id()), "/x", net.now);
  net.run_for(100ms);
  peer.machine().go_away(upgrade::YamuxGoAway::kNormal);
  peer.pump();
  net.run_for(10s);
  EXPECT_FALSE(peer.closed());
  reset(a, *stream);
  net.run_for(100ms);
  EXPECT_TRUE(peer.closed());
  expect_nothing_left(a);
}

/// A peer that is leaving its only connection, on which a stream still runs, and can be dialed anew.
struct SwarmLeavingPeer : SwarmDuplicate {
  ScriptedPeer leaving{net, 7};
  ScriptedPeer anew{net, 7};  // the same identity
  wire::Multiaddr where = test::address("/ip4/10.7.7.7/tcp/7");
  std::optional<StreamRef> old_stream;

  void SetUp() override {
    SwarmDuplicate::SetUp();
    leaving.protocols = anew.protocols = {"/x"};
    leaving.dial(a);
    net.run_for(100ms);
    const auto stream = a.swarm().open_stream(handle(), "/x", net.now);
    ASSERT_TRUE(stream.has_value());
    old_stream = *stream;
    net.run_for(100ms);
    leaving.machine().go_away(upgrade::YamuxGoAway::kNormal);
    leaving.pump();
    net.run_for(100ms);
  }
  peers::PeerHandle handle() { return a.handle_of(leaving.id()); }
};

TEST_F(SwarmLeavingPeer, IsDialedAnew) {
  anew.listen(where);
  dial(a, where.with_peer_id(leaving.id()));
  EXPECT_EQ(a.count<DialDone>(), 0U) << "no stream could be opened yet";
  net.run_for(100ms);
  ASSERT_EQ(a.count<DialDone>(), 1U);
  EXPECT_TRUE(a.last<DialDone>()->peer.has_value());
  EXPECT_TRUE(anew.established());
  const auto stream = a.swarm().open_stream(handle(), "/x", net.now);
  ASSERT_TRUE(stream.has_value());
  EXPECT_NE(stream->conn, old_stream->conn);
  EXPECT_EQ(a.count<PeerConnected>(), 1U);
  EXPECT_EQ(a.count<PeerDisconnected>(), 0U);
}

TEST_F(SwarmLeavingPeer, FailsADialThatReachesNobody) {
  dial(a, where.with_peer_id(leaving.id()));
  net.run_for(100ms);
  ASSERT_EQ(a.count<DialDone>(), 1U);
  EXPECT_FALSE(a.last<DialDone>()->peer.has_value());
  EXPECT_TRUE(a.swarm().connected(handle())) << "its stream goes on";
}

TEST_F(SwarmLeavingPeer, IsNotDialedAgainOnceItIsBack) {
  anew.listen(where);
  dial(a, where.with_peer_id(leaving.id()));
  net.run_for(100ms);
  dial(a, where.with_peer_id(leaving.id()));
  EXPECT_EQ(a.count<DialDone>(), 2U);
  EXPECT_EQ(a.opened.size(), 1U);
}

}  // namespace
}  // namespace pond::swarm
