#include <gtest/gtest.h>

#include "support/kad_streams_host.hpp"

namespace pond::node {
namespace {

using test::find_node_frame;
using test::HandPeer;
using test::KadStreamsHost;

constexpr Duration kMoment = 1ns;

TEST(KadStreamsSilence, OfTenSecondsFromTheStartClosesAStream) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer);
  host.run_for(10s - kMoment);
  EXPECT_TRUE(peer.streams[stream].open());
  host.run_for(kMoment);
  EXPECT_TRUE(peer.streams[stream].failed);
  EXPECT_EQ(host.counters().silent_streams_closed, 1U);
  EXPECT_EQ(host.counters().inbound_now, 0U);
}

TEST(KadStreamsSilence, IsNotBrokenByHalfAMessage) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const Bytes request = find_node_frame("slowly");
  const auto stream = host.open(peer);
  for (std::size_t i = 0; i < 4; ++i) {
    host.run_for(2s);
    peer.write(stream, BytesView{request}.subspan(i, 1));
  }
  host.run_for(2s - kMoment);
  EXPECT_TRUE(peer.streams[stream].open());
  host.run_for(kMoment);
  EXPECT_TRUE(peer.streams[stream].failed);
}

TEST(KadStreamsSilence, OfAMinuteAfterAMessageClosesAStream) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer);
  host.run_for(9s);
  peer.write(stream, find_node_frame("a"));
  host.run_for(60s - kMoment);
  EXPECT_TRUE(peer.streams[stream].open());
  host.run_for(kMoment);
  EXPECT_TRUE(peer.streams[stream].failed);
  EXPECT_EQ(host.counters().silent_streams_closed, 1U);
}

TEST(KadStreamsSilence, IsMeasuredFromTheLastMessage) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer, find_node_frame("a"));
  host.run_for(40s);
  peer.write(stream, find_node_frame("b"));
  host.run_for(60s - kMoment);
  EXPECT_TRUE(peer.streams[stream].open());
  host.run_for(kMoment);
  EXPECT_TRUE(peer.streams[stream].failed);
}

TEST(KadStreamsSilence, AfterAnAddProviderLastsAMinuteToo) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer, peer.add_provider_frame("key"));
  host.run_for(60s - kMoment);
  EXPECT_TRUE(peer.streams[stream].open());
  host.run_for(kMoment);
  EXPECT_TRUE(peer.streams[stream].failed);
}

TEST(KadStreamsSilence, MayBeShorterAfterAMessageThanBefore) {
  KadStreamsHost host{{.first_message_timeout = 60s, .next_message_timeout = 5s}};
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer, find_node_frame("a"));
  host.run_for(5s - kMoment);
  EXPECT_TRUE(peer.streams[stream].open());
  host.run_for(kMoment);
  EXPECT_TRUE(peer.streams[stream].failed);
}

TEST(KadStreamsSilence, DoesNotCountWhileTheAnswerIsOurs) {
  KadStreamsHost host;
  host.hold = true;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer, find_node_frame("a"));
  host.run_for(5min);
  EXPECT_TRUE(peer.streams[stream].open());
  host.answer_held("a");
  host.run_for(60s - kMoment);
  EXPECT_TRUE(peer.streams[stream].open());
  host.run_for(kMoment);
  EXPECT_TRUE(peer.streams[stream].failed);
}

TEST(KadStreamsSilence, OfAPeerThatDoesNotReadItsAnswersClosesTheStream) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  peer.reads = false;
  const auto stream = host.open(peer);
  const std::string long_key(15'000, 'k');
  for (std::size_t i = 0; i < 40; ++i) {
    peer.write(stream, test::kad_frame(wire::KadType::kPing, long_key));
  }
  host.run_for(60s);
  EXPECT_TRUE(peer.streams[stream].failed);
  EXPECT_EQ(host.counters().inbound_now, 0U);
}

TEST(KadStreamsSilence, ClosesTheSilentStreamAlone) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto silent = host.open(peer);
  const auto other = host.open(peer, find_node_frame("a"));
  host.run_for(10s);
  EXPECT_TRUE(peer.streams[silent].failed);
  EXPECT_TRUE(peer.streams[other].open());
}

}  // namespace
}  // namespace pond::node
