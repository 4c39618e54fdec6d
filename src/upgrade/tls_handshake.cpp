#include "pond/upgrade/tls_handshake.hpp"

#include <openssl/err.h>

#include "pond/crypto/error_scope.hpp"

#include "tls_channel.hpp"

namespace pond::upgrade {
namespace {

constexpr std::string_view kNoMuxer = "libp2p";

std::string agreed_muxer(const SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  const std::string muxer{name, name + size};
  return muxer == kNoMuxer ? std::string{} : muxer;
}

std::unique_ptr<TlsChannel> make_channel(TlsRole role, const TlsIdentity& identity, TlsOptions options) {
  const crypto::ErrorScope scope;
  auto channel = std::make_unique<TlsChannel>();
  channel->context = identity.context();
  channel->options = std::move(options);
  SSL* ssl = SSL_new(channel->context->ssl_context.get());
  channel->ssl.reset(ssl);
  BIO* bio = ssl == nullptr ? nullptr : make_tls_bio(*channel);
  if (bio == nullptr) {
    return nullptr;
  }
  SSL_set_bio(ssl, bio, bio);
  SSL_set_app_data(ssl, channel.get());
  if (role == TlsRole::kServer) {
    SSL_set_accept_state(ssl);
    return channel;
  }
  SSL_set_connect_state(ssl);
  const Bytes& alpn = channel->context->alpn;
  return SSL_set_alpn_protos(ssl, alpn.data(), static_cast<unsigned int>(alpn.size())) == 0 ? std::move(channel)
                                                                                            : nullptr;
}

}  // namespace

TlsHandshake::TlsHandshake(TlsRole role, const TlsIdentity& identity, TlsOptions options)
    : channel_(make_channel(role, identity, std::move(options))), role_(role) {
}
TlsHandshake::TlsHandshake(TlsHandshake&&) noexcept = default;
TlsHandshake& TlsHandshake::operator=(TlsHandshake&&) noexcept = default;
TlsHandshake::~TlsHandshake() = default;

Result<void> TlsHandshake::start(Bytes& out) {
  if (channel_ == nullptr) {
    state_ = State::kFailed;
    return fail(Errc::kInternal, "OpenSSL refused to begin with TLS");
  }
  if (state_ != State::kNew) {
    return fail(Errc::kInvalidArgument, "the handshake has been started");
  }
  state_ = State::kReading;
  return role_ == TlsRole::kClient ? advance(out) : Result<void>{};
}

Result<std::size_t> TlsHandshake::handle(BytesView in, Bytes& out) {
  if (done()) {
    return 0;
  }
  if (state_ == State::kFailed) {
    return fail(Errc::kClosed, "TLS handshake has failed");
  }
  if (state_ == State::kNew) {
    state_ = State::kFailed;
    return fail(Errc::kProtocol, "octets before the TLS handshake was started");
  }
  channel_->in = in;
  const auto advanced = advance(out);
  const std::size_t consumed = in.size() - std::exchange(channel_->in, {}).size();
  if (!advanced) {
    return std::unexpected(advanced.error());
  }
  return consumed;
}

Result<void> TlsHandshake::advance(Bytes& out) {
  const crypto::ErrorScope scope;
  ERR_clear_error();
  channel_->out = &out;
  const int outcome = SSL_do_handshake(channel_->ssl.get());
  channel_->out = nullptr;
  if (outcome == 1 && channel_->remote_key) {
    state_ = State::kDone;
    return {};
  }
  if (outcome != 1 && SSL_get_error(channel_->ssl.get(), outcome) == SSL_ERROR_WANT_READ) {
    return {};
  }
  state_ = State::kFailed;
  return std::unexpected(tls_error(*channel_));
}

Result<TlsOutcome> TlsHandshake::take() {
  if (state_ != State::kDone) {
    return fail(Errc::kInvalidArgument, "the TLS handshake has no outcome to take");
  }
  state_ = State::kTaken;
  return TlsOutcome{.remote_key = *channel_->remote_key,
                    .remote_peer = channel_->remote_peer,
                    .muxer = agreed_muxer(channel_->ssl.get()),
                    .session = TlsSession{std::move(channel_)}};
}

}  // namespace pond::upgrade
