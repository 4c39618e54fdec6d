#include "multiaddr_table.hpp"

#include <algorithm>
#include <array>

namespace pond::wire {
namespace {

/// The table of multiformats/multiaddr, by code, and `plaintextv2` of the multicodec table. `memory` has a fixed 64-bit
/// value, as go and rust have it.
constexpr std::array kProtocols{
    ProtocolInfo{4, "ip4", ValueKind::kIp4},
    ProtocolInfo{6, "tcp", ValueKind::kPort},
    ProtocolInfo{33, "dccp", ValueKind::kPort},
    ProtocolInfo{41, "ip6", ValueKind::kIp6},
    ProtocolInfo{42, "ip6zone", ValueKind::kName},
    ProtocolInfo{43, "ipcidr", ValueKind::kPrefixLength},
    ProtocolInfo{53, "dns", ValueKind::kName},
    ProtocolInfo{54, "dns4", ValueKind::kName},
    ProtocolInfo{55, "dns6", ValueKind::kName},
    ProtocolInfo{56, "dnsaddr", ValueKind::kName},
    ProtocolInfo{132, "sctp", ValueKind::kPort},
    ProtocolInfo{273, "udp", ValueKind::kPort},
    ProtocolInfo{275, "p2p-webrtc-star", ValueKind::kNone},
    ProtocolInfo{276, "p2p-webrtc-direct", ValueKind::kNone},
    ProtocolInfo{277, "p2p-stardust", ValueKind::kNone},
    ProtocolInfo{280, "webrtc-direct", ValueKind::kNone},
    ProtocolInfo{281, "webrtc", ValueKind::kNone},
    ProtocolInfo{290, "p2p-circuit", ValueKind::kNone},
    ProtocolInfo{301, "udt", ValueKind::kNone},
    ProtocolInfo{302, "utp", ValueKind::kNone},
    ProtocolInfo{400, "unix", ValueKind::kPath},
    ProtocolInfo{421, "p2p", ValueKind::kPeerId},
    ProtocolInfo{443, "https", ValueKind::kNone},
    ProtocolInfo{444, "onion", ValueKind::kOnion},
    ProtocolInfo{445, "onion3", ValueKind::kOnion3},
    ProtocolInfo{446, "garlic64", ValueKind::kGarlic64},
    ProtocolInfo{447, "garlic32", ValueKind::kGarlic32},
    ProtocolInfo{448, "tls", ValueKind::kNone},
    ProtocolInfo{449, "sni", ValueKind::kName},
    ProtocolInfo{454, "noise", ValueKind::kNone},
    ProtocolInfo{460, "quic", ValueKind::kNone},
    ProtocolInfo{461, "quic-v1", ValueKind::kNone},
    ProtocolInfo{465, "webtransport", ValueKind::kNone},
    ProtocolInfo{466, "certhash", ValueKind::kCertHash},
    ProtocolInfo{477, "ws", ValueKind::kNone},
    ProtocolInfo{478, "wss", ValueKind::kNone},
    ProtocolInfo{479, "p2p-websocket-star", ValueKind::kNone},
    ProtocolInfo{480, "http", ValueKind::kNone},
    ProtocolInfo{481, "http-path", ValueKind::kHttpPath},
    ProtocolInfo{777, "memory", ValueKind::kNumber64},
    ProtocolInfo{7367777, "plaintextv2", ValueKind::kNone},
};

static_assert(std::ranges::is_sorted(kProtocols, {}, &ProtocolInfo::code));

}  // namespace

const ProtocolInfo* find_protocol(std::uint64_t code) noexcept {
  const auto* const found = std::ranges::lower_bound(kProtocols, code, {}, &ProtocolInfo::code);
  return found != kProtocols.end() && found->code == code ? found : nullptr;
}

const ProtocolInfo* find_protocol(std::string_view name) noexcept {
  if (name == "ipfs") {
    name = "p2p";
  }
  const auto* const found = std::ranges::find(kProtocols, name, &ProtocolInfo::name);
  return found != kProtocols.end() ? found : nullptr;
}

std::optional<std::size_t> fixed_size(ValueKind kind) noexcept {
  switch (kind) {
    case ValueKind::kNone:
      return 0;
    case ValueKind::kPrefixLength:
      return 1;
    case ValueKind::kPort:
      return 2;
    case ValueKind::kIp4:
      return 4;
    case ValueKind::kNumber64:
      return 8;
    case ValueKind::kOnion:
      return 12;
    case ValueKind::kIp6:
      return 16;
    case ValueKind::kOnion3:
      return 37;
    case ValueKind::kName:
    case ValueKind::kPath:
    case ValueKind::kPeerId:
    case ValueKind::kGarlic64:
    case ValueKind::kGarlic32:
    case ValueKind::kCertHash:
    case ValueKind::kHttpPath:
      break;
  }
  return std::nullopt;
}

}  // namespace pond::wire
