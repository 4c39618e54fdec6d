#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::wire {

/// Codes of the protocols that this program looks at; the whole multiformats table is parsed and printed.
enum class Protocol : std::uint32_t {
  kIp4 = 4,
  kTcp = 6,
  kUdp = 273,
  kIp6 = 41,
  kIp6Zone = 42,
  kDns = 53,
  kDns4 = 54,
  kDns6 = 55,
  kDnsaddr = 56,
  kP2p = 421,
  kP2pCircuit = 290,
  kTls = 448,
  kNoise = 454,
  kWs = 477,
  kWss = 478,
  kQuicV1 = 461,
};

/// A multiaddr (multiformats/multiaddr): held in its binary form, which has been checked against the whole protocol
/// table. Equality is of the binary form.
class Multiaddr {
 public:
  /// One part: its protocol's code and the value's octets (without a length prefix). Views into the Multiaddr.
  struct Part {
    std::uint32_t code;
    BytesView value;
  };

  /// The empty multiaddr: prints as "/" and has no parts.
  Multiaddr() = default;

  /// Longest accepted in either form; longer ones are kTooLarge.
  static constexpr std::size_t kMaxBytes = 1024;

  /// Both check everything: kUnsupported for a protocol that is not in the table (or a multibase that is not known),
  /// kMalformed for any other fault, an empty address too. Names and paths must be UTF-8 without control characters.
  /// What is accepted prints, and its text and its octets are accepted again and give an equal address. Any thread.
  [[nodiscard]] static Result<Multiaddr> parse(std::string_view text);
  [[nodiscard]] static Result<Multiaddr> from_bytes(BytesView binary);

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] BytesView bytes() const noexcept { return raw_; }
  [[nodiscard]] bool empty() const noexcept { return raw_.empty(); }

  [[nodiscard]] std::vector<Part> parts() const;

  /// The value of the first part with that code.
  [[nodiscard]] std::optional<BytesView> value_of(Protocol code) const;
  [[nodiscard]] bool has(Protocol code) const { return value_of(code).has_value(); }

  /// The id of a trailing `/p2p/...` part, if the last part is one.
  [[nodiscard]] std::optional<PeerId> peer_id() const;

  /// The same address without a trailing `/p2p/...`; itself when there is none.
  [[nodiscard]] Multiaddr without_peer_id() const;
  [[nodiscard]] Multiaddr with_peer_id(const PeerId& id) const;  ///< replaces a trailing one; may pass kMaxBytes by it

  friend bool operator==(const Multiaddr&, const Multiaddr&) = default;
  friend auto operator<=>(const Multiaddr&, const Multiaddr&) = default;

 private:
  explicit Multiaddr(Bytes raw) : raw_(std::move(raw)) {}
  Bytes raw_;
};

/// What a dialer needs to know of an address `/{ip4,ip6,dns,dns4,dns6}/HOST/tcp/PORT[/ws][/p2p/ID]`.
struct TcpTarget {
  enum class Host : std::uint8_t { kIp4, kIp6, kDns, kDns4, kDns6 };
  enum class Transport : std::uint8_t { kTcp, kWs };  ///< what the TCP connection carries: bytes, or a WebSocket
  Host kind;
  std::string host;    ///< an IP literal or a name
  std::uint16_t port;  ///< host byte order
  Transport transport = Transport::kTcp;
  friend bool operator==(const TcpTarget&, const TcpTarget&) = default;
};

/// nullopt when the address is of any other shape (a relay, a WebSocket over TLS, a dnsaddr, trailing parts).
[[nodiscard]] std::optional<TcpTarget> tcp_target(const Multiaddr& address);

/// `/ip4/HOST/tcp/PORT[/ws]` or `/ip6/...` from an IP literal (an IPv6 zone becomes `/ip6zone`). kInvalidArgument when
/// `ip` is none.
[[nodiscard]] Result<Multiaddr> tcp_multiaddr(std::string_view ip, std::uint16_t port,
                                              TcpTarget::Transport transport = TcpTarget::Transport::kTcp);

/// How far an address reaches, by its first part: names count as global.
enum class Reach : std::uint8_t { kLoopback, kPrivate, kGlobal, kUnusable };

/// kUnusable: unspecified, multicast, documentation and other reserved ranges, and addresses without ip or dns.
/// kPrivate: RFC 1918, RFC 6598, RFC 4193, link-local.
[[nodiscard]] Reach reach_of(const Multiaddr& address);

}  // namespace pond::wire

template <>
struct std::hash<pond::wire::Multiaddr> {
  std::size_t operator()(const pond::wire::Multiaddr& address) const noexcept;
};
