#include <algorithm>

#include <gtest/gtest.h>

#include "support/kad_server.hpp"

namespace pond::kad {
namespace {

using test::kad_request;
using test::KadServer;
using test::numbered_peer;
using wire::KadType;

wire::KadMessage find_node(BytesView key) {
  return kad_request(KadType::kFindNode, key);
}

std::vector<wire::PeerId> ids(const wire::KadMessage& answer) {
  std::vector<wire::PeerId> out;
  for (const wire::KadPeer& peer : answer.closer_peers) {
    out.push_back(peer.id);
  }
  return out;
}

TEST(FindNode, NamesTheTwentyNearestOfTheTableNearestFirst) {
  KadServer server{{.bucket_capacity = 200}};
  server.fill_table(1, 60);
  const Bytes key = to_bytes("some key");
  const auto reply = server.ask(server.peer(900), find_node(key));
  ASSERT_TRUE(reply.answer);

  std::vector<wire::PeerId> expected;
  for (std::uint32_t number = 1; number <= 60; ++number) {
    expected.push_back(numbered_peer(number));
  }
  std::ranges::sort(expected, {},
                    [&](const wire::PeerId& id) { return wire::Key::of(id).distance_to(wire::Key::of(key)); });
  expected.resize(20);
  EXPECT_EQ(ids(*reply.answer), expected);
}

TEST(FindNode, EchoesTypeAndKey) {
  KadServer server;
  const auto reply = server.ask(server.peer(1), find_node(to_bytes("some key")));
  ASSERT_TRUE(reply.answer);
  EXPECT_EQ(reply.answer->type, KadType::kFindNode);
  EXPECT_EQ(reply.answer->key, to_bytes("some key"));
}

TEST(FindNode, GivesAddressesOfThosePeers) {
  KadServer server;
  server.fill_table(7, 7);
  const auto reply = server.ask(server.peer(1), find_node(to_bytes("some key")));
  ASSERT_TRUE(reply.answer);
  ASSERT_EQ(reply.answer->closer_peers.size(), 1U);
  EXPECT_EQ(reply.answer->closer_peers[0].addresses, std::vector{test::address("/ip4/10.0.0.8/tcp/4001")});
}

TEST(FindNode, LeavesTheAskerOut) {
  KadServer server;
  server.fill_table(1, 5);
  const auto reply = server.ask(server.peer(3), find_node(to_bytes("some key")));
  ASSERT_TRUE(reply.answer);
  EXPECT_EQ(reply.answer->closer_peers.size(), 4U);
  EXPECT_EQ(std::ranges::count(ids(*reply.answer), numbered_peer(3)), 0);
}

TEST(FindNode, StillNamesTwentyWhenTheAskerIsAmongTheNearest) {
  KadServer server{{.bucket_capacity = 200}};
  server.fill_table(1, 21);
  const auto reply = server.ask(server.peer(3), find_node(to_bytes("some key")));
  ASSERT_TRUE(reply.answer);
  EXPECT_EQ(reply.answer->closer_peers.size(), 20U);
}

TEST(FindNode, PutsTheTargetInFrontAlthoughItIsOnlyAClient) {
  KadServer server{{.bucket_capacity = 200}};
  server.fill_table(1, 30);
  const PeerHandle client = server.peer(500);
  server.kad.handle(PeerUp{.peer = client, .serves_kad = false}, server.now);
  const auto reply = server.ask(server.peer(900), find_node(numbered_peer(500).bytes()));
  ASSERT_TRUE(reply.answer);
  ASSERT_EQ(reply.answer->closer_peers.size(), 21U);
  EXPECT_EQ(reply.answer->closer_peers[0].id, numbered_peer(500));
}

TEST(FindNode, StillNamesAClientThatHasGone) {
  KadServer server;
  const PeerHandle client = server.peer(500);
  server.kad.handle(PeerUp{.peer = client, .serves_kad = false}, server.now);
  server.kad.handle(PeerDown{client}, server.now);
  const auto reply = server.ask(server.peer(900), find_node(numbered_peer(500).bytes()));
  ASSERT_TRUE(reply.answer);
  EXPECT_EQ(ids(*reply.answer), std::vector{numbered_peer(500)});
}

TEST(FindNode, NamesAConnectedServerThatHasNotAnsweredYet) {
  KadServer server;
  server.kad.handle(PeerUp{.peer = server.peer(500), .serves_kad = true}, server.now);
  const auto reply = server.ask(server.peer(900), find_node(numbered_peer(500).bytes()));
  ASSERT_TRUE(reply.answer);
  EXPECT_EQ(ids(*reply.answer), std::vector{numbered_peer(500)});
}

TEST(FindNode, DoesNotNameAServerThatLeftBeforeItAnswered) {
  KadServer server;
  server.kad.handle(PeerUp{.peer = server.peer(500), .serves_kad = true}, server.now);
  server.kad.handle(PeerDown{server.peer(500)}, server.now);
  const auto reply = server.ask(server.peer(900), find_node(numbered_peer(500).bytes()));
  ASSERT_TRUE(reply.answer);
  EXPECT_TRUE(reply.answer->closer_peers.empty());
}

TEST(FindNode, DoesNotNameATargetThatIsOnlyInTheBook) {
  KadServer server;
  const PeerHandle hearsay = server.book.intern(numbered_peer(500)).value();
  const wire::Multiaddr where = test::address("/ip4/10.0.9.9/tcp/4001");
  server.book.add_addresses(hearsay, {&where, 1}, peers::AddressSource::kHint, server.now);
  const auto reply = server.ask(server.peer(900), find_node(numbered_peer(500).bytes()));
  ASSERT_TRUE(reply.answer);
  EXPECT_TRUE(reply.answer->closer_peers.empty());
}

TEST(FindNode, NamesATargetOfTheTableOnce) {
  KadServer server;
  server.fill_table(1, 10);
  const auto reply = server.ask(server.peer(900), find_node(numbered_peer(4).bytes()));
  ASSERT_TRUE(reply.answer);
  EXPECT_EQ(reply.answer->closer_peers.size(), 10U);
  EXPECT_EQ(reply.answer->closer_peers[0].id, numbered_peer(4));
}

TEST(FindNode, DoesNotNameATargetWithoutAnyAddress) {
  KadServer server;
  ASSERT_TRUE(server.book.intern(numbered_peer(500)));
  const auto reply = server.ask(server.peer(900), find_node(numbered_peer(500).bytes()));
  ASSERT_TRUE(reply.answer);
  EXPECT_TRUE(reply.answer->closer_peers.empty());
}

TEST(FindNode, NamesTheServerItselfWhenThatIsTheTarget) {
  KadServer server;
  server.fill_table(1, 3);
  server.kad.set_own_addresses({test::address("/ip4/10.9.9.9/tcp/1")}, server.now);
  const auto reply = server.ask(server.peer(900), find_node(server.self.bytes()));
  ASSERT_TRUE(reply.answer);
  ASSERT_EQ(reply.answer->closer_peers.size(), 4U);
  EXPECT_EQ(reply.answer->closer_peers[0].id, server.self);
  EXPECT_EQ(reply.answer->closer_peers[0].addresses, std::vector{test::address("/ip4/10.9.9.9/tcp/1")});
}

TEST(FindNode, DoesNotNameTheServerOtherwise) {
  KadServer server;
  server.fill_table(1, 3);
  server.kad.set_own_addresses({test::address("/ip4/10.9.9.9/tcp/1")}, server.now);
  const auto reply = server.ask(server.peer(900), find_node(to_bytes("some key")));
  ASSERT_TRUE(reply.answer);
  EXPECT_EQ(std::ranges::count(ids(*reply.answer), server.self), 0);
}

TEST(FindNode, StaysUnder16KiBWithManyLongAddresses) {
  KadServer server{{.bucket_capacity = 200}};
  server.fill_table(1, 40);
  for (std::uint32_t number = 1; number <= 40; ++number) {
    std::vector<wire::Multiaddr> many;
    for (int port = 1; port <= 15; ++port) {
      many.push_back(test::address("/dns4/" + std::string(60, 'a') + "." + std::string(60, 'b') + "." +
                                   std::string(60, 'c') + "/tcp/" + std::to_string(port)));
    }
    server.book.add_addresses(server.peer(number), many, peers::AddressSource::kIdentified, server.now);
  }
  const auto reply = server.ask(server.peer(900), find_node(to_bytes("some key")));
  ASSERT_TRUE(reply.answer);
  EXPECT_LT(reply.answer_bytes, 16U * 1024);
  EXPECT_GT(reply.answer->closer_peers.size(), 10U);
}

TEST(FindNode, AnswersAnEmptyListFromAnEmptyTable) {
  KadServer server;
  const auto reply = server.ask(server.peer(1), find_node(to_bytes("some key")));
  ASSERT_TRUE(reply.answer);
  EXPECT_TRUE(reply.answer->closer_peers.empty());
}

TEST(FindNode, WithoutAKeyIsRefused) {
  KadServer server;
  const auto reply = server.ask(server.peer(1), find_node({}));
  ASSERT_TRUE(reply.refused);
  EXPECT_EQ(reply.refused->code, Errc::kMalformed);
  EXPECT_EQ(server.kad.counters().malformed_in, 1U);
}

TEST(FindNode, WithAKeyOver1024OctetsIsRefused) {
  KadServer server;
  EXPECT_TRUE(server.ask(server.peer(1), find_node(Bytes(1024, 'k'))).answer);
  EXPECT_TRUE(server.ask(server.peer(1), find_node(Bytes(1025, 'k'))).refused);
}

}  // namespace
}  // namespace pond::kad
