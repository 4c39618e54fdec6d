#include "ed25519.hpp"

#include <array>

#include <sodium.h>

#include "pond/crypto/wipe.hpp"

#include "require.hpp"
#include "sodium.hpp"

namespace pond::crypto::ed25519 {
namespace {

constexpr std::size_t kPublicBytes = crypto_sign_PUBLICKEYBYTES;
constexpr std::size_t kSeedBytes = crypto_sign_SEEDBYTES;
constexpr std::size_t kSecretBytes = crypto_sign_SECRETKEYBYTES;  // the seed, then the public key
constexpr std::size_t kLegacySecretBytes = kSecretBytes + kPublicBytes;
constexpr std::size_t kSignatureBytes = crypto_sign_BYTES;

KeyMaterial from_seed(std::span<const std::uint8_t, kSeedBytes> seed) {
  use_sodium();
  KeyMaterial key{.public_data = Bytes(kPublicBytes), .private_data = Bytes(kSecretBytes)};
  require(crypto_sign_seed_keypair(key.public_data.data(), key.private_data.data(), seed.data()) == 0);
  return key;
}

}  // namespace

Result<KeyMaterial> generate(Rng& rng) {
  std::array<std::uint8_t, kSeedBytes> seed;
  rng.fill(seed);
  KeyMaterial key = from_seed(seed);
  wipe(seed);
  return key;
}

Result<void> check_public(BytesView data) {
  if (data.size() != kPublicBytes) {
    return fail(Errc::kMalformed, "Ed25519 public key is not 32 octets");
  }
  return {};
}

Result<KeyMaterial> read_private(BytesView data) {
  if (data.size() != kSecretBytes && data.size() != kLegacySecretBytes) {
    return fail(Errc::kMalformed, "Ed25519 private key is neither 64 nor 96 octets");
  }
  // Signing with a public half of somebody else's choice gives the secret away, so the seed decides.
  KeyMaterial key = from_seed(data.first<kSeedBytes>());
  const bool consistent = equal(key.public_data, data.subspan(kSeedBytes, kPublicBytes)) &&
                          (data.size() == kSecretBytes || equal(key.public_data, data.last(kPublicBytes)));
  if (!consistent) {
    wipe(key.private_data);
    return fail(Errc::kMalformed, "Ed25519 private key's public half is not its own");
  }
  return key;
}

Result<Bytes> sign(BytesView private_data, BytesView message) {
  use_sodium();
  Bytes signature(kSignatureBytes);
  require(crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), private_data.data()) == 0);
  return signature;
}

bool verify(BytesView public_data, BytesView message, BytesView signature) {
  use_sodium();
  return signature.size() == kSignatureBytes &&
         crypto_sign_verify_detached(signature.data(), message.data(), message.size(), public_data.data()) == 0;
}

}  // namespace pond::crypto::ed25519
