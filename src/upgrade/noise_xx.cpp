#include "pond/upgrade/noise_xx.hpp"

#include <algorithm>

#include "pond/crypto/wipe.hpp"

namespace pond::upgrade {
namespace {

/// `in`'s first `octets`, which it has; `in` moves past them.
BytesView take(BytesView& in, std::size_t octets) {
  const BytesView front = in.first(octets);
  in = in.subspan(octets);
  return front;
}

}  // namespace

NoiseXx::NoiseXx(NoiseRole role, const crypto::X25519KeyPair& static_keys, Rng& rng, BytesView prologue)
    : symmetric_(prologue), static_(static_keys), role_(role) {
  rng.fill(ephemeral_secret_);
}

NoiseXx::~NoiseXx() {
  crypto::wipe(static_.secret);
  crypto::wipe(ephemeral_secret_);
}

Result<void> NoiseXx::mix_dh(const crypto::Digest& secret, const crypto::Digest& remote) {
  POND_TRY(crypto::Digest shared, crypto::x25519(secret, remote));
  symmetric_.mix_key(shared);
  crypto::wipe(shared);
  return {};
}

void NoiseXx::write_ephemeral(Bytes& out) {
  auto ephemeral = crypto::X25519KeyPair::from_secret(ephemeral_secret_);
  crypto::wipe(ephemeral.secret);
  append(out, ephemeral.public_key);
  symmetric_.mix_hash(ephemeral.public_key);
}

Result<void> NoiseXx::write(BytesView payload, Bytes& out) {
  if (!may_write()) {
    return fail(Errc::kProtocol, "not this side's turn in the noise handshake");
  }
  switch (next_) {
    case 1:
      write_ephemeral(out);
      break;
    case 2:
      write_ephemeral(out);
      POND_CHECK(mix_dh(ephemeral_secret_, remote_ephemeral_));
      POND_CHECK(symmetric_.encrypt_and_hash(static_.public_key, out));
      POND_CHECK(mix_dh(static_.secret, remote_ephemeral_));
      break;
    default:
      POND_CHECK(symmetric_.encrypt_and_hash(static_.public_key, out));
      POND_CHECK(mix_dh(static_.secret, remote_ephemeral_));
      break;
  }
  POND_CHECK(symmetric_.encrypt_and_hash(payload, out));
  ++next_;
  return {};
}

void NoiseXx::read_ephemeral(BytesView key) {
  std::ranges::copy(key, remote_ephemeral_.begin());
  symmetric_.mix_hash(remote_ephemeral_);
}

Result<void> NoiseXx::read_static(BytesView sealed) {
  Bytes key;
  POND_CHECK(symmetric_.decrypt_and_hash(sealed, key));
  std::ranges::copy(key, remote_static_.begin());
  return {};
}

Result<void> NoiseXx::read(BytesView message, Bytes& payload) {
  if (complete() || may_write()) {
    return fail(Errc::kProtocol, "noise handshake message out of place");
  }
  if (message.size() < overhead(next_)) {
    return fail(Errc::kMalformed, "noise handshake message too short");
  }
  constexpr std::size_t kSealedKeyBytes = kKeyBytes + CipherState::kTagBytes;
  switch (next_) {
    case 1:
      read_ephemeral(take(message, kKeyBytes));
      break;
    case 2:
      read_ephemeral(take(message, kKeyBytes));
      POND_CHECK(mix_dh(ephemeral_secret_, remote_ephemeral_));
      POND_CHECK(read_static(take(message, kSealedKeyBytes)));
      POND_CHECK(mix_dh(ephemeral_secret_, remote_static_));
      break;
    default:
      POND_CHECK(read_static(take(message, kSealedKeyBytes)));
      POND_CHECK(mix_dh(ephemeral_secret_, remote_static_));
      break;
  }
  POND_CHECK(symmetric_.decrypt_and_hash(message, payload));
  ++next_;
  return {};
}

}  // namespace pond::upgrade
