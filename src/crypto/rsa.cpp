#include "rsa.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "openssl.hpp"

namespace pond::crypto::rsa {
namespace {

using BigNumber = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;

constexpr int kMinBits = 2048;
constexpr int kMaxBits = 8192;
/// Exponents up to 2^31 - 1, as go's crypto/rsa: a longer one costs a verifier time and nobody uses it.
constexpr int kMaxExponentBits = 31;
/// An 8192-bit key needs 1,062 and about 4,700 octets.
constexpr std::size_t kMaxPublicBytes = 1100;
constexpr std::size_t kMaxPrivateBytes = 5000;

BigNumber number_of(EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  EVP_PKEY_get_bn_param(key, name, &raw);
  return BigNumber{raw};
}

Result<void> check_numbers(EVP_PKEY* key) {
  const ErrorScope scope;
  const BigNumber modulus = number_of(key, OSSL_PKEY_PARAM_RSA_N);
  const BigNumber exponent = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  if (modulus == nullptr || exponent == nullptr) {
    return fail(Errc::kMalformed, "RSA key lacks its numbers");
  }
  const int bits = BN_num_bits(modulus.get());
  if (bits < kMinBits || bits > kMaxBits) {
    return fail(Errc::kUnsupported, "RSA key is not of 2048 to 8192 bits");
  }
  if (BN_is_odd(modulus.get()) == 0 || BN_is_odd(exponent.get()) == 0 || BN_is_one(exponent.get()) == 1) {
    return fail(Errc::kMalformed, "RSA key's numbers cannot be a key's");
  }
  if (BN_num_bits(exponent.get()) > kMaxExponentBits) {
    return fail(Errc::kUnsupported, "RSA public exponent is above 2^31 - 1");
  }
  return {};
}

}  // namespace

Result<void> check_public(BytesView data) {
  if (data.size() > kMaxPublicBytes) {
    return fail(Errc::kUnsupported, "RSA key is not of 2048 to 8192 bits");
  }
  POND_TRY(const SpkiAlgorithm kind, spki_algorithm(data));
  if (kind.algorithm != NID_rsaEncryption) {
    return fail(Errc::kMalformed, "RSA public key holds a key of another algorithm");
  }
  const EvpKey key = decode_spki(data);
  if (key == nullptr) {
    return fail(Errc::kMalformed, "RSA public key is no DER SubjectPublicKeyInfo");
  }
  return check_numbers(key.get());
}

Result<KeyMaterial> read_private(BytesView data) {
  if (data.size() > kMaxPrivateBytes) {
    return fail(Errc::kUnsupported, "RSA key is not of 2048 to 8192 bits");
  }
  const EvpKey key = decode_private("RSA", data);
  if (key == nullptr) {
    return fail(Errc::kMalformed, "RSA private key is no DER PKCS#1");
  }
  POND_CHECK(check_numbers(key.get()));
  // A signature that verifies proves the pair, without the primality tests of a full check.
  const BytesView probe = as_bytes("probe");
  const Result<Bytes> signature = sign_with_sha256(key.get(), probe);
  if (!signature || !verify_with_sha256(key.get(), probe, *signature)) {
    return fail(Errc::kMalformed, "RSA private key's numbers do not fit together");
  }
  return KeyMaterial{.public_data = encode_spki(key.get()), .private_data = to_bytes(data)};
}

Result<Bytes> sign(BytesView private_data, BytesView message) {
  return sign_with_sha256("RSA", private_data, message);
}

bool verify(BytesView public_data, BytesView message, BytesView signature) {
  return verify_with_sha256(public_data, message, signature);
}

}  // namespace pond::crypto::rsa
