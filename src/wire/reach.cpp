#include <algorithm>

#include "pond/wire/multiaddr.hpp"

#include "ip_text.hpp"
#include "multiaddr_parts.hpp"

namespace pond::wire {
namespace {

/// A range of addresses. The first row that an address falls into decides.
struct Range4 {
  Ip4 network;
  unsigned bits;
  Reach reach;
};

struct Range6 {
  Ip6 network;
  unsigned bits;
  Reach reach;
};

// IANA's special-purpose registries (RFC 6890 and its updates).
constexpr Range4 kRanges4[] = {
    {{0, 0, 0, 0}, 8, Reach::kUnusable},        // "this network"
    {{10, 0, 0, 0}, 8, Reach::kPrivate},        // RFC 1918
    {{100, 64, 0, 0}, 10, Reach::kPrivate},     // RFC 6598, behind a provider's NAT
    {{127, 0, 0, 0}, 8, Reach::kLoopback},      //
    {{169, 254, 0, 0}, 16, Reach::kPrivate},    // link-local
    {{172, 16, 0, 0}, 12, Reach::kPrivate},     // RFC 1918
    {{192, 0, 0, 0}, 24, Reach::kUnusable},     // protocol assignments
    {{192, 0, 2, 0}, 24, Reach::kUnusable},     // documentation
    {{192, 88, 99, 0}, 24, Reach::kUnusable},   // former 6to4 relays
    {{192, 168, 0, 0}, 16, Reach::kPrivate},    // RFC 1918
    {{198, 18, 0, 0}, 15, Reach::kUnusable},    // benchmarks
    {{198, 51, 100, 0}, 24, Reach::kUnusable},  // documentation
    {{203, 0, 113, 0}, 24, Reach::kUnusable},   // documentation
    {{224, 0, 0, 0}, 3, Reach::kUnusable},      // multicast, reserved, broadcast
    {{0, 0, 0, 0}, 0, Reach::kGlobal},
};

constexpr Range6 kRanges6[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, Reach::kLoopback},
    {{0xfc}, 7, Reach::kPrivate},                      // RFC 4193
    {{0xfe, 0x80}, 10, Reach::kPrivate},               // link-local
    {{0x20, 0x01, 0x0d, 0xb8}, 32, Reach::kUnusable},  // documentation
    {{0x3f, 0xff, 0x00}, 20, Reach::kUnusable},        // documentation
    {{0x20, 0x01, 0x00}, 23, Reach::kUnusable},        // protocol assignments, Teredo among them
    {{0x20}, 3, Reach::kGlobal},                       // global unicast
    {{}, 0, Reach::kUnusable},                         // unspecified, multicast and all that is not assigned
};

template <typename Ip>
bool within(const Ip& ip, const Ip& network, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(ip.begin(), ip.begin() + whole, network.begin())) {
    return false;
  }
  const unsigned rest = bits % 8;
  return rest == 0 || (ip[whole] ^ network[whole]) >> (8 - rest) == 0;
}

Reach reach_of_ip4(const Ip4& ip) {
  for (const auto& range : kRanges4) {
    if (within(ip, range.network, range.bits)) {
      return range.reach;
    }
  }
  return Reach::kUnusable;
}

Ip4 ip4_at(const Ip6& ip, std::size_t offset) {
  return {ip[offset], ip[offset + 1], ip[offset + 2], ip[offset + 3]};
}

/// IPv6 forms that lead to an IPv4 address are worth no more than that one: through NAT64 and 6to4 only global ones may
/// be reached at all.
Reach reach_of_ip6(const Ip6& ip) {
  constexpr Ip6 kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr Ip6 kNat64{0x00, 0x64, 0xff, 0x9b};
  constexpr Ip6 k6to4{0x20, 0x02};
  if (within(ip, kMapped, 96)) {
    return reach_of_ip4(ip4_at(ip, 12));
  }
  const auto translated = [](const Ip4& inner) {
    return reach_of_ip4(inner) == Reach::kGlobal ? Reach::kGlobal : Reach::kUnusable;
  };
  if (within(ip, kNat64, 96)) {
    return translated(ip4_at(ip, 12));
  }
  if (within(ip, k6to4, 16)) {
    return translated(ip4_at(ip, 2));
  }
  for (const auto& range : kRanges6) {
    if (within(ip, range.network, range.bits)) {
      return range.reach;
    }
  }
  return Reach::kUnusable;
}

}  // namespace

Reach reach_of(const Multiaddr& address) {
  BytesView rest = address.bytes();
  while (!rest.empty()) {
    const auto part = take_part(rest);
    if (!part) {
      break;
    }
    switch (static_cast<Protocol>(part->protocol->code)) {
      case Protocol::kIp6Zone:
        continue;  // it qualifies the address behind it
      case Protocol::kIp4: {
        Ip4 ip{};
        std::ranges::copy(part->value, ip.begin());
        return reach_of_ip4(ip);
      }
      case Protocol::kIp6: {
        Ip6 ip{};
        std::ranges::copy(part->value, ip.begin());
        return reach_of_ip6(ip);
      }
      case Protocol::kDns:
      case Protocol::kDns4:
      case Protocol::kDns6:
      case Protocol::kDnsaddr:
        return Reach::kGlobal;
      default:
        return Reach::kUnusable;
    }
  }
  return Reach::kUnusable;
}

}  // namespace pond::wire
