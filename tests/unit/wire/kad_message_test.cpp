#include "pond/wire/kad_message.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "oracle.pb.h"
#include "wire_samples.hpp"

namespace pond::wire {
namespace {

using test::address;
using test::draw_kad_message;
using test::numbered_addresses;
using test::numbered_peer;

Bytes encoded(const KadMessage& message) {
  Bytes out;
  encode_kad(message, out);
  return out;
}

Bytes serialized(const google::protobuf::Message& message) {
  return to_bytes(message.SerializeAsString());
}

std::string text(BytesView octets) {
  return to_string(octets);
}

Result<KadMessage> decode_hex(std::string_view hex) {
  return decode_kad(*from_hex(hex));
}

Errc decode_error(std::string_view hex) {
  const auto message = decode_hex(hex);
  EXPECT_FALSE(message) << hex;
  return message ? Errc::kInternal : message.error().code;
}

void fill(oracle::KadPeer& out, const KadPeer& peer) {
  out.set_id(text(peer.id.bytes()));
  for (const Multiaddr& one : peer.addresses) {
    out.add_addrs(text(one.bytes()));
  }
  if (peer.connection != KadConnection::kNotConnected) {
    out.set_connection(static_cast<int>(peer.connection));
  }
}

oracle::KadMessage to_oracle(const KadMessage& message) {
  oracle::KadMessage out;
  if (message.type != KadType::kPutValue) {
    out.set_type(static_cast<int>(message.type));
  }
  if (!message.key.empty()) {
    out.set_key(text(message.key));
  }
  if (message.record) {
    auto& record = *out.mutable_record();
    if (!message.record->key.empty()) {
      record.set_key(text(message.record->key));
    }
    if (!message.record->value.empty()) {
      record.set_value(text(message.record->value));
    }
    if (!message.record->time_received.empty()) {
      record.set_time_received(message.record->time_received);
    }
  }
  for (const KadPeer& peer : message.closer_peers) {
    fill(*out.add_closer_peers(), peer);
  }
  for (const KadPeer& peer : message.provider_peers) {
    fill(*out.add_provider_peers(), peer);
  }
  return out;
}

/// A FIND_NODE answer with one closer peer, as the oracle writes it.
oracle::KadMessage answer_with(const KadPeer& peer) {
  return to_oracle({.type = KadType::kFindNode, .closer_peers = {peer}});
}

RC_GTEST_PROP(KadMessageProperty, ProtocReadsWhatIsWritten, ()) {
  const KadMessage message = draw_kad_message();
  oracle::KadMessage read;
  RC_ASSERT(read.ParseFromString(text(encoded(message))));
  RC_ASSERT(read.SerializeAsString() == to_oracle(message).SerializeAsString());
}

RC_GTEST_PROP(KadMessageProperty, WritesTheSameOctetsAsProtoc, ()) {
  const KadMessage message = draw_kad_message();
  RC_ASSERT(encoded(message) == serialized(to_oracle(message)));
}

RC_GTEST_PROP(KadMessageProperty, ReadsWhatProtocWrites, ()) {
  const KadMessage message = draw_kad_message();
  const auto read = decode_kad(serialized(to_oracle(message)));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == message);
}

RC_GTEST_PROP(KadMessageProperty, UnknownFieldsChangeNothing, ()) {
  const KadMessage message = draw_kad_message();
  Bytes octets = test::unknown_fields();
  append(octets, encoded(message));
  append(octets, test::unknown_fields());
  const auto read = decode_kad(octets);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == message);
}

RC_GTEST_PROP(KadMessageProperty, NoTruncationIsMistakenForTheWhole, ()) {
  const KadMessage message = draw_kad_message();
  const Bytes whole = encoded(message);
  RC_PRE(!whole.empty());
  const auto size = *rc::gen::inRange<std::size_t>(0, whole.size());
  const auto read = decode_kad(BytesView{whole}.first(size));
  RC_ASSERT((!read || *read != message));
}

RC_GTEST_PROP(KadMessageProperty, SurvivesAnyOctets, (const Bytes& octets)) {
  [[maybe_unused]] const auto read = decode_kad(octets);
}

RC_GTEST_PROP(KadMessageProperty, SurvivesDamage, ()) {
  Bytes octets = encoded(draw_kad_message());
  RC_PRE(!octets.empty());
  octets[*rc::gen::inRange<std::size_t>(0, octets.size())] = *rc::gen::arbitrary<std::uint8_t>();
  const auto read = decode_kad(octets);
  oracle::KadMessage protoc;
  RC_ASSERT((!read || protoc.ParseFromString(text(octets))));
}

TEST(KadMessage, FieldNumbersAreThoseOfTheSpecification) {
  const KadMessage message{.type = KadType::kGetValue,
                           .key = to_bytes("k"),
                           .record = KadRecord{.key = to_bytes("k"), .value = to_bytes("v"), .time_received = "t"}};
  EXPECT_EQ(to_hex(encoded(message)),
            "0801"
            "12016b"
            "1a09"
            "0a016b"
            "120176"
            "2a0174");
}

TEST(KadMessage, PutValueOmitsItsType) {
  EXPECT_EQ(to_hex(encoded({.type = KadType::kPutValue, .key = to_bytes("k")})), "12016b");
}

TEST(KadMessage, AnAbsentTypeIsPutValue) {
  const auto message = decode_hex("12016b");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->type, KadType::kPutValue);
}

TEST(KadMessage, AnEmptyMessageIsAPutValueWithoutRecord) {
  const auto message = decode_kad({});
  ASSERT_TRUE(message);
  EXPECT_EQ(message->type, KadType::kPutValue);
  EXPECT_FALSE(message->record);
}

TEST(KadMessage, AnEmptyRecordIsARecord) {
  const auto message = decode_hex("1a00");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->record, KadRecord{});
}

TEST(KadMessage, AnUnknownTypeIsMalformed) {
  EXPECT_EQ(decode_error("0806"), Errc::kMalformed);
}

TEST(KadMessage, ATypeBeyondIntIsMalformed) {
  EXPECT_EQ(decode_error("0884808080"
                         "10"),
            Errc::kMalformed);                                          // 2^32 + 4
  EXPECT_EQ(decode_error("08ffffffffffffffffff01"), Errc::kMalformed);  // -1
}

TEST(KadMessage, KnownFieldsOfTheWrongWireTypeAreMalformed) {
  for (const auto* hex : {"0a00", "1001", "1801", "4001", "4801", "4d00000000", "1a020801", "1a021001", "1a022801",
                          "42020801", "42021001", "42021a00"}) {
    EXPECT_EQ(decode_error(hex), Errc::kMalformed) << hex;
  }
}

TEST(KadMessage, GroupsAreMalformed) {
  EXPECT_EQ(decode_error("9b01"
                         "9c01"),
            Errc::kMalformed);
}

TEST(KadMessage, TheClusterLevelIsIgnored) {
  for (const auto* hex : {"0804500a", "080450ffffffffffffffffff01", "08045200"}) {
    EXPECT_TRUE(decode_hex(hex)) << hex;
  }
}

TEST(KadMessage, OfARepeatedSingleFieldTheLastCounts) {
  const auto message = decode_hex(
      "0801"
      "0804"
      "120161"
      "120162");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->type, KadType::kFindNode);
  EXPECT_EQ(text(message->key), "b");
}

TEST(KadMessage, OfRepeatedRecordsTheLastCountsWhole) {
  const auto message = decode_hex(
      "1a060a0161120178"
      "1a030a0162");
  ASSERT_TRUE(message && message->record);
  EXPECT_EQ(text(message->record->key), "b");
  EXPECT_TRUE(message->record->value.empty());
}

TEST(KadMessage, TheRecordFieldsOfRustAreSkipped) {
  oracle::KadMessage protoc = to_oracle({.key = to_bytes("k"), .record = KadRecord{.key = to_bytes("k")}});
  protoc.mutable_record()->set_publisher("somebody");
  protoc.mutable_record()->set_ttl(3600);
  const auto message = decode_kad(serialized(protoc));
  ASSERT_TRUE(message && message->record);
  EXPECT_EQ(text(message->record->key), "k");
}

TEST(KadMessage, AnOverlongTimeReceivedCountsAsNone) {
  for (const std::size_t size : {kMaxTimeTextBytes, kMaxTimeTextBytes + 1}) {
    const auto message =
        decode_kad(serialized(to_oracle({.record = KadRecord{.time_received = std::string(size, '1')}})));
    ASSERT_TRUE(message && message->record);
    EXPECT_EQ(message->record->time_received.size(), size <= kMaxTimeTextBytes ? size : 0U);
  }
}

TEST(KadMessage, APeerWithoutAnIdIsDroppedAndTheMessageStands) {
  auto protoc = answer_with({.id = numbered_peer(1)});
  protoc.add_closer_peers()->add_addrs(text(address("/ip4/1.2.3.4/tcp/5").bytes()));
  protoc.add_closer_peers()->set_id("not a peer id");
  const auto message = decode_kad(serialized(protoc));
  ASSERT_TRUE(message);
  ASSERT_EQ(message->closer_peers.size(), 1U);
  EXPECT_EQ(message->closer_peers[0].id, numbered_peer(1));
}

TEST(KadMessage, AnAddressThatDoesNotParseIsDroppedAndThePeerStands) {
  auto protoc = answer_with({.id = numbered_peer(1)});
  protoc.mutable_closer_peers(0)->add_addrs("rubbish");
  protoc.mutable_closer_peers(0)->add_addrs("");
  protoc.mutable_closer_peers(0)->add_addrs(text(address("/ip4/1.2.3.4/tcp/5").bytes()));
  const auto message = decode_kad(serialized(protoc));
  ASSERT_TRUE(message && message->closer_peers.size() == 1);
  EXPECT_EQ(message->closer_peers[0].addresses, std::vector{address("/ip4/1.2.3.4/tcp/5")});
}

TEST(KadMessage, ATrailingIdOfThePeerItselfIsCutOff) {
  const PeerId id = numbered_peer(1);
  const Multiaddr bare = address("/ip4/1.2.3.4/tcp/5");
  const auto message = decode_kad(serialized(answer_with({.id = id, .addresses = {bare.with_peer_id(id), bare}})));
  ASSERT_TRUE(message && message->closer_peers.size() == 1);
  EXPECT_EQ(message->closer_peers[0].addresses, std::vector{bare});
}

TEST(KadMessage, ATrailingIdOfAnotherPeerDropsTheAddress) {
  const Multiaddr foreign = address("/ip4/1.2.3.4/tcp/5").with_peer_id(numbered_peer(2));
  const auto message = decode_kad(serialized(answer_with({.id = numbered_peer(1), .addresses = {foreign}})));
  ASSERT_TRUE(message && message->closer_peers.size() == 1);
  EXPECT_TRUE(message->closer_peers[0].addresses.empty());
}

TEST(KadMessage, AnAddressThatIsOnlyTheIdIsDropped) {
  const PeerId id = numbered_peer(1);
  const auto message = decode_kad(serialized(answer_with({.id = id, .addresses = {Multiaddr{}.with_peer_id(id)}})));
  ASSERT_TRUE(message && message->closer_peers.size() == 1);
  EXPECT_TRUE(message->closer_peers[0].addresses.empty());
}

TEST(KadMessage, ARelayedAddressKeepsTheRelaysId) {
  const PeerId id = numbered_peer(1);
  const Multiaddr relayed = address("/ip4/1.2.3.4/tcp/5/p2p/" + numbered_peer(2).to_base58() + "/p2p-circuit");
  const auto message = decode_kad(serialized(answer_with({.id = id, .addresses = {relayed.with_peer_id(id)}})));
  ASSERT_TRUE(message && message->closer_peers.size() == 1);
  EXPECT_EQ(message->closer_peers[0].addresses, std::vector{relayed});
}

TEST(KadMessage, AddressesMayComeBeforeTheId) {
  const Multiaddr bare = address("/ip4/1.2.3.4/tcp/5");
  const PeerId id = numbered_peer(1);
  oracle::KadPeer addresses_only;
  addresses_only.add_addrs(text(bare.with_peer_id(id).bytes()));
  oracle::KadPeer id_only;
  id_only.set_id(text(id.bytes()));
  const std::string body = addresses_only.SerializeAsString() + id_only.SerializeAsString();
  Bytes octets{0x08, 0x04, 0x42, static_cast<std::uint8_t>(body.size())};
  append(octets, as_bytes(body));
  const auto message = decode_kad(octets);
  ASSERT_TRUE(message && message->closer_peers.size() == 1);
  EXPECT_EQ(message->closer_peers[0].addresses, std::vector{bare});
}

TEST(KadMessage, AnUnknownConnectionTypeReadsAsNotConnected) {
  auto protoc = answer_with({.id = numbered_peer(1)});
  protoc.mutable_closer_peers(0)->set_connection(4);
  const auto message = decode_kad(serialized(protoc));
  ASSERT_TRUE(message && message->closer_peers.size() == 1);
  EXPECT_EQ(message->closer_peers[0].connection, KadConnection::kNotConnected);
}

TEST(KadMessage, OnlyTheFirstTwoConnectionTypesAreSent) {
  for (const auto connection : {KadConnection::kCanConnect, KadConnection::kCannotConnect}) {
    EXPECT_EQ(encode_kad_peer(numbered_peer(1), {}, connection),
              encode_kad_peer(numbered_peer(1), {}, KadConnection::kNotConnected));
  }
}

TEST(KadMessage, APeerAloneIsEncodedAsWithinAMessage) {
  const KadPeer peer{
      .id = numbered_peer(1), .addresses = numbered_addresses(3), .connection = KadConnection::kConnected};
  oracle::KadPeer protoc;
  fill(protoc, peer);
  EXPECT_EQ(encode_kad_peer(peer.id, peer.addresses, peer.connection), serialized(protoc));
}

TEST(KadMessage, EachListKeepsAtMostMaxPeers) {
  KadMessage message{.type = KadType::kFindNode};
  for (std::uint32_t i = 0; i < 10; ++i) {
    message.closer_peers.push_back({.id = numbered_peer(i)});
    message.provider_peers.push_back({.id = numbered_peer(100 + i)});
  }
  const auto read = decode_kad(encoded(message), {.max_peers = 7});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->closer_peers.size(), 7U);
  EXPECT_EQ(read->provider_peers.size(), 7U);
  EXPECT_EQ(read->closer_peers.back().id, numbered_peer(6));
}

TEST(KadMessage, UnusablePeersCountAgainstMaxPeers) {
  oracle::KadMessage protoc;
  protoc.add_closer_peers()->set_id("rubbish");
  fill(*protoc.add_closer_peers(), {.id = numbered_peer(1)});
  const auto read = decode_kad(serialized(protoc), {.max_peers = 1});
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->closer_peers.empty());
}

TEST(KadMessage, APeerKeepsAtMostMaxAddresses) {
  const KadPeer peer{.id = numbered_peer(1), .addresses = numbered_addresses(20)};
  const auto read = decode_kad(encoded({.closer_peers = {peer}}));
  ASSERT_TRUE(read && read->closer_peers.size() == 1);
  EXPECT_EQ(read->closer_peers[0].addresses, numbered_addresses(16));
}

TEST(KadMessage, RubbishBeforeThemDoesNotBuyUnboundedParsing) {
  for (const auto& [rubbish, kept] : {std::pair{60, 1U}, std::pair{64, 0U}}) {
    auto protoc = answer_with({.id = numbered_peer(1)});
    for (int i = 0; i < rubbish; ++i) {
      protoc.mutable_closer_peers(0)->add_addrs("rubbish");
    }
    protoc.mutable_closer_peers(0)->add_addrs(text(address("/ip4/1.2.3.4/tcp/5").bytes()));
    const auto read = decode_kad(serialized(protoc));
    ASSERT_TRUE(read && read->closer_peers.size() == 1);
    EXPECT_EQ(read->closer_peers[0].addresses.size(), kept);
  }
}

TEST(KadMessage, AnAnswerOfTwoHundredPeersIsRead) {
  KadMessage message{.type = KadType::kFindNode};
  for (std::uint32_t i = 0; i < 200; ++i) {
    message.closer_peers.push_back({.id = numbered_peer(i), .addresses = numbered_addresses(2)});
  }
  const auto read = decode_kad(encoded(message));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, message);
}

}  // namespace
}  // namespace pond::wire
