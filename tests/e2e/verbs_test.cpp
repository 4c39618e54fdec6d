// The verbs that ask, over a running node and by a short-lived client: documents and exit codes.

#include <gtest/gtest.h>

#include "pond/kad/records/test_record.hpp"
#include "pond/wire/multibase.hpp"

#include "client.hpp"
#include "mute_peer.hpp"
#include "nodes.hpp"

namespace pond::e2e {
namespace {

std::string text_of(const Bytes& bytes) {
  return to_string(bytes);
}

/// An address of this machine where nobody listens.
std::string nobody() {
  Node node = Node::bootstrap({.key = 88});
  node.stop();
  return node.address();
}

/// One bootstrap node and one agent that is ready and has published.
class Verbs : public ::testing::Test {
 protected:
  Verbs() { agent.process().line("ready"); }

  std::string address() const { return eth_key(5).address().to_checksummed(); }
  /// The agent's record is published at about the time when it is ready: asks until it is there.
  Finished lookup() {
    const auto deadline = Clock::now() + kPatience;
    for (;;) {
      Finished found = bootstrap.visit({"lookup", address()});
      if (found.exit != 3 || Clock::now() > deadline) {
        return found;
      }
    }
  }

  Node bootstrap = Node::bootstrap({.key = 1});
  Node agent = Node::agent(bootstrap, {.key = 5});
};

TEST_F(Verbs, LookupFindsAnAgentByItsAddress) {
  const Finished found = lookup();
  ASSERT_EQ(found.exit, 0) << found.out;
  const Json document = found.json();
  EXPECT_EQ(members(document), "address agentName expires multiaddrs network peerId record timestamp verified");
  EXPECT_EQ(document["address"], address());
  EXPECT_EQ(document["peerId"], peer_id(5).to_base58());
  EXPECT_EQ(document["agentName"], "agent-5");
  EXPECT_EQ(document["multiaddrs"], Json::array({agent.address()}));
  EXPECT_EQ(document["network"], "local");
  EXPECT_EQ(document["verified"], true);
  EXPECT_EQ(document["record"].get<std::string>().front(), '{');
}

TEST_F(Verbs, LookupOverTheAgentsOwnNode) {
  lookup();
  EXPECT_EQ(agent.ask({"lookup", address()}).exit, 0);
}

TEST_F(Verbs, LookupTakesALowercaseAddress) {
  lookup();
  EXPECT_EQ(bootstrap.visit({"lookup", eth_key(5).address().to_lowercase()}).exit, 0);
}

TEST_F(Verbs, LookupForPeopleNamesThePeerAndTheSignature) {
  lookup();
  const Finished found = run({"lookup", address(), "--bootstrap", bootstrap.address()});
  EXPECT_NE(found.out.find(peer_id(5).to_base58()), std::string::npos) << found.out;
  EXPECT_NE(found.out.find("verified"), std::string::npos) << found.out;
}

TEST_F(Verbs, LookupOfAnUnknownAddressIsNotFound) {
  const Finished found = bootstrap.visit({"lookup", eth_key(6).address().to_checksummed()});
  EXPECT_EQ(found.exit, 3);
  EXPECT_EQ(members(found.json()), "error");
}

TEST_F(Verbs, GetOfTheAddressIsTheRecord) {
  lookup();
  const Finished found = bootstrap.visit({"get", address()});
  ASSERT_EQ(found.exit, 0) << found.out;
  const Json document = found.json();
  EXPECT_EQ(members(document), "holders key value valueBase64 verified");
  EXPECT_EQ(document["holders"], Json::array({bootstrap.id().to_base58()}));
  EXPECT_EQ(document["verified"], true);
}

TEST_F(Verbs, LookupAndRecordsShareWhatTheAgentKnows) {
  lookup();
  ASSERT_EQ(agent.ask({"lookup", address()}).exit, 0);
  const Finished records = agent.ask({"records"});
  ASSERT_EQ(records.exit, 0);
  const Json own = records.json()[eth_key(5).address().to_lowercase()];
  EXPECT_EQ(members(own), "agentId agentName peerId timestamp");
  EXPECT_EQ(own["agentId"], address());
}

TEST_F(Verbs, PutAndGetATestRecord) {
  const std::string key = "/test/" + peer_id(5).to_base58();
  const std::string value = text_of(kad::make_test_record(WallTime{wall_ms()}));
  const Finished put = agent.ask({"put", key, value});
  ASSERT_EQ(put.exit, 0) << put.out;
  EXPECT_EQ(members(put.json()), "failed key stored");
  EXPECT_EQ(put.json()["stored"], Json::array({bootstrap.id().to_base58()}));
  const Finished got = bootstrap.visit({"get", key});
  EXPECT_EQ(got.json()["value"], value);
  EXPECT_EQ(got.json()["valueBase64"], wire::base64_encode(as_bytes(value)));
}

TEST_F(Verbs, PutReadsAValueFromStandardInput) {
  const std::string value = text_of(signed_record(6));
  const std::string key = eth_key(6).address().to_checksummed();
  const Finished put =
      run(Launch{.args = {"put", key, "-", "--bootstrap", bootstrap.address(), "--json"}, .input = value});
  ASSERT_EQ(put.exit, 0) << put.out;
  EXPECT_EQ(bootstrap.visit({"get", key}).json()["value"], value);
}

TEST_F(Verbs, PutFromStandardInputLeavesOutOneNewlineThatEndsJson) {
  const std::string value = text_of(signed_record(6));
  const std::string key = eth_key(6).address().to_checksummed();
  const auto put = [&](const std::string& input) {
    return run(Launch{.args = {"put", key, "-", "--bootstrap", bootstrap.address()}, .input = input}).exit;
  };
  EXPECT_EQ(put(value + "\n\n"), 1) << "a record ends with its signature";
  EXPECT_EQ(put(value + "\r\n"), 1);
  EXPECT_EQ(put(value + " "), 1);
  ASSERT_EQ(put(value + "\n"), 0);
  EXPECT_EQ(bootstrap.visit({"get", key}).json()["value"], value);
}

TEST_F(Verbs, PutFromStandardInputKeepsTheNewlineOfOtherValues) {
  Bytes value;  // a public key, whose last octet is that of a newline
  std::uint64_t number = 1000;
  while (value.empty() || value.back() != '\n') {
    value = wire::encode_public_key(libp2p_key(++number).public_key());
  }
  const std::string key = "/pk/" + peer_id(number).to_base58();
  const Finished put =
      run(Launch{.args = {"put", key, "-", "--bootstrap", bootstrap.address()}, .input = text_of(value)});
  ASSERT_EQ(put.exit, 0) << put.err;
  EXPECT_EQ(bootstrap.visit({"get", key}).json()["valueBase64"], wire::base64_encode(value));
}

TEST_F(Verbs, PutOfWhatNobodyWouldTakeFails) {
  const Finished put = bootstrap.visit({"put", eth_key(6).address().to_checksummed(), "{}"});
  EXPECT_EQ(put.exit, 1) << put.out;
  EXPECT_EQ(members(put.json()), "error");
}

TEST_F(Verbs, PutInANamespaceThatIsNotThereFails) {
  EXPECT_NE(bootstrap.visit({"put", "/nothing/x", "y"}).exit, 0);
}

TEST_F(Verbs, ProvideAndFindTheProvider) {
  const Finished provide = agent.ask({"provide", "the pond"});
  ASSERT_EQ(provide.exit, 0) << provide.out;
  EXPECT_EQ(members(provide.json()), "failed key stored");
  const Finished found = bootstrap.visit({"providers", "the pond"});
  ASSERT_EQ(found.exit, 0) << found.out;
  const Json document = found.json();
  EXPECT_EQ(members(document), "key peers");
  EXPECT_EQ(members(document["peers"][0]), "addrs id");
  EXPECT_EQ(document["peers"][0]["id"], peer_id(5).to_base58());
}

TEST_F(Verbs, ARawProviderKeyIsNotTheHashOfTheText) {
  ASSERT_EQ(agent.ask({"provide", "--raw", "the pond"}).exit, 0);
  EXPECT_EQ(bootstrap.visit({"providers", "--raw", "the pond"}).exit, 0);
  EXPECT_EQ(bootstrap.visit({"providers", "the pond"}).exit, 3);
}

TEST_F(Verbs, ProvidersOfAnUnknownKeyAreNotFound) {
  EXPECT_EQ(bootstrap.visit({"providers", "nobody has it"}).exit, 3);
}

TEST_F(Verbs, AnAgentProvidesItsAddress) {
  const auto deadline = Clock::now() + kPatience;
  Finished found = bootstrap.visit({"providers", address()});
  while (found.exit == 3 && Clock::now() < deadline) {
    found = bootstrap.visit({"providers", address()});
  }
  ASSERT_EQ(found.exit, 0) << found.out;
  EXPECT_EQ(found.json()["peers"][0]["id"], peer_id(5).to_base58());
}

TEST_F(Verbs, FindPeerNamesTheAgentsAddress) {
  const Finished found = bootstrap.visit({"find-peer", peer_id(5).to_base58()});
  ASSERT_EQ(found.exit, 0) << found.out;
  EXPECT_EQ(members(found.json()), "key peers");
  EXPECT_EQ(found.json()["peers"][0]["id"], peer_id(5).to_base58());
}

TEST_F(Verbs, FindPeerOfAnUnknownPeerIsNotFound) {
  EXPECT_EQ(bootstrap.visit({"find-peer", peer_id(66).to_base58()}).exit, 3);
}

TEST_F(Verbs, ClosestNamesTheServerAndNeverTheAgent) {
  const Finished found = agent.ask({"closest", peer_id(5).to_base58()});
  ASSERT_EQ(found.exit, 0) << found.out;
  EXPECT_EQ(members(found.json()), "key peers");
  ASSERT_EQ(found.json()["peers"].size(), 1U);
  EXPECT_EQ(found.json()["peers"][0]["id"], bootstrap.id().to_base58());
}

TEST_F(Verbs, PingByPeerId) {
  const Finished ping = agent.ask({"ping", bootstrap.id().to_base58()});
  ASSERT_EQ(ping.exit, 0) << ping.out;
  EXPECT_EQ(members(ping.json()), "peer rttMs");
  EXPECT_EQ(ping.json()["peer"], bootstrap.id().to_base58());
  EXPECT_FALSE(ping.json()["rttMs"].empty());
}

TEST_F(Verbs, PingByAddress) {
  EXPECT_EQ(bootstrap.visit({"ping", agent.address()}).exit, 0);
}

TEST_F(Verbs, HealthOfAReadyAgent) {
  const Finished health = agent.ask({"health"});
  EXPECT_EQ(health.exit, 0);
  EXPECT_EQ(members(health.json()), "attempts bootstrapConnections lastError ready");
  EXPECT_EQ(health.json()["ready"], true);
  EXPECT_EQ(health.json()["bootstrapConnections"], 1);
  EXPECT_EQ(health.json()["lastError"], nullptr);
}

TEST_F(Verbs, StatusOfAnAgent) {
  const Finished status = agent.ask({"status"});
  EXPECT_EQ(status.exit, 0);
  const Json document = status.json();
  EXPECT_EQ(members(document), "connections counters listening network peerId providers records role table uptimeS");
  EXPECT_EQ(document["peerId"], peer_id(5).to_base58());
  EXPECT_EQ(document["role"], "agent");
  EXPECT_EQ(document["listening"], Json::array({agent.address()}));
  EXPECT_EQ(document["table"], 1);
}

TEST_F(Verbs, StatusOfABootstrapNodeHasNoClientInItsTable) {
  const Json document = bootstrap.status();
  EXPECT_EQ(document["role"], "bootstrap");
  EXPECT_EQ(document["network"], "local");
  EXPECT_EQ(document["connections"], 1);
  EXPECT_EQ(document["table"], 0);
}

TEST_F(Verbs, EveryVerbHasAFormForPeople) {
  for (const char* verb : {"status", "health", "records"}) {
    const Finished said = run({verb, "--node", agent.control()});
    EXPECT_EQ(said.exit, 0) << verb;
    EXPECT_FALSE(said.out.empty()) << verb;
    EXPECT_TRUE(Json::parse(said.out, nullptr, false).is_discarded()) << verb;
  }
}

// ---- Exit codes without a network that helps

TEST(ExitCodes, ABootstrapAddressWhereNobodyListensIs1) {
  const Finished got = run({"get", "/test/" + peer_id(1).to_base58(), "--bootstrap", nobody(), "--json"});
  EXPECT_EQ(got.exit, 1) << got.out;
  EXPECT_EQ(members(got.json()), "error");
}

TEST(ExitCodes, APingWhereNobodyListensIs1) {
  const Node bootstrap = Node::bootstrap();
  EXPECT_EQ(bootstrap.visit({"ping", nobody()}).exit, 1);
}

TEST(ExitCodes, ABootstrapNodeThatNeverAnswersIs4) {
  const MutePeer mute;
  for (const char* verb : {"get", "closest", "find-peer"}) {
    const std::string subject = verb == std::string{"get"} ? "/test/" + peer_id(1).to_base58() : peer_id(1).to_base58();
    const Finished got = run({verb, subject, "--bootstrap", mute.address(), "--timeout", "0.3", "--json"});
    EXPECT_EQ(got.exit, 4) << verb << got.out;
    EXPECT_EQ(got.json()["error"]["code"], "timeout") << verb;
  }
}

TEST(ExitCodes, APutThatNobodyAnswersIs4) {
  const MutePeer mute;
  const std::string value = text_of(kad::make_test_record(WallTime{wall_ms()}));
  EXPECT_EQ(
      run({"put", "/test/" + peer_id(1).to_base58(), value, "--bootstrap", mute.address(), "--timeout", "0.3"}).exit,
      4);
}

TEST(ExitCodes, APingThatNobodyAnswersIs4) {
  const Node bootstrap = Node::bootstrap();
  const MutePeer mute;
  EXPECT_EQ(bootstrap.visit({"ping", mute.address(), "--timeout", "0.3"}).exit, 4);
}

TEST(ExitCodes, APingThatAConnectedPeerNeverAnswersIs4) {
  const Node bootstrap = Node::bootstrap();
  Client client{bootstrap};
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.ask(find_node(bootstrap.id().bytes())));
  const Finished ping = bootstrap.ask({"ping", client.id().to_base58(), "--timeout", "0.3"});
  EXPECT_EQ(ping.exit, 4) << ping.out;
  EXPECT_EQ(ping.json()["error"]["code"], "timeout");
}

TEST(ExitCodes, AnEmptyTableIs3) {
  const Node bootstrap = Node::bootstrap();
  Client client{bootstrap};  // a peer that serves nobody: connected, and in no table
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.ask(find_node(bootstrap.id().bytes())));
  for (const char* verb : {"closest", "find-peer", "get"}) {
    const std::string subject = verb == std::string{"get"} ? "/test/" + peer_id(2).to_base58() : peer_id(2).to_base58();
    const Finished asked = bootstrap.ask({verb, subject});
    EXPECT_EQ(asked.exit, 3) << verb << asked.out;
  }
}

TEST(ExitCodes, AnEmptyTableOfALonelyNodeIs3) {
  const Node lonely = Node::bootstrap();
  EXPECT_EQ(lonely.ask({"closest", peer_id(1).to_base58()}).exit, 3);
}

TEST(ExitCodes, AnotherPeerThanExpectedIs1) {
  const Node bootstrap = Node::bootstrap();
  const std::string wrong =
      "/ip4/127.0.0.1/tcp/" + std::to_string(bootstrap.port()) + "/p2p/" + peer_id(55).to_base58();
  const Finished ping = bootstrap.visit({"ping", wrong});
  EXPECT_EQ(ping.exit, 1) << ping.out;
  EXPECT_EQ(ping.json()["error"]["code"], "wrong-peer");
}

// ---- Unsigned records

/// Has the peer with that key store the document's unsigned record about itself.
void store_unsigned(const Node& node, std::uint64_t number) {
  Client client{node.port(), {.key = number}};
  ASSERT_TRUE(client.connect());
  const Json record{{"peerId", client.id().to_base58()},
                    {"timestamp", wall_ms()},
                    {"agentId", eth_key(number).address().to_checksummed()},
                    {"agentName", "old"},
                    {"multiaddrs", Json::array({"/ip4/127.0.0.1/tcp/1"})}};
  ASSERT_TRUE(client.ask(put(record_key(number), as_bytes(record.dump()))).has_value());
}

TEST(Unsigned, IsFoundWithAcceptUnsignedAndExits5) {
  const Node bootstrap = Node::bootstrap({.more = {"--accept-unsigned"}});
  store_unsigned(bootstrap, 30);
  const std::string address = eth_key(30).address().to_checksummed();
  const Finished found = bootstrap.visit({"lookup", address, "--accept-unsigned"});
  EXPECT_EQ(found.exit, 5) << found.out;
  EXPECT_EQ(found.json()["verified"], false);
  EXPECT_EQ(found.json()["agentName"], "old");
  EXPECT_EQ(found.json()["expires"], nullptr);
}

TEST(Unsigned, IsNoAnswerWithoutTheFlagAndExits5) {
  const Node bootstrap = Node::bootstrap({.more = {"--accept-unsigned"}});
  store_unsigned(bootstrap, 30);
  const Finished found = bootstrap.visit({"lookup", eth_key(30).address().to_checksummed()});
  EXPECT_EQ(found.exit, 5) << found.out;
  EXPECT_EQ(members(found.json()), "error");
}

TEST(Unsigned, GivesWayToASignedOne) {
  const Node bootstrap = Node::bootstrap({.more = {"--accept-unsigned"}});
  store_unsigned(bootstrap, 30);
  const std::string address = eth_key(30).address().to_checksummed();
  ASSERT_EQ(bootstrap.visit({"put", address, text_of(signed_record(30))}).exit, 0);
  EXPECT_EQ(bootstrap.visit({"lookup", address, "--accept-unsigned"}).exit, 0);
}

}  // namespace
}  // namespace pond::e2e
