#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/kad_server.hpp"
#include "unit/kad/records/fixture.hpp"

namespace pond::kad {
namespace {

using test::address;
using test::kad_request;
using test::KadServer;
using test::numbered_peer;
using test::put_request;
using wire::KadType;

bool alike(const KadServer::Reply& a, const KadServer::Reply& b) {
  const bool refused_alike = a.refused.has_value() == b.refused.has_value() &&
                             (!a.refused || (a.refused->code == b.refused->code && a.refused->what == b.refused->what));
  return a.answer == b.answer && a.answer_bytes == b.answer_bytes && a.no_answer == b.no_answer && refused_alike;
}

Bytes any_key() {
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      return testing::key_of_signer();
    case 1:
      return to_bytes("a key that somebody provides");
    case 2:
      return to_bytes(numbered_peer(*rc::gen::inRange(0U, 12U)).bytes());
    case 3:
      return {};
    case 4:
      return Bytes(*rc::gen::element<std::size_t>(80, 81, 1024, 1025), 'k');
    default:
      return to_bytes("/eth/0x");
  }
}

std::vector<wire::KadPeer> any_peers() {
  std::vector<wire::KadPeer> peers;
  for (auto count = *rc::gen::inRange(0, 3); count > 0; --count) {
    wire::KadPeer peer{.id = numbered_peer(*rc::gen::inRange(1U, 5U)), .addresses = {}};
    for (auto port = *rc::gen::inRange(0, 3); port > 0; --port) {
      peer.addresses.push_back(address("/ip4/10.1.1.1/tcp/" + std::to_string(port)));
    }
    peers.push_back(std::move(peer));
  }
  return peers;
}

wire::KadMessage any_message() {
  // The numbers of the wire's types are 0 to 5.
  wire::KadMessage message = kad_request(static_cast<KadType>(*rc::gen::inRange(0, 6)), any_key());
  if (*rc::gen::inRange(0, 4) > 0) {
    wire::KadRecord record{.key = message.key, .value = {}, .time_received = {}};
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
      case 1:
        record.value = testing::eth_value(*rc::gen::inRange(0, 3));
        break;
      case 2:
        record.value = testing::forged_eth_value();
        break;
      case 3:
        record.value = Bytes(8193, 'v');
        break;
      default:
        record.key = any_key();
        record.time_received = "2001-01-01T00:00:00.000000000Z";
        break;
    }
    message.record = std::move(record);
  }
  message.provider_peers = any_peers();
  message.closer_peers = any_peers();
  return message;
}

RC_GTEST_PROP(DecodedRequest, GetsTheAnswerOfTheSameRequestAsOctets, ()) {
  KadServer octets;
  KadServer decoded;
  const auto known = *rc::gen::inRange(0U, 10U);
  octets.fill_table(1, known);
  decoded.fill_table(1, known);
  for (auto requests = *rc::gen::inRange(1, 12); requests > 0; --requests) {
    const wire::KadMessage message = any_message();
    const auto from = *rc::gen::inRange(1U, 5U);
    const auto expected = octets.ask(octets.peer(from), message);
    const auto reply = decoded.ask_decoded(decoded.peer(from), message);
    RC_ASSERT(alike(reply, expected));
  }
  RC_ASSERT(decoded.kad.counters().requests_in == octets.kad.counters().requests_in);
  RC_ASSERT(decoded.kad.counters().requests_refused == octets.kad.counters().requests_refused);
  RC_ASSERT(decoded.kad.counters().malformed_in == octets.kad.counters().malformed_in);
  RC_ASSERT(decoded.store.counters().records == octets.store.counters().records);
  RC_ASSERT(decoded.store.counters().provider_records == octets.store.counters().provider_records);
}

TEST(DecodedRequest, OfEachTypeIsServed) {
  KadServer server;
  server.fill_table(1, 5);
  const PeerHandle from = server.peer(1);
  const Bytes key = testing::key_of_signer();

  const auto put = server.ask_decoded(from, put_request(key, testing::eth_value()));
  ASSERT_TRUE(put.answer && put.answer->record);
  EXPECT_EQ(put.answer->record->value, testing::eth_value());

  const auto get = server.ask_decoded(from, kad_request(KadType::kGetValue, key));
  ASSERT_TRUE(get.answer && get.answer->record);
  EXPECT_EQ(get.answer->record->value, testing::eth_value());
  EXPECT_EQ(get.answer->closer_peers.size(), 4U);

  wire::KadMessage provide = kad_request(KadType::kAddProvider, key);
  provide.provider_peers.push_back({.id = numbered_peer(1), .addresses = {address("/ip4/10.1.1.1/tcp/1")}});
  EXPECT_TRUE(server.ask_decoded(from, provide).no_answer);

  const auto providers = server.ask_decoded(from, kad_request(KadType::kGetProviders, key));
  ASSERT_TRUE(providers.answer);
  ASSERT_EQ(providers.answer->provider_peers.size(), 1U);
  EXPECT_EQ(providers.answer->provider_peers[0].id, numbered_peer(1));

  const auto find = server.ask_decoded(from, kad_request(KadType::kFindNode, key));
  ASSERT_TRUE(find.answer);
  EXPECT_EQ(find.answer->closer_peers.size(), 4U);

  const auto ping = server.ask_decoded(from, kad_request(KadType::kPing, {}));
  ASSERT_TRUE(ping.answer);
  EXPECT_EQ(ping.answer->type, KadType::kPing);
}

TEST(DecodedRequest, IsNotKept) {
  KadServer server;
  const PeerHandle from = server.peer(1);
  RequestToken token{};
  {
    const wire::KadMessage put = put_request(testing::key_of_signer(), testing::eth_value());
    token = server.post_decoded(from, put);
  }
  // The store is asked only now, when the message is gone.
  server.drain();
  const auto reply = server.take(token);
  ASSERT_TRUE(reply.answer && reply.answer->record);
  EXPECT_EQ(reply.answer->record->value, testing::eth_value());
}

}  // namespace
}  // namespace pond::kad
