#pragma once

#include <cstddef>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/crypto/keys.hpp"

namespace pond::wire {

/// A signed envelope (specs/RFC 0002) that has been opened: its signature is good.
struct Envelope {
  crypto::PublicKey public_key;  ///< who signed
  Bytes payload_type;
  Bytes payload;
};

/// The longest envelope that is opened, in octets.
inline constexpr std::size_t kMaxEnvelopeBytes = 16 * 1024;

/// Signs `payload` for one use, which `domain` names, and wraps it: protobuf {public_key 1, payload_type 2, payload 3,
/// signature 5}. kInternal when the key refuses to sign.
[[nodiscard]] Result<Bytes> seal_envelope(const crypto::PrivateKey& key, std::string_view domain,
                                          BytesView payload_type, BytesView payload);

/// Opens an envelope made for `domain` and of that payload type. The cheap things are checked first, the signature
/// last. kTooLarge above kMaxEnvelopeBytes; kMalformed when it does not parse or lacks key or signature; kUnsupported
/// for another payload type or a kind of key that is not known; kBadSignature when it does not verify (so it does for
/// another domain).
[[nodiscard]] Result<Envelope> open_envelope(BytesView protobuf, std::string_view domain, BytesView payload_type);

}  // namespace pond::wire
