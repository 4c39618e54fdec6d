#include <gtest/gtest.h>

#include "pond/wire/varint.hpp"

#include "support/kad_streams_host.hpp"

namespace pond::node {
namespace {

using test::find_node_frame;
using test::HandPeer;
using test::KadStreamsHost;

constexpr std::size_t kMaxRequest = 64U << 10;

Bytes framed(BytesView body) {
  Bytes frame;
  wire::append_frame(frame, body);
  return frame;
}

/// A PING of exactly that many octets: a field that nobody knows fills it up.
Bytes ping_of(std::size_t size) {
  Bytes body{0x08, 0x05, 0x12, 0x01, 'p'};            // type 5, key "p"
  append(body, Bytes{0xfa, 0x01});                    // field 31, length-delimited
  wire::append_varint(body, size - body.size() - 3);  // three octets of length
  body.resize(size);
  return body;
}

/// The stream that brought it is reset, unanswered; the next one is served.
void expect_reset(BytesView octets) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer, octets);
  EXPECT_TRUE(peer.streams[stream].failed);
  EXPECT_TRUE(peer.streams[stream].received.empty());
  EXPECT_EQ(host.counters().inbound_now, 0U);
  const auto next = host.open(peer, find_node_frame("next"));
  EXPECT_EQ(peer.streams[next].take_keys(), "next");
}

TEST(KadStreamsBadRequest, OfALengthThatNeverEndsIsReset) {
  expect_reset(Bytes(9, 0x80));
}

TEST(KadStreamsBadRequest, OfALengthThatNeverEndsIsCounted) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  host.open(peer, Bytes(20, 0xff));
  EXPECT_EQ(host.counters().requests_malformed + host.counters().requests_too_large, 1U);
  EXPECT_EQ(host.requests, 0U);
}

TEST(KadStreamsBadRequest, WhoseLengthIsOverTheLimitIsResetBeforeAnythingOfItHasCome) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  Bytes prefix;
  wire::append_varint(prefix, kMaxRequest + 1);
  const auto stream = host.open(peer, prefix);
  EXPECT_TRUE(peer.streams[stream].failed);
  EXPECT_EQ(host.counters().requests_too_large, 1U);
  EXPECT_EQ(host.counters().requests_malformed, 0U);
}

TEST(KadStreamsBadRequest, WhoseLengthIsTheLimitIsWaitedFor) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  Bytes prefix;
  wire::append_varint(prefix, kMaxRequest);
  const auto stream = host.open(peer, prefix);
  EXPECT_TRUE(peer.streams[stream].open());
}

TEST(KadStreamsBadRequest, OfAnAbsurdLengthIsReset) {
  Bytes prefix;
  wire::append_varint(prefix, std::uint64_t{1} << 62);
  expect_reset(prefix);
}

TEST(KadStreamsBadRequest, ThatIsReallyTooLongIsReset) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer, framed(ping_of(kMaxRequest + 1)));
  EXPECT_TRUE(peer.streams[stream].failed);
  EXPECT_EQ(host.counters().requests_too_large, 1U);
  EXPECT_EQ(host.requests, 0U);
}

TEST(KadStreamsBadRequest, OfExactlyTheLimitIsAGoodOne) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto stream = host.open(peer, framed(ping_of(kMaxRequest)));
  EXPECT_EQ(peer.streams[stream].take_keys(), "p");
}

TEST(KadStreamsBadRequest, ThatIsNoProtobufIsReset) {
  expect_reset(framed(Bytes(40, 0xff)));
}

TEST(KadStreamsBadRequest, WithoutAnyOctetIsReset) {
  expect_reset(Bytes{0x00});
}

TEST(KadStreamsBadRequest, OfUnknownTypeIsReset) {
  expect_reset(framed(Bytes{0x08, 0x06, 0x12, 0x01, 'k'}));
  expect_reset(framed(Bytes{0x08, 0x7f, 0x12, 0x01, 'k'}));
}

TEST(KadStreamsBadRequest, WithoutAKeyIsReset) {
  expect_reset(framed(Bytes{0x08, 0x04}));
}

TEST(KadStreamsBadRequest, BehindAGoodOneLeavesTheAnswerToThatAlone) {
  KadStreamsHost host;
  host.hold = true;
  HandPeer& peer = host.connect();
  Bytes both = find_node_frame("good");
  append(both, Bytes(12, 0xff));
  const auto stream = host.open(peer, both);
  EXPECT_FALSE(peer.streams[stream].failed);
  host.answer_held("good");
  EXPECT_TRUE(peer.streams[stream].failed);
}

TEST(KadStreamsBadRequest, EndsItsStreamForWhatFollowsToo) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  Bytes both = framed(Bytes(40, 0xff));
  append(both, find_node_frame("never"));
  host.open(peer, both);
  EXPECT_EQ(host.requests, 1U);
}

}  // namespace
}  // namespace pond::node
