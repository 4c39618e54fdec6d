#include <algorithm>

#include <gtest/gtest.h>

#include "support/node_network.hpp"

namespace pond::node {
namespace {

using test::NodeNetwork;

bool knows(NodeNetwork& network, NodeNetwork::Member& asker, const NodeNetwork::Member& whom) {
  const kad::OpResult result = network.run(asker, kad::GetClosest{.key = to_bytes(whom.node->self().bytes())});
  return std::ranges::any_of(result.peers, [&](const wire::KadPeer& peer) { return peer.id == whom.node->self(); });
}

/// Two servers, and a visitor of the first that listens.
struct Changing : testing::Test {
  NodeNetwork network;
  NodeNetwork::Member& server = network.add_bootstrap();
  NodeNetwork::Member& other = network.add_bootstrap({server.address()});
  NodeNetwork::Member& visitor = add_visitor();

  NodeNetwork::Member& add_visitor() {
    Config config = Config::for_role(Role::kVisitor);
    config.bootstrap = {server.address()};
    NodeNetwork::Member& member = network.add(std::move(config));
    network.start(member);
    network.run_for(10s);
    return member;
  }
};
using NodeMode = Changing;

TEST_F(NodeMode, AClientIsInNobodysAnswer) {
  EXPECT_FALSE(knows(network, other, visitor));
}

TEST_F(NodeMode, AClientThatBeginsToServeIsFound) {
  visitor.node->set_mode(kad::Mode::kServer, network.now);
  network.drain(visitor);
  network.run_for(5s);
  EXPECT_TRUE(knows(network, other, visitor));
}

TEST_F(NodeMode, AServerThatStopsServingIsForgotten) {
  visitor.node->set_mode(kad::Mode::kServer, network.now);
  network.drain(visitor);
  network.run_for(5s);
  visitor.node->set_mode(kad::Mode::kClient, network.now);
  network.drain(visitor);
  network.run_for(5s);
  EXPECT_FALSE(knows(network, server, visitor));
}

}  // namespace
}  // namespace pond::node
