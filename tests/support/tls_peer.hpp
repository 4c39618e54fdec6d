#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "pond/base/bytes.hpp"
#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/crypto/free_with.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/upgrade/tls_certificate.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::test {

inline constexpr WallTime kTlsNow{1'763'800'000'000};

using X509Ptr = std::unique_ptr<X509, crypto::FreeWith<X509_free>>;
using EvpPtr = std::unique_ptr<EVP_PKEY, crypto::FreeWith<EVP_PKEY_free>>;

inline crypto::PrivateKey tls_identity_key(std::uint64_t seed) {
  SeededRng rng{seed};
  return crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng).value();
}

inline Bytes der_of(auto* object, int (*encode)(std::remove_pointer_t<decltype(object)> const*, unsigned char**)) {
  unsigned char* buffer = nullptr;
  const int size = encode(object, &buffer);
  Bytes der(buffer, buffer + size);
  OPENSSL_free(buffer);
  return der;
}

/// A certificate made by hand, each rule of specs/tls breakable.
struct CertificateRecipe {
  std::uint64_t identity = 1;  ///< seed of the identity's key
  WallTime not_before = kTlsNow - 1h;
  WallTime not_after = kTlsNow + 1h;
  std::string curve = "P-256";  ///< of the certificate's key; empty: RSA of rsa_bits
  unsigned rsa_bits = 2048;
  const EVP_MD* digest = EVP_sha256();
  std::string prefix{upgrade::kTlsSignaturePrefix};
  int signed_keys = 1;             ///< libp2p extensions
  int signed_key_critical = 0;     ///< 1: critical
  std::string more_in_signed_key;  ///< octets behind the SignedKey
  std::string critical_oid;        ///< one more extension, critical
  std::string plain_oid;           ///< one more extension, not critical
  bool signed_by_another = false;  ///< the certificate's own signature is another key's

  struct Made {
    X509Ptr certificate;
    EvpPtr key;
  };

  [[nodiscard]] Made make() const {
    Made made{X509Ptr{X509_new()}, new_key()};
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
    ASN1_TIME_set(X509_getm_notBefore(certificate), not_before.ms / 1000);
    ASN1_TIME_set(X509_getm_notAfter(certificate), not_after.ms / 1000);
    X509_set_pubkey(certificate, made.key.get());
    for (int i = 0; i < signed_keys; ++i) {
      add(certificate, upgrade::kTlsExtensionOid, signed_key_critical, signed_key(made.key.get()));
    }
    if (!critical_oid.empty()) {
      add(certificate, critical_oid.c_str(), 1, to_bytes("\x05"));
    }
    if (!plain_oid.empty()) {
      add(certificate, plain_oid.c_str(), 0, to_bytes("\x05"));
    }
    const EvpPtr other = signed_by_another ? new_key() : EvpPtr{};
    X509_sign(certificate, signed_by_another ? other.get() : made.key.get(), digest);
    return made;
  }

  [[nodiscard]] Bytes der() const {
    const Made made = make();
    return der_of(made.certificate.get(), i2d_X509);
  }

 private:
  [[nodiscard]] EvpPtr new_key() const {
    return EvpPtr{curve.empty() ? EVP_RSA_gen(rsa_bits) : EVP_EC_gen(curve.c_str())};
  }

  static void add(X509* certificate, const char* oid, int critical, BytesView value) {
    const std::unique_ptr<ASN1_OBJECT, crypto::FreeWith<ASN1_OBJECT_free>> object{OBJ_txt2obj(oid, 1)};
    const std::unique_ptr<ASN1_OCTET_STRING, crypto::FreeWith<ASN1_OCTET_STRING_free>> octets{ASN1_OCTET_STRING_new()};
    ASN1_OCTET_STRING_set(octets.get(), value.data(), static_cast<int>(value.size()));
    const std::unique_ptr<X509_EXTENSION, crypto::FreeWith<X509_EXTENSION_free>> extension{
        X509_EXTENSION_create_by_OBJ(nullptr, object.get(), critical, octets.get())};
    X509_add_ext(certificate, extension.get(), -1);
  }

  [[nodiscard]] Bytes signed_key(EVP_PKEY* key) const {
    const crypto::PrivateKey host = tls_identity_key(identity);
    Bytes text = to_bytes(prefix);
    append(text, der_of(key, i2d_PUBKEY));
    Bytes parts;
    for (const Bytes& part : {wire::encode_public_key(host.public_key()), host.sign(text).value()}) {
      parts.push_back(0x04);
      parts.push_back(static_cast<std::uint8_t>(part.size()));
      append(parts, part);
    }
    Bytes sequence{0x30, static_cast<std::uint8_t>(parts.size())};
    append(sequence, parts);
    append(sequence, to_bytes(more_in_signed_key));
    return sequence;
  }
};

/// A TLS peer straight on OpenSSL, which keeps no rule but those that its test sets.
class TlsPeer {
 public:
  struct Options {
    bool client = true;
    int version = TLS1_3_VERSION;
    std::string alpn = "\x06libp2p";  ///< as on the wire; empty: none
    bool show_certificate = true;
    int more_certificates = 0;
  };

  TlsPeer(const CertificateRecipe& recipe, const Options& options) : context_(SSL_CTX_new(TLS_method())) {
    SSL_CTX* context = context_.get();
    const CertificateRecipe::Made own = recipe.make();
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, options.version);
    SSL_CTX_set_max_proto_version(context, options.version);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    if (options.show_certificate) {
      SSL_CTX_use_certificate(context, own.certificate.get());
      SSL_CTX_use_PrivateKey(context, own.key.get());
    }
    for (int i = 0; i < options.more_certificates; ++i) {
      SSL_CTX_add_extra_chain_cert(context, recipe.make().certificate.release());
    }
    ssl_.reset(SSL_new(context));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    if (options.client) {
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.alpn.data()),
                          static_cast<unsigned>(options.alpn.size()));
      SSL_set_connect_state(ssl_.get());
    } else {
      SSL_set_accept_state(ssl_.get());
    }
  }

  /// Takes octets and returns what the peer says next.
  Bytes handle(BytesView in) {
    if (!in.empty()) {
      BIO_write(SSL_get_rbio(ssl_.get()), in.data(), static_cast<int>(in.size()));
    }
    SSL_do_handshake(ssl_.get());
    ERR_clear_error();
    return take();
  }
  Bytes write(std::string_view text) {
    SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
    return take();
  }
  Bytes update_keys() {
    SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(ssl_.get());
    return take();
  }
  Bytes close() {
    SSL_shutdown(ssl_.get());
    return take();
  }
  SSL* ssl() { return ssl_.get(); }

 private:
  Bytes take() {
    Bytes out(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())));
    if (!out.empty()) {
      BIO_read(SSL_get_wbio(ssl_.get()), out.data(), static_cast<int>(out.size()));
    }
    return out;
  }

  std::unique_ptr<SSL_CTX, crypto::FreeWith<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, crypto::FreeWith<SSL_free>> ssl_;
};

}  // namespace pond::test
