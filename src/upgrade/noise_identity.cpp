#include "pond/upgrade/noise_identity.hpp"

#include <algorithm>
#include <utility>

#include "pond/crypto/wipe.hpp"
#include "pond/wire/noise_payload.hpp"

namespace pond::upgrade {

NoiseSignedText noise_signed_text(const crypto::Digest& static_public_key) noexcept {
  NoiseSignedText text;
  const auto key_at = std::ranges::copy(as_bytes(kNoiseSignaturePrefix), text.begin()).out;
  std::ranges::copy(static_public_key, key_at);
  return text;
}

Result<NoiseIdentity> NoiseIdentity::make(const crypto::PrivateKey& key, std::span<const std::string> muxers,
                                          Rng& rng) {
  NoiseIdentity identity;
  identity.static_keys_ = crypto::X25519KeyPair::generate(rng);
  identity.peer_id_ = wire::PeerId::from_public_key(key.public_key());
  identity.muxers_.assign(muxers.begin(), muxers.end());
  POND_TRY(Bytes signature, key.sign(noise_signed_text(identity.static_keys_.public_key)));
  identity.payload_ = wire::encode_noise_payload({.identity_key = wire::encode_public_key(key.public_key()),
                                                  .identity_sig = std::move(signature),
                                                  .stream_muxers = identity.muxers_,
                                                  .webtransport_certhashes = {}});
  if (identity.payload_.size() > kMaxNoisePayloadBytes) {
    return fail(Errc::kInvalidArgument, "noise handshake payload over the limit");
  }
  return identity;
}

NoiseIdentity::~NoiseIdentity() {
  crypto::wipe(static_keys_.secret);
}

}  // namespace pond::upgrade
