#include "pond/node/agent_directory.hpp"

#include "pond/kad/records/eth_record.hpp"

namespace pond::node {

void AgentDirectory::remember(const KnownAgent& agent) {
  const auto found = agents_.find(agent.address);
  if (found != agents_.end()) {
    if (found->second.timestamp > agent.timestamp) {
      return;
    }
    forget(found);
  }
  agents_.emplace(agent.address, agent);
  by_expiry_.emplace(agent.expires, agent.address);
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
              .agent_name = signed_record->agent.agent_name});
  }
}

void AgentDirectory::forget_expired(WallTime now) {
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now.ms) {
    forget(agents_.find(by_expiry_.begin()->second));
  }
}

void AgentDirectory::forget(Agents::iterator agent) {
  by_expiry_.erase({agent->second.expires, agent->first});
  agents_.erase(agent);
}

}  // namespace pond::node
