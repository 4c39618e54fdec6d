#pragma once

#include <cstdint>
#include <optional>
#include <string>
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
  std::size_t max_peers = 1000;          ///< of each list, in the order of the wire
  std::size_t max_addresses_per_peer = 16;
};

/// Decodes one unframed message. kMalformed when the protobuf does not parse, the type is unknown, or a known field has the
/// wrong wire type. An absent type means PUT_VALUE (proto3 omits zero). Unknown fields are skipped.
[[nodiscard]] Result<KadMessage> decode_kad(BytesView protobuf, const KadDecodeLimits& limits = {});

/// Appends the unframed protobuf. Deterministic: fields in the order of their numbers; type omitted when it is 0;
/// clusterLevelRaw never written.
void encode_kad(const KadMessage& message, Bytes& out);

/// One Peer submessage, without its outer tag and length: what a routing table keeps ready for answers.
[[nodiscard]] Bytes encode_kad_peer(const PeerId& id, const std::vector<Multiaddr>& addresses, KadConnection connection);

/// RFC 3339 in UTC with 9 fraction digits: `2026-11-22T08:00:15.759000000Z` (js wants more than 6). From milliseconds
/// since the Unix epoch.
[[nodiscard]] std::string rfc3339(std::int64_t unix_ms);

}  // namespace pond::wire
