#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pond::sim {

/// A running 64-bit hash of everything that happened, in its order: two runs are the same run when it is the same.
/// Words go in by value, so it does not depend on the machine's byte order; XXH64's steps, a few multiplications each.
/// Detects accidents, not adversaries. No floating-point number belongs in it.
class EventHash {
 public:
  constexpr void mix(std::uint64_t word) noexcept {
    state_ ^= std::rotl(word * kPrime2, 31) * kPrime1;
    state_ = std::rotl(state_, 27) * kPrime1 + kPrime4;
    ++words_;
  }

  /// Octets, and how many they are.
  constexpr void mix(std::span<const std::uint8_t> octets) noexcept {
    mix(std::uint64_t{octets.size()});
    while (!octets.empty()) {
      const std::size_t size = octets.size() < 8 ? octets.size() : 8;
      std::uint64_t word = 0;
      for (std::size_t i = 0; i < size; ++i) {
        word |= std::uint64_t{octets[i]} << (8 * i);
      }
      mix(word);
      octets = octets.subspan(size);
    }
  }

  /// Of all that went in so far; more may follow.
  [[nodiscard]] constexpr std::uint64_t value() const noexcept {
    std::uint64_t hash = state_ + words_;
    hash = (hash ^ (hash >> 33)) * kPrime2;
    hash = (hash ^ (hash >> 29)) * kPrime3;
    return hash ^ (hash >> 32);
  }

 private:
  static constexpr std::uint64_t kPrime1 = 0x9e3779b185ebca87;
  static constexpr std::uint64_t kPrime2 = 0xc2b2ae3d27d4eb4f;
  static constexpr std::uint64_t kPrime3 = 0x165667b19e3779f9;
  static constexpr std::uint64_t kPrime4 = 0x85ebca77c2b2ae63;

  std::uint64_t state_ = 0x27d4eb2f165667c5;
  std::uint64_t words_ = 0;
};

}  // namespace pond::sim
