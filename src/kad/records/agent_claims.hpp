#pragma once

#include "pond/kad/records/eth_record.hpp"
#include "pond/kad/records/json.hpp"

namespace pond::kad {

/// How `agentId` must be spelled.
enum class AddressSpelling : std::uint8_t { kChecksummed, kAny };

/// The members that signed and unsigned records share: peerId, timestamp, agentId, agentName, multiaddrs. kBadMember
/// when one is missing or breaks its rule.
[[nodiscard]] Judged<AgentClaims> read_agent_claims(const JsonObject& object, AddressSpelling spelling);

/// A peer id in its canonical base58 form and no other; nullopt otherwise.
[[nodiscard]] std::optional<wire::PeerId> parse_base58_peer_id(std::string_view text);

}  // namespace pond::kad
