#pragma once

#include <memory>

#include <openssl/asn1.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/crypto/error_scope.hpp"
#include "pond/crypto/free_with.hpp"

namespace pond::crypto {

using MdContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeWith<EVP_MAC_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeWith<EVP_CIPHER_CTX_free>>;
using EvpKeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using EvpKey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using DecoderContext = std::unique_ptr<OSSL_DECODER_CTX, FreeWith<OSSL_DECODER_CTX_free>>;

/// SHA-256, fetched once for the process: EVP_sha256() would look it up at every use.
[[nodiscard]] const EVP_MD* sha256_algorithm();

/// What a DER SubjectPublicKeyInfo says it holds; OpenSSL's numbers, NID_undef for what it does not know.
struct SpkiAlgorithm {
  int algorithm;
  int curve;  ///< NID_undef when the parameters are no object identifier
};

/// Reads the algorithm alone, so that key parsers nobody asked for are never run. kMalformed when it does not parse.
[[nodiscard]] Result<SpkiAlgorithm> spki_algorithm(BytesView der);

/// The key of a DER SubjectPublicKeyInfo; null when it does not parse, or when the octets are not exactly those that
/// encode this key: two encodings of one key would be two peer ids.
[[nodiscard]] EvpKey decode_spki(BytesView der);

/// The DER SubjectPublicKeyInfo of a key; empty on failure.
[[nodiscard]] Bytes encode_spki(EVP_PKEY* key);

/// A private key in the DER form of its own algorithm (PKCS#1 for "RSA", SEC 1 for "EC"); null when it does not parse,
/// or when the octets are not exactly those that encode this key in that form.
[[nodiscard]] EvpKey decode_private(const char* algorithm, BytesView der);

/// Whether `signature` is the key's over the SHA-256 of `message`, with the algorithm's default padding.
[[nodiscard]] bool verify_with_sha256(EVP_PKEY* key, BytesView message, BytesView signature);
/// The same for a key that decode_spki() takes; false when it does not.
[[nodiscard]] bool verify_with_sha256(BytesView spki, BytesView message, BytesView signature);

/// kInternal when OpenSSL refuses.
[[nodiscard]] Result<Bytes> sign_with_sha256(EVP_PKEY* key, BytesView message);
/// The same for a key that decode_private() took before.
[[nodiscard]] Result<Bytes> sign_with_sha256(const char* algorithm, BytesView private_key, BytesView message);

}  // namespace pond::crypto
