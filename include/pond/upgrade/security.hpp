#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/upgrade/noise_handshake.hpp"
#include "pond/upgrade/noise_identity.hpp"
#include "pond/upgrade/noise_session.hpp"
#include "pond/upgrade/tls_handshake.hpp"
#include "pond/upgrade/tls_identity.hpp"
#include "pond/upgrade/tls_session.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::upgrade {

/// The security protocols that a connection can be upgraded with.
enum class Security : std::uint8_t { kNoise, kTls };

[[nodiscard]] std::string_view protocol_of(Security security) noexcept;

/// Which side of the connection this one is.
enum class SecurityRole : std::uint8_t { kDialer, kListener };

/// What a node shows of itself in every handshake, by whichever of the protocols that it offers. One thread at a time.
class SecurityIdentity {
 public:
  /// `offered`: most wanted first; not empty. `muxers`: for early negotiation, most wanted first. `now` dates the TLS
  /// certificate. Errors: those of NoiseIdentity::make and TlsIdentity::make; kInvalidArgument when nothing is offered.
  [[nodiscard]] static Result<SecurityIdentity> make(const crypto::PrivateKey& key, std::span<const Security> offered,
                                                     std::span<const std::string> muxers, Rng& rng, WallTime now);

  [[nodiscard]] const wire::PeerId& peer_id() const noexcept { return peer_id_; }
  [[nodiscard]] const std::vector<Security>& offered() const noexcept { return offered_; }
  /// The names of `offered()`, in its order, for multistream-select.
  [[nodiscard]] std::span<const std::string_view> protocols() const noexcept { return protocols_; }

 private:
  friend class SecurityHandshake;
  SecurityIdentity() = default;

  wire::PeerId peer_id_;
  std::vector<Security> offered_;
  std::vector<std::string_view> protocols_;
  std::optional<NoiseIdentity> noise_;
  std::optional<TlsIdentity> tls_;
};

/// The encrypted phase, by whichever protocol: see NoiseSession and TlsSession.
class SecureSession {
 public:
  explicit SecureSession(NoiseSession session) : session_(std::move(session)) {}
  explicit SecureSession(TlsSession session) : session_(std::move(session)) {}

  [[nodiscard]] Result<void> seal(BytesView plain, Bytes& out);
  [[nodiscard]] Result<std::optional<BytesView>> open(BytesView& in);
  [[nodiscard]] std::size_t buffered() const noexcept;

 private:
  std::variant<NoiseSession, TlsSession> session_;
};

/// What a completed handshake leaves.
struct SecurityOutcome {
  crypto::PublicKey remote_key;
  wire::PeerId remote_peer;
  std::string muxer;  ///< agreed early; empty: negotiate it by multistream-select
  SecureSession session;
};

/// A handshake by whichever protocol: see NoiseHandshake and TlsHandshake, whose calls and errors these are.
class SecurityHandshake {
 public:
  /// `security` must be one that `identity` offers; `identity` must outlive the handshake. `expected_peer`: any other
  /// is kWrongPeer. `now`: for the validity of certificates.
  SecurityHandshake(Security security, SecurityRole role, const SecurityIdentity& identity,
                    std::optional<wire::PeerId> expected_peer, Rng& rng, WallTime now);

  [[nodiscard]] Result<void> start(Bytes& out);
  [[nodiscard]] Result<std::size_t> handle(BytesView in, Bytes& out);
  [[nodiscard]] bool done() const noexcept;
  [[nodiscard]] Result<SecurityOutcome> take();

 private:
  std::variant<NoiseHandshake, TlsHandshake> machine_;
};

}  // namespace pond::upgrade
