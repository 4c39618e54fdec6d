#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "pond/base/bytes.hpp"
#include "pond/base/time.hpp"
#include "pond/wire/key.hpp"

namespace pond::node {

/// An agent that this node knows, by its Ethereum address: from lookups that verified, from signed records that its own
/// store took, and itself.
struct KnownAgent {
  std::string address;  ///< lowercase
  std::string peer_id;
  std::int64_t timestamp = 0;  ///< ms since the epoch
  std::int64_t expires = 0;    ///< ms since the epoch
  std::string agent_id;
  std::string agent_name;
  std::optional<wire::Key> stored_at{};  ///< set while the own store's record is all that this node knows it by
};

/// The agents that a node knows, each by its newest record, until that expires, or until its own store, if that is
/// where it knows the agent from, has no room for the record. Full, it forgets the one whose record expires first, be
/// that the newcomer. Not thread-safe.
class AgentDirectory {
 public:
  static constexpr std::size_t kMaxAgents = 10'000;

  explicit AgentDirectory(std::size_t max_agents = kMaxAgents) : max_agents_(max_agents) {}

  /// Takes the place of what is known of the same address, unless that has a later timestamp.
  void remember(const KnownAgent& agent);

  /// The same with a signed record of `/eth` that the own store has taken. Anything else is passed over.
  void remember(BytesView key, BytesView record);

  /// The own store gave up the record whose key hashes to this.
  void evicted(const wire::Key& key);

  /// Whose record's `expires` has come.
  void forget_expired(WallTime now);

  /// By address.
  [[nodiscard]] const std::map<std::string, KnownAgent>& agents() const noexcept { return agents_; }

 private:
  using Agents = std::map<std::string, KnownAgent>;

  void forget(Agents::iterator agent);

  std::size_t max_agents_;
  Agents agents_;
  std::set<std::pair<std::int64_t, std::string>> by_expiry_;
  std::map<wire::Key, std::string> only_stored_;  // address by KnownAgent::stored_at
};

}  // namespace pond::node
