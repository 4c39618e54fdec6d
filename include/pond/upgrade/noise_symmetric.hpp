#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/crypto/aead.hpp"
#include "pond/crypto/hash.hpp"

namespace pond::upgrade {

/// A key and the counter of its nonces: Noise's CipherState (Noise specification revision 34, 5.1). Movable, not
/// copyable: a copy would use nonces twice. One thread at a time.
class CipherState {
 public:
  static constexpr std::size_t kTagBytes = crypto::ChaChaPoly::kTagBytes;

  explicit CipherState(const crypto::Digest& key, std::uint64_t first_nonce = 0) : aead_(key), nonce_(first_nonce) {}

  /// Writes plaintext.size() + kTagBytes octets to `out`, of exactly that size; in place is allowed. kLimit when the
  /// nonces are used up (2^64 - 1 messages), with nothing written.
  [[nodiscard]] Result<void> encrypt(BytesView associated_data, BytesView plaintext, std::span<std::uint8_t> out);

  /// Writes ciphertext.size() - kTagBytes octets to `out`, of exactly that size; in place is allowed. `ciphertext` has
  /// at least a tag. kBadSignature when the tag does not verify (the nonce is then not used up, `out` is unspecified);
  /// kLimit as above.
  [[nodiscard]] Result<void> decrypt(BytesView associated_data, BytesView ciphertext, std::span<std::uint8_t> out);

 private:
  crypto::ChaChaPoly aead_;
  std::uint64_t nonce_;
};

/// The two directions of a connection, after a handshake.
struct CipherPair {
  CipherState initiator_to_responder;
  CipherState responder_to_initiator;
};

/// The running hash and chaining key of a handshake: Noise's SymmetricState (5.2), for
/// Noise_XX_25519_ChaChaPoly_SHA256. Wipes its secrets when destroyed. One thread at a time.
class SymmetricState {
 public:
  /// Starts from the hash of the protocol name and mixes `prologue` in (libp2p's is empty).
  explicit SymmetricState(BytesView prologue);
  SymmetricState(SymmetricState&&) = default;
  SymmetricState& operator=(SymmetricState&&) = default;
  ~SymmetricState();

  void mix_key(const crypto::Digest& input_key_material);
  void mix_hash(BytesView data);

  /// Appends `plaintext` to `out`, encrypted and with a tag once a key has been mixed in, as it is before. The octets
  /// appended go into the hash. Errors of CipherState::encrypt.
  [[nodiscard]] Result<void> encrypt_and_hash(BytesView plaintext, Bytes& out);

  /// The reverse: appends the plaintext to `out`. kMalformed when `ciphertext` is shorter than a tag; errors of
  /// CipherState::decrypt. `out` is unchanged on error.
  [[nodiscard]] Result<void> decrypt_and_hash(BytesView ciphertext, Bytes& out);

  /// The transport keys (5.2, Split).
  [[nodiscard]] CipherPair split() const;

  /// Identifies the handshake's transcript on both sides once it is complete.
  [[nodiscard]] const crypto::Digest& handshake_hash() const noexcept { return hash_; }

 private:
  crypto::Digest chaining_key_;
  crypto::Digest hash_;
  std::optional<CipherState> cipher_;
};

}  // namespace pond::upgrade
