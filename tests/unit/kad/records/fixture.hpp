#pragma once

#include <string>
#include <string_view>

#include "pond/crypto/ethereum.hpp"
#include "pond/crypto/hash.hpp"
#include "pond/kad/records/eth_record.hpp"
#include "pond/kad/records/openpond_validators.hpp"

namespace pond::kad::testing {

inline constexpr WallTime kNow{1'763'800'000'000};
inline constexpr std::string_view kNetwork = "local";

inline crypto::EthKey eth_signer() {
  return *crypto::EthKey::parse("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
}
inline crypto::EthKey other_eth_signer() {
  return *crypto::EthKey::parse("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d");
}
inline wire::PeerId agent_peer() {
  return *wire::PeerId::parse("16Uiu2HAmDD9JV9oqwTGiZzMJzEZJPA6hgrUyzSXdcqpnVhUJ2eXa");
}
inline wire::PeerId other_peer() {
  return *wire::PeerId::parse("12D3KooWKudojFn6pff7Kah2Mkem3jtFfcntpG9X3QBNiggsYxK2");
}

/// What the specification's vector says.
inline EthDraft draft() {
  return EthDraft{.network = std::string{kNetwork},
                  .peer_id = agent_peer(),
                  .timestamp = kNow.ms,
                  .expires = (kNow + kDefaultEthLifetime).ms,
                  .agent_name = "agent-1",
                  .multiaddrs = {*wire::Multiaddr::parse("/ip4/127.0.0.1/tcp/8000")},
                  .others = {}};
}

/// The vector's record, `later` milliseconds younger.
inline Bytes eth_value(std::int64_t later = 0) {
  EthDraft d = draft();
  d.timestamp += later;
  d.expires += later;
  return *sign_eth_record(d, eth_signer());
}

/// The same record signed by a key that has no right to.
inline Bytes forged_eth_value(std::int64_t later = 0) {
  Bytes value = eth_value(later);
  std::uint8_t& digit = value[value.size() - 100];
  digit = digit == '1' ? '2' : '1';
  return value;
}

inline Bytes key_of_signer() {
  return eth_key(eth_signer().address());
}

inline Bytes unsigned_value(std::int64_t timestamp = kNow.ms) {
  return to_bytes("{\"peerId\":\"" + agent_peer().to_base58() + "\",\"timestamp\":" + std::to_string(timestamp) +
                  ",\"agentId\":\"" + eth_signer().address().to_checksummed() +
                  "\",\"agentName\":\"agent-1\",\"multiaddrs\":[\"/ip4/127.0.0.1/tcp/8000\"]}");
}

inline ValidationContext context(WallTime now = kNow) {
  return {.now = now, .network = kNetwork, .sender = {}, .standing = {}};
}

}  // namespace pond::kad::testing
