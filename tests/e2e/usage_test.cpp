// What is refused before anything is done: exit 2, one line that says what is wrong, one JSON document with --json.

#include <algorithm>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "nodes.hpp"

namespace pond::e2e {
namespace {

const std::vector<std::string> kSomebody{"--bootstrap", "/ip4/127.0.0.1/tcp/1/p2p/" + peer_id(1).to_base58()};

std::vector<std::string> with(std::vector<std::string> args, const std::vector<std::string>& more) {
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

/// One line on stderr, nothing on stdout; with --json exactly one document on stdout and nothing on stderr.
void expect_refused(const std::vector<std::string>& args, int exit = 2,
                    const std::map<std::string, std::string>& env = {}) {
  const Finished plain = run(Launch{.args = args, .env = env});
  EXPECT_EQ(plain.exit, exit) << plain.err;
  EXPECT_EQ(plain.out, "");
  EXPECT_EQ(std::count(plain.err.begin(), plain.err.end(), '\n'), 1) << plain.err;
  EXPECT_TRUE(plain.err.starts_with("pond: ")) << plain.err;
  const Finished json = run(Launch{.args = with(args, {"--json"}), .env = env});
  EXPECT_EQ(json.exit, exit);
  EXPECT_EQ(json.err, "");
  EXPECT_EQ(std::count(json.out.begin(), json.out.end(), '\n'), 1) << json.out;
  const Json document = json.json();
  EXPECT_EQ(members(document), "error");
  EXPECT_EQ(members(document["error"]), "code message");
  if (exit == 2) {
    EXPECT_EQ(document["error"]["code"], "usage");
  }
}

std::vector<std::string> bootstrap_with(const std::string& key, const std::vector<std::string>& more = {}) {
  return with({"bootstrap", "--key", key, "--listen", "/ip4/127.0.0.1/tcp/0"}, more);
}

class Usage : public ::testing::Test {
 protected:
  TempDir dir;
  std::string key = dir.write("key", libp2p_key_text(1) + "\n");
  std::string eth = dir.write("eth", eth_key(1).to_hex() + "\n");
};

TEST_F(Usage, UnknownVerb) {
  expect_refused({"frobnicate"});
}
TEST_F(Usage, AnUnknownVerbIsNamedBesideTheVerbsThereAre) {
  const std::string said = run({"--log-level", "debug", "frobnicate"}).err;
  EXPECT_NE(said.find("'frobnicate'"), std::string::npos) << said;
  EXPECT_NE(said.find("lookup, "), std::string::npos) << said;
}
TEST_F(Usage, AnUnknownPartOfAVerbIsNamedBesideThePartsThereAre) {
  expect_refused({"key", "frobnicate"});
  const std::string said = run({"key", "frobnicate"}).err;
  EXPECT_NE(said.find("pond key knows no verb 'frobnicate', only new, eth"), std::string::npos) << said;
}
TEST_F(Usage, AVerbThatNeedsAnotherNamesThem) {
  expect_refused({"record"});
  EXPECT_NE(run({"record"}).err.find("sign, verify"), std::string::npos);
}
TEST_F(Usage, NoVerb) {
  expect_refused({});
}
TEST_F(Usage, UnknownFlag) {
  expect_refused({"status", "--frobnicate"});
}
TEST_F(Usage, MissingArgument) {
  expect_refused(with({"get"}, kSomebody));
}
TEST_F(Usage, TimeoutThatIsNoNumber) {
  expect_refused(with({"get", "/test/x", "--timeout", "soon"}, kSomebody));
}
TEST_F(Usage, NegativeTimeout) {
  expect_refused(with({"get", "/test/x", "--timeout", "-1"}, kSomebody));
}
TEST_F(Usage, TimeoutOfNoLength) {
  for (const char* timeout : {"0", "nan", "-nan", "inf", "-inf", "1e300", "3601", "0x10", "", "1s"}) {
    expect_refused(with({"get", "/test/x", "--timeout", timeout}, kSomebody));
  }
}
TEST_F(Usage, PublishIntervalThatIsNoNumber) {
  expect_refused({"agent", "--eth-key", eth, "--name", "a", "--bootstrap", kSomebody[1], "--publish-interval", "nan"});
}
TEST_F(Usage, AddressWithAWrongChecksum) {
  expect_refused(with({"lookup", "0xf39fd6e51aad88F6F4ce6aB8827279cffFb92266"}, kSomebody));
}
TEST_F(Usage, AddressThatIsTooShort) {
  expect_refused(with({"lookup", "0x1234"}, kSomebody));
}
TEST_F(Usage, AddressWithAWrongChecksumAsKey) {
  expect_refused(with({"get", "0xf39fd6e51aad88F6F4ce6aB8827279cffFb92266"}, kSomebody));
}
TEST_F(Usage, KeyOfNoKnownForm) {
  expect_refused(with({"get", "plain"}, kSomebody));
}
TEST_F(Usage, HexKeyWithAnOddDigit) {
  expect_refused(with({"get", "hex:123"}, kSomebody));
}
TEST_F(Usage, RawProviderKeyOver80Octets) {
  expect_refused(with({"providers", "--raw", std::string(81, 'x')}, kSomebody));
}
TEST_F(Usage, BadPeerId) {
  expect_refused(with({"find-peer", "12D3KooWnonsense"}, kSomebody));
}
TEST_F(Usage, BadMultiaddrToPing) {
  expect_refused(with({"ping", "/ip4/999.0.0.1/tcp/1"}, kSomebody));
}
TEST_F(Usage, ValueLongerThanAnyRecord) {
  expect_refused(with({"put", "/test/x", std::string(70'000, 'x')}, kSomebody));
}
TEST_F(Usage, BadBootstrapMultiaddr) {
  expect_refused({"get", "/test/x", "--bootstrap", "127.0.0.1:8000"});
}
TEST_F(Usage, BootstrapMultiaddrWithoutAPeerId) {
  expect_refused({"get", "/test/x", "--bootstrap", "/ip4/127.0.0.1/tcp/8000"});
}
TEST_F(Usage, NodeTogetherWithBootstrap) {
  expect_refused(with({"get", "/test/x", "--node", dir.file("socket")}, kSomebody));
}
TEST_F(Usage, StatusOfAPassingClient) {
  expect_refused(with({"status"}, kSomebody));
}
TEST_F(Usage, RecordsOfAPassingClient) {
  expect_refused(with({"records"}, kSomebody));
}
TEST_F(Usage, HealthOfAPassingClient) {
  expect_refused(with({"health"}, kSomebody));
}
TEST_F(Usage, ProvideByAPassingClient) {
  expect_refused(with({"provide", "key"}, kSomebody));
}
TEST_F(Usage, NetworkNameWithAStrangeCharacter) {
  expect_refused(with({"get", "/test/x", "--network", "Local"}, kSomebody));
}
TEST_F(Usage, NetworkNameOver32Characters) {
  expect_refused(with({"get", "/test/x", "--network", std::string(33, 'a')}, kSomebody));
}
TEST_F(Usage, ControlPathLongerThanASocketsName) {
  expect_refused({"status", "--node", "/tmp/" + std::string(200, 'x')});
}
TEST_F(Usage, BadListenMultiaddr) {
  expect_refused(bootstrap_with(key, {"--listen", "0.0.0.0:8000"}));
}
TEST_F(Usage, BadAnnounceMultiaddr) {
  expect_refused(bootstrap_with(key, {"--announce", "/ip4/1.2.3.4/tcp/99999"}));
}
TEST_F(Usage, AnnouncedAddressOfAnotherPeer) {
  expect_refused(bootstrap_with(key, {"--announce", "/ip4/1.2.3.4/tcp/1/p2p/" + peer_id(2).to_base58()}));
}
TEST_F(Usage, KeyOver1024Octets) {
  expect_refused(with({"get", "/test/" + std::string(1019, 'x')}, kSomebody));
}
TEST_F(Usage, BadSubjectsEvenWhereNoNodeListens) {
  for (const auto& [verb, subject] : {std::pair{"get", "plain"},
                                      {"lookup", "0x12"},
                                      {"find-peer", "nobody"},
                                      {"ping", "nobody"},
                                      {"provide", ""},
                                      {"closest", "hex:1"}}) {
    expect_refused({verb, subject});
  }
}
TEST_F(Usage, PeerWithoutAPeerId) {
  expect_refused(bootstrap_with(key, {"--peer", "/ip4/127.0.0.1/tcp/8000"}));
}
TEST_F(Usage, ProtocolWithoutASlash) {
  expect_refused(bootstrap_with(key, {"--protocol", "openpond"}));
}
TEST_F(Usage, NoConnectionsAtAll) {
  expect_refused(bootstrap_with(key, {"--max-connections", "0"}));
}
TEST_F(Usage, BootstrapWithoutAKey) {
  expect_refused({"bootstrap", "--listen", "/ip4/127.0.0.1/tcp/0"});
}
TEST_F(Usage, KeyFileThatIsNotThere) {
  expect_refused(bootstrap_with(dir.file("nothing")));
}
TEST_F(Usage, KeyFileThatTheGroupCanRead) {
  expect_refused(bootstrap_with(dir.write("open", libp2p_key_text(1) + "\n", 0640)));
}
TEST_F(Usage, EthereumKeyFileThatOthersCanRead) {
  const std::string open = dir.write("open", eth_key(1).to_hex() + "\n", 0604);
  expect_refused({"record", "sign", "--eth-key", open, "--peer-id", peer_id(1).to_base58()});
}
TEST_F(Usage, KeyFileThatIsADirectory) {
  expect_refused(bootstrap_with(dir.path()));
}
TEST_F(Usage, KeyFileThatIsAFifoNobodyWritesTo) {
  const std::string fifo = dir.file("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  expect_refused(bootstrap_with(fifo));
  EXPECT_EQ(run(bootstrap_with(fifo)).err, "pond: key file " + fifo + ": not a regular file\n");
  expect_refused({"record", "sign", "--eth-key", fifo, "--peer-id", peer_id(1).to_base58()});
}
TEST_F(Usage, KeyFileOfGarbage) {
  expect_refused(bootstrap_with(dir.write("bad", "AAAA\n")));
}
TEST_F(Usage, EmptyKeyFile) {
  expect_refused(bootstrap_with(dir.write("empty", "")));
}
TEST_F(Usage, KeyFileWithoutAnEnd) {
  expect_refused(bootstrap_with(dir.write("long", std::string(1'000'000, 'A'))));
}
TEST_F(Usage, EthereumKeyInPlaceOfALibp2pKey) {
  expect_refused(bootstrap_with(eth));
}
TEST_F(Usage, BadBase64InTheEnvironment) {
  expect_refused({"bootstrap", "--listen", "/ip4/127.0.0.1/tcp/0"}, 2, {{"BOOTSTRAP_PRIVATE_KEY", "not base64!"}});
}
TEST_F(Usage, BadEthereumKeyInTheEnvironment) {
  expect_refused({"agent", "--listen", "/ip4/127.0.0.1/tcp/0", "--name", "a", "--bootstrap", kSomebody[1]}, 2,
                 {{"PRIVATE_KEY", "0x12"}});
}
TEST_F(Usage, BadPortInTheEnvironment) {
  expect_refused({"bootstrap", "--key", key}, 2, {{"P2P_PORT", "http"}});
}
TEST_F(Usage, BadNetworkInTheEnvironment) {
  expect_refused(bootstrap_with(key), 2, {{"NETWORK", "No Network"}});
}
TEST_F(Usage, AgentWithoutAnEthereumKey) {
  expect_refused({"agent", "--listen", "/ip4/127.0.0.1/tcp/0", "--name", "a", "--bootstrap", kSomebody[1]});
}
TEST_F(Usage, AgentWithoutAName) {
  expect_refused({"agent", "--listen", "/ip4/127.0.0.1/tcp/0", "--eth-key", eth, "--bootstrap", kSomebody[1]});
}
TEST_F(Usage, AgentWithANameOverTheLimit) {
  expect_refused({"agent", "--listen", "/ip4/127.0.0.1/tcp/0", "--eth-key", eth, "--name", std::string(65, 'x'),
                  "--bootstrap", kSomebody[1]});
}
TEST_F(Usage, AgentWithoutABootstrapNode) {
  expect_refused({"agent", "--listen", "/ip4/127.0.0.1/tcp/0", "--eth-key", eth, "--name", "a"});
}

TEST_F(Usage, NoErrorRepeatsAKey) {
  const std::string secret = eth_key(1).to_hex().substr(2, 62) + "zz";
  const Finished bad =
      run(Launch{.args = {"record", "sign", "--peer-id", peer_id(1).to_base58()}, .env = {{"PRIVATE_KEY", secret}}});
  EXPECT_EQ(bad.exit, 2);
  EXPECT_EQ(bad.err.find(secret.substr(0, 16)), std::string::npos) << bad.err;
  const std::string broken = "x" + libp2p_key_text(1);
  const Finished worse = run(
      Launch{.args = {"bootstrap", "--listen", "/ip4/127.0.0.1/tcp/0"}, .env = {{"BOOTSTRAP_PRIVATE_KEY", broken}}});
  EXPECT_EQ(worse.exit, 2);
  EXPECT_EQ(worse.err.find(broken.substr(8, 16)), std::string::npos) << worse.err;
}

TEST_F(Usage, NoNodeOnTheSocketIsExit1AndSaysWhatToDo) {
  expect_refused({"status", "--node", dir.file("nobody")}, 1);
  EXPECT_NE(run({"status", "--node", dir.file("nobody")}).err.find("--bootstrap"), std::string::npos);
}
TEST_F(Usage, NoNodeOnTheDefaultSocketIsExit1) {
  expect_refused({"get", "/test/x"}, 1);
}

TEST_F(Usage, OnlyAnIpAddressCanBeListenedOn) {
  expect_refused(bootstrap_with(key, {"--listen", "/dns4/localhost/tcp/0"}), 2);
  expect_refused(bootstrap_with(key, {"--listen", "/ip4/127.0.0.1/udp/1"}), 2);
}

TEST_F(Usage, AnAddressOfAnotherMachineCannotBeListenedOn) {
  expect_refused(bootstrap_with(key, {"--listen", "/ip4/203.0.113.1/tcp/0"}), 1);
}

class Help : public ::testing::TestWithParam<const char*> {};

TEST_P(Help, Exits0AndExplains) {
  const Finished help = run({GetParam(), "--help"});
  EXPECT_EQ(help.exit, 0);
  EXPECT_EQ(help.err, "");
  EXPECT_NE(help.out.find("--json"), std::string::npos) << help.out;
}

INSTANTIATE_TEST_SUITE_P(Verbs, Help,
                         ::testing::Values("key", "bootstrap", "agent", "lookup", "records", "health", "status", "put",
                                           "get", "provide", "providers", "find-peer", "closest", "ping", "record"),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(HelpOf, EveryPartOfAVerb) {
  for (const auto& [verb, part] : {std::pair{"key", "new"}, {"key", "eth"}, {"record", "sign"}, {"record", "verify"}}) {
    const Finished help = run({verb, part, "--help"});
    EXPECT_EQ(help.exit, 0);
    EXPECT_FALSE(help.out.empty());
  }
}

TEST(HelpOf, TheProgramNamesItsExitCodes) {
  const Finished help = run({"--help"});
  EXPECT_EQ(help.exit, 0);
  EXPECT_NE(help.out.find("Exit codes"), std::string::npos);
}

TEST(Version, IsPrinted) {
  const Finished version = run({"--version"});
  EXPECT_EQ(version.exit, 0);
  EXPECT_TRUE(version.out.starts_with("pond ")) << version.out;
}

}  // namespace
}  // namespace pond::e2e
