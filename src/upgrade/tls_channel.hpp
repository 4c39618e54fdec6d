#pragma once

#include <memory>
#include <optional>

#include <openssl/ssl.h>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/crypto/free_with.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/upgrade/tls_handshake.hpp"

namespace pond::upgrade {

/// A node's SSL_CTX, and what its callbacks need.
struct TlsContext {
  std::unique_ptr<SSL_CTX, crypto::FreeWith<SSL_CTX_free>> ssl_context;
  Bytes alpn;  ///< as ALPN carries it: muxers, then "libp2p", each with its length in front
  wire::PeerId peer_id;
};

/// One connection's SSL object between two buffers. OpenSSL reads from `in` and writes to `*out`, directly; both are
/// set for the time of one call into it.
struct TlsChannel {
  std::shared_ptr<const TlsContext> context;
  std::unique_ptr<SSL, crypto::FreeWith<SSL_free>> ssl;
  BytesView in;
  Bytes* out = nullptr;

  TlsOptions options;
  std::optional<crypto::PublicKey> remote_key;  ///< once verified
  wire::PeerId remote_peer;
  std::optional<Error> refusal;  ///< why the certificate was not believed
};

/// The channel's own BIO; null when OpenSSL refuses. The SSL object that takes it frees it.
[[nodiscard]] BIO* make_tls_bio(TlsChannel& channel);

/// SSL_CTX_set_cert_verify_callback's: judges the peer's certificate and leaves the verdict in the channel.
int judge_tls_chain(X509_STORE_CTX* chain, void* unused);

/// SSL_CTX_set_alpn_select_cb's: the first of the client's protocols that `context`, a TlsContext, has too.
int select_tls_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size,
                        const unsigned char* offered, unsigned int offered_size, void* context);

/// What the failed call of OpenSSL means.
[[nodiscard]] Error tls_error(const TlsChannel& channel);

}  // namespace pond::upgrade
