// Kademlia messages that no honest peer sends, each against a running `pond bootstrap`: the stream is torn down, the
// connection stays, the counter tells, and the next client is served.

#include <gtest/gtest.h>

#include "pond/kad/records/eth_record.hpp"
#include "pond/kad/records/test_record.hpp"

#include "client.hpp"
#include "nodes.hpp"

namespace pond::e2e {
namespace {

constexpr std::uint64_t kSender = 100;  ///< the key of Client{node}

Bytes frame_of(std::string_view body) {
  Bytes out;
  wire::append_frame(out, as_bytes(body));
  return out;
}

class BadKad : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(serves(node)); }

  void expect_refused(BytesView bytes, const std::string& counter) {
    Client client{node};
    EXPECT_TRUE(client.is_refused(bytes));
    EXPECT_EQ(node.counter(counter), 1U) << counter;
    EXPECT_TRUE(client.ask(find_node(node.id().bytes()))) << "the connection goes on";
  }
  /// Nobody gets a value under that key afterwards.
  void expect_nothing_stored(BytesView key) {
    Client client{node.port(), {.key = 500}};
    ASSERT_TRUE(client.connect());
    const auto answer = client.ask({.type = wire::KadType::kGetValue, .key = to_bytes(key)});
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->record);
  }

  Node node = Node::bootstrap();
};

TEST_F(BadKad, MessageThatAnnouncesMoreThan64KiB) {
  Bytes prefix;
  wire::append_varint(prefix, 64 * 1024 + 1);
  expect_refused(prefix, "kad_streams.requests_too_large");
}

TEST_F(BadKad, MessageThatIsLongerThan64KiB) {
  expect_refused(frame_of(std::string(200 * 1024, 'x')), "kad_streams.requests_too_large");
}

TEST_F(BadKad, MessageThatAnnouncesAsMuchAsANumberHolds) {
  expect_refused(from_hex("ffffffffffffffff7f").value(), "kad_streams.requests_too_large");
}

TEST_F(BadKad, LengthPrefixThatNeverEnds) {
  expect_refused(Bytes(64, 0xff), "kad_streams.requests_malformed");
}

TEST_F(BadKad, LengthPrefixThatIsNotMinimal) {
  expect_refused(from_hex("8000").value(), "kad_streams.requests_malformed");
}

TEST_F(BadKad, ProtobufGarbage) {
  expect_refused(frame_of("\xff\xff\xff\xff garbage"), "kad.malformed_in");
}

TEST_F(BadKad, ProtobufThatIsCutShort) {
  Bytes body;
  wire::encode_kad(find_node(node.id().bytes()), body);
  body.pop_back();
  expect_refused(frame_of(as_text(body)), "kad.malformed_in");
}

TEST_F(BadKad, FieldOfTheWrongWireType) {
  expect_refused(frame_of(std::string_view{"\x08\x04\x10\x01", 4}), "kad.malformed_in");
}

TEST_F(BadKad, UnknownMessageType) {
  expect_refused(frame_of(std::string_view{"\x08\x06\x12\x01x", 5}), "kad.malformed_in");
}

TEST_F(BadKad, EmptyMessage) {
  expect_refused(Bytes{0}, "kad.malformed_in");
}

class MissingKey : public BadKad, public ::testing::WithParamInterface<wire::KadType> {};

TEST_P(MissingKey, IsRefused) {
  expect_refused(framed({.type = GetParam()}), "kad.malformed_in");
}

std::string name_of_type(const ::testing::TestParamInfo<wire::KadType>& type) {
  static constexpr const char* kNames[] = {"PutValue", "GetValue", "AddProvider", "GetProviders", "FindNode"};
  return kNames[static_cast<std::size_t>(type.param)];
}

INSTANTIATE_TEST_SUITE_P(Of, MissingKey,
                         ::testing::Values(wire::KadType::kPutValue, wire::KadType::kGetValue,
                                           wire::KadType::kAddProvider, wire::KadType::kGetProviders,
                                           wire::KadType::kFindNode),
                         name_of_type);

TEST_F(BadKad, KeyOverAKilobyte) {
  expect_refused(framed(find_node(Bytes(2000, 'k'))), "kad.malformed_in");
}

TEST_F(BadKad, ProviderKeyOver80Octets) {
  expect_refused(framed({.type = wire::KadType::kGetProviders, .key = Bytes(81, 'k')}), "kad.requests_refused");
}

TEST_F(BadKad, PutWithoutARecord) {
  expect_refused(framed({.type = wire::KadType::kPutValue, .key = record_key(1)}), "kad.requests_refused");
}

TEST_F(BadKad, PutWhoseRecordHasAnotherKey) {
  wire::KadMessage message = put(record_key(1), signed_record(1));
  message.key = record_key(2);
  expect_refused(framed(message), "kad.requests_refused");
  expect_nothing_stored(record_key(1));
  expect_nothing_stored(record_key(2));
}

TEST_F(BadKad, PutOverTheLimitOfEthRecords) {
  expect_refused(framed(put(record_key(1), Bytes(kad::kMaxEthValueBytes + 1, '{'))), "kad.records_rejected");
}

TEST_F(BadKad, PutOverTheLimitOfTestRecords) {
  const std::string value = "{\"timestamp\":" + std::to_string(wall_ms()) + "}" + std::string(256, ' ');
  expect_refused(framed(put(kad::test_key(peer_id(kSender)), as_bytes(value))), "kad.records_rejected");
}

TEST_F(BadKad, PutInAnUnknownNamespace) {
  expect_refused(framed(put(as_bytes("/nothing/x"), as_bytes("y"))), "kad.records_rejected");
}

TEST_F(BadKad, PutOfAnUnsignedRecord) {
  const Json record{{"peerId", peer_id(kSender).to_base58()},
                    {"timestamp", wall_ms()},
                    {"agentId", eth_key(1).address().to_checksummed()},
                    {"agentName", "old"},
                    {"multiaddrs", Json::array()}};
  expect_refused(framed(put(record_key(1), as_bytes(record.dump()))), "kad.records_rejected");
  expect_nothing_stored(record_key(1));
}

TEST_F(BadKad, PutOfARecordThatSomebodyElseSigned) {
  expect_refused(framed(put(record_key(2), signed_record(1))), "kad.records_rejected");
  expect_nothing_stored(record_key(2));
}

TEST_F(BadKad, PutOfARecordWithAFlippedBit) {
  Bytes value = signed_record(1);
  std::uint8_t& digit = value[value.size() - 100];
  digit = digit == '1' ? '2' : '1';
  expect_refused(framed(put(record_key(1), value)), "kad.records_rejected");
  expect_nothing_stored(record_key(1));
}

TEST_F(BadKad, PutOfARecordFromTheFuture) {
  expect_refused(framed(put(record_key(1), signed_record(1, 11 * 60 * 1000))), "kad.records_rejected");
  expect_nothing_stored(record_key(1));
}

TEST_F(BadKad, PutOfARecordThatIsNineMinutesAheadIsTaken) {
  Client client{node};
  ASSERT_TRUE(client.connect());
  EXPECT_TRUE(client.ask(put(record_key(1), signed_record(1, 9 * 60 * 1000))));
}

TEST_F(BadKad, PutOfAnExpiredRecord) {
  expect_refused(framed(put(record_key(1), signed_record(1, -2 * 3'600'000))), "kad.records_rejected");
}

TEST_F(BadKad, PutOfARecordOfAnotherNetwork) {
  expect_refused(framed(put(record_key(1), signed_record(1, 0, "base"))), "kad.records_of_other_networks");
  expect_nothing_stored(record_key(1));
}

TEST_F(BadKad, PutUnderAnAddressThatIsNotLowercase) {
  const std::string key = "/eth/" + eth_key(1).address().to_checksummed();
  expect_refused(framed(put(as_bytes(key), signed_record(1))), "kad.records_rejected");
}

TEST_F(BadKad, AddProviderForAnotherPeerStoresNothing) {
  Client client{node};
  ASSERT_TRUE(client.connect());
  const wire::KadPeer other{.id = peer_id(8), .addresses = {wire::Multiaddr::parse("/ip4/1.2.3.4/tcp/1").value()}};
  const std::uint32_t stream = client.open();
  client.write(stream,
               framed({.type = wire::KadType::kAddProvider, .key = to_bytes("somekey"), .provider_peers = {other}}));
  client.finish(stream);
  EXPECT_FALSE(client.read(stream)) << "ADD_PROVIDER has no answer";
  const auto answer = client.ask({.type = wire::KadType::kGetProviders, .key = to_bytes("somekey")});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->provider_peers.empty());
  EXPECT_EQ(node.counter("store.provider_records"), 0U);
}

TEST_F(BadKad, AddProviderForTheSenderIsStored) {
  Client client{node};
  ASSERT_TRUE(client.connect());
  const wire::KadPeer self{.id = client.id(), .addresses = {wire::Multiaddr::parse("/ip4/1.2.3.4/tcp/1").value()}};
  const std::uint32_t stream = client.open();
  client.write(stream,
               framed({.type = wire::KadType::kAddProvider, .key = to_bytes("somekey"), .provider_peers = {self}}));
  const auto answer = client.ask(stream, {.type = wire::KadType::kGetProviders, .key = to_bytes("somekey")});
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->provider_peers.size(), 1U);
  EXPECT_EQ(answer->provider_peers[0].id, client.id());
}

TEST_F(BadKad, StreamThatEndsInsideAMessage) {
  Client client{node};
  ASSERT_TRUE(client.connect());
  const std::uint32_t stream = client.open();
  Bytes request = framed(find_node(node.id().bytes()));
  request.pop_back();
  client.write(stream, request);
  client.finish(stream);
  EXPECT_FALSE(client.read(stream));
}

TEST_F(BadKad, ProtocolThatNobodySpeaks) {
  Client client{node};
  ASSERT_TRUE(client.connect());
  EXPECT_TRUE(client.was_reset(client.open("/nothing/1.0.0")));
}

TEST_F(BadKad, AnswerBeforeTheClientsHalfCloseIsNotLost) {
  Client client{node};
  ASSERT_TRUE(client.connect());
  const std::uint32_t stream = client.open();
  client.write(stream, framed(find_node(node.id().bytes())));
  client.finish(stream);
  EXPECT_TRUE(client.read(stream));
}

TEST_F(BadKad, TwoHundredStreamsAtOnceAreAllAnswered) {
  Client client{node};
  ASSERT_TRUE(client.connect());
  std::vector<std::uint32_t> streams;
  for (int i = 0; i < 200; ++i) {
    streams.push_back(client.open());
  }
  for (const std::uint32_t stream : streams) {
    client.write(stream, framed(find_node(node.id().bytes())));
  }
  for (const std::uint32_t stream : streams) {
    EXPECT_TRUE(client.read(stream)) << stream;
  }
  EXPECT_EQ(node.counter("kad_streams.inbound_now"), 200U);
}

TEST_F(BadKad, AThousandRequestsOnOneStreamAreAnsweredInOrder) {
  Client client{node};
  ASSERT_TRUE(client.connect());
  const std::uint32_t stream = client.open();
  Bytes requests;
  for (int i = 0; i < 1000; ++i) {
    append(requests, framed(find_node(as_bytes("key" + std::to_string(i)))));
  }
  client.write(stream, requests);
  for (int i = 0; i < 1000; ++i) {
    const auto answer = client.read(stream);
    ASSERT_TRUE(answer) << i;
    ASSERT_EQ(to_string(wire::decode_kad(*answer).value().key), "key" + std::to_string(i));
  }
}

}  // namespace
}  // namespace pond::e2e
