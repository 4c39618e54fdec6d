#include "pond/upgrade/security.hpp"

#include <utility>

namespace pond::upgrade {
namespace {

using Machine = std::variant<NoiseHandshake, TlsHandshake>;

SecurityOutcome outcome_of(auto&& outcome) {
  return {.remote_key = std::move(outcome.remote_key),
          .remote_peer = outcome.remote_peer,
          .muxer = std::move(outcome.muxer),
          .session = SecureSession{std::move(outcome.session)}};
}

}  // namespace

std::string_view protocol_of(Security security) noexcept {
  return security == Security::kTls ? kTlsProtocol : kNoiseProtocol;
}

Result<SecurityIdentity> SecurityIdentity::make(const crypto::PrivateKey& key, std::span<const Security> offered,
                                                std::span<const std::string> muxers, Rng& rng, WallTime now) {
  if (offered.empty()) {
    return fail(Errc::kInvalidArgument, "no security protocol is offered");
  }
  SecurityIdentity identity;
  identity.peer_id_ = wire::PeerId::from_public_key(key.public_key());
  for (const Security security : offered) {
    identity.offered_.push_back(security);
    identity.protocols_.push_back(protocol_of(security));
    if (security == Security::kTls) {
      POND_TRY(TlsIdentity tls, TlsIdentity::make(key, muxers, now));
      identity.tls_ = std::move(tls);
    } else {
      POND_TRY(NoiseIdentity noise, NoiseIdentity::make(key, muxers, rng));
      identity.noise_ = std::move(noise);
    }
  }
  return identity;
}

Result<void> SecureSession::seal(BytesView plain, Bytes& out) {
  return std::visit([&](auto& session) { return session.seal(plain, out); }, session_);
}

Result<std::optional<BytesView>> SecureSession::open(BytesView& in) {
  return std::visit([&](auto& session) { return session.open(in); }, session_);
}

std::size_t SecureSession::buffered() const noexcept {
  return std::visit([](const auto& session) { return session.buffered(); }, session_);
}

SecurityHandshake::SecurityHandshake(Security security, SecurityRole role, const SecurityIdentity& identity,
                                     std::optional<wire::PeerId> expected_peer, Rng& rng, WallTime now)
    : machine_(security == Security::kTls
                   ? Machine{TlsHandshake{role == SecurityRole::kDialer ? TlsRole::kClient : TlsRole::kServer,
                                          identity.tls_.value(),
                                          {.expected_peer = std::move(expected_peer), .now = now}}}
                   : Machine{NoiseHandshake{
                         role == SecurityRole::kDialer ? NoiseRole::kInitiator : NoiseRole::kResponder,
                         identity.noise_.value(), rng, NoiseOptions{.expected_peer = std::move(expected_peer)}}}) {
}

Result<void> SecurityHandshake::start(Bytes& out) {
  return std::visit([&](auto& machine) { return machine.start(out); }, machine_);
}

Result<std::size_t> SecurityHandshake::handle(BytesView in, Bytes& out) {
  return std::visit([&](auto& machine) { return machine.handle(in, out); }, machine_);
}

bool SecurityHandshake::done() const noexcept {
  return std::visit([](const auto& machine) { return machine.done(); }, machine_);
}

Result<SecurityOutcome> SecurityHandshake::take() {
  return std::visit(
      [](auto& machine) -> Result<SecurityOutcome> {
        POND_TRY(auto outcome, machine.take());
        return outcome_of(std::move(outcome));
      },
      machine_);
}

}  // namespace pond::upgrade
