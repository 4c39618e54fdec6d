#include <algorithm>

#include <gtest/gtest.h>

#include "support/kad_streams_host.hpp"

namespace pond::node {
namespace {

using test::find_node_frame;
using test::HandPeer;
using test::KadStreamsHost;

/// Opens that many, as fast as the transport's backlog of 256 lets it.
std::vector<std::uint32_t> open_many(KadStreamsHost& host, HandPeer& peer, std::size_t count, BytesView bytes = {}) {
  std::vector<std::uint32_t> opened;
  while (opened.size() < count) {
    opened.push_back(peer.open(bytes, host.now));
    if (opened.size() % 200 == 0) {
      host.settle();
    }
  }
  host.settle();
  return opened;
}

std::size_t answered(HandPeer& peer, const std::vector<std::uint32_t>& streams) {
  return static_cast<std::size_t>(
      std::ranges::count_if(streams, [&](std::uint32_t id) { return peer.streams[id].take_messages().size() == 1; }));
}

TEST(KadStreamsLimits, LetTwoHundredStreamsAtOnceBeAnswered) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  std::vector<std::uint32_t> streams;
  for (std::size_t i = 0; i < 200; ++i) {
    streams.push_back(peer.open(find_node_frame(std::to_string(i)), host.now));
  }
  host.settle();
  for (std::size_t i = 0; i < streams.size(); ++i) {
    EXPECT_EQ(peer.streams[streams[i]].take_keys(), std::to_string(i));
  }
}

TEST(KadStreamsLimits, OfOneConnectionIs512Streams) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto streams = open_many(host, peer, 512, find_node_frame("a"));
  EXPECT_EQ(answered(peer, streams), 512U);
  EXPECT_EQ(host.counters().inbound_over_connection_limit, 0U);
  const auto beyond = host.open(peer, find_node_frame("b"));
  EXPECT_TRUE(peer.streams[beyond].failed);
  EXPECT_EQ(host.counters().inbound_over_connection_limit, 1U);
  EXPECT_EQ(host.counters().inbound_now, 512U);
  EXPECT_EQ(host.requests, 512U);
}

TEST(KadStreamsLimits, OfOneConnectionDoNotTouchAnother) {
  KadStreamsHost host;
  open_many(host, host.connect(), 512);
  HandPeer& other = host.connect();
  const auto stream = host.open(other, find_node_frame("a"));
  EXPECT_EQ(other.streams[stream].take_keys(), "a");
}

TEST(KadStreamsLimits, OfOneConnectionCountOpenStreamsOnly) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto streams = open_many(host, peer, 512);
  peer.reset(streams[7]);
  peer.finish(streams[100]);
  host.settle();
  EXPECT_EQ(answered(peer, open_many(host, peer, 2, find_node_frame("a"))), 2U);
  EXPECT_TRUE(peer.streams[host.open(peer)].failed);
}

TEST(KadStreamsLimits, OfTheNodeIs5000Streams) {
  KadStreamsHost host;
  HandPeer* last = nullptr;
  for (std::size_t i = 0; i < 10; ++i) {
    last = &host.connect();
    open_many(host, *last, 500);
  }
  EXPECT_EQ(host.counters().inbound_now, 5000U);
  EXPECT_EQ(host.counters().inbound_over_limit, 0U);
  const auto beyond = host.open(*last, find_node_frame("b"));
  EXPECT_TRUE(last->streams[beyond].failed);
  EXPECT_EQ(host.counters().inbound_over_limit, 1U);
  EXPECT_EQ(host.counters().inbound_over_connection_limit, 0U);
  EXPECT_EQ(host.counters().inbound_now, 5000U);
}

TEST(KadStreamsLimits, OfTheNodeMakeRoomWhenAConnectionGoes) {
  KadStreamsHost host{{.max_inbound = 20}};
  HandPeer& first = host.connect();
  HandPeer& second = host.connect();
  open_many(host, first, 20);
  EXPECT_TRUE(first.streams[host.open(first)].failed);
  host.disconnect(first);
  EXPECT_EQ(answered(second, open_many(host, second, 20, find_node_frame("a"))), 20U);
}

}  // namespace
}  // namespace pond::node
