#include <gtest/gtest.h>

#include "support/kad_streams_host.hpp"

namespace pond::node {
namespace {

using test::find_node_frame;
using test::HandPeer;
using test::KadStreamsHost;

constexpr Duration kMoment = 1ns;

/// A host with one idle stream to a peer that has answered on it.
struct Idle {
  explicit Idle(const KadStreamLimits& limits = {}) : host(limits), peer(host.connect()) {
    EXPECT_EQ(host.ask(peer, "first"), "answered first");
    stream = peer.opened.at(0);
  }
  KadStreamsHost host;
  HandPeer& peer;
  std::uint32_t stream = 0;
};

TEST(KadStreamsReuse, PutsTheNextRequestOnTheSameStream) {
  Idle idle;
  EXPECT_EQ(idle.host.ask(idle.peer, "second"), "answered second");
  EXPECT_EQ(idle.host.ask(idle.peer, "third"), "answered third");
  EXPECT_EQ(idle.peer.opened.size(), 1U);
}

TEST(KadStreamsReuse, PutsOneRequestAtATimeOnAStream) {
  Idle idle;
  const auto a = idle.host.find_node(idle.peer, "a");
  const auto b = idle.host.find_node(idle.peer, "b");
  idle.host.settle();
  EXPECT_EQ(idle.host.done[a], "answered a");
  EXPECT_EQ(idle.host.done[b], "answered b");
  EXPECT_EQ(idle.peer.opened.size(), 2U);
}

TEST(KadStreamsReuse, IsForTheSamePeerOnly) {
  Idle idle;
  HandPeer& other = idle.host.connect();
  EXPECT_EQ(idle.host.ask(other, "a"), "answered a");
  EXPECT_EQ(other.opened.size(), 1U);
}

TEST(KadStreamsReuse, GivesAnAddProviderAStreamOfItsOwn) {
  Idle idle;
  idle.host.send(idle.peer, wire::KadType::kAddProvider, "key");
  idle.host.settle();
  EXPECT_EQ(idle.peer.opened.size(), 2U);
  EXPECT_EQ(idle.host.ask(idle.peer, "a"), "answered a");
  EXPECT_EQ(idle.peer.opened.size(), 2U);
}

TEST(KadStreamsReuse, OfAStreamThatThePeerHasClosedIsTriedAgainOnAFreshOne) {
  Idle idle;
  idle.peer.finish(idle.stream);  // crosses the request
  EXPECT_EQ(idle.host.ask(idle.peer, "a"), "answered a");
  EXPECT_EQ(idle.peer.opened.size(), 2U);
}

TEST(KadStreamsReuse, OfAStreamThatThePeerHasResetIsTriedAgainOnAFreshOne) {
  Idle idle;
  idle.peer.reset(idle.stream);
  EXPECT_EQ(idle.host.ask(idle.peer, "a"), "answered a");
  EXPECT_EQ(idle.peer.opened.size(), 2U);
}

TEST(KadStreamsReuse, IsTriedAgainOnceOnly) {
  Idle idle;
  idle.peer.answers = false;
  const auto rpc = idle.host.find_node(idle.peer, "a");
  idle.peer.finish(idle.stream);
  idle.host.settle();
  EXPECT_EQ(idle.host.done[rpc], "");
  ASSERT_EQ(idle.peer.opened.size(), 2U);
  idle.peer.finish(idle.peer.opened.at(1));
  idle.host.settle();
  EXPECT_EQ(idle.host.done[rpc], "failed reset");
  EXPECT_EQ(idle.peer.opened.size(), 2U);
}

TEST(KadStreamsReuse, TriesAgainOnAFreshStreamEvenWhenAnotherIsIdle) {
  Idle idle;
  const auto a = idle.host.find_node(idle.peer, "a");
  const auto b = idle.host.find_node(idle.peer, "b");
  idle.host.settle();
  EXPECT_EQ(idle.host.done[a] + idle.host.done[b], "answered aanswered b");
  ASSERT_EQ(idle.peer.opened.size(), 2U);
  // Both have gone at the peer; only one of them carries the request.
  idle.peer.reset(idle.peer.opened.at(0));
  idle.peer.reset(idle.peer.opened.at(1));
  EXPECT_EQ(idle.host.ask(idle.peer, "c"), "answered c");
  EXPECT_EQ(idle.peer.opened.size(), 3U);
}

TEST(KadStreamsReuse, OfAStreamThatThePeerClosedBeforeIsNotTried) {
  Idle idle;
  idle.peer.finish(idle.stream);
  idle.host.settle();
  EXPECT_EQ(idle.host.counters().outbound_now, 0U);
  EXPECT_EQ(idle.peer.open_streams(), 0U);
  EXPECT_FALSE(idle.host.streams.next_deadline()) << "its timer is gone too";
  EXPECT_EQ(idle.host.ask(idle.peer, "a"), "answered a");
}

/// A request on a reused stream whose connection is lost: the second attempt dials, and nobody answers that.
struct DialsAgain : Idle {
  kad::RpcId rpc{};
  DialsAgain() {
    const wire::Multiaddr where = test::address("/ip4/10.0.3.3/tcp/4001");
    host.book.add_addresses(host.book.find(peer.id()).value(), {&where, 1}, peers::AddressSource::kIdentified,
                            host.now);
    peer.answers = false;
    rpc = host.find_node(peer, "a");
    host.settle();
    host.dials_hang = true;
    host.disconnect(peer);
    EXPECT_EQ(host.swarm().connection_count(), 0U);
  }
};

TEST(KadStreamsReuse, OfALostConnectionDialsAgain) {
  DialsAgain again;
  EXPECT_EQ(again.host.done[again.rpc], "");
  again.host.run_for(10s);
  EXPECT_EQ(again.host.done[again.rpc], "failed timeout");
}

TEST(KadStreamsReuse, OfALostConnectionCanBeAbandonedWhileItDials) {
  DialsAgain again;
  again.host.streams.abandon(again.rpc, again.host.now);
  again.host.run_for(1min);
  EXPECT_EQ(again.host.done.size(), 1U) << "of the first request alone";
  EXPECT_FALSE(again.host.streams.next_deadline());
}

TEST(KadStreamsReuse, NeverTakesALateAnswerForThatToTheNextRequest) {
  Idle idle;
  idle.peer.answers = false;
  const auto late = idle.host.find_node(idle.peer, "late");
  idle.host.run_for(10s);
  EXPECT_EQ(idle.host.done[late], "failed timeout");
  const auto next = idle.host.find_node(idle.peer, "next");
  idle.peer.write(idle.stream, find_node_frame("late"));
  idle.host.settle();
  EXPECT_EQ(idle.host.done[next], "");
  ASSERT_EQ(idle.peer.opened.size(), 2U);
  idle.peer.write(idle.peer.opened.at(1), find_node_frame("next"));
  idle.host.settle();
  EXPECT_EQ(idle.host.done[next], "answered next");
}

TEST(KadStreamsReuse, NeverTakesAnAnswerTooManyForThatToTheNextRequest) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  peer.answers = false;
  const auto first = host.find_node(peer, "first");
  host.settle();
  Bytes two = find_node_frame("first");
  append(two, find_node_frame("unasked"));
  peer.write(peer.opened.at(0), two);
  host.settle();
  EXPECT_EQ(host.done[first], "answered first");
  peer.answers = true;
  EXPECT_EQ(host.ask(peer, "next"), "answered next");
  EXPECT_TRUE(peer.streams[peer.opened.at(0)].failed);
  EXPECT_EQ(host.counters().answers_malformed, 1U);
}

TEST(KadStreamsReuse, DoesNotHappenBehindAnAnswerThatCameBeforeItsRequestHadLeft) {
  Idle idle;
  idle.peer.reads = false;
  const auto rpc = idle.host.find_node(idle.peer, std::string(600'000, 'k'));
  idle.host.settle();
  idle.peer.write(idle.stream, find_node_frame("early"));
  idle.host.settle();
  EXPECT_EQ(idle.host.done[rpc], "answered early");
  EXPECT_TRUE(idle.peer.streams[idle.stream].failed);
  idle.peer.reads = true;
  EXPECT_EQ(idle.host.ask(idle.peer, "next"), "answered next");
}

TEST(KadStreamsReuse, EndsWithOctetsThatNobodyAskedFor) {
  Idle idle;
  idle.peer.write(idle.stream, find_node_frame("unasked"));
  idle.host.settle();
  EXPECT_TRUE(idle.peer.streams[idle.stream].failed);
  EXPECT_EQ(idle.host.counters().outbound_now, 0U);
  EXPECT_EQ(idle.host.ask(idle.peer, "a"), "answered a");
}

TEST(KadStreamsReuse, DoesNotHappenBehindAnAnswerThatDoesNotParse) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  peer.answers = false;
  host.find_node(peer, "a");
  host.settle();
  Bytes frame;
  wire::append_frame(frame, Bytes(30, 0xff));
  peer.write(peer.opened.at(0), frame);
  host.settle();
  peer.answers = true;
  EXPECT_EQ(host.ask(peer, "b"), "answered b");
  EXPECT_EQ(peer.opened.size(), 2U);
}

// ---- the end of idleness

TEST(KadStreamsReuse, EndsAfterThirtySecondsAndNotBefore) {
  Idle idle;
  idle.host.run_for(30s - kMoment);
  EXPECT_TRUE(idle.peer.streams[idle.stream].open());
  idle.host.run_for(kMoment);
  EXPECT_TRUE(idle.peer.streams[idle.stream].finished);
  EXPECT_FALSE(idle.peer.streams[idle.stream].failed) << "closed in order, not reset";
  EXPECT_EQ(idle.host.counters().outbound_now, 0U);
  EXPECT_EQ(idle.peer.open_streams(), 0U);
  EXPECT_FALSE(idle.host.streams.next_deadline()) << "nothing is left to wait for";
  EXPECT_EQ(idle.host.counters().closes_forced, 0U);
}

TEST(KadStreamsReuse, LastsThirtySecondsFromTheLastAnswer) {
  Idle idle;
  idle.host.run_for(20s);
  EXPECT_EQ(idle.host.ask(idle.peer, "a"), "answered a");
  idle.host.run_for(30s - kMoment);
  EXPECT_TRUE(idle.peer.streams[idle.stream].open());
  idle.host.run_for(kMoment);
  EXPECT_TRUE(idle.peer.streams[idle.stream].finished);
}

TEST(KadStreamsReuse, DoesNotEndUnderARequest) {
  Idle idle;
  idle.host.run_for(25s);
  idle.peer.answers = false;
  const auto rpc = idle.host.find_node(idle.peer, "slow");
  idle.host.run_for(9s);
  EXPECT_TRUE(idle.peer.streams[idle.stream].open());
  idle.peer.write(idle.stream, find_node_frame("slow"));
  idle.host.settle();
  EXPECT_EQ(idle.host.done[rpc], "answered slow");
}

TEST(KadStreamsReuse, EndsWithAResetWhenThePeerDoesNotCloseItsSide) {
  Idle idle;
  idle.peer.closes = false;
  idle.host.run_for(40s - kMoment);
  EXPECT_FALSE(idle.peer.streams[idle.stream].failed);
  EXPECT_EQ(idle.peer.open_streams(), 1U);
  idle.host.run_for(kMoment);
  EXPECT_TRUE(idle.peer.streams[idle.stream].failed);
  EXPECT_EQ(idle.peer.open_streams(), 0U);
  EXPECT_EQ(idle.host.counters().closes_forced, 1U);
}

TEST(KadStreamsReuse, EndsAtOnceWhenThePeerAnswersAfterTheClose) {
  Idle idle;
  idle.peer.closes = false;
  idle.host.run_for(30s);
  idle.peer.write(idle.stream, find_node_frame("unasked"));
  idle.host.settle();
  EXPECT_TRUE(idle.peer.streams[idle.stream].failed);
  EXPECT_EQ(idle.peer.open_streams(), 0U);
}

TEST(KadStreamsReuse, ClosesNoMoreAtOnceThanItsBoundAndResetsTheRest) {
  Idle idle{{.max_closing = 2}};
  idle.peer.closes = false;
  for (int i = 0; i < 3; ++i) {
    idle.host.find_node(idle.peer, "a");
  }
  idle.host.settle();
  idle.host.run_for(30s);
  EXPECT_EQ(idle.host.counters().closes_forced, 1U);
  EXPECT_EQ(idle.peer.open_streams(), 2U);
}

TEST(KadStreamsReuse, LeavesNothingBehindOnAConnectionThatIsLostWhileClosing) {
  Idle idle;
  idle.peer.closes = false;
  idle.host.run_for(30s);
  idle.host.disconnect(idle.peer);
  EXPECT_FALSE(idle.host.streams.next_deadline());
}

}  // namespace
}  // namespace pond::node
