#include <algorithm>

#include <gtest/gtest.h>

#include "support/kad_network.hpp"
#include "unit/kad/records/fixture.hpp"

namespace pond::kad {
namespace {

using test::KadNetwork;
using test::numbered_peer;
using Member = KadNetwork::Member;

const Bytes kKey = to_bytes("a key that somebody provides");

Member& add_agent(KadNetwork& network) {
  Member& agent = network.add({.mode = Mode::kClient});
  network.connect(agent, network[0]);
  network.run_for(1s);
  return agent;
}

TEST(ProvideOperation, AnnouncesAtTheClosestAndIsFoundByOthers) {
  const auto network = KadNetwork::of_servers(10);
  Member& agent = add_agent(*network);
  const OpResult provided = network->run(agent, Provide{kKey});
  EXPECT_FALSE(provided.error);
  EXPECT_EQ(std::ranges::count(provided.reports, PeerOutcome::kStored, &PeerReport::outcome), 10);
  const OpResult found = network->run(add_agent(*network), FindProviders{.key = kKey});
  ASSERT_EQ(found.peers.size(), 1U);
  EXPECT_EQ(found.peers[0].id, agent.id);
  EXPECT_EQ(found.peers[0].addresses, std::vector{agent.where});
}

TEST(ProvideOperation, OfAKeyOver80OctetsIsRefusedAtOnce) {
  const auto network = KadNetwork::of_servers(2);
  EXPECT_EQ(network->run((*network)[0], Provide{Bytes(81, 'k')}).error->code, Errc::kInvalidArgument);
  EXPECT_EQ(network->run((*network)[0], Provide{}).error->code, Errc::kInvalidArgument);
}

TEST(ProvideOperation, OfANodeThatListensNowhereIsRefused) {
  const auto network = KadNetwork::of_servers(2);
  (*network)[0].kad.set_own_addresses({}, network->now);
  EXPECT_EQ(network->run((*network)[0], Provide{kKey}).error->code, Errc::kInvalidArgument);
}

TEST(ProvideOperation, WithAnEmptyTableEndsAtOnceWithNoPeers) {
  KadNetwork network;
  Member& alone = network.add({.mode = Mode::kClient});
  const OpId op = network.start(alone, Provide{kKey});
  ASSERT_TRUE(alone.results.contains(op));
  EXPECT_EQ(alone.results.at(op).error->code, Errc::kNoPeers);
}

TEST(FindProvidersOperation, WithoutAnySaysNotFound) {
  const auto network = KadNetwork::of_servers(4);
  EXPECT_EQ(network->run((*network)[0], FindProviders{.key = kKey}).error->code, Errc::kNotFound);
}

TEST(FindProvidersOperation, MergesWhatSeveralServersKnow) {
  const auto network = KadNetwork::of_servers(6);
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(network->run(add_agent(*network), Provide{kKey}));
  }
  EXPECT_EQ(network->run((*network)[2], FindProviders{.key = kKey, .enough = 0}).peers.size(), 3U);
}

TEST(FindPeerOperation, FindsAClientThroughTheServerItIsConnectedTo) {
  const auto network = KadNetwork::of_servers(8);
  Member& wanted = add_agent(*network);
  const OpResult result = network->run(add_agent(*network), FindPeer{wanted.id});
  ASSERT_EQ(result.peers.size(), 1U);
  EXPECT_EQ(result.peers[0].id, wanted.id);
  EXPECT_EQ(result.peers[0].addresses, std::vector{wanted.where});
}

TEST(FindPeerOperation, FindsTheOnlyPeerOfTheTable) {
  const auto network = KadNetwork::of_servers(2);
  const OpResult result = network->run((*network)[0], FindPeer{(*network)[1].id});
  ASSERT_EQ(result.peers.size(), 1U);
  EXPECT_EQ(result.peers[0].id, (*network)[1].id);
}

TEST(FindPeerOperation, ForAnUnknownPeerSaysNotFound) {
  const auto network = KadNetwork::of_servers(4);
  EXPECT_EQ(network->run((*network)[0], FindPeer{numbered_peer(777)}).error->code, Errc::kNotFound);
}

TEST(GetClosestOperation, GivesTheTwentyNearestNearestFirst) {
  const auto network = KadNetwork::of_servers(24);
  const OpResult result = network->run((*network)[1], GetClosest{kKey});
  ASSERT_EQ(result.peers.size(), 20U);
  const wire::Key target = wire::Key::of(kKey);
  EXPECT_TRUE(std::ranges::is_sorted(
      result.peers, {}, [&](const wire::KadPeer& peer) { return wire::Key::of(peer.id).distance_to(target); }));
  EXPECT_LT(network->longest_answer, 16U * 1024);
}

TEST(GetClosestOperation, WithAnEmptyTableEndsAtOnceWithNoPeers) {
  KadNetwork network;
  Member& alone = network.add();
  const OpId op = network.start(alone, GetClosest{kKey});
  ASSERT_TRUE(alone.results.contains(op));
  EXPECT_EQ(alone.results.at(op).error->code, Errc::kNoPeers);
  EXPECT_TRUE(alone.results.at(op).peers.empty());
}

TEST(GetClosestOperation, AmongSilentPeersEndsInSecondsWithThoseWhoAnswered) {
  const auto network = KadNetwork::of_servers(26);
  for (std::size_t i = 1; i < 22; ++i) {
    (*network)[i].mute = true;
  }
  const Instant before = network->now;
  const OpResult result = network->run((*network)[0], GetClosest{kKey});
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.peers.size(), 4U);
  EXPECT_LE(network->now - before, 6s);
}

TEST(ProvideOperation, AmongSilentPeersStoresAtThoseWhoAnsweredInSeconds) {
  const auto network = KadNetwork::of_servers(26);
  for (std::size_t i = 1; i < 25; ++i) {
    (*network)[i].mute = true;
  }
  const Instant before = network->now;
  const OpResult result = network->run((*network)[0], Provide{kKey});
  EXPECT_FALSE(result.error);
  EXPECT_LE(network->now - before, 7s);
}

TEST(Operations, AtTheDeadlineGivePartialResults) {
  const auto network = KadNetwork::of_servers(6);
  (*network)[3].alive = false;
  const OpResult result = network->run((*network)[0], GetClosest{kKey}, 300ms);
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.peers.size(), 4U);
}

TEST(Operations, CancelledWithNothingFoundSaySo) {
  const auto network = KadNetwork::of_servers(3);
  Member& asker = (*network)[0];
  const OpId op = network->start(asker, GetClosest{kKey});
  asker.kad.handle(CancelOperation{op}, network->now);
  network->drain(asker);
  ASSERT_TRUE(asker.results.contains(op));
  EXPECT_EQ(asker.results.at(op).error->code, Errc::kCancelled);
}

TEST(Operations, CancelledLateKeepWhatTheyHave) {
  const auto network = KadNetwork::of_servers(6);
  Member& asker = (*network)[0];
  (*network)[3].alive = false;
  const OpId op = network->start(asker, GetClosest{kKey});
  network->run_for(200ms);
  asker.kad.handle(CancelOperation{op}, network->now);
  network->drain(asker);
  ASSERT_TRUE(asker.results.contains(op));
  EXPECT_FALSE(asker.results.at(op).error);
  EXPECT_EQ(asker.results.at(op).peers.size(), 4U);
}

TEST(Operations, OverTheLimitAreRefusedAndCounted) {
  const auto network = KadNetwork::of_servers(2, {.max_operations = 2});
  Member& asker = (*network)[0];
  const OpId first = network->start(asker, GetClosest{kKey});
  static_cast<void>(network->start(asker, GetClosest{kKey}));
  const OpId third = network->start(asker, GetClosest{kKey});
  EXPECT_FALSE(asker.results.contains(first));
  ASSERT_TRUE(asker.results.contains(third));
  EXPECT_EQ(asker.results.at(third).error->code, Errc::kLimit);
  EXPECT_EQ(asker.kad.counters().operations_refused, 1U);
  network->run_for(5s);
  EXPECT_FALSE(network->run(asker, GetClosest{kKey}).error) << "the places are free again";
}

TEST(Operations, CutAtAnyMomentLeaveEveryRpcAccountedFor) {
  // The network throws when a request is abandoned that it never saw, or an operation ends twice.
  const auto network = KadNetwork::of_servers(8);
  network->loss = 0.3;
  for (int i = 1; i < 40; ++i) {
    static_cast<void>(network->start((*network)[0], PutValue{testing::key_of_signer(), testing::eth_value(i)},
                                     std::chrono::milliseconds{i * 13}));
    network->run_for(30ms);
  }
  network->run_for(60s);
  EXPECT_EQ((*network)[0].results.size(), 39U);
}

}  // namespace
}  // namespace pond::kad
