#include "agent_claims.hpp"

namespace pond::kad {
namespace {

// The longest peer id, 44 octets, is 61 base58 digits or fewer.
constexpr std::size_t kMaxPeerIdText = 64;

/// Decodes one code point of valid UTF-8 and moves past it.
char32_t next_code_point(std::string_view& utf8) {
  const auto lead = static_cast<unsigned char>(utf8.front());
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t point = length == 1 ? lead : lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    point = point << 6U | (static_cast<unsigned char>(utf8[i]) & 0x3fU);
  }
  utf8.remove_prefix(length);
  return point;
}

/// C0, DEL and C1, the line and paragraph separators, and every character with the property Bidi_Control: what could
/// make a name look like another text on a terminal or a page.
bool is_control(char32_t point) {
  return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x2028 || point == 0x2029 || point == 0x061c ||
         point == 0x200e || point == 0x200f || (point >= 0x202a && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x2069);
}

bool is_agent_name(std::string_view name) {
  std::size_t points = 0;
  while (!name.empty()) {
    if (++points > kMaxAgentNameCodePoints || is_control(next_code_point(name))) {
      return false;
    }
  }
  return points > 0;
}

Judged<crypto::EthAddress> read_address(const JsonObject& object, AddressSpelling spelling) {
  const std::string* text = object.string("agentId");
  if (text == nullptr) {
    return reject(RejectReason::kBadMember, "agentId is not a string");
  }
  const auto address = crypto::EthAddress::parse(*text);
  if (!address || (spelling == AddressSpelling::kChecksummed && address->to_checksummed() != *text)) {
    return reject(RejectReason::kBadMember, "agentId is not a checksummed Ethereum address");
  }
  return *address;
}

Judged<std::vector<wire::Multiaddr>> read_multiaddrs(const JsonObject& object, const wire::PeerId& peer_id) {
  const std::vector<std::string>* texts = object.strings("multiaddrs");
  if (texts == nullptr || texts->size() > kMaxRecordMultiaddrs) {
    return reject(RejectReason::kBadMember, "multiaddrs is not an array of at most 16 strings");
  }
  std::vector<wire::Multiaddr> out;
  out.reserve(texts->size());
  for (const std::string& text : *texts) {
    if (text.size() > kMaxRecordMultiaddrBytes) {
      return reject(RejectReason::kBadMember, "a multiaddr is longer than 256 bytes");
    }
    auto address = wire::Multiaddr::parse(text);
    if (!address || address->empty()) {
      return reject(RejectReason::kBadMember, "a multiaddr does not parse");
    }
    for (const wire::Multiaddr::Part& part : address->parts()) {
      if (part.code == static_cast<std::uint32_t>(wire::Protocol::kP2p) && !equal(part.value, peer_id.bytes())) {
        return reject(RejectReason::kBadMember, "a multiaddr names another peer than peerId");
      }
    }
    out.push_back(*std::move(address));
  }
  return out;
}

}  // namespace

std::optional<wire::PeerId> parse_base58_peer_id(std::string_view text) {
  if (text.size() > kMaxPeerIdText) {
    return std::nullopt;
  }
  const auto id = wire::PeerId::parse(text);
  if (!id || id->to_base58() != text) {
    return std::nullopt;
  }
  return *id;
}

Judged<AgentClaims> read_agent_claims(const JsonObject& object, AddressSpelling spelling) {
  AgentClaims out;
  const auto timestamp = object.integer("timestamp");
  if (!timestamp) {
    return reject(RejectReason::kBadMember, "timestamp is not an integer of milliseconds");
  }
  out.timestamp = *timestamp;
  const std::string* name = object.string("agentName");
  if (name == nullptr || !is_agent_name(*name)) {
    return reject(RejectReason::kBadMember, "agentName is not 1 to 64 code points without controls");
  }
  out.agent_name = *name;
  const auto address = read_address(object, spelling);
  if (!address) {
    return std::unexpected(address.error());
  }
  out.agent_id = *address;
  const std::string* peer_text = object.string("peerId");
  const auto peer_id = peer_text != nullptr ? parse_base58_peer_id(*peer_text) : std::nullopt;
  if (!peer_id) {
    return reject(RejectReason::kBadMember, "peerId is not a base58 peer id");
  }
  out.peer_id = *peer_id;
  auto multiaddrs = read_multiaddrs(object, out.peer_id);
  if (!multiaddrs) {
    return std::unexpected(multiaddrs.error());
  }
  out.multiaddrs = *std::move(multiaddrs);
  return out;
}

}  // namespace pond::kad
