#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "pond/base/rng.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/upgrade/noise_handshake.hpp"

namespace pond::test {

/// Gives the octets that it was made with, in order, and zeros when they are used up: fixes an ephemeral key.
class FixedRng final : public Rng {
 public:
  explicit FixedRng(Bytes octets) : octets_(std::move(octets)) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& octet : out) {
      octet = at_ < octets_.size() ? octets_[at_++] : 0;
    }
  }

 private:
  Bytes octets_;
  std::size_t at_ = 0;
};

/// An Ed25519 or secp256k1 identity made from `seed`, ready for handshakes.
inline upgrade::NoiseIdentity noise_identity(std::uint64_t seed, const std::vector<std::string>& muxers = {},
                                             crypto::KeyType type = crypto::KeyType::kEd25519) {
  SeededRng rng{seed};
  const auto key = crypto::PrivateKey::generate(type, rng);
  return *upgrade::NoiseIdentity::make(*key, muxers, rng);
}

/// Two ends of a Noise connection and the bytes on their way.
struct NoisePair {
  upgrade::NoiseHandshake initiator;
  upgrade::NoiseHandshake responder;
  Bytes to_responder;
  Bytes to_initiator;

  NoisePair(const upgrade::NoiseIdentity& dialer, const upgrade::NoiseIdentity& listener, std::uint64_t seed = 1,
            upgrade::NoiseOptions dialer_options = {}, upgrade::NoiseOptions listener_options = {})
      : NoisePair(dialer, listener, SeededRng{seed}, std::move(dialer_options), std::move(listener_options)) {}

  /// Message 1 on its way to the responder.
  Result<void> start() {
    POND_CHECK(responder.start(to_initiator));
    return initiator.start(to_responder);
  }

  /// Delivers what waits for one side, at once. Returns its error.
  Result<void> deliver_to_responder() { return deliver(responder, to_responder, to_initiator); }
  Result<void> deliver_to_initiator() { return deliver(initiator, to_initiator, to_responder); }

  /// The whole handshake; the first error of either side.
  Result<void> run() {
    POND_CHECK(start());
    POND_CHECK(deliver_to_responder());
    POND_CHECK(deliver_to_initiator());
    return deliver_to_responder();
  }

 private:
  NoisePair(const upgrade::NoiseIdentity& dialer, const upgrade::NoiseIdentity& listener, SeededRng&& rng,
            upgrade::NoiseOptions dialer_options, upgrade::NoiseOptions listener_options)
      : initiator(upgrade::NoiseRole::kInitiator, dialer, rng, std::move(dialer_options)),
        responder(upgrade::NoiseRole::kResponder, listener, rng, std::move(listener_options)) {}

  static Result<void> deliver(upgrade::NoiseHandshake& to, Bytes& in, Bytes& out) {
    const Bytes bytes = std::exchange(in, {});
    POND_TRY(const std::size_t consumed, to.handle(bytes, out));
    if (consumed != bytes.size()) {
      return fail(Errc::kInternal, "the handshake left octets behind");
    }
    return {};
  }
};

}  // namespace pond::test
