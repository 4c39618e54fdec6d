#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/upgrade/tls_identity.hpp"
#include "pond/upgrade/tls_session.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::upgrade {

inline constexpr std::string_view kTlsProtocol = "/tls/1.0.0";

enum class TlsRole : std::uint8_t { kClient, kServer };

struct TlsOptions {
  /// The peer that was dialled; any other is kWrongPeer. Absent: whoever proves an identity.
  std::optional<wire::PeerId> expected_peer;
  WallTime now;  ///< the peer's certificate must be valid then
};

/// What a completed handshake leaves.
struct TlsOutcome {
  crypto::PublicKey remote_key;
  wire::PeerId remote_peer;  ///< the id of remote_key
  std::string muxer;         ///< agreed by ALPN; empty: negotiate it by multistream-select
  TlsSession session;
};

/// The handshake of libp2p's `/tls/1.0.0` (specs/tls/tls.md), without a timer: whoever owns the connection has one. The
/// same calls as NoiseHandshake. TLS 1.3 alone, no session tickets, no server name; both sides show exactly one
/// certificate. One thread at a time.
///
/// The client is done when it has verified the server and sent its own certificate; that the server refused it shows
/// when the session is first read.
///
/// OpenSSL speaks the protocol. Bounds: a handshake message of at most kMaxTlsCertificateBytes and some, held by it.
class TlsHandshake {
 public:
  TlsHandshake(TlsRole role, const TlsIdentity& identity, TlsOptions options);
  TlsHandshake(TlsHandshake&&) noexcept;
  TlsHandshake& operator=(TlsHandshake&&) noexcept;
  ~TlsHandshake();

  /// Client: appends the first message to `out`. Server: nothing to do. Call once, first.
  [[nodiscard]] Result<void> start(Bytes& out);

  /// Takes what the peer sent, in chunks of any size, and appends the answer to `out`. Returns how many octets of `in`
  /// were consumed: all until done; once done, what follows belongs to the session, and later calls consume 0.
  /// The errors of verify_tls_certificate; kWrongPeer: another identity than expected; kUnsupported: no TLS 1.3, or no
  /// application protocol in common; kProtocol: anything else that TLS forbids, no certificate or more than one, or
  /// octets before `start`; kRefused: the peer gave up, with an alert.
  /// An error is final: every later call returns kClosed. `out` then holds the alert for the peer.
  [[nodiscard]] Result<std::size_t> handle(BytesView in, Bytes& out);

  [[nodiscard]] bool done() const noexcept { return state_ == State::kDone || state_ == State::kTaken; }

  /// Moves the outcome out: once, when done; kInvalidArgument otherwise.
  [[nodiscard]] Result<TlsOutcome> take();

 private:
  enum class State : std::uint8_t { kNew, kReading, kDone, kTaken, kFailed };

  [[nodiscard]] Result<void> advance(Bytes& out);

  std::unique_ptr<TlsChannel> channel_;
  TlsRole role_;
  State state_ = State::kNew;
};

}  // namespace pond::upgrade
