#include "pond/node/agent_directory.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "pond/kad/records/eth_record.hpp"

#include "support/numbered_peers.hpp"

namespace pond::node {
namespace {

KnownAgent agent(std::string address, std::int64_t timestamp, std::int64_t expires) {
  return {.address = std::move(address), .peer_id = "p", .timestamp = timestamp, .expires = expires};
}

std::vector<std::string> addresses(const AgentDirectory& directory) {
  std::vector<std::string> all;
  for (const auto& [address, known] : directory.agents()) {
    EXPECT_EQ(address, known.address);
    all.push_back(address);
  }
  return all;
}

using Addresses = std::vector<std::string>;

TEST(AgentDirectory, KnowsNobodyAtFirst) {
  EXPECT_TRUE(AgentDirectory{}.agents().empty());
}

TEST(AgentDirectory, TakesANewerRecordOfAnAddress) {
  AgentDirectory directory;
  directory.remember(agent("a", 1, 100));
  directory.remember(agent("a", 2, 90));
  ASSERT_EQ(directory.agents().size(), 1U);
  EXPECT_EQ(directory.agents().at("a").timestamp, 2);
  EXPECT_EQ(directory.agents().at("a").expires, 90);
}

TEST(AgentDirectory, TakesNoOlderRecordOfAnAddress) {
  AgentDirectory directory;
  directory.remember(agent("a", 2, 100));
  directory.remember(agent("a", 1, 200));
  EXPECT_EQ(directory.agents().at("a").timestamp, 2);
}

TEST(AgentDirectory, ForgetsWhatExpires) {
  AgentDirectory directory;
  directory.remember(agent("a", 1, 100));
  directory.remember(agent("b", 1, 50));
  directory.remember(agent("c", 1, 51));
  directory.forget_expired(WallTime{50});
  EXPECT_EQ(addresses(directory), (Addresses{"a", "c"}));
  directory.forget_expired(WallTime{100});
  EXPECT_TRUE(directory.agents().empty());
}

TEST(AgentDirectory, ARecordThatWasReplacedNoLongerExpires) {
  AgentDirectory directory;
  directory.remember(agent("a", 1, 50));
  directory.remember(agent("a", 2, 100));
  directory.forget_expired(WallTime{50});
  EXPECT_EQ(addresses(directory), Addresses{"a"});
}

TEST(AgentDirectory, FullForgetsWhatExpiresFirst) {
  AgentDirectory directory{2};
  directory.remember(agent("a", 1, 100));
  directory.remember(agent("b", 1, 50));
  directory.remember(agent("c", 1, 70));
  EXPECT_EQ(addresses(directory), (Addresses{"a", "c"}));
}

TEST(AgentDirectory, FullDoesNotTakeWhatWouldExpireFirst) {
  AgentDirectory directory{2};
  directory.remember(agent("b", 1, 100));
  directory.remember(agent("c", 1, 70));
  directory.remember(agent("a", 1, 60));
  EXPECT_EQ(addresses(directory), (Addresses{"b", "c"}));
}

TEST(AgentDirectory, FullStillTakesANewerRecordOfWhomItKnows) {
  AgentDirectory directory{2};
  directory.remember(agent("a", 1, 100));
  directory.remember(agent("b", 1, 70));
  directory.remember(agent("b", 2, 60));
  EXPECT_EQ(addresses(directory), (Addresses{"a", "b"}));
}

TEST(AgentDirectory, ReadsASignedRecord) {
  const crypto::EthKey key =
      crypto::EthKey::parse("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80").value();
  const kad::EthDraft draft{.network = "local",
                            .peer_id = test::numbered_peer(8),
                            .timestamp = 1'763'800'000'000,
                            .expires = 1'763'800'060'000,
                            .agent_name = "elsewhere",
                            .multiaddrs = {},
                            .others = {}};
  AgentDirectory directory;
  directory.remember(kad::eth_key(key.address()), kad::sign_eth_record(draft, key).value());
  const KnownAgent& known = directory.agents().at(key.address().to_lowercase());
  EXPECT_EQ(known.peer_id, test::numbered_peer(8).to_base58());
  EXPECT_EQ(known.timestamp, 1'763'800'000'000);
  EXPECT_EQ(known.expires, 1'763'800'060'000);
  EXPECT_EQ(known.agent_id, key.address().to_checksummed());
  EXPECT_EQ(known.agent_name, "elsewhere");
}

/// The directory's entry for a signed record that the own store took, and the point at which that lies.
struct Stored {
  crypto::EthKey key =
      crypto::EthKey::parse("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80").value();
  std::string address = key.address().to_lowercase();
  wire::Key where = wire::Key::of(kad::eth_key(key.address()));
  AgentDirectory directory;

  void take(std::int64_t timestamp) {
    const kad::EthDraft draft{.network = "local",
                              .peer_id = test::numbered_peer(8),
                              .timestamp = timestamp,
                              .expires = timestamp + 60'000,
                              .agent_name = "elsewhere",
                              .multiaddrs = {},
                              .others = {}};
    directory.remember(kad::eth_key(key.address()), kad::sign_eth_record(draft, key).value());
  }
};

TEST(AgentDirectory, ForgetsWhatTheStoreGaveUp) {
  Stored stored;
  stored.take(1000);
  stored.take(2000);
  stored.directory.remember(agent("b", 1, 100));
  stored.directory.evicted(wire::Key::of(as_bytes("another")));
  EXPECT_EQ(stored.directory.agents().size(), 2U);
  stored.directory.evicted(stored.where);
  EXPECT_EQ(addresses(stored.directory), Addresses{"b"});
  stored.take(3000);
  EXPECT_TRUE(stored.directory.agents().contains(stored.address)) << "it came back";
}

TEST(AgentDirectory, KeepsWhatItAlsoKnowsFromElsewhere) {
  for (const std::int64_t seen : {1500, 2500}) {
    Stored before;
    before.directory.remember(agent(before.address, seen, 100'000));
    before.take(2000);
    before.directory.evicted(before.where);
    EXPECT_EQ(addresses(before.directory), Addresses{before.address});
    Stored after;
    after.take(2000);
    after.directory.remember(agent(after.address, seen, 100'000));
    after.directory.evicted(after.where);
    EXPECT_EQ(addresses(after.directory), Addresses{after.address});
    EXPECT_EQ(after.directory.agents().at(after.address).timestamp, std::max<std::int64_t>(seen, 2000));
  }
}

TEST(AgentDirectory, PassesOverWhatIsNoRecord) {
  AgentDirectory directory;
  directory.remember(as_bytes("/eth/0x00"), as_bytes("{}"));
  EXPECT_TRUE(directory.agents().empty());
}

}  // namespace
}  // namespace pond::node
