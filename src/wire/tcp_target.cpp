#include <array>

#include "pond/wire/multiaddr.hpp"

#include "ip_text.hpp"
#include "multiaddr_parts.hpp"
#include "multiaddr_value.hpp"

namespace pond::wire {
namespace {

std::optional<TcpTarget::Host> host_kind(std::uint32_t code) {
  switch (static_cast<Protocol>(code)) {
    case Protocol::kIp4:
      return TcpTarget::Host::kIp4;
    case Protocol::kIp6:
      return TcpTarget::Host::kIp6;
    case Protocol::kDns:
      return TcpTarget::Host::kDns;
    case Protocol::kDns4:
      return TcpTarget::Host::kDns4;
    case Protocol::kDns6:
      return TcpTarget::Host::kDns6;
    default:
      return std::nullopt;
  }
}

bool is(const RawPart& part, Protocol code) {
  return part.protocol->code == static_cast<std::uint32_t>(code);
}

/// An IP literal and, behind a `%`, the zone of a link-local IPv6 address.
struct IpText {
  std::string_view literal;
  std::optional<std::string_view> zone;
};

IpText split_zone(std::string_view ip) {
  const std::size_t percent = ip.find('%');
  if (percent == std::string_view::npos) {
    return {.literal = ip, .zone = std::nullopt};
  }
  return {.literal = ip.substr(0, percent), .zone = ip.substr(percent + 1)};
}

}  // namespace

std::optional<TcpTarget> tcp_target(const Multiaddr& address) {
  BytesView rest = address.bytes();
  if (rest.empty()) {
    return std::nullopt;
  }
  const auto host = take_part(rest);
  if (!host || rest.empty()) {
    return std::nullopt;
  }
  const auto kind = host_kind(host->protocol->code);
  const auto tcp = take_part(rest);
  if (!kind || !tcp || !is(*tcp, Protocol::kTcp)) {
    return std::nullopt;
  }
  TcpTarget target{.kind = *kind, .host = {}, .port = static_cast<std::uint16_t>(tcp->value[0] << 8 | tcp->value[1])};
  for (bool named = false; !rest.empty();) {
    const auto part = take_part(rest);
    if (!part || named) {
      return std::nullopt;
    }
    if (is(*part, Protocol::kWs) && target.transport == TcpTarget::Transport::kTcp) {
      target.transport = TcpTarget::Transport::kWs;
    } else if (is(*part, Protocol::kP2p)) {
      named = true;
    } else {
      return std::nullopt;
    }
  }
  print_value(host->protocol->kind, host->value, target.host);
  return target;
}

Result<Multiaddr> tcp_multiaddr(std::string_view ip, std::uint16_t port, TcpTarget::Transport transport) {
  Bytes raw;
  const auto add = [&raw](Protocol code, BytesView value) {
    if (const ProtocolInfo* protocol = find_protocol(static_cast<std::uint64_t>(code)); protocol != nullptr) {
      append_part(raw, *protocol, value);
    }
  };
  const IpText text = split_zone(ip);
  if (const auto ip4 = parse_ip4(ip)) {
    add(Protocol::kIp4, *ip4);
  } else if (const auto ip6 = parse_ip6(text.literal)) {
    if (text.zone) {
      add(Protocol::kIp6Zone, as_bytes(*text.zone));
    }
    add(Protocol::kIp6, *ip6);
  } else {
    return fail(Errc::kInvalidArgument, "not an IP literal");
  }
  add(Protocol::kTcp, std::array{static_cast<std::uint8_t>(port >> 8), static_cast<std::uint8_t>(port & 0xff)});
  if (transport == TcpTarget::Transport::kWs) {
    add(Protocol::kWs, {});
  }
  auto address = Multiaddr::from_bytes(raw);
  if (!address) {
    return fail(Errc::kInvalidArgument, "an IPv6 literal with an impossible zone");
  }
  return address;
}

}  // namespace pond::wire
