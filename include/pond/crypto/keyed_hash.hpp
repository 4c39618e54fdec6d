#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "pond/base/bytes.hpp"
#include "pond/base/rng.hpp"

namespace pond::crypto {

/// SipHash-2-4 (Aumasson and Bernstein, 2012) under a secret key: the hash for a table whose keys strangers choose. Who
/// does not know the key cannot make keys that collide. Not for authentication, nor for anything that is kept or sent.
///
/// Copies share the key. Any thread.
class KeyedHash {
 public:
  static constexpr std::size_t kKeyBytes = 16;

  /// An all-zero key, which everybody knows: for tests and simulations.
  KeyedHash() = default;
  explicit KeyedHash(const std::array<std::uint8_t, kKeyBytes>& key) : key_(key) {}
  /// A key drawn from `rng`, which is not kept.
  explicit KeyedHash(Rng& rng) { rng.fill(key_); }

  [[nodiscard]] std::uint64_t operator()(BytesView data) const noexcept;

 private:
  std::array<std::uint8_t, kKeyBytes> key_{};
};

}  // namespace pond::crypto
