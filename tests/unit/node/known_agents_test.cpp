#include <cstdint>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "pond/kad/records/eth_record.hpp"

#include "support/node_network.hpp"

namespace pond::node {
namespace {

using test::NodeNetwork;
using Member = NodeNetwork::Member;

/// Puts the record of an agent that is nowhere here.
kad::PutValue record_of(const crypto::EthKey& key) {
  const kad::EthDraft draft{.network = "local",
                            .peer_id = test::numbered_peer(8),
                            .timestamp = NodeNetwork::kStart.ms,
                            .expires = NodeNetwork::kStart.ms + 3'600'000,
                            .agent_name = "elsewhere",
                            .multiaddrs = {},
                            .others = {}};
  return {.key = kad::eth_key(key.address()), .value = *kad::sign_eth_record(draft, key)};
}

bool holds(Member& member, const Bytes& key) {
  member.store->submit(0, store::GetRecords{key}, NodeNetwork::kStart);
  const auto completion = member.store->poll();
  return std::get<store::Records>(*completion->outcome).authentic.has_value();
}

TEST(Node, OfABootstrapNodeKnowsTheAgentsWhoseRecordsItHolds) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& agent = network.add_agent({server.address()});
  network.run_for(10s);
  const auto known = server.node->known_agents(network.now);
  ASSERT_EQ(known.size(), 1U);
  const auto& [address, entry] = *known.begin();
  EXPECT_EQ(address, agent.node->config().agent->key.address().to_lowercase());
  EXPECT_EQ(entry.peer_id, agent.node->self().to_base58());
  EXPECT_EQ(entry.agent_id, agent.node->config().agent->key.address().to_checksummed());
  EXPECT_EQ(entry.agent_name, "agent-1");
  EXPECT_GE(entry.timestamp, NodeNetwork::kStart.ms);
  network.run_for(5min);
  EXPECT_GT(server.node->known_agents(network.now).begin()->second.timestamp, entry.timestamp);
}

TEST(Node, OfABootstrapNodeKnowsTheAgentWhoseRecordItStoredItself) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  const auto key = NodeNetwork::agent_config({}).agent->key;
  static_cast<void>(network.run(server, record_of(key)));
  ASSERT_EQ(server.node->known_agents(network.now).size(), 1U);
  EXPECT_EQ(server.node->known_agents(network.now).begin()->second.agent_name, "elsewhere");
}

TEST(Node, ForgetsAnAgentWhenItsRecordExpires) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Config config = NodeNetwork::agent_config({server.address()});
  config.record_lifetime = 1h;
  Member& agent = network.add(config);
  network.start(agent);
  network.run_for(10s);
  agent.node->shutdown(network.now);
  network.drain(agent);
  network.run_for(59min);
  EXPECT_EQ(server.node->known_agents(network.now).size(), 1U);
  network.run_for(2min);
  EXPECT_TRUE(server.node->known_agents(network.now).empty());
}

TEST(Node, ForgetsAnAgentWhoseRecordItsStoreHasNoRoomFor) {
  constexpr std::size_t kRoom = 3;
  NodeNetwork network;
  Config config = Config::for_role(Role::kBootstrap);
  config.limits.store.max_records = kRoom;
  config.limits.store.max_share_of_one_sender = 2.0;
  Member& server = network.add(config);
  network.start(server);
  std::vector<crypto::EthKey> keys;
  for (std::uint8_t i = 1; i <= 12; ++i) {
    keys.push_back(NodeNetwork::agent_config({}, i).agent->key);
    static_cast<void>(network.run(server, record_of(keys.back())));
  }
  ASSERT_GT(server.counter("store.evicted"), 0U);
  const auto known = server.node->known_agents(network.now);
  EXPECT_EQ(known.size(), kRoom);
  for (const crypto::EthKey& key : keys) {
    EXPECT_EQ(known.contains(key.address().to_lowercase()), holds(server, kad::eth_key(key.address())));
  }
}

}  // namespace
}  // namespace pond::node
