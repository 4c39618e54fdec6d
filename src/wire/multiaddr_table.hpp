#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pond::wire {

/// What a protocol's value is, which decides its size, its check and its text (multiaddr_value.hpp).
enum class ValueKind : std::uint8_t {
  kNone,
  kIp4,
  kIp6,
  kPrefixLength,  ///< of a network: one octet
  kPort,          ///< 16 bits, big endian
  kName,          ///< a domain name or a zone
  kPath,          ///< the last part of its address; its text runs to the end
  kPeerId,
  kOnion,   ///< 10 octets and a port
  kOnion3,  ///< 35 octets and a port
  kGarlic64,
  kGarlic32,
  kCertHash,
  kHttpPath,
  kNumber64,  ///< 64 bits, big endian
};

struct ProtocolInfo {
  std::uint32_t code;
  std::string_view name;
  ValueKind kind;
};

/// nullptr when the table has no such protocol.
[[nodiscard]] const ProtocolInfo* find_protocol(std::uint64_t code) noexcept;

/// By its name, or by the old alias `ipfs` of `p2p`. nullptr when the table has no such protocol.
[[nodiscard]] const ProtocolInfo* find_protocol(std::string_view name) noexcept;

/// Octets of every value of the kind; nullopt when each value has a length of its own, which then precedes it.
[[nodiscard]] std::optional<std::size_t> fixed_size(ValueKind kind) noexcept;

}  // namespace pond::wire
