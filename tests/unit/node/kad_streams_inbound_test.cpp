#include <gtest/gtest.h>

#include "support/kad_streams_host.hpp"

namespace pond::node {
namespace {

using test::find_node_frame;
using test::HandPeer;
using test::KadStreamsHost;
using wire::KadType;

Bytes find_nodes(std::size_t from, std::size_t to) {
  Bytes frames;
  for (std::size_t i = from; i < to; ++i) {
    append(frames, find_node_frame(std::to_string(i)));
  }
  return frames;
}

TEST(KadStreamsInbound, AnswersPipelinedRequestsInOrder) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer, find_nodes(0, 5));
  EXPECT_EQ(peer.streams[stream].take_keys(), "0 1 2 3 4");
  EXPECT_TRUE(peer.streams[stream].open());
}

TEST(KadStreamsInbound, AnswersAsyncRequestsOfAllKindsInOrder) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer);
  for (const KadType type : {KadType::kGetValue, KadType::kPing, KadType::kGetProviders, KadType::kFindNode}) {
    peer.write(stream, test::kad_frame(type, "/test/" + std::to_string(static_cast<int>(type))));
  }
  host.settle();
  EXPECT_EQ(peer.streams[stream].take_keys(), "/test/1 /test/5 /test/3 /test/4");
}

TEST(KadStreamsInbound, DoesNotReadTheNextRequestBeforeTheAnswerToTheLast) {
  KadStreamsHost host;
  host.hold = true;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer, find_nodes(0, 3));
  EXPECT_EQ(host.requests, 1U);
  host.answer_held("first");
  EXPECT_EQ(host.requests, 2U);
  EXPECT_EQ(peer.streams[stream].take_keys(), "first");
}

TEST(KadStreamsInbound, ServesStreamsOfOnePeerIndependently) {
  KadStreamsHost host;
  host.hold = true;
  HandPeer& peer = host.connect();
  const auto slow = host.open(peer, find_node_frame("slow"));
  host.hold = false;
  const auto quick = host.open(peer, find_node_frame("quick"));
  EXPECT_EQ(peer.streams[quick].take_keys(), "quick");
  EXPECT_EQ(peer.streams[slow].take_keys(), "");
}

TEST(KadStreamsInbound, DoesNotAnswerAnAddProvider) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer, peer.add_provider_frame("key"));
  EXPECT_EQ(host.requests, 1U);
  EXPECT_TRUE(peer.streams[stream].received.empty());
  EXPECT_TRUE(peer.streams[stream].open());
}

TEST(KadStreamsInbound, AnswersOnceForAnAddProviderAndARequestBehindIt) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer, peer.add_provider_frame("key"));
  peer.write(stream, find_node_frame("asked"));
  host.settle();
  EXPECT_EQ(peer.streams[stream].take_keys(), "asked");
}

TEST(KadStreamsInbound, AnswersOnceForAnAddProviderAndARequestInOnePacket) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  Bytes both = peer.add_provider_frame("key");
  append(both, find_node_frame("asked"));
  const auto stream = host.open(peer, both);
  EXPECT_EQ(peer.streams[stream].take_keys(), "asked");
}

TEST(KadStreamsInbound, AnswersAfterThePeerHasHalfClosedAndThenEndsTheStream) {
  KadStreamsHost host;
  host.hold = true;
  HandPeer& peer = host.connect();
  const auto stream = peer.open(find_node_frame("a"), host.now);
  peer.finish(stream);
  host.settle();
  EXPECT_FALSE(peer.streams[stream].finished) << "the answer is still owed";
  host.answer_held("a");
  EXPECT_EQ(peer.streams[stream].take_keys(), "a");
  EXPECT_TRUE(peer.streams[stream].finished);
  EXPECT_FALSE(peer.streams[stream].failed);
  EXPECT_EQ(host.counters().inbound_now, 0U);
  EXPECT_EQ(peer.open_streams(), 0U);
}

TEST(KadStreamsInbound, AnswersAllPipelinedRequestsAfterTheHalfClose) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = peer.open(find_nodes(0, 20), host.now);
  peer.finish(stream);
  host.settle();
  EXPECT_EQ(peer.streams[stream].take_messages().size(), 20U);
  EXPECT_TRUE(peer.streams[stream].finished);
}

TEST(KadStreamsInbound, EndsAHalfClosedStreamWithoutARequest) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer);
  peer.finish(stream);
  host.settle();
  EXPECT_TRUE(peer.streams[stream].finished);
  EXPECT_EQ(host.counters().inbound_now, 0U);
}

TEST(KadStreamsInbound, AnswersARequestThatIsCutAtAnyOctet) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const Bytes request = find_node_frame("a key of some length");
  for (std::size_t cut = 0; cut <= request.size(); ++cut) {
    const auto stream = host.open(peer, BytesView{request}.first(cut));
    peer.write(stream, BytesView{request}.subspan(cut));
    host.settle();
    EXPECT_EQ(peer.streams[stream].take_keys(), "a key of some length") << "cut at " << cut;
  }
}

TEST(KadStreamsInbound, AnswersRequestsThatComeOctetByOctet) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer);
  for (const std::uint8_t octet : find_nodes(0, 3)) {
    peer.write(stream, BytesView{&octet, 1});
    host.settle();
  }
  EXPECT_EQ(peer.streams[stream].take_keys(), "0 1 2");
}

TEST(KadStreamsInbound, ResetsAStreamThatEndsInsideARequest) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const Bytes request = find_node_frame("key");
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    const auto stream = host.open(peer, BytesView{request}.first(cut));
    peer.finish(stream);
    host.settle();
    EXPECT_TRUE(peer.streams[stream].failed) << "cut at " << cut;
  }
  EXPECT_EQ(host.counters().requests_malformed, request.size() - 1);
  EXPECT_EQ(host.requests, 0U);
}

TEST(KadStreamsInbound, StopsReadingFromAPeerThatDoesNotReadItsAnswers) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  peer.reads = false;
  const std::string long_key(15'000, 'k');
  const auto stream = host.open(peer);
  for (std::size_t i = 0; i < 40; ++i) {
    peer.write(stream, test::kad_frame(KadType::kPing, long_key));
  }
  host.settle();
  const std::size_t served = host.requests;
  EXPECT_LT(served, 25U) << "a window of 256 KiB and 64 KiB waiting behind it";
  peer.reads = true;
  peer.read(stream, host.now);
  host.settle();
  EXPECT_EQ(peer.streams[stream].take_messages().size(), 40U);
}

TEST(KadStreamsInbound, SendsTheRestOfAnAnswerThatWasStuckWhenThePeerHalfClosed) {
  const std::string long_key(15'000, 'k');
  for (std::size_t count = 15; count < 22; ++count) {  // the window of 256 KiB ends inside one of their answers
    KadStreamsHost host;
    HandPeer& peer = host.connect();
    peer.reads = false;
    const auto stream = host.open(peer);
    for (std::size_t i = 0; i < count; ++i) {
      peer.write(stream, test::kad_frame(KadType::kPing, long_key));
    }
    host.settle();
    peer.finish(stream);
    host.settle();
    peer.reads = true;
    peer.read(stream, host.now);
    host.settle();
    EXPECT_EQ(peer.streams[stream].take_messages().size(), count);
    EXPECT_TRUE(peer.streams[stream].finished);
  }
}

TEST(KadStreamsInbound, DropsTheAnswerToAStreamThatThePeerHasReset) {
  KadStreamsHost host;
  host.hold = true;
  HandPeer& peer = host.connect();
  const auto gone = host.open(peer, find_node_frame("gone"));
  const auto stays = host.open(peer, find_node_frame("stays"));
  peer.reset(gone);
  host.settle();
  EXPECT_EQ(host.counters().inbound_now, 1U);
  host.answer_held("gone");
  host.answer_held("stays");
  EXPECT_EQ(peer.streams[stays].take_keys(), "stays");
}

TEST(KadStreamsInbound, ForgetsTheStreamsOfALostConnection) {
  KadStreamsHost host;
  host.hold = true;
  HandPeer& peer = host.connect();
  host.open(peer, find_node_frame("a"));
  host.open(peer);
  host.disconnect(peer);
  EXPECT_EQ(host.counters().inbound_now, 0U);
  host.answer_held("a");
  EXPECT_FALSE(host.streams.next_deadline());
}

}  // namespace
}  // namespace pond::node
