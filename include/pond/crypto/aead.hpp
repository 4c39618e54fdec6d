#pragma once

#include <cstdint>
#include <memory>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/crypto/hash.hpp"

namespace pond::crypto {

/// ChaCha20-Poly1305 (RFC 8439) under one key, with Noise's nonce: 4 zero octets, then the counter in little-endian.
/// Holds a prepared context that is reused for every call; movable, not copyable, one thread at a time.
class ChaChaPoly {
 public:
  static constexpr std::size_t kTagBytes = 16;

  explicit ChaChaPoly(const Digest& key);
  ChaChaPoly(ChaChaPoly&&) noexcept;
  ChaChaPoly& operator=(ChaChaPoly&&) noexcept;
  ~ChaChaPoly();

  /// Writes plaintext.size() + kTagBytes octets to `out`, which must have exactly that size and may start at
  /// plaintext.data() (in place).
  void seal(std::uint64_t nonce, BytesView associated_data, BytesView plaintext, std::span<std::uint8_t> out);

  /// Writes ciphertext.size() - kTagBytes octets to `out`, which must have exactly that size and may start at
  /// ciphertext.data() (in place). kBadSignature when the tag does not verify or `ciphertext` is shorter than a tag;
  /// the contents of `out` are then unspecified.
  [[nodiscard]] Result<void> open(std::uint64_t nonce, BytesView associated_data, BytesView ciphertext,
                                  std::span<std::uint8_t> out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pond::crypto
