#include "pond/kad/records/eth_record.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"

#include "unit/kad/records/fixture.hpp"

namespace pond::kad::testing {
namespace {

constexpr std::string_view kVector =
    R"({"v":1,"domain":"openpond-dht-record","network":"local","peerId":"16Uiu2HAmDD9JV9oqwTGiZzMJzEZJPA6hgrUyzSXdcqpnVhUJ2eXa","timestamp":1763800000000,"expires":1763886400000,"agentId":"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266","agentName":"agent-1","multiaddrs":["/ip4/127.0.0.1/tcp/8000"],"signature":"0xb1ea6ecdbc3d64d8e35aa0aec8ae88b2ab8ee2ba65e91ec7ad5fc34589ac94d34f26be3512f90f7082282958bd86f0b3f5671e94b15c46d41bfc25042ac9fe511b"})";

TEST(EthRecord, SigningReproducesTheVectorOctetForOctet) {
  const auto value = sign_eth_record(draft(), eth_signer());
  ASSERT_TRUE(value);
  EXPECT_EQ(as_text(*value), kVector);
}

TEST(EthRecord, TheVectorsSignedTextHasItsPublishedHash) {
  const std::string text = std::string{kVector.substr(0, kVector.size() - kEthTailBytes)} + "}";
  EXPECT_EQ(to_hex(crypto::eip191_hash(as_bytes(text))),
            "eb4cda2908bdf74f79ef9a173002a469ad554b03f3dd00e3348329de50a0c54b");
}

TEST(EthRecord, VerifyingTheVectorGivesItsFields) {
  const auto record = verify_eth_record(key_of_signer(), as_bytes(kVector), kNetwork, kNow);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->agent.peer_id, agent_peer());
  EXPECT_EQ(record->agent.timestamp, kNow.ms);
  EXPECT_EQ(record->expires, kNow.ms + 86'400'000);
  EXPECT_EQ(record->agent.agent_id, eth_signer().address());
  EXPECT_EQ(record->agent.agent_name, "agent-1");
  EXPECT_EQ(record->network, "local");
  ASSERT_EQ(record->agent.multiaddrs.size(), 1U);
  EXPECT_EQ(record->agent.multiaddrs[0].to_string(), "/ip4/127.0.0.1/tcp/8000");
}

TEST(EthRecord, TheKeyIsTheLowercaseAddress) {
  EXPECT_EQ(as_text(key_of_signer()), "/eth/0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266");
  EXPECT_EQ(eth_address_of(key_of_signer()), eth_signer().address());
}

TEST(EthRecord, NamesAreEscapedAsJsonStringifyDoes) {
  EthDraft d = draft();
  d.agent_name = "\"a\\b/ é🦜";
  const auto value = sign_eth_record(d, eth_signer());
  ASSERT_TRUE(value);
  EXPECT_NE(as_text(*value).find(R"("agentName":"\"a\\b/ é🦜")"), std::string_view::npos);
}

TEST(EthRecord, OtherMembersComeBeforeTheSignatureInTheirOrder) {
  EthDraft d = draft();
  d.others = {{"role", "\"agent\""}, {"load", "[1,2]"}};
  const auto value = sign_eth_record(d, eth_signer());
  ASSERT_TRUE(value);
  EXPECT_NE(as_text(*value).find(R"(],"role":"agent","load":[1,2],"signature":"0x)"), std::string_view::npos);
  EXPECT_TRUE(verify_eth_record(key_of_signer(), *value, kNetwork, kNow));
}

TEST(EthRecord, ADraftThatReceiversWouldRefuseIsNotSigned) {
  const auto refused = [](auto change) {
    EthDraft d = draft();
    change(d);
    const auto value = sign_eth_record(d, eth_signer());
    return !value && value.error().code == Errc::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](EthDraft& d) { d.network = "Local"; }));
  EXPECT_TRUE(refused([](EthDraft& d) { d.agent_name = ""; }));
  EXPECT_TRUE(refused([](EthDraft& d) { d.agent_name = "\xff"; }));
  EXPECT_TRUE(refused([](EthDraft& d) { d.peer_id = {}; }));
  EXPECT_TRUE(refused([](EthDraft& d) { d.expires = d.timestamp; }));
  EXPECT_TRUE(refused([](EthDraft& d) { d.timestamp = -1; }));
  EXPECT_TRUE(refused([](EthDraft& d) { d.others = {{"network", "1"}}; }));
  EXPECT_TRUE(refused([](EthDraft& d) { d.others = {{"x", "1,\"network\":2"}}; }));
  EXPECT_TRUE(refused([](EthDraft& d) { d.others = {{"x", "no json"}}; }));
  EXPECT_TRUE(refused([](EthDraft& d) { d.others = {{"x", '"' + std::string(8192, 'x') + '"'}}; }));
  EXPECT_TRUE(refused([](EthDraft& d) { d.multiaddrs.resize(17, d.multiaddrs[0]); }));
  EXPECT_TRUE(refused([](EthDraft& d) { d.multiaddrs[0] = d.multiaddrs[0].with_peer_id(other_peer()); }));
}

TEST(EthRecord, ANewTimestampIsNowOrJustAboveWhatWasMet) {
  EXPECT_EQ(next_eth_timestamp(kNow, std::nullopt), kNow.ms);
  EXPECT_EQ(next_eth_timestamp(kNow, kNow.ms - 1), kNow.ms);
  EXPECT_EQ(next_eth_timestamp(kNow, kNow.ms), kNow.ms + 1);
  EXPECT_EQ(next_eth_timestamp(kNow, kNow.ms + 500), kNow.ms + 501);
}

TEST(EthRecord, RankIsSignedThenTimestampThenExpires) {
  EthDraft longer = draft();
  longer.expires += 1;
  const Bytes base = eth_value();
  EXPECT_GT(eth_rank_of(*sign_eth_record(longer, eth_signer())), eth_rank_of(base));
  EXPECT_GT(eth_rank_of(eth_value(1)), eth_rank_of(*sign_eth_record(longer, eth_signer())));
  EXPECT_GT(eth_rank_of(base), eth_rank_of(unsigned_value(kNow.ms + 1'000)));
  EXPECT_GT(eth_rank_of(unsigned_value(1)), eth_rank_of(as_bytes("no record")));
}

TEST(EthRecord, TheUnsignedFormGivesItsClaims) {
  const auto claims = parse_unsigned_eth_record(unsigned_value());
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->peer_id, agent_peer());
  EXPECT_EQ(claims->timestamp, kNow.ms);
  EXPECT_EQ(claims->agent_id, eth_signer().address());
}

TEST(EthRecord, ASignedRecordIsNoUnsignedOne) {
  EXPECT_EQ(parse_unsigned_eth_record(eth_value()).error().reason, RejectReason::kMalformed);
}

TEST(EthRecord, NetworkNames) {
  EXPECT_TRUE(is_network_name("base-sepolia-0"));
  EXPECT_TRUE(is_network_name(std::string(32, 'a')));
  for (const std::string_view bad : {"", "Base", "a_b", "a b", "\xc3\xa9"}) {
    EXPECT_FALSE(is_network_name(bad)) << bad;
  }
  EXPECT_FALSE(is_network_name(std::string(33, 'a')));
}

RC_GTEST_PROP(EthRecordProperty, AnyChangedOctetIsRefused, (std::uint64_t seed)) {
  SeededRng rng{seed};
  Bytes value = to_bytes(kVector);
  std::uint8_t& octet = value[rng.below(value.size())];
  const auto changed = static_cast<std::uint8_t>(rng.below(256));
  RC_PRE(octet != changed);
  octet = changed;
  RC_ASSERT(!verify_eth_record(key_of_signer(), value, kNetwork, kNow));
}

RC_GTEST_PROP(EthRecordProperty, WhatIsSignedVerifies, (std::uint64_t seed)) {
  SeededRng rng{seed};
  EthDraft d = draft();
  d.timestamp = static_cast<std::int64_t>(rng.below(1ULL << 52U));
  d.expires = d.timestamp + 1 + static_cast<std::int64_t>(rng.below(48ULL * 3'600'000));
  d.multiaddrs.resize(rng.below(17), *wire::Multiaddr::parse("/dns4/a.example/tcp/1"));
  d.agent_name = std::string(1 + rng.below(64), static_cast<char>(' ' + rng.below(95)));
  const crypto::EthKey key = crypto::EthKey::generate(rng);
  const auto value = sign_eth_record(d, key);
  RC_ASSERT(value.has_value());
  const auto read = verify_eth_record(eth_key(key.address()), *value, d.network, WallTime{d.timestamp});
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->agent.agent_name == d.agent_name);
  RC_ASSERT(read->agent.multiaddrs == d.multiaddrs);
  RC_ASSERT(read->expires == d.expires);
}

RC_GTEST_PROP(EthRecordProperty, NoOctetsCrashTheParser, (const std::vector<std::uint8_t>& head, bool with_tail)) {
  Bytes value{'{'};
  append(value, head);
  if (with_tail) {
    append(value, as_bytes(kVector.substr(kVector.size() - kEthTailBytes)));
  }
  (void)parse_eth_record(value);
  (void)parse_unsigned_eth_record(value);
  (void)eth_rank_of(value);
}

}  // namespace
}  // namespace pond::kad::testing
