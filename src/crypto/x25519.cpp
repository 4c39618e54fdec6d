#include "pond/crypto/x25519.hpp"

#include <sodium.h>

#include "require.hpp"
#include "sodium.hpp"

namespace pond::crypto {

X25519KeyPair X25519KeyPair::generate(Rng& rng) {
  X25519KeyPair pair;
  rng.fill(pair.secret);
  use_sodium();
  require(crypto_scalarmult_base(pair.public_key.data(), pair.secret.data()) == 0);
  return pair;
}

X25519KeyPair X25519KeyPair::from_secret(const Digest& secret) {
  X25519KeyPair pair{.secret = secret, .public_key = {}};
  use_sodium();
  require(crypto_scalarmult_base(pair.public_key.data(), pair.secret.data()) == 0);
  return pair;
}

Result<Digest> x25519(const Digest& secret, const Digest& peer_public_key) {
  use_sodium();
  Digest shared;
  if (crypto_scalarmult(shared.data(), secret.data(), peer_public_key.data()) != 0) {
    return fail(Errc::kProtocol, "X25519 public key of low order");
  }
  return shared;
}

}  // namespace pond::crypto
