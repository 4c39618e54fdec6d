#include "pond/node/node.hpp"

#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "pond/kad/records/eth_record.hpp"
#include "pond/wire/multihash.hpp"

#include "support/node_network.hpp"

namespace pond::node {
namespace {

using test::NodeNetwork;
using Member = NodeNetwork::Member;

Bytes eth_key_of(const Member& agent) {
  return kad::eth_key(agent.node->config().agent->key.address());
}

/// A server that does not exist.
wire::Multiaddr nobody() {
  return test::address("/ip4/10.9.9.9/tcp/1").with_peer_id(test::numbered_peer(5));
}

TEST(Node, OfAnAgentIsFoundByItsAddressThroughBootstrapNodes) {
  NodeNetwork network;
  Member& b1 = network.add_bootstrap();
  Member& b2 = network.add_bootstrap({b1.address()});
  Member& publisher = network.add_agent({b1.address()}, 1);
  Member& finder = network.add_agent({b2.address()}, 2);
  network.run_for(10s);
  EXPECT_TRUE(publisher.ready);
  EXPECT_TRUE(finder.ready);
  const kad::OpResult found = network.run(finder, kad::GetValue{.key = eth_key_of(publisher)});
  EXPECT_FALSE(found.error);
  EXPECT_TRUE(found.verified);
  ASSERT_TRUE(found.value);
  const auto record = kad::parse_eth_record(*found.value);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->agent.peer_id, publisher.node->self());
  EXPECT_EQ(record->agent.agent_name, "agent-1");
  EXPECT_EQ(record->agent.multiaddrs, std::vector{publisher.address()});
}

TEST(Node, OfAnAgentProvidesTheHashOfItsKey) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& publisher = network.add_agent({server.address()}, 1);
  Member& finder = network.add_agent({server.address()}, 2);
  network.run_for(10s);
  const kad::OpResult found =
      network.run(finder, kad::FindProviders{.key = wire::sha2_256_multihash(eth_key_of(publisher))});
  ASSERT_EQ(found.peers.size(), 1U);
  EXPECT_EQ(found.peers[0].id, publisher.node->self());
}

TEST(Node, WorksOverAPipeThatGivesByteByByte) {
  NodeNetwork network{1};
  Member& server = network.add_bootstrap();
  Member& publisher = network.add_agent({server.address()}, 1);
  network.run_for(5s);
  EXPECT_TRUE(publisher.ready);
  EXPECT_EQ(server.counter("store.records"), 2U);
  EXPECT_EQ(server.counter("swarm.handshakes_failed"), 0U);
}

TEST(Node, OfAnAgentIsInNobodysTable) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& agent = network.add_agent({server.address()});
  network.run_for(2min);
  EXPECT_EQ(server.node->status(network.now).table, 0U);
  EXPECT_EQ(agent.node->status(network.now).table, 1U);
}

TEST(Node, OfABootstrapNodeSkipsItself) {
  NodeNetwork network;
  node::Config config = Config::for_role(Role::kBootstrap);
  Member& plain = network.add(config);
  NodeNetwork other;
  config.bootstrap = {plain.address()};  // the same number, so the same key
  Member& itself = other.add(config);
  ASSERT_EQ(itself.node->self(), plain.node->self());
  other.start(itself);
  other.run_for(1min);
  EXPECT_EQ(itself.dials, 0U);
}

TEST(Node, OfABootstrapNodeDialsAnotherThreeTimesFiveSecondsApartThenMoreSlowly) {
  NodeNetwork network;
  Member& server = network.add_bootstrap({nobody()});
  network.run_for(10min);
  ASSERT_GE(server.dialed.size(), 5U);
  for (std::size_t i = 1; i < 3; ++i) {
    const Duration pause = server.dialed[i] - server.dialed[i - 1];
    EXPECT_GE(pause, 5s);
    EXPECT_LE(pause, 5s + 100ms);
  }
  EXPECT_LE(server.dialed.size(), 15U);
  EXPECT_GE(server.dialed.back() - server.dialed[server.dialed.size() - 2], 30s);
}

TEST(Node, OfABootstrapNodeMeetsOneThatComesLater) {
  NodeNetwork network;
  Member& late = network.add(Config::for_role(Role::kBootstrap));
  late.reachable = false;
  Member& early = network.add_bootstrap({late.address()});
  network.run_for(1min);
  EXPECT_EQ(early.node->status(network.now).connections, 0U);
  late.reachable = true;
  network.start(late);
  network.run_for(6min);
  EXPECT_EQ(early.node->status(network.now).table, 1U);
}

TEST(Node, OfAnAgentGoesOnPastABootstrapNodeThatFails) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& agent = network.add_agent({nobody(), server.address()});
  network.run_for(15s);
  EXPECT_TRUE(agent.ready);
  EXPECT_TRUE(agent.logged("cannot reach bootstrap node"));
}

TEST(Node, OfAnAgentReconnectsWhenAllBootstrapConnectionsAreLost) {
  NodeNetwork network;
  Member& b1 = network.add_bootstrap();
  Member& b2 = network.add_bootstrap();
  Member& agent = network.add_agent({b1.address(), b2.address()});
  network.run_for(2min);
  EXPECT_EQ(agent.node->health().bootstrap_connections, 2U);
  network.cut(agent);
  EXPECT_EQ(agent.node->health().bootstrap_connections, 0U);
  network.run_for(1s);
  EXPECT_GE(agent.node->health().bootstrap_connections, 1U);
  network.run_for(15s);
  EXPECT_EQ(agent.node->health().bootstrap_connections, 2U);
}

TEST(Node, ReportsThatItIsNotReadyAfterTenAttempts) {
  NodeNetwork network;
  Member& agent = network.add_agent({nobody()});
  network.run_for(8s);
  EXPECT_FALSE(agent.logged("is not ready"));
  network.run_for(3s);
  EXPECT_TRUE(agent.logged("is not ready after 10 attempts"));
  EXPECT_FALSE(agent.ready);
  EXPECT_FALSE(agent.node->health().last_error.empty());
}

TEST(Node, OfAnAgentPublishesEachMinute) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  static_cast<void>(network.add_agent({server.address()}));
  network.run_for(10s);
  const std::uint64_t puts = server.counter("kad.requests_in.put_value");
  const std::uint64_t provides = server.counter("kad.requests_in.add_provider");
  EXPECT_GE(provides, 1U);
  network.run_for(5min);
  EXPECT_GE(server.counter("kad.requests_in.put_value"), puts + 4);
  EXPECT_LE(server.counter("kad.requests_in.put_value"), puts + 6);
  EXPECT_GE(server.counter("kad.requests_in.add_provider"), provides + 4);
  EXPECT_LE(server.counter("kad.requests_in.add_provider"), provides + 6);
}

TEST(Node, OfAnAgentPublishesAtOnceWhenABootstrapNodeIsBackAfterAllWereLost) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& agent = network.add_agent({server.address()});
  network.run_for(2min + 10s);
  const auto published = [&] {
    return std::pair{server.counter("kad.requests_in.put_value"), server.counter("kad.requests_in.add_provider")};
  };
  const auto before = published();
  network.cut(agent);
  network.run_for(1s);
  EXPECT_EQ(agent.node->health().bootstrap_connections, 1U);
  EXPECT_EQ(published(), std::pair(before.first + 1, before.second + 1));
}

TEST(Node, OfAnAgentPublishesAtOnceToABootstrapNodeThatStartedAnew) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& agent = network.add_agent({server.address()});
  network.run_for(2min + 10s);
  server.reachable = false;
  network.cut(agent);
  network.run_for(10min);  // long enough to be in nobody's table any more
  EXPECT_EQ(agent.node->status(network.now).table, 0U);
  const std::uint64_t before = server.counter("kad.requests_in.put_value");
  server.reachable = true;
  ASSERT_TRUE(network.run_until([&] { return agent.node->health().bootstrap_connections == 1; }, 10min));
  network.run_for(1s);
  EXPECT_EQ(server.counter("kad.requests_in.put_value"), before + 1);
}

TEST(Node, OfAnAgentOutdoesANewerRecordOfItsAddress) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& agent = network.add(NodeNetwork::agent_config({server.address()}));
  const crypto::EthKey& key = agent.node->config().agent->key;
  const std::int64_t ahead = NodeNetwork::kStart.ms + 5 * 60'000;
  const kad::EthDraft draft{.network = "local",
                            .peer_id = test::numbered_peer(8),
                            .timestamp = ahead,
                            .expires = ahead + 3'600'000,
                            .agent_name = "elsewhere",
                            .multiaddrs = {},
                            .others = {}};
  static_cast<void>(network.run(server, kad::PutValue{kad::eth_key(key.address()), *kad::sign_eth_record(draft, key)}));
  network.start(agent);
  network.run_for(10s);
  Member& reader = network.add_agent({server.address()}, 2);
  network.run_for(5s);
  const kad::OpResult found = network.run(reader, kad::GetValue{.key = eth_key_of(agent)});
  ASSERT_TRUE(found.value);
  const auto record = kad::parse_eth_record(*found.value);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->agent.peer_id, agent.node->self());
  EXPECT_EQ(record->agent.timestamp, ahead + 1);
}

TEST(Node, HoldsAnOperationUntilTheFirstPeerIsThere) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Config config = Config::for_role(Role::kVisitor);
  config.bootstrap = {server.address()};
  Member& visitor = network.add(config);
  network.start(visitor);
  const kad::OpResult result = network.run(visitor, kad::GetClosest{to_bytes("k")});
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.peers.size(), 1U);
}

TEST(Node, EndsAnOperationWithNoPeersWhenNobodyCanBeReached) {
  NodeNetwork network;
  Config config = Config::for_role(Role::kVisitor);
  config.bootstrap = {nobody()};
  Member& visitor = network.add(config);
  network.start(visitor);
  const Instant before = network.now;
  const kad::OpResult result = network.run(visitor, kad::GetClosest{to_bytes("k")});
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::kNoPeers);
  EXPECT_LT(network.now - before, 2s);
}

TEST(Node, EndsAHeldOperationThatIsCancelledAtOnceAndAsCancelled) {
  NodeNetwork network;
  Config config = Config::for_role(Role::kVisitor);
  config.bootstrap = {nobody()};
  Member& visitor = network.add(config);
  network.start(visitor);
  const kad::OpId op = network.begin(visitor, kad::GetClosest{to_bytes("k")});
  ASSERT_FALSE(visitor.results.contains(op));
  visitor.node->cancel(op, network.now);
  network.drain(visitor);
  ASSERT_TRUE(visitor.results.contains(op));
  EXPECT_EQ(visitor.results.at(op).error->code, Errc::kCancelled);
  network.run_for(20s);  // it does not end a second time
}

TEST(Node, EndsAHeldOperationAtItsDeadlineAsTimedOut) {
  NodeNetwork network;
  Config config = Config::for_role(Role::kVisitor);
  Member& silent = network.add_bootstrap();
  config.bootstrap = {silent.address()};
  network.latency = 5s;  // the connection is not there in time
  Member& visitor = network.add(config);
  network.start(visitor);
  const kad::OpResult result = network.run(visitor, kad::GetClosest{to_bytes("k")}, 3s);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::kTimeout);
}

TEST(Node, WithoutBootstrapNodesEndsAnOperationAtOnce) {
  NodeNetwork network;
  Member& alone = network.add(Config::for_role(Role::kVisitor));
  network.start(alone);
  const kad::OpId op = network.begin(alone, kad::GetClosest{to_bytes("k")});
  ASSERT_TRUE(alone.results.contains(op));
  EXPECT_EQ(alone.results.at(op).error->code, Errc::kNoPeers);
}

TEST(Node, AnswersTwoHundredRequestsAtOnce) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Config config = Config::for_role(Role::kVisitor);
  config.bootstrap = {server.address()};
  Member& visitor = network.add(config);
  network.start(visitor);
  network.run_for(2s);
  std::vector<kad::OpId> operations;
  for (int i = 0; i < 200; ++i) {
    operations.push_back(network.begin(visitor, kad::GetClosest{to_bytes("key " + std::to_string(i))}));
  }
  network.run_for(5s);
  for (const kad::OpId op : operations) {
    ASSERT_TRUE(visitor.results.contains(op));
    EXPECT_FALSE(visitor.results.at(op).error);
  }
}

TEST(Node, ClosesItsOwnIdleStreamsAfterThirtySeconds) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Config config = Config::for_role(Role::kVisitor);
  config.bootstrap = {server.address()};
  config.kad.refresh_interval = 10h;
  Member& visitor = network.add(config);
  network.start(visitor);
  network.run_for(10s);
  static_cast<void>(network.run(visitor, kad::GetClosest{to_bytes("k")}));
  EXPECT_GE(visitor.counter("kad_streams.outbound_now"), 1U);
  EXPECT_GE(server.counter("kad_streams.inbound_now"), 1U);
  network.run_for(31s);
  EXPECT_EQ(visitor.counter("kad_streams.outbound_now"), 0U);
  EXPECT_EQ(server.counter("kad_streams.inbound_now"), 0U);
}

TEST(Node, ServesMoreRequestsThanItMayHaveStreams) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Config config = Config::for_role(Role::kVisitor);
  config.bootstrap = {server.address()};
  config.limits.kad_streams.max_outbound = 3;
  Member& visitor = network.add(config);
  network.start(visitor);
  network.run_for(2s);
  for (int i = 0; i < 30; ++i) {
    static_cast<void>(network.begin(visitor, kad::GetClosest{to_bytes("key " + std::to_string(i))}));
  }
  EXPECT_LE(visitor.counter("kad_streams.outbound_now"), 3U);
  network.run_for(5s);
  EXPECT_EQ(visitor.results.size(), 30U);
  EXPECT_GT(visitor.counter("kad_streams.outbound_over_limit"), 0U);
}

TEST(Node, ResetsStreamsOverTheLimitOfOneConnectionAndCountsThem) {
  NodeNetwork network;
  Config limited = Config::for_role(Role::kBootstrap);
  limited.limits.kad_streams.max_inbound_per_connection = 2;
  Member& server = network.add(limited);
  network.start(server);
  Config config = Config::for_role(Role::kVisitor);
  config.bootstrap = {server.address()};
  Member& visitor = network.add(config);
  network.start(visitor);
  network.run_for(2s);
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(network.begin(visitor, kad::GetClosest{to_bytes("key " + std::to_string(i))}));
  }
  network.run_for(5s);
  EXPECT_GT(server.counter("kad_streams.inbound_over_connection_limit"), 0U);
  EXPECT_EQ(visitor.results.size(), 10U);
}

TEST(Node, ShutDownClosesEveryConnectionAndBeginsNothingMore) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& agent = network.add_agent({server.address()});
  network.run_for(10s);
  const std::size_t dials = agent.dials;
  static_cast<void>(network.begin(agent, kad::GetClosest{to_bytes("k")}));
  agent.node->shutdown(network.now);
  network.drain(agent);
  EXPECT_TRUE(agent.links.empty());
  network.run_for(5min);
  EXPECT_EQ(agent.dials, dials);
  EXPECT_EQ(server.node->status(network.now).connections, 0U);
}

TEST(Node, NamesEachCounterOnceInAFixedOrder) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  const auto first = server.node->counters();
  std::set<std::string> names;
  for (const auto& [name, value] : first) {
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_TRUE(names.contains("swarm.refused_at_limit"));
  EXPECT_TRUE(names.contains("kad.requests_in.find_node"));
  const auto second = server.node->counters();
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].first, second[i].first);
  }
}

TEST(NodeConfig, OfAnAgentNeedsAKeyAndAValidName) {
  SeededRng rng{1};
  store::MemoryStore store{{}, test::numbered_peer(1)};
  const auto make = [&](Config config) {
    return Node::make(std::move(config), crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng).value(), store,
                      rng, WallAnchor{Instant{}, NodeNetwork::kStart}, Instant{});
  };
  EXPECT_FALSE(make(Config::for_role(Role::kAgent)));
  Config config = NodeNetwork::agent_config({});
  EXPECT_TRUE(make(config));
  config.agent->name = "";
  EXPECT_FALSE(make(config));
  config.agent->name = "two\nlines";
  EXPECT_FALSE(make(config));
  config.agent->name = std::string(65, 'x');
  EXPECT_FALSE(make(config));
}

TEST(NodeConfig, NeedsPeerIdsInBootstrapAddressesAndAValidNetworkName) {
  SeededRng rng{1};
  store::MemoryStore store{{}, test::numbered_peer(1)};
  const auto make = [&](Config config) {
    return Node::make(std::move(config), crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng).value(), store,
                      rng, WallAnchor{Instant{}, NodeNetwork::kStart}, Instant{});
  };
  Config config = Config::for_role(Role::kBootstrap);
  config.bootstrap = {test::address("/ip4/10.0.0.1/tcp/1")};
  EXPECT_FALSE(make(config));
  config = Config::for_role(Role::kBootstrap);
  config.network = "Not A Name";
  EXPECT_FALSE(make(config));
}

TEST(NodeConfig, HasTheDocumentsNumbersForEachRole) {
  const Config server = Config::for_role(Role::kBootstrap);
  EXPECT_EQ(server.kad.mode, kad::Mode::kServer);
  EXPECT_EQ(server.kad.bucket_capacity, 200U);
  EXPECT_EQ(server.limits.swarm.max_connections, 1000U);
  const Config agent = Config::for_role(Role::kAgent);
  EXPECT_EQ(agent.kad.mode, kad::Mode::kClient);
  EXPECT_EQ(agent.kad.bucket_capacity, 20U);
  EXPECT_EQ(agent.limits.swarm.max_connections, 50U);
}

}  // namespace
}  // namespace pond::node
