#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/wire/multiaddr.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::wire {

/// A peer's own, signed word on where it can be reached (specs/RFC 0003, with the domain and payload type that go, js
/// and rust really use).
struct PeerRecord {
  PeerId id;
  std::uint64_t seq = 0;             ///< of two records the higher one holds; not to be read as a time
  std::vector<Multiaddr> addresses;  ///< without a trailing /p2p

  friend bool operator==(const PeerRecord&, const PeerRecord&) = default;
};

inline constexpr std::string_view kPeerRecordDomain = "libp2p-peer-record";
inline constexpr std::array<std::uint8_t, 2> kPeerRecordPayloadType{0x03, 0x01};

/// How many addresses are kept of a record that is opened, and at most put into one that is sealed.
inline constexpr std::size_t kMaxPeerRecordAddresses = 64;
inline constexpr std::size_t kMaxSealedPeerRecordAddresses = 16;

/// The payload alone: {peer_id 1, seq 2, addresses 3 {multiaddr 1}}.
[[nodiscard]] Bytes encode_peer_record(const PeerRecord& record);

/// Addresses that do not parse or end in another peer's id are dropped, and so are those beyond
/// kMaxPeerRecordAddresses. kMalformed when the protobuf or the peer id does not parse.
[[nodiscard]] Result<PeerRecord> decode_peer_record(BytesView protobuf);

/// The envelope with a record of the key's own peer id, of the first kMaxSealedPeerRecordAddresses addresses. kInternal
/// when the key refuses to sign.
[[nodiscard]] Result<Bytes> seal_peer_record(const crypto::PrivateKey& key, std::uint64_t seq,
                                             const std::vector<Multiaddr>& addresses);

/// Verifies and reads the envelope. The errors of `open_envelope` and `decode_peer_record`, and kWrongPeer when the key
/// that signed is not the key of the peer that the record names. (Whether that is the peer at the other end is the
/// caller's question.)
[[nodiscard]] Result<PeerRecord> open_peer_record(BytesView envelope);

}  // namespace pond::wire
