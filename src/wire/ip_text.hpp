#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pond::wire {

using Ip4 = std::array<std::uint8_t, 4>;   ///< network byte order
using Ip6 = std::array<std::uint8_t, 16>;  ///< network byte order

/// Four decimal numbers without leading zeros; nothing else.
[[nodiscard]] std::optional<Ip4> parse_ip4(std::string_view text);

/// Any text form of RFC 4291, without a zone.
[[nodiscard]] std::optional<Ip6> parse_ip6(std::string_view text);

[[nodiscard]] std::string print_ip4(const Ip4& ip);

/// The canonical form of RFC 5952; IPv4-mapped addresses end in dotted decimals.
[[nodiscard]] std::string print_ip6(const Ip6& ip);

}  // namespace pond::wire
