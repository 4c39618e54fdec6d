#include <algorithm>

#include <gtest/gtest.h>

#include "support/kad_network.hpp"

namespace pond::kad {
namespace {

using test::KadNetwork;
using Member = KadNetwork::Member;

std::size_t asked(const Member& member, wire::KadType type) {
  return static_cast<std::size_t>(std::ranges::count(member.received, type, &wire::KadMessage::type));
}

TEST(Upkeep, TakesAServerIntoTheTableOnceItHasAnswered) {
  KadNetwork network;
  Member& a = network.add();
  Member& b = network.add();
  network.connect(a, b);
  EXPECT_FALSE(network.in_table(a, b)) << "nothing has come back yet";
  network.run_for(1s);
  EXPECT_TRUE(network.in_table(a, b));
  EXPECT_TRUE(network.in_table(b, a));
  EXPECT_EQ(a.kad.counters().verified_into_table, 1U);
  ASSERT_EQ(a.table_changes.size(), 1U);
  EXPECT_TRUE(a.table_changes[0].inside);
}

TEST(Upkeep, NeverTakesAServerThatDoesNotAnswer) {
  KadNetwork network;
  Member& a = network.add();
  Member& b = network.add();
  b.mute = true;
  network.connect(a, b);
  network.run_for(5min);
  EXPECT_FALSE(network.in_table(a, b));
}

TEST(Upkeep, TriesAConnectedServerAgainLater) {
  KadNetwork network;
  Member& a = network.add();
  Member& b = network.add();
  b.mute = true;
  network.connect(a, b);
  network.run_for(30s);
  b.mute = false;
  network.run_for(1min);
  EXPECT_TRUE(network.in_table(a, b));
}

TEST(Upkeep, NeverAsksAClientNorTakesItIn) {
  KadNetwork network;
  Member& server = network.add();
  Member& client = network.add({.mode = Mode::kClient});
  network.connect(server, client);
  network.run_for(2min);
  EXPECT_EQ(server.kad.table_size(), 0U);
  EXPECT_TRUE(client.received.empty());
  EXPECT_TRUE(network.in_table(client, server));
}

TEST(Upkeep, DropsAServerThatBecomesAClient) {
  KadNetwork network;
  Member& a = network.add();
  Member& b = network.add();
  network.connect(a, b);
  network.run_for(1s);
  a.kad.handle(PeerUp{.peer = network.handle_of(a, b), .serves_kad = false}, network.now);
  network.drain(a);
  EXPECT_FALSE(network.in_table(a, b));
  ASSERT_EQ(a.table_changes.size(), 2U);
  EXPECT_FALSE(a.table_changes[1].inside);
}

TEST(Upkeep, KeepsAClientOutAlthoughItsAnswerWasUnderWay) {
  KadNetwork network;
  Member& a = network.add();
  Member& b = network.add();
  network.connect(a, b);
  a.kad.handle(PeerUp{.peer = network.handle_of(a, b), .serves_kad = false}, network.now);
  network.run_for(5s);
  EXPECT_FALSE(network.in_table(a, b));
}

TEST(Upkeep, KeepsADisconnectedPeerThatHasNotFailed) {
  KadNetwork network;
  Member& a = network.add();
  Member& b = network.add();
  network.connect(a, b);
  network.run_for(1s);
  network.disconnect(a, b);
  network.run_for(1s);
  EXPECT_TRUE(network.in_table(a, b));
}

TEST(Upkeep, EvictsAPeerThatKeepsFailing) {
  const auto network = KadNetwork::of_servers(3);
  Member& a = (*network)[0];
  (*network)[2].alive = false;
  ASSERT_TRUE(network->in_table(a, (*network)[2]));
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(network->run(a, GetClosest{to_bytes("k" + std::to_string(i))}));
    network->run_for(15s);
  }
  network->run_for(1h);
  EXPECT_FALSE(network->in_table(a, (*network)[2]));
  EXPECT_TRUE(network->in_table(a, (*network)[1]));
  EXPECT_GE(a.kad.counters().evicted_from_table, 1U);
}

TEST(Upkeep, LooksItselfUpSoonAfterTheFirstPeer) {
  KadNetwork network;
  Member& a = network.add();
  Member& b = network.add();
  network.connect(a, b);
  network.run_for(200ms);
  const std::size_t before = asked(b, wire::KadType::kFindNode);
  network.run_for(2s);
  EXPECT_GT(asked(b, wire::KadType::kFindNode), before);
}

TEST(Upkeep, FillsTheTableThroughOneKnownServer) {
  const auto network = KadNetwork::of_servers(12);
  network->run_for(12min);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_GE((*network)[i].kad.table_size(), 9U) << i;
  }
}

TEST(Upkeep, RefreshesOnceAnInterval) {
  const auto network = KadNetwork::of_servers(2);
  network->run_for(5min);
  const std::size_t before = asked((*network)[1], wire::KadType::kFindNode);
  network->run_for(30min);
  const std::size_t refreshes = asked((*network)[1], wire::KadType::kFindNode) - before;
  EXPECT_GE(refreshes, 3U);
  EXPECT_LE(refreshes, 12U);
}

TEST(Upkeep, ProbesASilentPeerForANewcomerAndKeepsItWhenItAnswers) {
  KadNetwork network;
  Member& a = network.add({.bucket_capacity = 1, .refresh_interval = 10h});
  for (int i = 0; i < 6; ++i) {
    network.connect(a, network.add({.refresh_interval = 10h}));
    network.run_for(1s);
  }
  const std::size_t size = a.kad.table_size();
  network.run_for(20min);  // by then all are questionable and have been probed
  EXPECT_GE(a.kad.table_size(), size);
  EXPECT_EQ(a.kad.counters().evicted_from_table, 0U);
}

TEST(Upkeep, GivesTheNewcomerThePlaceOfAPeerThatFailsItsProbe) {
  KadNetwork network;
  Member& a = network.add({.bucket_capacity = 1, .refresh_interval = 10h});
  for (int i = 0; i < 6; ++i) {
    network.connect(a, network.add({.refresh_interval = 10h}));
    network.run_for(1s);
  }
  std::vector<Member*> inside;
  for (std::size_t i = 1; i < network.size(); ++i) {
    if (network.in_table(a, network[i])) {
      inside.push_back(&network[i]);
    }
  }
  ASSERT_LT(inside.size(), 6U);
  const std::size_t size = inside.size();
  for (Member* member : inside) {
    member->alive = false;
  }
  network.run_for(1h);
  EXPECT_GE(a.kad.counters().evicted_from_table, 1U);
  EXPECT_LE(a.kad.table_size(), size);
  EXPECT_GE(a.kad.table_size(), 1U);
}

TEST(Upkeep, AsksNoMoreThanItsLimitAtOnce) {
  KadNetwork network;
  Member& a = network.add({.max_verifications = 3});
  for (int i = 0; i < 10; ++i) {
    Member& silent = network.add();
    silent.alive = false;
    network.connect(a, silent);
  }
  EXPECT_EQ(a.kad.counters().requests_out[static_cast<std::size_t>(wire::KadType::kFindNode)], 3U);
  EXPECT_EQ(a.kad.verifying(), 10U);
  network.run_for(45s);
  EXPECT_GE(a.kad.counters().requests_out[static_cast<std::size_t>(wire::KadType::kFindNode)], 10U);
}

TEST(Upkeep, DoesNotSpinWhenEverybodyFailsAtOnce) {
  const auto network = KadNetwork::of_servers(8);
  for (std::size_t i = 1; i < 8; ++i) {
    (*network)[i].closed = true;
    (*network)[i].alive = false;
  }
  Member& a = (*network)[0];
  const auto sent_before = a.kad.counters().requests_out;
  const std::size_t timeouts_before = network->timeouts_handled;
  network->run_for(10min);
  std::uint64_t sent = 0;
  for (std::size_t type = 0; type < sent_before.size(); ++type) {
    sent += a.kad.counters().requests_out[type] - sent_before[type];
  }
  EXPECT_LT(sent, 8U * 40U) << "30 s between attempts at each connected server";
  EXPECT_LT(network->timeouts_handled - timeouts_before, 8U * 600U * 3U);
}

TEST(Upkeep, ComesBackAfterEverybodyFailed) {
  const auto network = KadNetwork::of_servers(4);
  for (std::size_t i = 1; i < 4; ++i) {
    (*network)[i].alive = false;
  }
  for (int i = 0; i < 4; ++i) {
    static_cast<void>(network->run((*network)[0], GetClosest{to_bytes("k")}));
  }
  for (std::size_t i = 1; i < 4; ++i) {
    (*network)[i].alive = true;
  }
  network->run_for(2min);
  EXPECT_EQ((*network)[0].kad.table_size(), 3U);
}

TEST(Upkeep, WithNobodySleeps) {
  KadNetwork network;
  Member& alone = network.add();
  network.run_for(1h);
  EXPECT_EQ(alone.kad.next_deadline(), std::nullopt);
}

}  // namespace
}  // namespace pond::kad
