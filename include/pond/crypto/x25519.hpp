#pragma once

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/rng.hpp"
#include "pond/crypto/hash.hpp"

namespace pond::crypto {

/// An X25519 pair (RFC 7748), 32 octets each, little-endian as the RFC has it.
struct X25519KeyPair {
  Digest secret;
  Digest public_key;

  [[nodiscard]] static X25519KeyPair generate(Rng& rng);
  [[nodiscard]] static X25519KeyPair from_secret(const Digest& secret);
};

/// The shared secret. kProtocol when it would be all zero (a low-order point from the peer).
[[nodiscard]] Result<Digest> x25519(const Digest& secret, const Digest& peer_public_key);

}  // namespace pond::crypto
