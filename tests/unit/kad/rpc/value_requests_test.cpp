#include <gtest/gtest.h>

#include "pond/kad/records/test_record.hpp"

#include "support/kad_server.hpp"
#include "unit/kad/records/fixture.hpp"

namespace pond::kad {
namespace {

using test::kad_request;
using test::KadServer;
using test::numbered_peer;
using test::put_request;
using testing::eth_value;
using testing::key_of_signer;
using wire::KadType;

wire::KadMessage get(BytesView key) {
  return kad_request(KadType::kGetValue, key);
}
wire::KadMessage put(BytesView value) {
  return put_request(key_of_signer(), value);
}

/// What the server gives for the key of the fixture's agent.
std::optional<Bytes> held(KadServer& server) {
  const auto reply = server.ask(server.peer(99), get(key_of_signer()));
  return reply.answer && reply.answer->record ? std::optional{reply.answer->record->value} : std::nullopt;
}

TEST(PutValue, IsEchoedWithItsRecord) {
  KadServer server;
  const auto reply = server.ask(server.peer(1), put(eth_value()));
  ASSERT_TRUE(reply.answer);
  EXPECT_EQ(reply.answer->type, KadType::kPutValue);
  EXPECT_EQ(reply.answer->key, key_of_signer());
  ASSERT_TRUE(reply.answer->record);
  EXPECT_EQ(reply.answer->record->key, key_of_signer());
  EXPECT_EQ(reply.answer->record->value, eth_value());
}

TEST(PutValue, IsThenServed) {
  KadServer server;
  static_cast<void>(server.ask(server.peer(1), put(eth_value())));
  EXPECT_EQ(held(server), eth_value());
}

TEST(PutValue, IsStampedWithOurTimeNotTheSenders) {
  KadServer server;
  wire::KadMessage request = put(eth_value());
  request.record->time_received = "2001-01-01T00:00:00.000000000Z";
  static_cast<void>(server.ask(server.peer(1), request));
  server.now += 90s;
  const auto reply = server.ask(server.peer(2), get(key_of_signer()));
  ASSERT_TRUE(reply.answer && reply.answer->record);
  EXPECT_EQ(reply.answer->record->time_received, wire::rfc3339(KadServer::kStart.ms));
}

TEST(PutValue, WithoutARecordIsRefused) {
  KadServer server;
  const auto reply = server.ask(server.peer(1), kad_request(KadType::kPutValue, key_of_signer()));
  ASSERT_TRUE(reply.refused);
  EXPECT_EQ(reply.refused->code, Errc::kMalformed);
}

TEST(PutValue, WhoseRecordHasAnotherKeyIsRefused) {
  KadServer server;
  wire::KadMessage request = put(eth_value());
  request.key = eth_key(testing::other_eth_signer().address());
  const auto reply = server.ask(server.peer(1), request);
  ASSERT_TRUE(reply.refused);
  EXPECT_EQ(reply.refused->code, Errc::kMalformed);
  EXPECT_EQ(held(server), std::nullopt);
}

TEST(PutValue, WhoseRecordHasNoKeyIsRefused) {
  KadServer server;
  wire::KadMessage request = put(eth_value());
  request.record->key.clear();
  EXPECT_TRUE(server.ask(server.peer(1), request).refused);
}

TEST(PutValue, InAnUnknownNamespaceIsRefusedAsThat) {
  KadServer server;
  for (const char* key : {"/ipns/x", "no namespace"}) {
    const auto reply = server.ask(server.peer(1), put_request(to_bytes(key), to_bytes("v")));
    ASSERT_TRUE(reply.refused) << key;
    EXPECT_EQ(reply.refused->code, Errc::kInvalidRecord) << key;
    EXPECT_TRUE(reply.refused->what.starts_with("unknown-namespace")) << reply.refused->what;
  }
  EXPECT_EQ(server.kad.counters().records_rejected, 2U);
  EXPECT_EQ(server.kad.counters().records_judged, 0U);
}

TEST(PutValue, OverItsNamespacesLimitIsRefusedAsTooLarge) {
  KadServer server;
  const auto reply = server.ask(server.peer(1), put(Bytes(kMaxEthValueBytes + 1, '{')));
  ASSERT_TRUE(reply.refused);
  EXPECT_EQ(reply.refused->code, Errc::kTooLarge);
  EXPECT_EQ(server.kad.counters().records_rejected, 1U);
  EXPECT_EQ(server.kad.counters().records_judged, 0U);
}

TEST(PutValue, UnsignedIsRefusedByDefault) {
  KadServer server;
  const auto reply = server.ask(server.peer(1), put(testing::unsigned_value()));
  ASSERT_TRUE(reply.refused);
  EXPECT_EQ(reply.refused->code, Errc::kInvalidRecord);
}

TEST(PutValue, UnsignedIsTakenFromThePeerThatItNamesWhenAccepted) {
  KadServer server{{.accept_unsigned = true}};
  const PeerHandle agent = server.book.intern(testing::agent_peer()).value();
  EXPECT_TRUE(server.ask(agent, put(testing::unsigned_value())).answer);
  EXPECT_EQ(held(server), testing::unsigned_value());
}

TEST(PutValue, UnsignedIsRefusedFromAnybodyElseEvenWhenAccepted) {
  KadServer server{{.accept_unsigned = true}};
  EXPECT_TRUE(server.ask(server.peer(1), put(testing::unsigned_value())).refused);
}

TEST(PutValue, UnsignedIsNotServedOnceASignedOneStands) {
  KadServer server{{.accept_unsigned = true}};
  const PeerHandle agent = server.book.intern(testing::agent_peer()).value();
  static_cast<void>(server.ask(agent, put(testing::unsigned_value())));
  static_cast<void>(server.ask(server.peer(1), put(eth_value(-5))));
  EXPECT_EQ(held(server), eth_value(-5));
}

TEST(PutValue, WronglySignedIsRefusedAndCounted) {
  KadServer server;
  EXPECT_TRUE(server.ask(server.peer(1), put(testing::forged_eth_value())).refused);
  EXPECT_EQ(server.kad.counters().records_rejected, 1U);
  EXPECT_EQ(held(server), std::nullopt);
}

TEST(PutValue, WronglySignedDoesNotReplaceWhatStands) {
  KadServer server;
  static_cast<void>(server.ask(server.peer(1), put(eth_value())));
  EXPECT_TRUE(server.ask(server.peer(2), put(testing::forged_eth_value(1000))).refused);
  EXPECT_EQ(held(server), eth_value());
}

TEST(PutValue, FromTheFutureIsRefusedBeyondTenMinutes) {
  KadServer server;
  EXPECT_TRUE(server.ask(server.peer(1), put(eth_value(10 * 60'000 + 1))).refused);
  EXPECT_TRUE(server.ask(server.peer(1), put(eth_value(10 * 60'000))).answer);
}

TEST(PutValue, OfAnotherNetworkIsRefusedAndCounted) {
  KadServer server{{.network = "mainnet"}};
  EXPECT_TRUE(server.ask(server.peer(1), put(eth_value())).refused);
  EXPECT_EQ(server.kad.counters().records_of_other_networks, 1U);
}

TEST(PutValue, NewerReplacesOlder) {
  KadServer server;
  static_cast<void>(server.ask(server.peer(1), put(eth_value())));
  const auto reply = server.ask(server.peer(2), put(eth_value(1)));
  ASSERT_TRUE(reply.answer && reply.answer->record);
  EXPECT_EQ(reply.answer->record->value, eth_value(1));
  EXPECT_EQ(held(server), eth_value(1));
}

TEST(PutValue, ValidLoserIsAnsweredWithTheRecordThatStands) {
  KadServer server;
  static_cast<void>(server.ask(server.peer(1), put(eth_value(1))));
  const auto reply = server.ask(server.peer(2), put(eth_value()));
  ASSERT_TRUE(reply.answer && reply.answer->record);
  EXPECT_EQ(reply.answer->record->value, eth_value(1));
  EXPECT_EQ(held(server), eth_value(1));
}

TEST(PutValue, TwoAtOnceLeaveTheBetterOneWhateverTheirOrder) {
  for (const bool better_first : {true, false}) {
    KadServer server;
    const RequestToken first = server.post(server.peer(1), put(eth_value(better_first ? 1 : 0)));
    const RequestToken second = server.post(server.peer(2), put(eth_value(better_first ? 0 : 1)));
    server.drain();
    EXPECT_TRUE(server.take(first).answer);
    EXPECT_TRUE(server.take(second).answer);
    EXPECT_EQ(held(server), eth_value(1)) << better_first;
  }
}

TEST(PutValue, AnsweredOnceEachWhenManyWaitForTheSameKey) {
  KadServer server;
  for (int i = 0; i < 50; ++i) {
    static_cast<void>(server.post(server.peer(1), put(i % 3 == 0 ? testing::forged_eth_value() : eth_value(i))));
  }
  server.drain();
  EXPECT_EQ(server.replies(), 50U);
  EXPECT_EQ(held(server), eth_value(49));
}

TEST(PutValue, ThoseThatWaitForTheSameKeyCountTowardsTheLimit) {
  KadServer server{{.max_pending_requests = 4}};
  for (int i = 0; i < 6; ++i) {
    static_cast<void>(server.post(server.peer(1), put(eth_value(i))));
  }
  server.drain();
  EXPECT_EQ(server.replies(), 6U);
  EXPECT_EQ(server.kad.counters().overloaded, 2U);
  EXPECT_EQ(held(server), eth_value(3));
}

TEST(PutValue, RefusedByAQuotaOfTheStoreIsAReset) {
  KadServer server{{}, {.max_test_records_of_one_sender = 1}};
  const Bytes value = make_test_record(KadServer::kStart);
  const PeerHandle sender = server.peer(1);
  EXPECT_TRUE(server.ask(sender, put_request(test_key(numbered_peer(1)), value)).answer);
  const auto reply = server.ask(sender, put_request(test_key(numbered_peer(2)), value));
  ASSERT_TRUE(reply.refused);
  EXPECT_EQ(reply.refused->code, Errc::kLimit);
  EXPECT_TRUE(server.ask(server.peer(2), put_request(test_key(numbered_peer(2)), value)).answer) << "others go on";
}

TEST(PutValue, OfATestRecordByAnybodyElseIsEchoedButDoesNotReplaceTheOwners) {
  KadServer server;
  const Bytes key = test_key(numbered_peer(1));
  const Bytes owners = make_test_record(KadServer::kStart);
  const Bytes others = make_test_record(KadServer::kStart + 1s);
  static_cast<void>(server.ask(server.peer(1), put_request(key, owners)));
  const auto reply = server.ask(server.peer(2), put_request(key, others));
  ASSERT_TRUE(reply.answer && reply.answer->record);
  EXPECT_EQ(reply.answer->record->value, others);
  EXPECT_EQ(server.ask(server.peer(3), get(key)).answer->record->value, owners);
}

TEST(GetValue, WithoutARecordGivesCloserPeersAlone) {
  KadServer server;
  server.fill_table(1, 5);
  const auto reply = server.ask(server.peer(2), get(key_of_signer()));
  ASSERT_TRUE(reply.answer);
  EXPECT_EQ(reply.answer->type, KadType::kGetValue);
  EXPECT_EQ(reply.answer->key, key_of_signer());
  EXPECT_FALSE(reply.answer->record);
  EXPECT_EQ(reply.answer->closer_peers.size(), 4U);
}

TEST(GetValue, WithARecordGivesCloserPeersToo) {
  KadServer server;
  server.fill_table(1, 5);
  static_cast<void>(server.ask(server.peer(1), put(eth_value())));
  const auto reply = server.ask(server.peer(900), get(key_of_signer()));
  ASSERT_TRUE(reply.answer && reply.answer->record);
  EXPECT_EQ(reply.answer->record->key, key_of_signer());
  EXPECT_EQ(reply.answer->closer_peers.size(), 5U);
}

TEST(GetValue, AlwaysCarriesATimeReceivedWithNineDigits) {
  KadServer server;
  static_cast<void>(server.ask(server.peer(1), put(eth_value())));
  const auto reply = server.ask(server.peer(2), get(key_of_signer()));
  ASSERT_TRUE(reply.answer && reply.answer->record);
  EXPECT_EQ(reply.answer->record->time_received.size(), 30U);
}

TEST(GetValue, NeverGivesAnExpiredRecord) {
  KadServer server;
  static_cast<void>(server.ask(server.peer(1), put(eth_value())));
  server.now += 24h - 1s;
  EXPECT_EQ(held(server), eth_value());
  server.now += 1s;
  EXPECT_EQ(held(server), std::nullopt);
}

TEST(GetValue, WithTheLargestRecordAndManyPeersStaysUnder16KiB) {
  KadServer server{{.bucket_capacity = 200}};
  server.fill_table(1, 40);
  EthDraft draft = testing::draft();
  draft.others = {{"filler", "\"" + std::string(7600, 'x') + "\""}};
  const Bytes value = *sign_eth_record(draft, testing::eth_signer());
  ASSERT_TRUE(server.ask(server.peer(1), put(value)).answer);
  const auto reply = server.ask(server.peer(900), get(key_of_signer()));
  ASSERT_TRUE(reply.answer && reply.answer->record);
  EXPECT_EQ(reply.answer->record->value, value);
  EXPECT_LT(reply.answer_bytes, 16U * 1024);
}

}  // namespace
}  // namespace pond::kad
