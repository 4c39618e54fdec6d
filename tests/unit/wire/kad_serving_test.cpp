#include "pond/wire/kad_serving.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/wire/frame.hpp"

#include "wire_samples.hpp"

namespace pond::wire {
namespace {

using test::draw_kad_message;
using test::long_address;
using test::numbered_addresses;
using test::numbered_peer;

Bytes encoded(const KadMessage& message) {
  Bytes out;
  encode_kad(message, out);
  return out;
}

Bytes encoded(const KadPeer& peer) {
  return encode_kad_peer(peer.id, peer.addresses, peer.connection);
}

std::vector<Bytes> encoded(const std::vector<KadPeer>& peers) {
  std::vector<Bytes> out;
  for (const KadPeer& peer : peers) {
    out.push_back(encoded(peer));
  }
  return out;
}

/// `count` peers of `addresses` addresses, about 12 octets each.
std::vector<KadPeer> some_peers(std::size_t count, std::size_t addresses, std::uint32_t first = 0) {
  std::vector<KadPeer> peers;
  for (std::uint32_t i = 0; i < count; ++i) {
    peers.push_back({.id = numbered_peer(first + i), .addresses = numbered_addresses(addresses)});
  }
  return peers;
}

/// A peer of about `size` octets.
KadPeer large_peer(std::uint32_t number, std::size_t size) {
  return {.id = numbered_peer(number), .addresses = {long_address(size)}};
}

/// The one message in `frame`, unframed and decoded.
KadMessage unframed(BytesView frame) {
  FrameReader reader{kMaxKadAnswerFrameBytes};
  const auto message = reader.next(frame);
  EXPECT_TRUE(message && *message && frame.empty());
  return decode_kad(**message).value();
}

struct Outcome {
  KadMessage message;
  KadAnswerWriter::Written written;
};

Outcome answer(const KadMessage& message, std::size_t limit = kMaxKadAnswerFrameBytes) {
  const auto closer = encoded(message.closer_peers);
  const auto providers = encoded(message.provider_peers);
  KadAnswerWriter writer{limit};
  writer.begin(message.type, message.key);
  if (message.record) {
    writer.set_record(message.record->key, message.record->value, message.record->time_received);
  }
  for (const Bytes& peer : closer) {
    writer.add_closer(peer);
  }
  for (const Bytes& peer : providers) {
    writer.add_provider(peer);
  }
  Bytes out;
  const auto written = writer.finish(out);
  EXPECT_TRUE(written);
  EXPECT_EQ(written->bytes, out.size());
  EXPECT_LE(out.size(), limit);
  return {.message = unframed(out), .written = *written};
}

RC_GTEST_PROP(KadRequestViewProperty, SeesWhatDecodingSees, ()) {
  const KadMessage message = draw_kad_message();
  const Bytes octets = encoded(message);
  const auto view = view_kad_request(octets);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->type == message.type);
  RC_ASSERT(equal(view->key, message.key));
  RC_ASSERT(view->has_record == message.record.has_value());
  if (message.record) {
    RC_ASSERT(equal(view->record_key, message.record->key));
    RC_ASSERT(equal(view->record_value, message.record->value));
    RC_ASSERT(view->time_received == message.record->time_received);
  }
  RC_ASSERT(view->body.data() == octets.data());
  RC_ASSERT(view->body.size() == octets.size());
}

RC_GTEST_PROP(KadRequestViewProperty, RefusesNothingThatDecodingTakes, (const Bytes& octets)) {
  RC_ASSERT((!decode_kad(octets) || view_kad_request(octets)));
}

TEST(KadRequestView, PointsIntoTheMessage) {
  const Bytes octets = encoded(KadMessage{.type = KadType::kFindNode, .key = to_bytes("key")});
  const auto view = view_kad_request(octets);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->key.data(), octets.data() + 4);
}

TEST(KadRequestView, LeavesPeersToDecoding) {
  const Bytes octets = *from_hex(
      "0802"
      "4a02"
      "ffff");
  EXPECT_TRUE(view_kad_request(octets));
  EXPECT_FALSE(decode_kad(octets));
}

TEST(KadRequestView, RefusesARecordThatDoesNotParse) {
  EXPECT_FALSE(view_kad_request(*from_hex("1a01ff")));
  EXPECT_FALSE(
      view_kad_request(*from_hex("1a01ff"
                                 "1a00")));
}

RC_GTEST_PROP(KadAnswerWriterProperty, WritesTheSameOctetsAsTheEncoderWhenAllFits, ()) {
  const KadMessage message = draw_kad_message();
  Bytes expected;
  append_frame(expected, encoded(message));
  RC_PRE(expected.size() <= kMaxKadAnswerFrameBytes);
  const auto closer = encoded(message.closer_peers);
  const auto providers = encoded(message.provider_peers);
  KadAnswerWriter writer;
  writer.begin(message.type, message.key);
  for (const Bytes& peer : providers) {
    writer.add_provider(peer);
  }
  for (const Bytes& peer : closer) {
    writer.add_closer(peer);
  }
  if (message.record) {
    writer.set_record(message.record->key, message.record->value, message.record->time_received);
  }
  Bytes out;
  const auto written = writer.finish(out);
  RC_ASSERT(written.has_value());
  RC_ASSERT(out == expected);
  RC_ASSERT(written->peers_left_out == 0U);
  RC_ASSERT(!written->addresses_cut);
}

RC_GTEST_PROP(KadAnswerWriterProperty, StaysWithinAnyLimitAndKeepsTheOrder, ()) {
  const KadMessage message = draw_kad_message();
  const auto limit = *rc::gen::inRange<std::size_t>(600, 3'000);
  const Outcome outcome = answer(message, limit);
  RC_ASSERT(outcome.written.closer_peers == outcome.message.closer_peers.size());
  RC_ASSERT(outcome.written.provider_peers == outcome.message.provider_peers.size());
  RC_ASSERT(outcome.written.closer_peers + outcome.written.provider_peers + outcome.written.peers_left_out ==
            message.closer_peers.size() + message.provider_peers.size());
  auto at = message.closer_peers.begin();
  for (const KadPeer& peer : outcome.message.closer_peers) {
    at = std::find_if(at, message.closer_peers.end(), [&](const KadPeer& one) { return one.id == peer.id; });
    RC_ASSERT(at != message.closer_peers.end());
  }
}

// Trap: js and go take a PUT_VALUE answer without its record for a failure, and old go crashes on it.
TEST(KadTraps, APutValueAnswerEchoesTheRecord) {
  const KadMessage echo{
      .type = KadType::kPutValue,
      .key = to_bytes("/eth/0x00"),
      .record = KadRecord{
          .key = to_bytes("/eth/0x00"), .value = Bytes(8 * 1024, 'v'), .time_received = rfc3339(1'795'334'415'759)}};
  EXPECT_EQ(answer(echo).message, echo);
}

// Trap: rust-libp2p closes the stream on an answer over 16 KiB.
TEST(KadTraps, AFindNodeAnswerOfTwentyLargePeersStaysUnderSixteenKibibytes) {
  KadMessage message{.type = KadType::kFindNode, .key = numbered_peer(1).bytes().empty() ? Bytes{} : Bytes(34, 1)};
  for (std::uint32_t i = 0; i < 20; ++i) {
    KadPeer peer{.id = numbered_peer(i)};
    for (char c = 'a'; c < 'a' + 16; ++c) {
      peer.addresses.push_back(long_address(160, c));
    }
    message.closer_peers.push_back(peer);
  }
  ASSERT_GT(encoded(message).size(), 50'000U);
  const Outcome outcome = answer(message);
  EXPECT_LT(outcome.written.bytes, 16U * 1024U);
  EXPECT_EQ(outcome.message.closer_peers.size(), 20U);
  EXPECT_EQ(outcome.message.closer_peers[19].addresses.size(), kAddressesInTightAnswer);
}

// Trap: js clients discard a record without timeReceived, and their parser wants more than 6 fraction digits.
TEST(KadTraps, AGetValueAnswerCarriesTimeReceivedWithNineDigits) {
  const KadMessage message{
      .type = KadType::kGetValue,
      .key = to_bytes("k"),
      .record = KadRecord{.key = to_bytes("k"), .value = to_bytes("v"), .time_received = rfc3339(1'795'334'415'000)}};
  const Outcome outcome = answer(message);
  ASSERT_TRUE(outcome.message.record);
  EXPECT_EQ(outcome.message.record->time_received, "2026-11-22T08:00:15.000000000Z");
}

TEST(KadAnswerWriter, FieldsAscendOnTheWire) {
  const auto provider = encoded(some_peers(1, 0, 1));
  const auto closer = encoded(some_peers(1, 0, 2));
  KadAnswerWriter writer;
  writer.begin(KadType::kGetProviders, as_bytes("k"));
  writer.add_provider(provider[0]);
  writer.add_closer(closer[0]);
  writer.set_record({}, as_bytes("v"), {});
  Bytes out;
  ASSERT_TRUE(writer.finish(out));
  const std::string hex = to_hex(out);
  EXPECT_EQ(hex.substr(2, 4 + 6 + 4 + 6 + 2),
            "0803"
            "12016b"
            "1a03"
            "120176"
            "42");
  EXPECT_EQ(hex.substr(2 + 20 + 2 * (2 + closer[0].size()), 2), "4a");
}

TEST(KadAnswerWriter, AppendsToWhatIsThere) {
  KadAnswerWriter writer;
  Bytes out = to_bytes("before");
  writer.begin(KadType::kPing, {});
  ASSERT_TRUE(writer.finish(out));
  EXPECT_EQ(to_hex(out), to_hex(as_bytes("before")) + "020805");
}

TEST(KadAnswerWriter, BeginForgetsTheAnswerBefore) {
  const auto peers = encoded(some_peers(2, 1));
  KadAnswerWriter writer;
  Bytes out;
  writer.begin(KadType::kGetValue, as_bytes("k"));
  writer.set_record(as_bytes("k"), as_bytes("v"), {});
  writer.add_closer(peers[0]);
  writer.add_provider(peers[1]);
  ASSERT_TRUE(writer.finish(out));
  out.clear();
  writer.begin(KadType::kFindNode, {});
  ASSERT_TRUE(writer.finish(out));
  EXPECT_EQ(to_hex(out), "020804");
}

TEST(KadAnswerWriter, ReusesTheOutputsMemory) {
  const auto peers = encoded(some_peers(20, 4));
  KadAnswerWriter writer;
  Bytes out;
  const std::uint8_t* place = nullptr;
  for (int i = 0; i < 3; ++i) {
    out.clear();
    writer.begin(KadType::kFindNode, as_bytes("k"));
    for (const Bytes& peer : peers) {
      writer.add_closer(peer);
    }
    ASSERT_TRUE(writer.finish(out));
    EXPECT_TRUE(place == nullptr || place == out.data());
    place = out.data();
  }
}

TEST(KadAnswerWriter, AddressesStayWhileAllFits) {
  const KadMessage message{.type = KadType::kFindNode, .closer_peers = some_peers(20, 16)};
  EXPECT_EQ(answer(message).message, message);
}

TEST(KadAnswerWriter, AddressesAreCutBeforePeersAreDropped) {
  const KadMessage message{.type = KadType::kFindNode, .closer_peers = some_peers(20, 16)};
  const Outcome outcome = answer(message, 2'500);
  EXPECT_TRUE(outcome.written.addresses_cut);
  EXPECT_EQ(outcome.written.peers_left_out, 0U);
  ASSERT_EQ(outcome.message.closer_peers.size(), 20U);
  for (const KadPeer& peer : outcome.message.closer_peers) {
    EXPECT_EQ(peer.addresses, numbered_addresses(4));
  }
}

TEST(KadAnswerWriter, ThePeersOwnConnectionSurvivesTheCut) {
  KadMessage message{.type = KadType::kFindNode, .closer_peers = some_peers(1, 16)};
  message.closer_peers[0].connection = KadConnection::kConnected;
  const Outcome outcome = answer(message, 150);
  ASSERT_EQ(outcome.message.closer_peers.size(), 1U);
  EXPECT_EQ(outcome.message.closer_peers[0].connection, KadConnection::kConnected);
  EXPECT_EQ(outcome.message.closer_peers[0].addresses.size(), 4U);
}

TEST(KadAnswerWriter, TheNearestPeersStay) {
  const KadMessage message{.type = KadType::kFindNode, .closer_peers = some_peers(20, 4)};
  const Outcome outcome = answer(message, 1'000);
  ASSERT_GT(outcome.message.closer_peers.size(), 5U);
  ASSERT_LT(outcome.message.closer_peers.size(), 20U);
  for (std::size_t i = 0; i < outcome.message.closer_peers.size(); ++i) {
    EXPECT_EQ(outcome.message.closer_peers[i].id, numbered_peer(static_cast<std::uint32_t>(i)));
  }
}

TEST(KadAnswerWriter, ProvidersGetRoomBeforeCloserPeers) {
  const KadMessage message{
      .type = KadType::kGetProviders, .closer_peers = some_peers(20, 4), .provider_peers = some_peers(20, 4, 100)};
  const Outcome outcome = answer(message, 2'200);
  EXPECT_EQ(outcome.message.provider_peers.size(), 20U);
  EXPECT_LT(outcome.message.closer_peers.size(), 20U);
}

TEST(KadAnswerWriter, TheRecordGetsRoomBeforePeers) {
  const KadMessage message{.type = KadType::kGetValue,
                           .key = to_bytes("k"),
                           .record = KadRecord{.key = to_bytes("k"), .value = Bytes(15'000, 'v')},
                           .closer_peers = some_peers(20, 4)};
  const Outcome outcome = answer(message);
  EXPECT_EQ(outcome.message.record, message.record);
  EXPECT_GT(outcome.written.closer_peers, 5U);
  EXPECT_GT(outcome.written.peers_left_out, 0U);
}

TEST(KadAnswerWriter, APeerThatDoesNotFitDoesNotStarveTheOnesBehindIt) {
  const KadMessage message{.type = KadType::kFindNode,
                           .closer_peers = {large_peer(1, 100), large_peer(2, 900), large_peer(3, 100)}};
  const Outcome outcome = answer(message, 500);
  ASSERT_EQ(outcome.message.closer_peers.size(), 2U);
  EXPECT_EQ(outcome.message.closer_peers[1].id, numbered_peer(3));
  EXPECT_EQ(outcome.written.peers_left_out, 1U);
}

TEST(KadAnswerWriter, FillsTheLimitToTheLastOctet) {
  const KadMessage message{.type = KadType::kFindNode, .closer_peers = some_peers(3, 1)};
  const std::size_t exact = frame_size(encoded(message).size());
  EXPECT_EQ(answer(message, exact).written.peers_left_out, 0U);
  EXPECT_EQ(answer(message, exact - 1).written.peers_left_out, 1U);
}

TEST(KadAnswerWriter, AKeyAndRecordOverTheLimitAreTooLarge) {
  const Bytes value(kMaxKadAnswerFrameBytes, 'v');
  KadAnswerWriter writer;
  writer.begin(KadType::kGetValue, as_bytes("k"));
  writer.set_record(as_bytes("k"), value, {});
  Bytes out = to_bytes("before");
  const auto written = writer.finish(out);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::kTooLarge);
  EXPECT_EQ(out, to_bytes("before"));
}

TEST(KadAnswerWriter, EmptyPeersAreIgnored) {
  KadAnswerWriter writer;
  writer.begin(KadType::kFindNode, {});
  writer.add_closer({});
  writer.add_provider({});
  Bytes out;
  const auto written = writer.finish(out);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->peers_left_out, 0U);
  EXPECT_EQ(to_hex(out), "020804");
}

TEST(KadAnswerWriter, FinishTwiceGivesTheSameAnswer) {
  const auto peers = encoded(some_peers(20, 16));
  KadAnswerWriter writer{1'000};
  writer.begin(KadType::kFindNode, {});
  for (const Bytes& peer : peers) {
    writer.add_closer(peer);
  }
  Bytes first;
  Bytes second;
  ASSERT_TRUE(writer.finish(first));
  ASSERT_TRUE(writer.finish(second));
  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace pond::wire
