#include "pond/node/agent_directory.hpp"

#include <utility>

#include "pond/kad/records/eth_record.hpp"

namespace pond::node {

void AgentDirectory::remember(const KnownAgent& agent) {
  KnownAgent known = agent;
  if (const auto found = agents_.find(agent.address); found != agents_.end()) {
    const bool only_stored = found->second.stored_at && agent.stored_at;
    if (found->second.timestamp > agent.timestamp) {
      known = found->second;
    }
    known.stored_at = only_stored ? agent.stored_at : std::nullopt;
    forget(found);
  }
  if (known.stored_at) {
    only_stored_.emplace(*known.stored_at, known.address);
  }
  by_expiry_.emplace(known.expires, known.address);
  agents_.emplace(known.address, std::move(known));
  if (agents_.size() > max_agents_) {
    forget(agents_.find(by_expiry_.begin()->second));
  }
}

void AgentDirectory::remember(BytesView key, BytesView record) {
  const auto signed_record = kad::parse_eth_record(record);
  const auto address = kad::eth_address_of(key);
  if (signed_record && address) {
    remember({.address = address->to_lowercase(),
              .peer_id = signed_record->agent.peer_id.to_base58(),
              .timestamp = signed_record->agent.timestamp,
              .expires = signed_record->expires,
              .agent_id = address->to_checksummed(),
              .agent_name = signed_record->agent.agent_name,
              .stored_at = wire::Key::of(key)});
  }
}

void AgentDirectory::evicted(const wire::Key& key) {
  if (const auto found = only_stored_.find(key); found != only_stored_.end()) {
    forget(agents_.find(found->second));
  }
}

void AgentDirectory::forget_expired(WallTime now) {
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now.ms) {
    forget(agents_.find(by_expiry_.begin()->second));
  }
}

void AgentDirectory::forget(Agents::iterator agent) {
  by_expiry_.erase({agent->second.expires, agent->first});
  if (agent->second.stored_at) {
    only_stored_.erase(*agent->second.stored_at);
  }
  agents_.erase(agent);
}

}  // namespace pond::node
