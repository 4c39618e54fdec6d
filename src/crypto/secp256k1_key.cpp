#include "secp256k1_key.hpp"

#include <secp256k1.h>

#include "pond/crypto/hash.hpp"
#include "pond/crypto/wipe.hpp"

#include "require.hpp"
#include "secp256k1_context.hpp"

namespace pond::crypto::secp256k1 {
namespace {

constexpr std::size_t kCompressedBytes = 33;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kMaxDerSignatureBytes = 72;

/// `secret` must be a valid key.
Bytes public_of(const std::uint8_t* secret) {
  secp256k1_pubkey point;
  require(secp256k1_ec_pubkey_create(secp256k1_shared(), &point, secret) == 1);
  Bytes data(kCompressedBytes);
  std::size_t size = data.size();
  require(secp256k1_ec_pubkey_serialize(secp256k1_shared(), data.data(), &size, &point, SECP256K1_EC_COMPRESSED) == 1);
  return data;
}

}  // namespace

Result<KeyMaterial> generate(Rng& rng) {
  Bytes secret(kSecretBytes);
  do {
    rng.fill(secret);
  } while (secp256k1_ec_seckey_verify(secp256k1_shared(), secret.data()) != 1);
  Bytes public_data = public_of(secret.data());
  return KeyMaterial{.public_data = std::move(public_data), .private_data = std::move(secret)};
}

Result<void> check_public(BytesView data) {
  secp256k1_pubkey point;
  if (data.size() != kCompressedBytes ||
      secp256k1_ec_pubkey_parse(secp256k1_shared(), &point, data.data(), data.size()) != 1) {
    return fail(Errc::kMalformed, "secp256k1 public key is no compressed point");
  }
  return {};
}

Result<KeyMaterial> read_private(BytesView data) {
  if (data.size() != kSecretBytes || secp256k1_ec_seckey_verify(secp256k1_shared(), data.data()) != 1) {
    return fail(Errc::kMalformed, "secp256k1 private key is no 32-octet number below the group order");
  }
  return KeyMaterial{.public_data = public_of(data.data()), .private_data = to_bytes(data)};
}

Result<Bytes> sign(BytesView private_data, BytesView message) {
  const Digest digest = sha256(message);
  secp256k1_ecdsa_signature parsed;
  Bytes signature(kMaxDerSignatureBytes);
  std::size_t size = signature.size();
  if (secp256k1_ecdsa_sign(secp256k1_shared(), &parsed, digest.data(), private_data.data(), nullptr, nullptr) != 1 ||
      secp256k1_ecdsa_signature_serialize_der(secp256k1_shared(), signature.data(), &size, &parsed) != 1) {
    return fail(Errc::kInternal, "libsecp256k1 refused to sign");
  }
  signature.resize(size);
  return signature;
}

bool verify(BytesView public_data, BytesView message, BytesView signature) {
  // libsecp256k1 ends the process when it is given a null pointer, which an empty view may be.
  if (signature.empty()) {
    return false;
  }
  secp256k1_pubkey point;
  secp256k1_ecdsa_signature parsed;
  if (secp256k1_ec_pubkey_parse(secp256k1_shared(), &point, public_data.data(), public_data.size()) != 1 ||
      secp256k1_ecdsa_signature_parse_der(secp256k1_shared(), &parsed, signature.data(), signature.size()) != 1) {
    return false;
  }
  // Refuses an s in the upper half, as BIP 62 (which specs/peer-ids names) and the js and rust peers do; every
  // implementation signs with a low one.
  return secp256k1_ecdsa_verify(secp256k1_shared(), &parsed, sha256(message).data(), &point) == 1;
}

}  // namespace pond::crypto::secp256k1
