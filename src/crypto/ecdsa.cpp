#include "ecdsa.hpp"

#include <algorithm>
#include <array>

#include "openssl.hpp"

namespace pond::crypto::ecdsa {
namespace {

/// Longer than any SubjectPublicKeyInfo or ECPrivateKey of a named curve.
constexpr std::size_t kMaxPublicBytes = 256;
constexpr std::size_t kMaxPrivateBytes = 512;

/// All of a P-256 SubjectPublicKeyInfo that is not the two coordinates: the algorithm, and 04 for an uncompressed
/// point.
constexpr std::array<std::uint8_t, 27> kP256Prefix = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                                      0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                                      0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
constexpr std::size_t kP256PublicBytes = kP256Prefix.size() + 64;

bool halves_agree(EVP_PKEY* key) {
  const EvpKeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
  return context != nullptr && EVP_PKEY_private_check(context.get()) == 1 &&
         EVP_PKEY_pairwise_check(context.get()) == 1;
}

}  // namespace

Result<void> check_public(BytesView data) {
  if (data.size() > kMaxPublicBytes) {
    return fail(Errc::kUnsupported, "ECDSA public key longer than that of any supported curve");
  }
  POND_TRY(const SpkiAlgorithm kind, spki_algorithm(data));
  if (kind.algorithm != NID_X9_62_id_ecPublicKey) {
    return fail(Errc::kMalformed, "ECDSA public key holds a key of another algorithm");
  }
  if (kind.curve != NID_X9_62_prime256v1) {
    return fail(Errc::kUnsupported, "ECDSA public key is not on P-256");
  }
  if (data.size() != kP256PublicBytes || !equal(data.first(kP256Prefix.size()), kP256Prefix)) {
    return fail(Errc::kMalformed, "ECDSA public key is no uncompressed P-256 point in DER");
  }
  if (decode_spki(data) == nullptr) {
    return fail(Errc::kMalformed, "ECDSA public key is not on its curve");
  }
  return {};
}

Result<KeyMaterial> read_private(BytesView data) {
  if (data.size() > kMaxPrivateBytes) {
    return fail(Errc::kMalformed, "ECDSA private key longer than any");
  }
  const ErrorScope scope;
  const EvpKey key = decode_private("EC", data);
  if (key == nullptr) {
    return fail(Errc::kMalformed, "ECDSA private key is no DER ECPrivateKey");
  }
  Bytes public_data = encode_spki(key.get());
  POND_CHECK(check_public(public_data));
  if (!halves_agree(key.get())) {
    return fail(Errc::kMalformed, "ECDSA private key's public half is not its own");
  }
  return KeyMaterial{.public_data = std::move(public_data), .private_data = to_bytes(data)};
}

Result<Bytes> sign(BytesView private_data, BytesView message) {
  return sign_with_sha256("EC", private_data, message);
}

bool verify(BytesView public_data, BytesView message, BytesView signature) {
  return verify_with_sha256(public_data, message, signature);
}

}  // namespace pond::crypto::ecdsa
