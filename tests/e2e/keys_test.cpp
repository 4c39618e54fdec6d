// `pond key` and `pond record`: no network.

#include <algorithm>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "nodes.hpp"

namespace pond::e2e {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat about{};
  return stat(path.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
}

std::string content(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

class KeyFiles : public ::testing::Test {
 protected:
  TempDir dir;
  std::string path = dir.file("key");
};

TEST_F(KeyFiles, NewIsEd25519AndPrintsItsPeerId) {
  const Finished made = run({"key", "new", "--out", path});
  EXPECT_EQ(made.exit, 0);
  EXPECT_TRUE(made.out.starts_with("12D3KooW")) << made.out;
  EXPECT_EQ(std::count(made.out.begin(), made.out.end(), '\n'), 1);
}

TEST_F(KeyFiles, NewMakesSecp256k1WhenAsked) {
  const Finished made = run({"key", "new", "--type", "secp256k1", "--out", path});
  EXPECT_EQ(made.exit, 0);
  EXPECT_TRUE(made.out.starts_with("16Uiu2HA")) << made.out;
}

TEST_F(KeyFiles, NewAsJsonNamesThePeerId) {
  const Finished made = run({"key", "new", "--out", path, "--json"});
  EXPECT_EQ(members(made.json()), "peerId");
}

TEST_F(KeyFiles, NewFileIsForItsOwnerOnly) {
  run({"key", "new", "--out", path});
  EXPECT_EQ(mode_of(path), 0600U);
}

TEST_F(KeyFiles, NewFileIsOneLineAndNeverPrinted) {
  const Finished made = run({"key", "new", "--out", path});
  const std::string text = content(path);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_EQ((made.out + made.err).find(text.substr(0, 20)), std::string::npos);
}

TEST_F(KeyFiles, EthPrintsACheckedAddress) {
  const Finished made = run({"key", "eth", "--out", path});
  EXPECT_EQ(made.exit, 0);
  const auto address = crypto::EthAddress::parse(made.out.substr(0, made.out.size() - 1));
  ASSERT_TRUE(address.has_value()) << made.out;
  EXPECT_EQ(address->to_checksummed() + "\n", made.out);
}

TEST_F(KeyFiles, EthFileIs0xAnd64DigitsMode0600) {
  run({"key", "eth", "--out", path});
  EXPECT_EQ(mode_of(path), 0600U);
  const std::string text = content(path);
  EXPECT_EQ(text.size(), 67U);
  EXPECT_TRUE(text.starts_with("0x"));
}

TEST_F(KeyFiles, EthAsJsonNamesTheAddress) {
  EXPECT_EQ(members(run({"key", "eth", "--out", path, "--json"}).json()), "address");
}

TEST_F(KeyFiles, AnExistingFileIsNeverOverwritten) {
  dir.write("key", "precious");
  for (const char* kind : {"new", "eth"}) {
    const Finished made = run({"key", kind, "--out", path});
    EXPECT_EQ(made.exit, 2);
    EXPECT_EQ(content(path), "precious");
  }
}

TEST_F(KeyFiles, AnUnknownTypeIsAUsageError) {
  EXPECT_EQ(run({"key", "new", "--type", "rsa", "--out", path}).exit, 2);
}

TEST_F(KeyFiles, ADirectoryThatIsNotThereFails) {
  const Finished made = run({"key", "new", "--out", dir.file("missing/key")});
  EXPECT_EQ(made.exit, 1);
  EXPECT_NE(made.err.find("cannot write"), std::string::npos) << made.err;
}

class Records : public ::testing::Test {
 protected:
  Finished sign(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"record", "sign", "--eth-key", key, "--peer-id", peer_id(1).to_base58()});
    return run(more);
  }
  static Finished verify(const std::string& value, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"record", "verify", "-"});
    return run(Launch{.args = more, .input = value});
  }

  TempDir dir;
  std::string key = dir.write("eth", eth_key(1).to_hex() + "\n");
};

TEST_F(Records, ASignedRecordVerifies) {
  const Finished record = sign({"--addr", "/ip4/1.2.3.4/tcp/8000", "--name", "alice"});
  ASSERT_EQ(record.exit, 0) << record.err;
  const Finished verified = verify(record.out, {"--json"});
  EXPECT_EQ(verified.exit, 0);
  const Json document = verified.json();
  EXPECT_EQ(members(document), "address agentName expires multiaddrs network peerId record timestamp verified");
  EXPECT_EQ(document["address"], eth_key(1).address().to_checksummed());
  EXPECT_EQ(document["agentName"], "alice");
  EXPECT_EQ(document["multiaddrs"], Json::array({"/ip4/1.2.3.4/tcp/8000"}));
}

TEST_F(Records, VerifyReadsAFileToo) {
  const std::string path = dir.write("record", sign().out);
  EXPECT_EQ(run({"record", "verify", path}).exit, 0);
}

TEST_F(Records, AChangedRecordDoesNotVerify) {
  std::string value = sign({"--name", "alice"}).out;
  value.replace(value.find("alice"), 5, "mallo");
  EXPECT_EQ(verify(value).exit, 5);
}

TEST_F(Records, ARecordOfAnotherNetworkDoesNotVerifyHere) {
  const Finished record = sign({"--network", "base"});
  EXPECT_EQ(verify(record.out, {"--network", "base"}).exit, 0);
  EXPECT_EQ(verify(record.out, {"--network", "local"}).exit, 5);
}

TEST_F(Records, GarbageDoesNotVerify) {
  const Finished verified = verify("{}", {"--json"});
  EXPECT_EQ(verified.exit, 5);
  EXPECT_EQ(members(verified.json()), "error");
}

TEST_F(Records, AnExtremeLengthOfInputIsAUsageError) {
  EXPECT_EQ(verify(std::string(100'000, 'x')).exit, 2);
}

TEST_F(Records, AFileThatIsNotThereIsAUsageError) {
  EXPECT_EQ(run({"record", "verify", dir.file("nothing")}).exit, 2);
}

TEST_F(Records, ADirectoryIsAUsageErrorThatSaysSo) {
  const Finished verify = run({"record", "verify", "/tmp"});
  EXPECT_EQ(verify.exit, 2);
  EXPECT_EQ(verify.err, "pond: cannot read /tmp: Is a directory\n");
}

TEST_F(Records, TheTimeToLiveIsKept) {
  const Json document = verify(sign({"--ttl", "60"}).out, {"--json"}).json();
  EXPECT_EQ(document["expires"].get<std::int64_t>() - document["timestamp"].get<std::int64_t>(), 60'000);
}

TEST_F(Records, ATimeToLiveOverTwoDaysIsRefused) {
  EXPECT_EQ(sign({"--ttl", "172801"}).exit, 2);
}

TEST_F(Records, SignTakesTheKeyFromTheEnvironment) {
  const std::string hex = eth_key(2).to_hex();
  for (const std::string& text : {hex, hex.substr(2)}) {  // `0x` may be left out
    const Finished record =
        run(Launch{.args = {"record", "sign", "--peer-id", peer_id(1).to_base58()}, .env = {{"PRIVATE_KEY", text}}});
    EXPECT_NE(record.out.find(eth_key(2).address().to_checksummed()), std::string::npos) << record.err;
  }
}

TEST_F(Records, TheKeyFileBeatsTheEnvironment) {
  const Finished record = run(Launch{.args = {"record", "sign", "--eth-key", key, "--peer-id", peer_id(1).to_base58()},
                                     .env = {{"PRIVATE_KEY", eth_key(2).to_hex()}}});
  EXPECT_NE(record.out.find(eth_key(1).address().to_checksummed()), std::string::npos) << record.err;
}

TEST_F(Records, NameAndNetworkComeFromTheEnvironmentAndFlagsBeatThem) {
  const std::vector<std::string> args{"record", "sign", "--eth-key", key, "--peer-id", peer_id(1).to_base58()};
  const std::map<std::string, std::string> env{{"AGENT_NAME", "bob"}, {"NETWORK", "lake"}};
  const Json from_environment = run(Launch{.args = args, .env = env}).json();
  EXPECT_EQ(from_environment["agentName"], "bob");
  EXPECT_EQ(from_environment["network"], "lake");
  std::vector<std::string> with_flags = args;
  with_flags.insert(with_flags.end(), {"--name", "carol", "--network", "sea"});
  const Json from_flags = run(Launch{.args = with_flags, .env = env}).json();
  EXPECT_EQ(from_flags["agentName"], "carol");
  EXPECT_EQ(from_flags["network"], "sea");
}

TEST_F(Records, SignWithoutAnyKeySaysWhatToDo) {
  const Finished record = run({"record", "sign", "--peer-id", peer_id(1).to_base58()});
  EXPECT_EQ(record.exit, 2);
  EXPECT_NE(record.err.find("--eth-key"), std::string::npos) << record.err;
}

}  // namespace
}  // namespace pond::e2e
