#pragma once

#include <memory>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/crypto/free_with.hpp"
#include "pond/crypto/keys.hpp"

namespace pond::upgrade {

using Certificate = std::unique_ptr<X509, crypto::FreeWith<X509_free>>;
using CertificateKey = std::unique_ptr<EVP_PKEY, crypto::FreeWith<EVP_PKEY_free>>;

/// A fresh P-256 key and a certificate for it, self-signed, which says that it speaks for `identity`.
struct OwnCertificate {
  Certificate certificate;
  CertificateKey key;
};
[[nodiscard]] Result<OwnCertificate> make_tls_certificate(const crypto::PrivateKey& identity, WallTime not_before,
                                                          WallTime not_after);

/// As verify_tls_certificate, for one that is parsed already.
[[nodiscard]] Result<crypto::PublicKey> verify_tls_x509(X509* certificate, WallTime now);

/// The DER of a certificate; empty on failure.
[[nodiscard]] Bytes to_der(X509* certificate);

}  // namespace pond::upgrade
