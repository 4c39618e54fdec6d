#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "pond/base/rng.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/upgrade/yamux_frame.hpp"

// The secrets of our end of a golden capture. Each source of randomness has a seed of its own: a draw more or less in
// one of them leaves the others as they were.

namespace pond::test {

inline constexpr std::uint64_t kGoldenSeedStep = 0x9e3779b97f4a7c15;

[[nodiscard]] inline crypto::PrivateKey golden_private_key(std::uint64_t seed) {
  SeededRng rng{seed};
  return crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng).value();
}

/// What the static Noise key is drawn from, first.
[[nodiscard]] inline std::uint64_t golden_identity_seed(std::uint64_t seed) noexcept {
  return seed + kGoldenSeedStep;
}

/// What the ephemeral Noise key is drawn from, first.
[[nodiscard]] inline std::uint64_t golden_connection_seed(std::uint64_t seed) noexcept {
  return seed + 2 * kGoldenSeedStep;
}

[[nodiscard]] inline std::array<std::string, 1> golden_muxers() {
  return {std::string{upgrade::kYamuxProtocol}};
}

/// What a golden ping carries, 32 times.
inline constexpr std::uint8_t kGoldenPingOctet = 0x70;

}  // namespace pond::test
