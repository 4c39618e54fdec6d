#include <string>

#include <gtest/gtest.h>

#include "support/node_network.hpp"

namespace pond::node {
namespace {

using test::NodeNetwork;
using Member = NodeNetwork::Member;

/// A server that does not exist.
wire::Multiaddr nobody() {
  return test::address("/ip4/10.9.9.9/tcp/1").with_peer_id(test::numbered_peer(5));
}

/// A visitor, which knows of that node alone and has just started.
Member& visit(NodeNetwork& network, const wire::Multiaddr& bootstrap_node) {
  Config config = Config::for_role(Role::kVisitor);
  config.bootstrap = {bootstrap_node};
  Member& visitor = network.add(config);
  network.start(visitor);
  return visitor;
}

TEST(BootstrapTrouble, SaysWhyNobodyCouldBeReached) {
  NodeNetwork network;
  Member& visitor = visit(network, nobody());
  static_cast<void>(network.run(visitor, kad::GetClosest{to_bytes("k")}));
  EXPECT_EQ(visitor.node->bootstrap_trouble(),
            "could not connect to any bootstrap node: connection refused (" + nobody().to_string() + ")");
}

TEST(BootstrapTrouble, SaysThatANodeDoesNotServeTheProtocol) {
  NodeNetwork network;
  Config client = Config::for_role(Role::kVisitor);
  Member& peer = network.add(client);
  network.start(peer);
  Member& visitor = visit(network, peer.address());
  const kad::OpResult result = network.run(visitor, kad::GetClosest{to_bytes("k")});
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::kNoPeers);
  EXPECT_EQ(
      visitor.node->bootstrap_trouble(),
      "no bootstrap node can be asked: it does not serve /openpond/kad/1.0.0 (" + peer.address().to_string() + ")");
}

TEST(BootstrapTrouble, SaysThatANodeResetsItsStreams) {
  NodeNetwork network;
  Config refusing = Config::for_role(Role::kBootstrap);
  refusing.limits.kad_streams.max_inbound = 0;
  Member& server = network.add(refusing);
  network.start(server);
  Member& visitor = visit(network, server.address());
  const kad::OpResult result = network.run(visitor, kad::GetClosest{to_bytes("k")});
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::kNoPeers);
  const std::string trouble = visitor.node->bootstrap_trouble();
  EXPECT_TRUE(trouble.starts_with("no bootstrap node can be asked: ")) << trouble;
  EXPECT_TRUE(trouble.contains("reset")) << trouble;
  EXPECT_TRUE(trouble.ends_with("(" + server.address().to_string() + ")")) << trouble;
}

TEST(BootstrapTrouble, SaysThatAConnectedNodeIsSilentLongBeforeTheDeadline) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& visitor = visit(network, server.address());
  const Instant begun = network.now;
  const kad::OpId first = network.begin(visitor, kad::GetClosest{to_bytes("k")}, 30s);
  // It has said that it serves Kademlia, and is asked for the first time.
  ASSERT_TRUE(network.run_until([&] { return visitor.counter("kad.requests_out.find_node") > 0; }, 5s));
  server.asleep = true;
  ASSERT_TRUE(network.run_until([&] { return visitor.results.contains(first); }, 30s));
  EXPECT_EQ(visitor.results.at(first).error->code, Errc::kNoPeers);
  EXPECT_LT(network.now - begun, 6s);
  EXPECT_EQ(visitor.node->bootstrap_trouble(),
            "no bootstrap node can be asked: no answer yet (" + server.address().to_string() + ")");
  network.run_for(1s);
  const kad::OpId second = network.begin(visitor, kad::GetClosest{to_bytes("k")}, 30s);
  EXPECT_TRUE(visitor.results.contains(second)) << "it has been waited for";
}

TEST(BootstrapTrouble, SaysThatAConnectedNodeDoesNotEvenIdentifyItself) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& visitor = visit(network, server.address());
  const kad::OpId op = network.begin(visitor, kad::GetClosest{to_bytes("k")}, 30s);
  ASSERT_TRUE(network.run_until([&] { return visitor.node->health().bootstrap_connections > 0; }, 5s));
  server.asleep = true;
  const Instant connected = network.now;
  ASSERT_TRUE(network.run_until([&] { return visitor.results.contains(op); }, 30s));
  EXPECT_EQ(visitor.results.at(op).error->code, Errc::kNoPeers);
  EXPECT_LE(network.now - connected, 5s);
}

TEST(BootstrapTrouble, IsNothingWhenAnAnswerTakesItsTime) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& visitor = visit(network, server.address());
  const kad::OpId op = network.begin(visitor, kad::GetClosest{to_bytes("k")}, 30s);
  ASSERT_TRUE(network.run_until([&] { return visitor.node->health().bootstrap_connections > 0; }, 5s));
  server.asleep = true;
  network.run_for(4s);
  server.asleep = false;
  network.drain(server);
  ASSERT_TRUE(network.run_until([&] { return visitor.results.contains(op); }, 30s));
  EXPECT_FALSE(visitor.results.at(op).error);
}

TEST(BootstrapTrouble, SaysThatNobodyIsBackAfterAllWereLost) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& agent = network.add_agent({server.address()});
  network.run_for(2min);
  server.reachable = false;
  network.cut(agent);
  network.run_for(10min);
  EXPECT_TRUE(agent.node->bootstrap_trouble().starts_with("could not connect to any bootstrap node: "))
      << agent.node->bootstrap_trouble();
}

TEST(BootstrapTrouble, IsNothingWithOneOfThemInTheTable) {
  NodeNetwork network;
  Member& server = network.add_bootstrap();
  Member& agent = network.add_agent({nobody(), server.address()});
  network.run_for(10s);
  EXPECT_EQ(agent.node->bootstrap_trouble(), "");
  EXPECT_EQ(server.node->bootstrap_trouble(), "") << "it has none";
}

TEST(BootstrapTrouble, NamesThreeNodesAtMost) {
  NodeNetwork network;
  Config config = Config::for_role(Role::kVisitor);
  for (std::uint32_t i = 5; i < 9; ++i) {
    config.bootstrap.push_back(test::address("/ip4/10.9.9.9/tcp/1").with_peer_id(test::numbered_peer(i)));
  }
  Member& visitor = network.add(config);
  network.start(visitor);
  network.run_for(1s);
  const std::string trouble = visitor.node->bootstrap_trouble();
  EXPECT_TRUE(trouble.contains(config.bootstrap[2].to_string()));
  EXPECT_FALSE(trouble.contains(config.bootstrap[3].to_string()));
}

}  // namespace
}  // namespace pond::node
