// What cannot be said: standard output that takes nothing.

#include <gtest/gtest.h>

#include "nodes.hpp"

namespace pond::e2e {
namespace {

const std::string kFull = "/dev/full";
const std::string kSaid = "pond: cannot write to standard output: No space left on device\n";

void expect_failed(const std::vector<std::string>& args, const std::map<std::string, std::string>& env = {}) {
  const Finished end = run(Launch{.args = args, .env = env, .out = kFull});
  EXPECT_EQ(end.exit, 1) << args.front();
  EXPECT_EQ(end.err, kSaid) << args.front();
}

class FullOutput : public ::testing::Test {
 protected:
  TempDir dir;
  std::string eth = dir.write("eth", eth_key(1).to_hex() + "\n");
  std::vector<std::string> sign{"record", "sign", "--eth-key", eth, "--peer-id", peer_id(1).to_base58()};
};

TEST_F(FullOutput, FailsVerbsThatMakeKeys) {
  expect_failed({"key", "new", "--out", dir.file("a")});
  expect_failed({"key", "new", "--out", dir.file("b"), "--json"});
  expect_failed({"key", "eth", "--out", dir.file("c")});
}

TEST_F(FullOutput, FailsVerbsAboutRecords) {
  expect_failed(sign);
  expect_failed({"record", "verify", dir.write("record", run(sign).out)});
}

TEST_F(FullOutput, FailsVerbsThatAskANode) {
  const Node node = Node::bootstrap();
  expect_failed({"status", "--node", node.control()});
  expect_failed({"status", "--node", node.control(), "--json"});
  expect_failed({"closest", "/test/x", "--bootstrap", node.address()});
}

TEST_F(FullOutput, TurnsAnyOtherEndIntoAFailureWhenThatIsToldThere) {
  expect_failed({"get", "plain", "--json"});
  expect_failed({"frobnicate", "--json"});
}

TEST_F(FullOutput, FailsHelpAndVersion) {
  expect_failed({"--help"});
  expect_failed({"key", "--help"});
  expect_failed({"--version"});
}

TEST_F(FullOutput, KeepsANodeFromRunningWhereNobodyLearnsItsAddress) {
  expect_failed({"bootstrap", "--listen", "/ip4/127.0.0.1/tcp/0"}, {{"BOOTSTRAP_PRIVATE_KEY", libp2p_key_text(2)}});
}

}  // namespace
}  // namespace pond::e2e
