#include "pond/upgrade/tls_session.hpp"

#include <openssl/err.h>

#include "pond/crypto/error_scope.hpp"

#include "tls_channel.hpp"

namespace pond::upgrade {
namespace {

constexpr std::size_t kMaxPlaintextBytes = SSL3_RT_MAX_PLAIN_LENGTH;

}  // namespace

TlsSession::TlsSession(std::unique_ptr<TlsChannel> channel) : channel_(std::move(channel)) {
}
TlsSession::TlsSession(TlsSession&&) noexcept = default;
TlsSession& TlsSession::operator=(TlsSession&&) noexcept = default;
TlsSession::~TlsSession() = default;

Result<void> TlsSession::seal(BytesView plain, Bytes& out) {
  if (plain.empty()) {
    return {};
  }
  const crypto::ErrorScope scope;
  ERR_clear_error();
  channel_->out = &out;
  std::size_t written = 0;
  const int outcome = SSL_write_ex(channel_->ssl.get(), plain.data(), plain.size(), &written);
  channel_->out = nullptr;
  if (outcome != 1 || written != plain.size()) {
    return fail(Errc::kInternal, "OpenSSL refused to encrypt");
  }
  return {};
}

Result<std::optional<BytesView>> TlsSession::open(BytesView& in) {
  if (failed_) {
    return fail(Errc::kClosed, "TLS session has failed");
  }
  if (plain_ == nullptr) {
    plain_ = std::make_unique_for_overwrite<std::uint8_t[]>(kMaxPlaintextBytes);
  }
  const crypto::ErrorScope scope;
  ERR_clear_error();
  // While reading, OpenSSL writes nothing but the alert of a session that has failed: it waits with the answer to a key
  // update for the next write.
  Bytes alert;
  channel_->in = in;
  channel_->out = &alert;
  std::size_t size = 0;
  const int outcome = SSL_read_ex(channel_->ssl.get(), plain_.get(), kMaxPlaintextBytes, &size);
  channel_->out = nullptr;
  held_bytes_ += in.size() - channel_->in.size();
  in = std::exchange(channel_->in, {});
  if (outcome == 1) {
    held_bytes_ = 0;
    return BytesView{plain_.get(), size};
  }
  switch (SSL_get_error(channel_->ssl.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
      plain_.reset();
      return std::nullopt;
    case SSL_ERROR_ZERO_RETURN:
      failed_ = true;
      return fail(Errc::kReset, "the peer closed the TLS session");
    default:
      failed_ = true;
      return std::unexpected(tls_error(*channel_));
  }
}

}  // namespace pond::upgrade
