#pragma once

#include <cstdint>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/rng.hpp"
#include "pond/crypto/hash.hpp"
#include "pond/crypto/x25519.hpp"
#include "pond/upgrade/noise_symmetric.hpp"

namespace pond::upgrade {

/// Which end of a connection this is. The initiator is who dialled TCP.
enum class NoiseRole : std::uint8_t { kInitiator, kResponder };

/// The pattern XX of the Noise specification (revision 34, 7.5) as Noise_XX_25519_ChaChaPoly_SHA256, with payloads of
/// the caller's and without any framing:
///   1  -> e
///   2  <- e, ee, s, es
///   3  -> s, se
/// `read` and `write` must be called in turn, as `may_write` tells. Any error is final. One thread at a time.
class NoiseXx {
 public:
  static constexpr std::size_t kKeyBytes = 32;

  /// Octets of message 1, 2 or 3 beyond its payload.
  [[nodiscard]] static constexpr std::size_t overhead(int message) noexcept {
    constexpr std::size_t kTag = CipherState::kTagBytes;
    return message == 1 ? kKeyBytes : message == 2 ? kKeyBytes + kKeyBytes + kTag + kTag : kKeyBytes + kTag + kTag;
  }

  /// Draws the 32 octets of the ephemeral secret from `rng` now (its public key is computed when it is first sent).
  NoiseXx(NoiseRole role, const crypto::X25519KeyPair& static_keys, Rng& rng, BytesView prologue = {});
  NoiseXx(NoiseXx&&) = default;
  NoiseXx& operator=(NoiseXx&&) = default;
  ~NoiseXx();

  /// The message that comes next, 1 to 3; 4 when the handshake is complete.
  [[nodiscard]] int next_message() const noexcept { return next_; }
  [[nodiscard]] bool complete() const noexcept { return next_ > 3; }
  [[nodiscard]] bool may_write() const noexcept {
    return (next_ == 2) == (role_ == NoiseRole::kResponder) && !complete();
  }

  /// Appends the next message with `payload` to `out`. kProtocol when it is the other side's turn, or when the peer's
  /// key is a low-order point.
  [[nodiscard]] Result<void> write(BytesView payload, Bytes& out);

  /// Reads the next message, all of `message`, and appends its payload to `payload`. kProtocol when it is this side's
  /// turn or the peer's key is a low-order point; kMalformed when it is too short; kBadSignature when it was not made
  /// for this handshake.
  [[nodiscard]] Result<void> read(BytesView message, Bytes& payload);

  /// The peer's static key: known from message 2 on the initiator's side, 3 on the responder's.
  [[nodiscard]] const crypto::Digest& remote_static() const noexcept { return remote_static_; }

  /// The transport keys; only when complete.
  [[nodiscard]] CipherPair split() const { return symmetric_.split(); }
  [[nodiscard]] const crypto::Digest& handshake_hash() const noexcept { return symmetric_.handshake_hash(); }

 private:
  void write_ephemeral(Bytes& out);
  void read_ephemeral(BytesView key);
  [[nodiscard]] Result<void> read_static(BytesView sealed);
  [[nodiscard]] Result<void> mix_dh(const crypto::Digest& secret, const crypto::Digest& remote);

  SymmetricState symmetric_;
  crypto::X25519KeyPair static_;
  crypto::Digest ephemeral_secret_{};
  crypto::Digest remote_ephemeral_{};
  crypto::Digest remote_static_{};
  NoiseRole role_;
  int next_ = 1;
};

}  // namespace pond::upgrade
