#include <gtest/gtest.h>

#include "pond/kad/records/eth_record.hpp"
#include "pond/wire/multihash.hpp"

#include "support/node_network.hpp"

namespace pond::node {
namespace {

using test::address;
using test::NodeNetwork;
using Member = NodeNetwork::Member;

/// An agent on a network that filters private addresses. Its peer sees it at 10.0.0.2, whatever it listens on.
struct PublicNetwork : ::testing::Test {
  NodeNetwork network;
  Member& server = network.add_bootstrap();

  Config config() {
    Config config = NodeNetwork::agent_config({server.address()});
    config.address_filter = swarm::AddressFilter::kGlobalOnly;
    return config;
  }
  Member& agent(Config config, const std::vector<wire::Multiaddr>& listening) {
    Member& member = network.add(std::move(config));
    member.node->start(listening, network.now);
    network.drain(member);
    network.run_for(10s);
    return member;
  }
  /// The addresses in the record that the server holds, without the peer's id.
  std::vector<std::string> published(const Member& agent) {
    const kad::OpResult found =
        network.run(server, kad::GetValue{.key = kad::eth_key(agent.node->config().agent->key.address())});
    EXPECT_TRUE(found.verified);
    std::vector<std::string> addresses;
    const auto record = kad::parse_eth_record(found.value.value_or(Bytes{}));
    EXPECT_TRUE(record);
    for (const wire::Multiaddr& each : record ? record->agent.multiaddrs : std::vector<wire::Multiaddr>{}) {
      EXPECT_EQ(each.peer_id(), agent.node->self());
      addresses.push_back(each.without_peer_id().to_string());
    }
    return addresses;
  }
};

TEST_F(PublicNetwork, KeepsPrivateAddressesOutOfTheRecord) {
  const Member& member =
      agent(config(), {address("/ip4/10.0.0.2/tcp/4001"), address("/ip4/127.0.0.1/tcp/4001"),
                       address("/ip4/8.8.4.4/tcp/4001"), address("/ip4/192.168.7.7/tcp/4001"),
                       address("/ip6/fe80::1/tcp/4001"), address("/ip6/2001:4860:4860::8844/tcp/4001")});
  EXPECT_EQ(published(member),
            (std::vector<std::string>{"/ip4/8.8.4.4/tcp/4001", "/ip6/2001:4860:4860::8844/tcp/4001"}));
  EXPECT_FALSE(member.logged("no address of this agent"));
}

TEST_F(PublicNetwork, KeepsPrivateAddressesOutOfTheProviderRecord) {
  agent(config(), {address("/ip4/10.0.0.2/tcp/4001"), address("/ip4/8.8.4.4/tcp/4001")});
  EXPECT_EQ(server.counter("kad.requests_in.add_provider"), 1U);
  Config reader = Config::for_role(Role::kVisitor);
  reader.bootstrap = {server.address()};
  Member& visitor = network.add(std::move(reader));
  network.start(visitor);
  const Bytes key = kad::eth_key(config().agent->key.address());
  const kad::OpResult found = network.run(visitor, kad::FindProviders{.key = wire::sha2_256_multihash(key)});
  ASSERT_EQ(found.peers.size(), 1U);
  EXPECT_EQ(found.peers[0].addresses, std::vector{address("/ip4/8.8.4.4/tcp/4001")});
}

TEST_F(PublicNetwork, AnAgentBehindANatPublishesItsRecordWithoutAddressesAndNoProvider) {
  const Member& member = agent(config(), {address("/ip4/10.0.0.2/tcp/4001"), address("/ip4/127.0.0.1/tcp/4001")});
  EXPECT_TRUE(member.ready);
  EXPECT_TRUE(published(member).empty());
  EXPECT_EQ(server.counter("kad.requests_in.add_provider"), 0U);
  EXPECT_TRUE(member.logged("no address of this agent can be reached"));
}

TEST_F(PublicNetwork, AnAgentBehindANatGoesOnPublishingEachMinute) {
  agent(config(), {address("/ip4/10.0.0.2/tcp/4001")});
  const std::uint64_t before = server.counter("kad.requests_in.put_value");
  network.run_for(5min);
  EXPECT_GE(server.counter("kad.requests_in.put_value"), before + 4);
  EXPECT_EQ(server.counter("kad.requests_in.add_provider"), 0U);
}

TEST_F(PublicNetwork, PublishesWhatTheOperatorAnnouncesAsItIs) {
  Config announcing = config();
  announcing.announce = {address("/ip4/10.0.0.2/tcp/5005")};
  const Member& member = agent(announcing, {address("/ip4/8.8.4.4/tcp/4001")});
  EXPECT_EQ(published(member), std::vector<std::string>{"/ip4/10.0.0.2/tcp/5005"});
}

TEST_F(PublicNetwork, ElsewherePrivateAddressesArePublished) {
  Config plain = config();
  plain.address_filter = swarm::AddressFilter::kAny;
  const Member& member = agent(plain, {address("/ip4/10.0.0.2/tcp/4001"), address("/ip4/8.8.4.4/tcp/4001")});
  EXPECT_EQ(published(member), (std::vector<std::string>{"/ip4/10.0.0.2/tcp/4001", "/ip4/8.8.4.4/tcp/4001"}));
}

}  // namespace
}  // namespace pond::node
