#include "pond/base/bytes.hpp"
#include "pond/crypto/hash.hpp"
#include "pond/kad/records/eth_record.hpp"

#include "workload.hpp"

namespace pond::sim {

Account Workload::make(const std::string& name) {
  const std::string text = "pond-sim account " + std::to_string(seed_) + " " + name;
  const crypto::Digest secret = crypto::sha256(as_bytes(text));
  // One in 2^128 digests is no key: the seed would have to be another.
  const crypto::EthKey key = crypto::EthKey::parse(to_hex(secret)).value();
  Bytes record_key = kad::eth_key(key.address());
  return {.key = key, .record_key = std::move(record_key), .first_value = {}, .last_value = {}};
}

Account& Workload::keep(Account& account) {
  by_key_.emplace(account.record_key, &account);
  return account;
}

Account& Workload::account_of(std::uint32_t node) {
  const auto found = of_nodes_.find(node);
  return found != of_nodes_.end() ? found->second
                                  : keep(of_nodes_.emplace(node, make(std::to_string(node))).first->second);
}

Account& Workload::account_of(const std::string& name) {
  const auto found = of_names_.find(name);
  return found != of_names_.end() ? found->second : keep(of_names_.emplace(name, make("named " + name)).first->second);
}

const Account* Workload::account_with(const Bytes& record_key) const {
  const auto found = by_key_.find(record_key);
  return found != by_key_.end() ? found->second : nullptr;
}

Bytes Workload::sign(Account& account, const Actor& actor) {
  account.last_timestamp = kad::next_eth_timestamp(
      actor.wall, account.last_timestamp == 0 ? std::nullopt : std::optional{account.last_timestamp});
  const kad::EthDraft draft{.network = kNetworkName,
                            .peer_id = actor.id,
                            .timestamp = account.last_timestamp,
                            .expires = (WallTime{account.last_timestamp} + kad::kDefaultEthLifetime).ms,
                            .agent_name = "agent",
                            .multiaddrs = actor.addresses,
                            .others = {}};
  Bytes value = kad::sign_eth_record(draft, account.key).value_or(Bytes{});
  if (account.first_value.empty()) {
    account.first_value = value;
  }
  account.last_value = value;
  return value;
}

}  // namespace pond::sim
