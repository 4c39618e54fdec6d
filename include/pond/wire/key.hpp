#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>

#include "pond/base/bytes.hpp"
#include "pond/crypto/hash.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::wire {

/// XOR distance between two Keys. Compares as the 256-bit number that it is.
class Distance {
 public:
  constexpr Distance() = default;
  constexpr explicit Distance(const std::array<std::uint64_t, 4>& words) : words_(words) {}

  friend constexpr bool operator==(const Distance&, const Distance&) = default;
  friend constexpr std::strong_ordering operator<=>(const Distance& a, const Distance& b) noexcept {
    // The first word decides nearly always, and this is in every inner loop.
    return a.words_[0] != b.words_[0] ? a.words_[0] <=> b.words_[0] : a.words_ <=> b.words_;
  }

  /// 256 for distance zero: the number of leading bits that the two keys share.
  [[nodiscard]] constexpr unsigned leading_zeros() const noexcept {
    unsigned zeros = 0;
    for (const std::uint64_t word : words_) {
      zeros += static_cast<unsigned>(std::countl_zero(word));
      if (word != 0) {
        break;
      }
    }
    return zeros;
  }

  /// Most significant word first.
  [[nodiscard]] constexpr const std::array<std::uint64_t, 4>& words() const noexcept { return words_; }

 private:
  std::array<std::uint64_t, 4> words_{};
};

/// A point of Kademlia's 256-bit space: SHA-256 of the bytes of a record key, a multihash, or a binary peer id
/// (specs/kad-dht). Held as four big-endian words, so that distances compare in a few instructions.
class Key {
 public:
  static constexpr unsigned kBits = 256;

  constexpr Key() = default;

  /// A point given directly, most significant octet first: tests, and random targets for refresh.
  constexpr explicit Key(const crypto::Digest& raw) {
    for (std::size_t i = 0; i < raw.size(); ++i) {
      words_[i / 8] = words_[i / 8] << 8 | raw[i];
    }
  }

  [[nodiscard]] static Key of(BytesView preimage) { return Key{crypto::sha256(preimage)}; }
  [[nodiscard]] static Key of(const PeerId& id) { return of(id.bytes()); }

  [[nodiscard]] constexpr Distance distance_to(const Key& other) const noexcept {
    return Distance{{words_[0] ^ other.words_[0], words_[1] ^ other.words_[1], words_[2] ^ other.words_[2],
                     words_[3] ^ other.words_[3]}};
  }

  /// The key that lies so far from this one.
  [[nodiscard]] constexpr Key at(const Distance& distance) const noexcept {
    Key there;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      there.words_[i] = words_[i] ^ distance.words()[i];
    }
    return there;
  }

  /// 256 when both are the same.
  [[nodiscard]] constexpr unsigned common_prefix_bits(const Key& other) const noexcept {
    return distance_to(other).leading_zeros();
  }

  [[nodiscard]] constexpr crypto::Digest raw() const noexcept {
    crypto::Digest out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::uint8_t>(words_[i / 8] >> (56 - 8 * (i % 8)));
    }
    return out;
  }

  friend constexpr auto operator<=>(const Key&, const Key&) = default;

 private:
  std::array<std::uint64_t, 4> words_{};
};

}  // namespace pond::wire
