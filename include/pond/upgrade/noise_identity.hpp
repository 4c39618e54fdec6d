#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/rng.hpp"
#include "pond/crypto/hash.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/crypto/x25519.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::upgrade {

/// The longest handshake payload that is sent or accepted, in octets of plaintext: an 8192-bit RSA key with its
/// signature takes about 2 KiB.
inline constexpr std::size_t kMaxNoisePayloadBytes = 8 * 1024;

/// The text in front of the static public key in what an identity signs (specs/noise, static key authentication).
inline constexpr std::string_view kNoiseSignaturePrefix = "noise-libp2p-static-key:";

/// What an identity signs for a static key: the prefix and the key's 32 octets.
using NoiseSignedText = std::array<std::uint8_t, kNoiseSignaturePrefix.size() + 32>;
[[nodiscard]] NoiseSignedText noise_signed_text(const crypto::Digest& static_public_key) noexcept;

/// What a node shows of itself in every Noise handshake: a static X25519 key, signed once by the node's identity, and
/// the ready payload. Made once for a node and shared by all its handshakes, which saves each of them a signature.
/// Immutable after `make`: any thread. The static secret never leaves the process and is wiped when the object goes.
class NoiseIdentity {
 public:
  /// `muxers`: protocol names for early muxer negotiation (specs/connections/inlined-muxer-negotiation.md), most wanted
  /// first; an empty list sends no extension, and the muxer is then negotiated by multistream-select. kInternal when
  /// the key refuses to sign; kInvalidArgument when the payload would be over kMaxNoisePayloadBytes.
  [[nodiscard]] static Result<NoiseIdentity> make(const crypto::PrivateKey& key, std::span<const std::string> muxers,
                                                  Rng& rng);

  NoiseIdentity(NoiseIdentity&&) = default;
  NoiseIdentity& operator=(NoiseIdentity&&) = default;
  ~NoiseIdentity();

  [[nodiscard]] const wire::PeerId& peer_id() const noexcept { return peer_id_; }
  [[nodiscard]] const crypto::X25519KeyPair& static_keys() const noexcept { return static_keys_; }
  [[nodiscard]] const std::vector<std::string>& muxers() const noexcept { return muxers_; }

  /// The encoded NoiseHandshakePayload of messages 2 and 3.
  [[nodiscard]] BytesView payload() const noexcept { return payload_; }

 private:
  NoiseIdentity() = default;

  wire::PeerId peer_id_;
  crypto::X25519KeyPair static_keys_{};
  std::vector<std::string> muxers_;
  Bytes payload_;
};

}  // namespace pond::upgrade
