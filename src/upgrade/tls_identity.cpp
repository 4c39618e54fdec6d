#include "pond/upgrade/tls_identity.hpp"

#include "pond/crypto/error_scope.hpp"
#include "pond/upgrade/tls_certificate.hpp"

#include "tls_channel.hpp"
#include "tls_x509.hpp"

namespace pond::upgrade {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kAlpn = "libp2p";
constexpr std::size_t kMaxAlpnBytes = 255;  ///< of one name (RFC 7301)
constexpr Duration kClockSlack = 1h;
constexpr Duration kLifetime = 100 * 365 * 24h;
/// What one handshake message may have: the certificate and what stands around it.
constexpr long kMaxMessageBytes = static_cast<long>(kMaxTlsCertificateBytes) + 1024;

Result<Bytes> alpn_list(std::span<const std::string> muxers) {
  Bytes list;
  const auto add = [&](std::string_view name) {
    list.push_back(static_cast<std::uint8_t>(name.size()));
    append(list, as_bytes(name));
  };
  for (const std::string& muxer : muxers) {
    if (muxer.empty() || muxer.size() > kMaxAlpnBytes) {
      return fail(Errc::kInvalidArgument, "a muxer's name must have 1 to 255 octets");
    }
    add(muxer);
  }
  add(kAlpn);
  return list;
}

bool configure(SSL_CTX* context, const OwnCertificate& own) {
  // What the protocol does not need is off: tickets and sessions to resume, older versions, the system's trust store.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_max_cert_list(context, kMaxMessageBytes);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, judge_tls_chain, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(context, 0) == 1 &&
         SSL_CTX_use_certificate(context, own.certificate.get()) == 1 &&
         SSL_CTX_use_PrivateKey(context, own.key.get()) == 1;
}

}  // namespace

Result<TlsIdentity> TlsIdentity::make(const crypto::PrivateKey& key, std::span<const std::string> muxers,
                                      WallTime now) {
  const crypto::ErrorScope scope;
  auto context = std::make_shared<TlsContext>();
  POND_TRY(context->alpn, alpn_list(muxers));
  POND_TRY(const OwnCertificate own, make_tls_certificate(key, now - kClockSlack, now + kLifetime));
  context->peer_id = wire::PeerId::from_public_key(key.public_key());
  context->ssl_context.reset(SSL_CTX_new(TLS_method()));
  SSL_CTX* ssl_context = context->ssl_context.get();
  if (ssl_context == nullptr || !configure(ssl_context, own)) {
    return fail(Errc::kInternal, "OpenSSL refused to set TLS up");
  }
  SSL_CTX_set_alpn_select_cb(ssl_context, select_tls_protocol, context.get());
  return TlsIdentity{std::move(context)};
}

const wire::PeerId& TlsIdentity::peer_id() const noexcept {
  return context_->peer_id;
}

Bytes TlsIdentity::certificate() const {
  return to_der(SSL_CTX_get0_certificate(context_->ssl_context.get()));
}

}  // namespace pond::upgrade
