#include <vector>

#include <gtest/gtest.h>

#include "support/kad_streams_host.hpp"

namespace pond::node {
namespace {

using test::find_node_frame;
using test::HandPeer;
using test::KadStreamsHost;

/// Asks that often, as fast as the transport's backlog of 256 lets it.
std::vector<kad::RpcId> ask_many(KadStreamsHost& host, HandPeer& peer, std::size_t count) {
  std::vector<kad::RpcId> asked;
  while (asked.size() < count) {
    asked.push_back(host.find_node(peer, "k"));
    if (asked.size() % 200 == 0) {
      host.settle();
    }
  }
  host.settle();
  return asked;
}

TEST(KadStreamsRoom, IsFor5000StreamsAndWhoComesLaterWaits) {
  KadStreamsHost host;
  HandPeer* last = nullptr;
  for (std::size_t i = 0; i < 5; ++i) {
    last = &host.connect();
    last->answers = false;
    ask_many(host, *last, 1000);
  }
  EXPECT_EQ(host.counters().outbound_now, 5000U);
  EXPECT_EQ(host.counters().outbound_over_limit, 0U);
  HandPeer& other = host.connect();
  EXPECT_EQ(host.ask(other, "late"), "");
  EXPECT_TRUE(other.opened.empty());
  EXPECT_EQ(host.counters().outbound_over_limit, 1U);
  last->reset(last->opened.at(3));
  host.settle();
  EXPECT_EQ(host.done.at(kad::RpcId{5001}), "answered late");
}

TEST(KadStreamsRoom, IsMadeByAnIdleStream) {
  KadStreamsHost host{{.max_outbound = 2}};
  HandPeer& first = host.connect();
  HandPeer& second = host.connect();
  ask_many(host, first, 2);
  EXPECT_EQ(host.counters().outbound_now, 2U);
  EXPECT_EQ(host.ask(second, "a"), "answered a");
  EXPECT_EQ(host.counters().outbound_now, 2U);
  EXPECT_TRUE(first.streams[first.opened.at(0)].finished);
  EXPECT_FALSE(first.streams[first.opened.at(0)].failed);
  EXPECT_EQ(first.open_streams(), 1U);
}

TEST(KadStreamsRoom, MadeByAnIdleStreamIsReleasedAtBothEnds) {
  // More often than a connection may have streams.
  KadStreamsHost host{{.max_outbound = 1}};
  HandPeer& first = host.connect();
  HandPeer& second = host.connect();
  for (int i = 0; i < 1100; ++i) {
    ASSERT_EQ(host.ask(first, "a"), "answered a");
    ASSERT_EQ(host.ask(second, "b"), "answered b");
  }
  EXPECT_EQ(first.opened.size(), 1100U);
  EXPECT_EQ(first.open_streams() + second.open_streams(), 1U);
}

TEST(KadStreamsRoom, IsNotMadeByAStreamToThePeerThatIsAsked) {
  KadStreamsHost host{{.max_outbound = 1}};
  HandPeer& peer = host.connect();
  EXPECT_EQ(host.ask(peer, "a"), "answered a");
  EXPECT_EQ(host.ask(peer, "b"), "answered b");
  EXPECT_EQ(peer.opened.size(), 1U);
  EXPECT_EQ(host.counters().outbound_over_limit, 0U);
}

TEST(KadStreamsRoom, IsMadeForAnAddProviderByAnIdleStreamToTheSamePeer) {
  KadStreamsHost host{{.max_outbound = 1}};
  HandPeer& peer = host.connect();
  EXPECT_EQ(host.ask(peer, "a"), "answered a");
  peer.closes = false;
  host.send(peer, wire::KadType::kAddProvider, "key");
  host.settle();
  EXPECT_EQ(peer.requests, 2U);
  EXPECT_EQ(host.counters().outbound_now, 1U);
  EXPECT_TRUE(peer.streams[peer.opened.at(0)].finished);
}

TEST(KadStreamsRoom, ComesFromAPeerThatNeverClosesItsSideToo) {
  KadStreamsHost host{{.max_outbound = 1}};
  HandPeer& stubborn = host.connect();
  stubborn.closes = false;
  HandPeer& other = host.connect();
  EXPECT_EQ(host.ask(stubborn, "a"), "answered a");
  host.run_for(20s);  // so that the end of its idleness and that of the wait for its peer fall together
  EXPECT_EQ(host.ask(other, "b"), "answered b");
  host.run_for(10s);
  EXPECT_EQ(stubborn.open_streams(), 0U);
}

TEST(KadStreamsRoom, GoesToWhoWaitsWhenAnAnswerComes) {
  KadStreamsHost host{{.max_outbound = 1}};
  HandPeer& busy = host.connect();
  busy.answers = false;
  HandPeer& other = host.connect();
  host.find_node(busy, "a");
  host.settle();
  const auto waits = host.find_node(other, "b");
  host.settle();
  EXPECT_EQ(host.done[waits], "");
  busy.write(busy.opened.at(0), find_node_frame("a"));
  host.settle();
  EXPECT_EQ(host.done[waits], "answered b");
}

TEST(KadStreamsRoom, GoesToWhoWaitsLongest) {
  KadStreamsHost host{{.max_outbound = 1}};
  HandPeer& busy = host.connect();
  busy.answers = false;
  HandPeer& other = host.connect();
  other.answers = false;
  host.find_node(busy, "a");
  host.find_node(other, "b");
  host.find_node(other, "c");
  host.settle();
  busy.reset(busy.opened.at(0));
  host.settle();
  ASSERT_EQ(other.opened.size(), 1U);
  EXPECT_EQ(other.streams[other.opened[0]].take_keys(), "b");
}

TEST(KadStreamsRoom, IsNotWaitedForPastTheDeadline) {
  KadStreamsHost host{{.max_outbound = 1}};
  HandPeer& busy = host.connect();
  busy.answers = false;
  HandPeer& other = host.connect();
  host.find_node(busy, "a", 20s);
  const auto waits = host.find_node(other, "b", 10s);
  host.run_for(10s);
  EXPECT_EQ(host.done[waits], "failed timeout");
  host.run_for(20s);
  EXPECT_TRUE(other.opened.empty());
}

TEST(KadStreamsRoom, IsNotTakenByARequestThatWasAbandoned) {
  KadStreamsHost host{{.max_outbound = 1}};
  HandPeer& busy = host.connect();
  busy.answers = false;
  HandPeer& other = host.connect();
  host.find_node(busy, "a");
  host.streams.abandon(host.find_node(other, "b"), host.now);
  host.run_for(20s);
  EXPECT_TRUE(other.opened.empty());
  EXPECT_EQ(host.done.size(), 1U);
}

TEST(KadStreamsRoom, IsKeptByAnIdleStreamWhenWhoWaitedHasGivenUp) {
  KadStreamsHost host{{.max_outbound = 1}};
  HandPeer& busy = host.connect();
  busy.answers = false;
  HandPeer& other = host.connect();
  host.find_node(busy, "a");
  host.streams.abandon(host.find_node(other, "b"), host.now);
  host.settle();
  busy.write(busy.opened.at(0), find_node_frame("a"));
  host.settle();
  EXPECT_TRUE(busy.streams[busy.opened.at(0)].open());
}

TEST(KadStreamsRoom, IsNotWaitedForByMoreThanTheQueueHolds) {
  KadStreamsHost host{{.max_outbound = 1, .max_queued_requests = 3}};
  HandPeer& busy = host.connect();
  busy.answers = false;
  const auto asked = ask_many(host, busy, 4);
  EXPECT_EQ(host.done[asked[2]], "");
  EXPECT_EQ(host.done[asked[3]], "failed limit");
  EXPECT_EQ(host.counters().queue_full, 1U);
}

TEST(KadStreamsRoom, OfTheQueueIsGivenBack) {
  KadStreamsHost host{{.max_queued_requests = 1}};
  HandPeer& peer = host.connect();
  EXPECT_EQ(host.ask(peer, "a"), "answered a");
  EXPECT_EQ(host.ask(peer, "b"), "answered b");
}

TEST(KadStreamsRoom, OfAConnectionThatIsFullFailsTheRequestAtOnce) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  peer.answers = false;
  ask_many(host, peer, 1000);
  EXPECT_EQ(host.ask(peer, "one more"), "failed limit");
}

}  // namespace
}  // namespace pond::node
