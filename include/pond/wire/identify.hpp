#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/wire/multiaddr.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::wire {

/// The Identify message (specs/identify), of `/ipfs/id/1.0.0` and `/ipfs/id/push/1.0.0`. nullopt: the field was not
/// there, which in a push means "as before". The wire cannot tell an empty list from an absent one; a list whose
/// entries were all unusable is here, and empty.
struct Identify {
  std::optional<crypto::PublicKey> public_key;
  std::optional<std::vector<Multiaddr>> listen_addresses;  ///< without a trailing /p2p
  std::optional<std::vector<std::string>> protocols;
  std::optional<Multiaddr> observed_address;  ///< how the sender sees the receiver, without a trailing /p2p
  std::optional<std::string> protocol_version;
  std::optional<std::string> agent_version;
  std::optional<Bytes> signed_peer_record;  ///< the envelope, unopened: `open_peer_record`

  friend bool operator==(const Identify&, const Identify&) = default;
};

// What is accepted: go sends up to 10 messages of 8 KiB, js takes as many, and both send mostly one.
inline constexpr std::size_t kMaxIdentifyBytes = 8 * 1024;  ///< of one message, length prefix not counted
inline constexpr std::size_t kMaxIdentifyMessages = 10;     ///< in one stream, until the peer closes its side

// What is kept of them, all messages of a stream together. More is dropped, never an error.
inline constexpr std::size_t kMaxIdentifyAddresses = 64;
inline constexpr std::size_t kMaxIdentifyProtocols = 128;
inline constexpr std::size_t kMaxIdentifyTextBytes = 256;  ///< protocolVersion, agentVersion, and each protocol

// What is sent, always in one message: rust-libp2p reads one, and at most 4,096 octets of it.
inline constexpr std::size_t kMaxIdentifySentBytes = 4000;      ///< leaves room for the length prefix
inline constexpr std::size_t kIdentifyComfortableBytes = 2048;  ///< go splits what is longer
inline constexpr std::size_t kMaxIdentifySentAddresses = 16;
inline constexpr std::size_t kIdentifyAssuredAddresses = 4;  ///< sent even beyond the comfortable size

/// Appends the unframed protobuf, at most kMaxIdentifySentBytes. Key, versions and observed address are always in it
/// (texts cut to kMaxIdentifyTextBytes). Then, as long as there is room: protocols in their order, the signed record,
/// the first kIdentifyAssuredAddresses addresses, and up to kMaxIdentifySentAddresses of them while the whole stays
/// within kIdentifyComfortableBytes. Returns false when something was left out.
bool encode_identify(const Identify& message, Bytes& out);

/// Decodes one unframed message of the peer `sender`, whom the connection has authenticated. Tolerant: addresses that
/// do not parse, or end in the id of somebody else, and protocols that are overlong or hold control characters are
/// dropped; a key of an unknown kind counts as absent; versions are cut to kMaxIdentifyTextBytes, and what is not clean
/// UTF-8 in them (control characters, bidirectional ones, stray octets) becomes `?`. kMalformed when the protobuf or
/// the key does not parse or a known field has the wrong wire type, kTooLarge above kMaxIdentifyBytes, kWrongPeer when
/// the message carries the key of another peer.
[[nodiscard]] Result<Identify> decode_identify(BytesView protobuf, const PeerId& sender);

/// Joins the next message of the same stream: a field that it has once replaces, lists grow up to their bounds, each
/// entry once.
void merge_identify(Identify& into, Identify more);

/// Applies a push (all of its messages merged) to what is known of a peer: every field that is there replaces.
void apply_identify_push(Identify& known, Identify push);

}  // namespace pond::wire
