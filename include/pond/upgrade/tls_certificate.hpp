#pragma once

#include <cstddef>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/crypto/keys.hpp"

namespace pond::upgrade {

/// The longest certificate that is looked at, in octets of DER: one for an RSA identity of 8192 bits takes about 2.5
/// KiB.
inline constexpr std::size_t kMaxTlsCertificateBytes = 8 * 1024;

/// The libp2p Public Key Extension, SignedKey {publicKey, signature} (specs/tls).
inline constexpr const char* kTlsExtensionOid = "1.3.6.1.4.1.53594.1.1";

/// The text in front of the certificate's SubjectPublicKeyInfo in what an identity signs (specs/tls).
inline constexpr std::string_view kTlsSignaturePrefix = "libp2p-tls-handshake:";

/// Who a certificate speaks for (specs/tls, peer authentication): the identity key in its libp2p extension, once the
/// certificate's own signature, its period of validity and the identity's signature of its key have been checked.
/// `der`: exactly one X.509 certificate.
/// kTooLarge: over kMaxTlsCertificateBytes. kMalformed: does not parse, no libp2p extension, two of them, or unique ids
/// of subject or issuer. kUnsupported: a critical extension, a kind of key or a signature algorithm that is not known
/// or too weak (below 112 bits). kProtocol: not valid at `now`. kBadSignature: one of the two signatures does not
/// verify.
[[nodiscard]] Result<crypto::PublicKey> verify_tls_certificate(BytesView der, WallTime now);

}  // namespace pond::upgrade
