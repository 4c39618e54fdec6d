#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/wire/multiaddr.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::wire {

/// libp2p kad-dht, RPC message (specs/kad-dht). The numbers are the wire's.
enum class KadType : std::uint8_t {
  kPutValue = 0,
  kGetValue = 1,
  kAddProvider = 2,
  kGetProviders = 3,
  kFindNode = 4,
  kPing = 5,
};

/// Only the first two are ever sent: rust-libp2p drops a peer whose value it does not know.
enum class KadConnection : std::uint8_t { kNotConnected = 0, kConnected = 1, kCanConnect = 2, kCannotConnect = 3 };

struct KadPeer {
  PeerId id;
  std::vector<Multiaddr> addresses;  ///< without a trailing /p2p
  KadConnection connection = KadConnection::kNotConnected;

  friend bool operator==(const KadPeer&, const KadPeer&) = default;
};

/// libp2p's Record as the DHT carries it: key 1, value 2, timeReceived 5 (RFC 3339, UTC, 9 fraction digits).
struct KadRecord {
  Bytes key;
  Bytes value;
  std::string time_received;

  friend bool operator==(const KadRecord&, const KadRecord&) = default;
};

/// One message, owned. Received peers whose id does not parse, and addresses that do not parse or end in another peer's
/// id, have been left out; the message stands.
struct KadMessage {
  KadType type = KadType::kPutValue;
  Bytes key;
  std::optional<KadRecord> record;
  std::vector<KadPeer> closer_peers;
  std::vector<KadPeer> provider_peers;

  friend bool operator==(const KadMessage&, const KadMessage&) = default;
};

/// Bounds on what decoding keeps. More is dropped, never an error.
struct KadDecodeLimits {
  std::size_t max_peers = 1000;  ///< of each list, the first ones of the wire, unusable ones included
  std::size_t max_addresses_per_peer = 16;
};

/// Decodes one unframed message. kMalformed when the protobuf does not parse, the type is unknown, or a known field has
/// the wrong wire type. An absent type means PUT_VALUE (proto3 omits zero). Unknown fields are skipped, clusterLevelRaw
/// too. Of a field that should be there once, the record included, the last one counts. A connection type that is not
/// known reads as kNotConnected, a timeReceived over kMaxTimeTextBytes as none. Doubled addresses of a peer are kept
/// once.
[[nodiscard]] Result<KadMessage> decode_kad(BytesView protobuf, const KadDecodeLimits& limits = {});

/// Appends the unframed protobuf. Deterministic: fields in the order of their numbers; type omitted when it is 0, and
/// so is an empty key or value; clusterLevelRaw never written, and of the connection types only the first two.
void encode_kad(const KadMessage& message, Bytes& out);

/// One Peer submessage, without its outer tag and length: what a routing table keeps ready for answers.
[[nodiscard]] Bytes encode_kad_peer(const PeerId& id, const std::vector<Multiaddr>& addresses,
                                    KadConnection connection);

/// RFC 3339 in UTC with 9 fraction digits: `2026-11-22T08:00:15.759000000Z` (js wants more than 6). From milliseconds
/// since the Unix epoch; what lies outside the years 0 to 9999 becomes the nearest moment inside.
[[nodiscard]] std::string rfc3339(std::int64_t unix_ms);

/// Longest timeReceived that is looked at or kept, in octets: RFC 3339 with nanoseconds and an offset takes 35.
inline constexpr std::size_t kMaxTimeTextBytes = 64;

/// Milliseconds since the Unix epoch of an RFC 3339 time: any number of fraction digits (cut to milliseconds) or none,
/// `Z` or an offset, either case, a space in place of the `T`. nullopt for anything else and above kMaxTimeTextBytes.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339_ms(std::string_view text);

}  // namespace pond::wire
