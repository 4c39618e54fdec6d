#include "openssl.hpp"

#include "require.hpp"

namespace pond::crypto {
namespace {

bool encodes_as(EVP_PKEY* private_key, BytesView der) {
  unsigned char* buffer = nullptr;
  const int size = i2d_PrivateKey(private_key, &buffer);
  if (size <= 0) {
    return false;
  }
  const std::size_t length = static_cast<std::size_t>(size);
  const bool same = equal(BytesView{buffer, length}, der);
  OPENSSL_clear_free(buffer, length);
  return same;
}

}  // namespace

const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  require(algorithm != nullptr);
  return algorithm;
}

Result<SpkiAlgorithm> spki_algorithm(BytesView der) {
  const ErrorScope scope;
  const unsigned char* cursor = der.data();
  long length = 0;
  int tag = 0;
  int tag_class = 0;
  const int kind = ASN1_get_object(&cursor, &length, &tag, &tag_class, static_cast<long>(der.size()));
  if (kind != V_ASN1_CONSTRUCTED || tag != V_ASN1_SEQUENCE || tag_class != V_ASN1_UNIVERSAL) {
    return fail(Errc::kMalformed, "public key is no DER SubjectPublicKeyInfo");
  }
  const std::unique_ptr<X509_ALGOR, FreeWith<X509_ALGOR_free>> identifier{d2i_X509_ALGOR(nullptr, &cursor, length)};
  if (identifier == nullptr) {
    return fail(Errc::kMalformed, "public key is no DER SubjectPublicKeyInfo");
  }
  const ASN1_OBJECT* algorithm = nullptr;
  int parameter_type = V_ASN1_UNDEF;
  const void* parameter = nullptr;
  X509_ALGOR_get0(&algorithm, &parameter_type, &parameter, identifier.get());
  const bool named = parameter_type == V_ASN1_OBJECT;
  return SpkiAlgorithm{.algorithm = OBJ_obj2nid(algorithm),
                       .curve = named ? OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(parameter)) : NID_undef};
}

EvpKey decode_spki(BytesView der) {
  const ErrorScope scope;
  const unsigned char* cursor = der.data();
  EvpKey key{d2i_PUBKEY(nullptr, &cursor, static_cast<long>(der.size()))};
  if (key == nullptr || !equal(encode_spki(key.get()), der)) {
    return nullptr;
  }
  return key;
}

Bytes encode_spki(EVP_PKEY* key) {
  const ErrorScope scope;
  unsigned char* buffer = nullptr;
  const int size = i2d_PUBKEY(key, &buffer);
  if (size <= 0) {
    return {};
  }
  Bytes der(buffer, buffer + size);
  OPENSSL_free(buffer);
  return der;
}

EvpKey decode_private(const char* algorithm, BytesView der) {
  const ErrorScope scope;
  EVP_PKEY* raw = nullptr;
  const DecoderContext decoder{
      OSSL_DECODER_CTX_new_for_pkey(&raw, "DER", "type-specific", algorithm, EVP_PKEY_KEYPAIR, nullptr, nullptr)};
  const unsigned char* cursor = der.data();
  std::size_t left = der.size();
  const bool decoded = decoder != nullptr && OSSL_DECODER_from_data(decoder.get(), &cursor, &left) == 1;
  EvpKey key{raw};
  // The decoder follows PKCS#8 too, whatever it was asked for, and stops where the key ends.
  return decoded && encodes_as(key.get(), der) ? std::move(key) : nullptr;
}

bool verify_with_sha256(EVP_PKEY* key, BytesView message, BytesView signature) {
  const ErrorScope scope;
  const MdContext context{EVP_MD_CTX_new()};
  return context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, sha256_algorithm(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

bool verify_with_sha256(BytesView spki, BytesView message, BytesView signature) {
  const EvpKey key = decode_spki(spki);
  return key != nullptr && verify_with_sha256(key.get(), message, signature);
}

Result<Bytes> sign_with_sha256(EVP_PKEY* key, BytesView message) {
  const ErrorScope scope;
  const MdContext context{EVP_MD_CTX_new()};
  std::size_t size = 0;
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, sha256_algorithm(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) != 1) {
    return fail(Errc::kInternal, "OpenSSL refused to sign");
  }
  Bytes signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
    return fail(Errc::kInternal, "OpenSSL refused to sign");
  }
  signature.resize(size);
  return signature;
}

Result<Bytes> sign_with_sha256(const char* algorithm, BytesView private_key, BytesView message) {
  const EvpKey key = decode_private(algorithm, private_key);
  if (key == nullptr) {
    return fail(Errc::kInternal, "OpenSSL refused a key that it had read before");
  }
  return sign_with_sha256(key.get(), message);
}

}  // namespace pond::crypto
