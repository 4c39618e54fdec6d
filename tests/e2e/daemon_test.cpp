// The life of `pond bootstrap` and `pond agent`: what they say, their signals, what ends them.

#include <algorithm>
#include <csignal>

#include <gtest/gtest.h>

#include "client.hpp"
#include "control_session.hpp"
#include "nodes.hpp"

namespace pond::e2e {
namespace {

void expect_clean_end(Node& node, int signal) {
  const auto asked = Clock::now();
  node.process().signal(signal);
  EXPECT_EQ(node.process().finish().exit, 0);
  EXPECT_LT(Clock::now() - asked, std::chrono::seconds{5});
}

TEST(Bootstrap, ListeningNamesTheRealPortAndThePeer) {
  const Node node = Node::bootstrap({.key = 7});
  EXPECT_GT(node.port(), 0);
  EXPECT_EQ(node.address(), "/ip4/127.0.0.1/tcp/" + std::to_string(node.port()) + "/p2p/" + peer_id(7).to_base58());
}

TEST(Bootstrap, EveryAddressHasItsLine) {
  Node node = Node::bootstrap({.more = {"--listen", "/ip6/::1/tcp/0"}});
  EXPECT_TRUE(node.process().line("listening ").starts_with("/ip6/::1/tcp/"));
  node.process().line("ready");
}

TEST(Bootstrap, IsReadyAlone) {
  Node node = Node::bootstrap();
  EXPECT_EQ(node.process().line("ready"), "");
}

TEST(Bootstrap, SaysNothingElseOnStdout) {
  Node node = Node::bootstrap();
  node.process().line("ready");
  EXPECT_EQ(node.stop().out, "");
}

TEST(Bootstrap, EndsOnSigint) {
  Node node = Node::bootstrap();
  node.process().line("ready");
  expect_clean_end(node, SIGINT);
}

TEST(Bootstrap, EndsOnSigterm) {
  Node node = Node::bootstrap();
  node.process().line("ready");
  expect_clean_end(node, SIGTERM);
}

TEST(Bootstrap, EndsWhileConnectionsComeIn) {
  Node node = Node::bootstrap();
  node.process().line("ready");
  node.process().signal(SIGSTOP);
  std::vector<Tcp> waiting;  // accepted and asked to end in one go, when it runs again
  for (int i = 0; i < 120; ++i) {
    waiting.emplace_back(node.port());
  }
  node.process().signal(SIGTERM);
  expect_clean_end(node, SIGCONT);
}

TEST(Bootstrap, AcceptsAgainAfterItHadNoFilesLeft) {
  Node node = Node::bootstrap();
  ControlSession session{node.control()};
  ASSERT_EQ(session.ask("status")["exit"], 0);
  const Tcp early = [&] {
    const NoFilesLeft limit{node.process()};
    Tcp refused{node.port()};
    session.ask("status");  // by now it has tried to accept
    return refused;
  }();
  EXPECT_TRUE(Client{node}.connect());
}

TEST(Bootstrap, TakesItsKeyFromTheEnvironment) {
  Process node{{.args = {"bootstrap", "--listen", "/ip4/127.0.0.1/tcp/0"},
                .env = {{"BOOTSTRAP_PRIVATE_KEY", libp2p_key_text(9)}}}};
  EXPECT_TRUE(node.line("listening ").ends_with("/p2p/" + peer_id(9).to_base58()));
}

TEST(Bootstrap, AKeyFileBeatsTheEnvironment) {
  const TempDir dir;
  Process node{
      {.args = {"bootstrap", "--listen", "/ip4/127.0.0.1/tcp/0", "--key", dir.write("key", libp2p_key_text(10) + "\n")},
       .env = {{"BOOTSTRAP_PRIVATE_KEY", libp2p_key_text(9)}}}};
  EXPECT_TRUE(node.line("listening ").ends_with("/p2p/" + peer_id(10).to_base58()));
}

TEST(Bootstrap, TakesItsPortFromTheEnvironment) {
  const Node taken = Node::bootstrap();
  const Finished second =
      run(Launch{.args = {"bootstrap"},
                 .env = {{"BOOTSTRAP_PRIVATE_KEY", libp2p_key_text(2)}, {"P2P_PORT", std::to_string(taken.port())}}});
  EXPECT_EQ(second.exit, 1);
  EXPECT_NE(second.err.find("/tcp/" + std::to_string(taken.port())), std::string::npos) << second.err;
}

TEST(Bootstrap, AListenFlagBeatsThePortOfTheEnvironment) {
  const Node taken = Node::bootstrap();
  Process second{{.args = {"bootstrap", "--listen", "/ip4/127.0.0.1/tcp/0"},
                  .env = {{"BOOTSTRAP_PRIVATE_KEY", libp2p_key_text(2)}, {"P2P_PORT", std::to_string(taken.port())}}}};
  EXPECT_EQ(second.line("listening ").find("/tcp/" + std::to_string(taken.port()) + "/"), std::string::npos);
}

TEST(Bootstrap, TakesItsNetworkFromTheEnvironmentAndAFlagBeatsIt) {
  const TempDir dir;
  const auto network_of = [&](std::vector<std::string> more) {
    const std::string control = dir.file("control");
    std::vector<std::string> args{"bootstrap", "--listen", "/ip4/127.0.0.1/tcp/0", "--control", control};
    args.insert(args.end(), more.begin(), more.end());
    Process node{{.args = args, .env = {{"BOOTSTRAP_PRIVATE_KEY", libp2p_key_text(2)}, {"NETWORK", "lake"}}}};
    node.line("ready");
    return run({"status", "--node", control, "--json"}).json()["network"].get<std::string>();
  };
  EXPECT_EQ(network_of({}), "lake");
  EXPECT_EQ(network_of({"--network", "sea"}), "sea");
}

TEST(Bootstrap, AnAddressInUseIsExit1AndSaysWhatToDo) {
  const Node taken = Node::bootstrap();
  const std::string address = "/ip4/127.0.0.1/tcp/" + std::to_string(taken.port());
  const std::vector<std::string> args{"bootstrap", "--listen", address};
  const std::map<std::string, std::string> env{{"BOOTSTRAP_PRIVATE_KEY", libp2p_key_text(2)}};
  const Finished second = run(Launch{.args = args, .env = env});
  EXPECT_EQ(second.exit, 1);
  EXPECT_EQ(std::count(second.err.begin(), second.err.end(), '\n'), 1) << second.err;
  EXPECT_NE(second.err.find(address), std::string::npos) << second.err;
  EXPECT_NE(second.err.find("choose another port"), std::string::npos) << second.err;
  std::vector<std::string> as_json = args;
  as_json.push_back("--json");
  EXPECT_EQ(run(Launch{.args = as_json, .env = env}).json()["error"]["code"], "address-in-use");
}

TEST(Bootstrap, AnnouncesAnAddressOfItsOwnWithItsPeerIdOrWithout) {
  for (const std::string& address :
       {std::string{"/ip4/1.2.3.4/tcp/1"}, "/ip4/1.2.3.4/tcp/1/p2p/" + peer_id(1).to_base58()}) {
    Node node = Node::bootstrap({.key = 1, .more = {"--announce", address}});
    node.process().line("ready");
    EXPECT_EQ(node.stop().exit, 0) << address;
  }
}

TEST(Bootstrap, TwoThatKnowEachOtherConnect) {
  const Node first = Node::bootstrap({.key = 1});
  Node second = Node::bootstrap({.key = 2, .more = {"--peer", first.address()}});
  const Finished ping = second.ask({"ping", first.id().to_base58()});
  EXPECT_EQ(ping.exit, 0) << ping.out;
}

TEST(Bootstrap, SkipsItself) {
  TempDir dir;
  Node first = Node::bootstrap({.key = 1});
  const std::string listen = "/ip4/127.0.0.1/tcp/" + std::to_string(first.port());
  first.stop();
  Process again{{.args = {"bootstrap", "--listen", listen, "--peer", first.address(), "--control", dir.file("c")},
                 .env = {{"BOOTSTRAP_PRIVATE_KEY", libp2p_key_text(1)}}}};
  again.line("ready");
  EXPECT_EQ(run({"status", "--node", dir.file("c"), "--json"}).json()["connections"], 0);
}

class Secrets : public ::testing::TestWithParam<const char*> {};

TEST_P(Secrets, NeverAppearInOutputOrLog) {
  const Node bootstrap = Node::bootstrap();
  const std::string libp2p = libp2p_key_text(20);
  const std::string eth = eth_key(20).to_hex();
  const bool is_agent = std::string{GetParam()} == "agent";
  const TempDir dir;
  std::vector<std::string> args{GetParam(), "--listen", "/ip4/127.0.0.1/tcp/0", "--log-level", "debug"};
  if (is_agent) {
    args.insert(args.end(), {"--bootstrap", bootstrap.address(), "--name", "a", "--key", dir.write("k", libp2p)});
  } else {
    args.insert(args.end(), {"--peer", bootstrap.address()});
  }
  Process node{{.args = args, .env = {{"BOOTSTRAP_PRIVATE_KEY", libp2p}, {"PRIVATE_KEY", eth}}}};
  node.line("ready");
  node.signal(SIGTERM);
  const Finished end = node.finish();
  const std::string said = end.out + end.err;
  EXPECT_EQ(said.find(libp2p.substr(8, 24)), std::string::npos) << said;
  EXPECT_EQ(said.find(eth.substr(2, 24)), std::string::npos) << said;
}

INSTANTIATE_TEST_SUITE_P(Of, Secrets, ::testing::Values("bootstrap", "agent"),
                         [](const auto& each) { return std::string{each.param}; });

TEST(Agent, IsReadyWhenABootstrapNodeAnswers) {
  const Node bootstrap = Node::bootstrap();
  Node agent = Node::agent(bootstrap, {.key = 5});
  EXPECT_TRUE(agent.address().ends_with("/p2p/" + peer_id(5).to_base58()));
  agent.process().line("ready");
  EXPECT_EQ(agent.ask({"health"}).exit, 0);
}

TEST(Agent, IsNotReadyWithoutItsBootstrapNode) {
  Node bootstrap = Node::bootstrap();
  bootstrap.stop();
  const Node agent = Node::agent(bootstrap, {.key = 5});
  const Finished health = agent.ask({"health"});
  EXPECT_EQ(health.exit, 1);
  EXPECT_EQ(members(health.json()), "attempts bootstrapConnections lastError ready");
  EXPECT_EQ(health.json()["ready"], false);
}

TEST(Agent, EndsOnSigtermWithoutItsBootstrapNode) {
  Node bootstrap = Node::bootstrap();
  bootstrap.stop();
  Node agent = Node::agent(bootstrap, {.key = 5});
  expect_clean_end(agent, SIGTERM);
}

TEST(Agent, EndsOnSigintWhenReady) {
  const Node bootstrap = Node::bootstrap();
  Node agent = Node::agent(bootstrap, {.key = 5});
  agent.process().line("ready");
  expect_clean_end(agent, SIGINT);
}

TEST(Agent, IsNotReadyAnyMoreWithoutItsBootstrapNode) {
  Node bootstrap = Node::bootstrap();
  Node agent = Node::agent(bootstrap, {.key = 5});
  agent.process().line("ready");
  bootstrap.stop();
  const auto deadline = Clock::now() + kPatience;
  Finished health = agent.ask({"health"});
  while (health.exit == 0 && Clock::now() < deadline) {
    health = agent.ask({"health"});
  }
  EXPECT_EQ(health.exit, 1);
  EXPECT_EQ(health.json()["bootstrapConnections"], 0);
}

TEST(Agent, MakesAFreshIdentityAndSaysSoOnce) {
  const Node bootstrap = Node::bootstrap();
  Process agent{{.args = {"agent", "--listen", "/ip4/127.0.0.1/tcp/0", "--bootstrap", bootstrap.address()},
                 .env = {{"PRIVATE_KEY", eth_key(5).to_hex()}, {"AGENT_NAME", "five"}}}};
  EXPECT_NE(agent.line("listening ").find("/p2p/12D3KooW"), std::string::npos);
  agent.line("ready");
  agent.signal(SIGTERM);
  const std::string log = agent.finish().err;
  const std::size_t first = log.find("fresh libp2p identity");
  EXPECT_NE(first, std::string::npos) << log;
  EXPECT_EQ(log.find("fresh libp2p identity", first + 1), std::string::npos) << log;
}

}  // namespace
}  // namespace pond::e2e
