#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"

namespace pond::wire {

/// NoiseHandshakePayload (specs/noise): what both sides send, encrypted, in their last handshake message. The
/// extensions {webtransport_certhashes 1, stream_muxers 2} are the last two members here.
struct NoisePayload {
  Bytes identity_key;  ///< a public key protobuf, not looked at here
  Bytes identity_sig;
  std::vector<std::string> stream_muxers;  ///< most wanted first; empty: not said
  std::vector<Bytes> webtransport_certhashes;

  friend bool operator==(const NoisePayload&, const NoisePayload&) = default;
};

// Bounds on what decoding takes. Lists are cut to their bound and their overlong entries dropped; an overlong key or
// signature is an error. Octets, unless they count entries.
inline constexpr std::size_t kMaxNoiseKeyBytes = 2048;  ///< RSA of 8192 bits takes 1,062
inline constexpr std::size_t kMaxNoiseSignatureBytes = 2048;
inline constexpr std::size_t kMaxNoiseMuxers = 16;
inline constexpr std::size_t kMaxNoiseMuxerNameBytes = 256;
inline constexpr std::size_t kMaxNoiseCerthashes = 16;
inline constexpr std::size_t kMaxNoiseCerthashBytes = 128;

/// The protobuf. The extensions are left out when both lists are empty.
[[nodiscard]] Bytes encode_noise_payload(const NoisePayload& payload);

/// kMalformed when it does not parse, a known field has the wrong wire type, or key or signature are missing; kTooLarge
/// when one of those two is over its bound. Unknown fields are skipped; of a field that should be there once (the
/// extensions included) the last one counts.
[[nodiscard]] Result<NoisePayload> decode_noise_payload(BytesView protobuf);

}  // namespace pond::wire
