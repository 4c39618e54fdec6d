#include <gtest/gtest.h>

#include "support/kad_server.hpp"

namespace pond::kad {
namespace {

using test::address;
using test::kad_request;
using test::KadServer;
using test::numbered_peer;
using wire::KadType;

const Bytes kKey = to_bytes("a key that somebody provides");

wire::KadMessage add_provider(std::uint32_t number, BytesView key = kKey) {
  wire::KadMessage message = kad_request(KadType::kAddProvider, key);
  message.provider_peers.push_back({.id = numbered_peer(number), .addresses = {address("/ip4/10.1.1.1/tcp/1")}});
  return message;
}

std::vector<wire::KadPeer> providers(KadServer& server, BytesView key = kKey) {
  const auto reply = server.ask(server.peer(900), kad_request(KadType::kGetProviders, key));
  return reply.answer ? reply.answer->provider_peers : std::vector<wire::KadPeer>{};
}

TEST(AddProvider, IsNeverAnswered) {
  KadServer server;
  const auto reply = server.ask(server.peer(1), add_provider(1));
  EXPECT_TRUE(reply.no_answer);
  EXPECT_FALSE(reply.answer);
  EXPECT_FALSE(reply.refused);
}

TEST(AddProvider, IsThenServedWithItsAddresses) {
  KadServer server;
  static_cast<void>(server.ask(server.peer(1), add_provider(1)));
  const auto found = providers(server);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, numbered_peer(1));
  EXPECT_EQ(found[0].addresses, std::vector{address("/ip4/10.1.1.1/tcp/1")});
}

TEST(AddProvider, ForAnotherPeerIsRefused) {
  KadServer server;
  EXPECT_TRUE(server.ask(server.peer(1), add_provider(2)).refused);
  EXPECT_TRUE(providers(server).empty());
}

TEST(AddProvider, TakesOnlyTheSenderOfSeveral) {
  KadServer server;
  wire::KadMessage message = add_provider(2);
  message.provider_peers.push_back(add_provider(1).provider_peers[0]);
  EXPECT_TRUE(server.ask(server.peer(1), message).no_answer);
  const auto found = providers(server);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, numbered_peer(1));
}

TEST(AddProvider, WithoutAnAddressIsRefused) {
  KadServer server;
  wire::KadMessage message = add_provider(1);
  message.provider_peers[0].addresses.clear();
  EXPECT_TRUE(server.ask(server.peer(1), message).refused);
}

TEST(AddProvider, WithoutAnyPeerIsRefused) {
  KadServer server;
  EXPECT_TRUE(server.ask(server.peer(1), kad_request(KadType::kAddProvider, kKey)).refused);
}

TEST(AddProvider, TakesKeysOf1To80Octets) {
  KadServer server;
  EXPECT_TRUE(server.ask(server.peer(1), add_provider(1, Bytes(1, 'k'))).no_answer);
  EXPECT_TRUE(server.ask(server.peer(1), add_provider(1, Bytes(80, 'k'))).no_answer);
  EXPECT_TRUE(server.ask(server.peer(1), add_provider(1, Bytes(81, 'k'))).refused);
}

TEST(AddProvider, OverTheQuotaOfOnePeerIsRefused) {
  KadServer server{{}, {.max_provider_keys_of_one_peer = 1}};
  EXPECT_TRUE(server.ask(server.peer(1), add_provider(1)).no_answer);
  const auto reply = server.ask(server.peer(1), add_provider(1, to_bytes("another")));
  ASSERT_TRUE(reply.refused);
  EXPECT_EQ(reply.refused->code, Errc::kLimit);
}

TEST(GetProviders, GivesCloserPeersToo) {
  KadServer server;
  server.fill_table(1, 6);
  const auto reply = server.ask(server.peer(900), kad_request(KadType::kGetProviders, kKey));
  ASSERT_TRUE(reply.answer);
  EXPECT_EQ(reply.answer->type, KadType::kGetProviders);
  EXPECT_EQ(reply.answer->key, kKey);
  EXPECT_TRUE(reply.answer->provider_peers.empty());
  EXPECT_EQ(reply.answer->closer_peers.size(), 6U);
}

TEST(GetProviders, WithAKeyOver80OctetsIsRefused) {
  KadServer server;
  EXPECT_TRUE(server.ask(server.peer(1), kad_request(KadType::kGetProviders, Bytes(80, 'k'))).answer);
  EXPECT_TRUE(server.ask(server.peer(1), kad_request(KadType::kGetProviders, Bytes(81, 'k'))).refused);
}

TEST(GetProviders, GivesIdsAloneAfter24HoursAndNothingAfter48) {
  KadServer server;
  static_cast<void>(server.ask(server.peer(1), add_provider(1)));
  server.now += 24h;
  ASSERT_EQ(providers(server).size(), 1U);
  EXPECT_TRUE(providers(server)[0].addresses.empty());
  server.now += 24h;
  EXPECT_TRUE(providers(server).empty());
}

TEST(GetProviders, OfVeryManyStaysUnder16KiB) {
  KadServer server;
  for (std::uint32_t number = 1; number <= 256; ++number) {
    wire::KadMessage message = add_provider(number);
    for (int port = 2; port <= 8; ++port) {
      message.provider_peers[0].addresses.push_back(
          address("/dns4/" + std::string(60, 'a') + ".example/tcp/" + std::to_string(port)));
    }
    ASSERT_TRUE(server.ask(server.peer(number), message).no_answer);
  }
  const auto reply = server.ask(server.peer(900), kad_request(KadType::kGetProviders, kKey));
  ASSERT_TRUE(reply.answer);
  EXPECT_LT(reply.answer_bytes, 16U * 1024);
  EXPECT_GT(reply.answer->provider_peers.size(), 20U);
}

}  // namespace
}  // namespace pond::kad
