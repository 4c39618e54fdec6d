#include "pond/upgrade/tls_certificate.hpp"

#include <array>
#include <ctime>
#include <optional>

#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "pond/crypto/error_scope.hpp"
#include "pond/wire/peer_id.hpp"

#include "tls_x509.hpp"

namespace pond::upgrade {
namespace {

using crypto::FreeWith;
using Oid = std::unique_ptr<ASN1_OBJECT, FreeWith<ASN1_OBJECT_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, FreeWith<ASN1_OCTET_STRING_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;

/// NIST SP 800-57: what 2048-bit RSA and P-224 give. SHA-1 and MD5 stay below.
constexpr int kMinSecurityBits = 112;
constexpr int kMaxRsaBits = 8192;
constexpr std::uint8_t kDerSequence = 0x30;
constexpr std::uint8_t kDerOctetString = 0x04;
constexpr std::size_t kSerialBytes = 8;

void free_any(ASN1_SEQUENCE_ANY* items) {
  sk_ASN1_TYPE_pop_free(items, ASN1_TYPE_free);
}

void append_der(Bytes& out, std::uint8_t tag, BytesView content) {
  out.push_back(tag);
  const std::size_t size = content.size();
  if (size >= 0x100) {
    out.insert(out.end(), {0x82, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
  } else if (size >= 0x80) {
    out.insert(out.end(), {0x81, static_cast<std::uint8_t>(size)});
  } else {
    out.push_back(static_cast<std::uint8_t>(size));
  }
  append(out, content);
}

Bytes spki_of(X509* certificate) {
  unsigned char* buffer = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &buffer);
  if (size <= 0) {
    return {};
  }
  Bytes der(buffer, buffer + size);
  OPENSSL_free(buffer);
  return der;
}

Bytes signed_text(X509* certificate) {
  Bytes text = to_bytes(as_bytes(kTlsSignaturePrefix));
  append(text, spki_of(certificate));
  return text;
}

/// The two parts of a SignedKey, which point into `items`.
struct SignedKey {
  std::unique_ptr<ASN1_SEQUENCE_ANY, FreeWith<free_any>> items;
  BytesView public_key;
  BytesView signature;
};

std::optional<BytesView> octets_of(const ASN1_SEQUENCE_ANY* items, int index) {
  const ASN1_TYPE* item = sk_ASN1_TYPE_value(items, index);
  if (item == nullptr || item->type != V_ASN1_OCTET_STRING) {
    return std::nullopt;
  }
  const ASN1_OCTET_STRING* string = item->value.octet_string;
  return BytesView{ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

Result<SignedKey> parse_signed_key(const ASN1_OCTET_STRING* value) {
  const unsigned char* cursor = ASN1_STRING_get0_data(value);
  const unsigned char* const end = cursor + ASN1_STRING_length(value);
  SignedKey key{.items = {}, .public_key = {}, .signature = {}};
  key.items.reset(d2i_ASN1_SEQUENCE_ANY(nullptr, &cursor, ASN1_STRING_length(value)));
  if (key.items == nullptr || cursor != end || sk_ASN1_TYPE_num(key.items.get()) != 2) {
    return fail(Errc::kMalformed, "the certificate's libp2p extension is no SignedKey");
  }
  const auto public_key = octets_of(key.items.get(), 0);
  const auto signature = octets_of(key.items.get(), 1);
  if (!public_key || !signature) {
    return fail(Errc::kMalformed, "the certificate's libp2p extension is no SignedKey");
  }
  key.public_key = *public_key;
  key.signature = *signature;
  return key;
}

Result<SignedKey> find_signed_key(const X509* certificate) {
  const Oid oid{OBJ_txt2obj(kTlsExtensionOid, 1)};
  X509_EXTENSION* found = nullptr;
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* extension = X509_get_ext(certificate, i);
    if (OBJ_cmp(X509_EXTENSION_get_object(extension), oid.get()) == 0) {
      if (found != nullptr) {
        return fail(Errc::kMalformed, "the certificate has two libp2p extensions");
      }
      found = extension;
    } else if (X509_EXTENSION_get_critical(extension) == 1 && X509_supported_extension(extension) != 1) {
      return fail(Errc::kUnsupported, "the certificate has a critical extension that is not known");
    }
  }
  if (found == nullptr) {
    return fail(Errc::kMalformed, "the certificate has no libp2p extension");
  }
  return parse_signed_key(X509_EXTENSION_get_data(found));
}

Result<void> check_validity(const X509* certificate, WallTime now) {
  std::time_t seconds = static_cast<std::time_t>(now.ms / 1000);
  // -1: the certificate's time is not later than `seconds`; 1: it is; 0: it does not parse.
  if (X509_cmp_time(X509_get0_notBefore(certificate), &seconds) != -1) {
    return fail(Errc::kProtocol, "the certificate is not valid yet: one of the two clocks is wrong");
  }
  if (X509_cmp_time(X509_get0_notAfter(certificate), &seconds) != 1) {
    return fail(Errc::kProtocol, "the certificate has expired");
  }
  return {};
}

bool usable(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
      return true;
    case EVP_PKEY_RSA:
      return EVP_PKEY_get_security_bits(key) >= kMinSecurityBits && EVP_PKEY_get_bits(key) <= kMaxRsaBits;
    case EVP_PKEY_EC: {
      std::array<char, 32> group{};
      const bool named = EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1;
      const std::string_view name{group.data()};
      return named && (name == "prime256v1" || name == "secp384r1" || name == "secp521r1");
    }
    default:
      return false;
  }
}

Result<void> check_self_signature(X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr || !usable(key)) {
    return fail(Errc::kUnsupported, "the certificate's key is of a kind that is not known or too weak");
  }
  int security_bits = 0;
  if (X509_get_signature_info(certificate, nullptr, nullptr, &security_bits, nullptr) != 1 ||
      security_bits < kMinSecurityBits) {
    return fail(Errc::kUnsupported, "the certificate's signature is of a kind that is not known or too weak");
  }
  if (X509_verify(certificate, key) != 1) {
    return fail(Errc::kBadSignature, "the certificate's own signature does not verify");
  }
  return {};
}

bool set_time(ASN1_TIME* field, WallTime time) {
  return ASN1_TIME_set(field, static_cast<std::time_t>(time.ms / 1000)) != nullptr;
}

bool set_serial_and_names(X509* certificate) {
  std::array<std::uint8_t, kSerialBytes> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    return false;
  }
  random[0] = static_cast<std::uint8_t>(random[0] & 0x7f) | 0x40;  // positive, and of that length
  const std::unique_ptr<BIGNUM, FreeWith<BN_free>> number{
      BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr)};
  X509_NAME* name = X509_get_subject_name(certificate);
  return number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("libp2p"), -1, -1,
                                    0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

bool add_signed_key(X509* certificate, const crypto::PrivateKey& identity, BytesView signature) {
  Bytes parts;
  append_der(parts, kDerOctetString, wire::encode_public_key(identity.public_key()));
  append_der(parts, kDerOctetString, signature);
  Bytes sequence;
  append_der(sequence, kDerSequence, parts);
  const Oid oid{OBJ_txt2obj(kTlsExtensionOid, 1)};
  const OctetString value{ASN1_OCTET_STRING_new()};
  if (oid == nullptr || value == nullptr ||
      ASN1_OCTET_STRING_set(value.get(), sequence.data(), static_cast<int>(sequence.size())) != 1) {
    return false;
  }
  const Extension extension{X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), 0, value.get())};
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

}  // namespace

Bytes to_der(X509* certificate) {
  unsigned char* buffer = nullptr;
  const int size = i2d_X509(certificate, &buffer);
  if (size <= 0) {
    return {};
  }
  Bytes der(buffer, buffer + size);
  OPENSSL_free(buffer);
  return der;
}

Result<OwnCertificate> make_tls_certificate(const crypto::PrivateKey& identity, WallTime not_before,
                                            WallTime not_after) {
  const crypto::ErrorScope scope;
  const auto refused = fail(Errc::kInternal, "OpenSSL refused to make a certificate");
  OwnCertificate own{.certificate = Certificate{X509_new()}, .key = CertificateKey{EVP_EC_gen("P-256")}};
  X509* certificate = own.certificate.get();
  if (certificate == nullptr || own.key == nullptr || X509_set_version(certificate, X509_VERSION_3) != 1 ||
      !set_time(X509_getm_notBefore(certificate), not_before) ||
      !set_time(X509_getm_notAfter(certificate), not_after) || !set_serial_and_names(certificate) ||
      X509_set_pubkey(certificate, own.key.get()) != 1) {
    return refused;
  }
  POND_TRY(const Bytes signature, identity.sign(signed_text(certificate)));
  if (!add_signed_key(certificate, identity, signature) || X509_sign(certificate, own.key.get(), EVP_sha256()) <= 0) {
    return refused;
  }
  return own;
}

Result<crypto::PublicKey> verify_tls_x509(X509* certificate, WallTime now) {
  const crypto::ErrorScope scope;
  const ASN1_BIT_STRING* issuer_id = nullptr;
  const ASN1_BIT_STRING* subject_id = nullptr;
  X509_get0_uids(certificate, &issuer_id, &subject_id);
  if (issuer_id != nullptr || subject_id != nullptr) {
    return fail(Errc::kMalformed, "the certificate has unique ids of its issuer or subject");
  }
  POND_CHECK(check_validity(certificate, now));
  POND_TRY(const SignedKey signed_key, find_signed_key(certificate));
  POND_TRY(crypto::PublicKey identity, wire::decode_public_key(signed_key.public_key));
  POND_CHECK(check_self_signature(certificate));
  if (!identity.verify(signed_text(certificate), signed_key.signature)) {
    return fail(Errc::kBadSignature, "the identity's signature of the certificate's key does not verify");
  }
  return identity;
}

Result<crypto::PublicKey> verify_tls_certificate(BytesView der, WallTime now) {
  if (der.size() > kMaxTlsCertificateBytes) {
    return fail(Errc::kTooLarge, "the certificate is over the limit");
  }
  const crypto::ErrorScope scope;
  const unsigned char* cursor = der.data();
  const Certificate certificate{d2i_X509(nullptr, &cursor, static_cast<long>(der.size()))};
  if (certificate == nullptr || cursor != der.data() + der.size()) {
    return fail(Errc::kMalformed, "not one X.509 certificate");
  }
  return verify_tls_x509(certificate.get(), now);
}

}  // namespace pond::upgrade
