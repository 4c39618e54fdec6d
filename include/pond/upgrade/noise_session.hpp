#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/upgrade/noise_symmetric.hpp"

namespace pond::upgrade {

/// The encrypted phase of a Noise connection (specs/noise, wire format): frames of a 2-octet big-endian length and a
/// ciphertext of at most 65,535 octets. One thread at a time.
///
/// Memory: nothing is kept for frames that arrive whole, except a scratch of at most kKeptBytes; a frame that arrives
/// cut is buffered as it arrives, never as announced, and the buffer is given back when it is drained.
class NoiseSession {
 public:
  static constexpr std::size_t kLengthBytes = 2;
  static constexpr std::size_t kMaxCiphertextBytes = 65535;

  /// Plaintext of a frame that this side sends. Below what the length allows: a receiver can decrypt sooner, a frame
  /// seldom straddles two reads, and the cost of a tag does not show any more.
  static constexpr std::size_t kPlaintextBytes = 32 * 1024;

  /// Capacity of the buffers that stays between calls, in octets each.
  static constexpr std::size_t kKeptBytes = 1024;

  NoiseSession(CipherState send, CipherState receive) : send_(std::move(send)), receive_(std::move(receive)) {}

  /// Octets on the wire for `plain` octets of plaintext.
  [[nodiscard]] static constexpr std::size_t sealed_size(std::size_t plain) noexcept {
    const std::size_t frames = (plain + kPlaintextBytes - 1) / kPlaintextBytes;
    return plain + frames * (kLengthBytes + CipherState::kTagBytes);
  }

  /// Appends `plain` to `out` as encrypted frames, as many as it takes (none for nothing). `plain` must not lie in
  /// `out`. kLimit when the nonces are used up: the connection must then be closed.
  [[nodiscard]] Result<void> seal(BytesView plain, Bytes& out);

  /// Takes the front of `in`, as many octets as the next frame needs, moves `in` past them and returns that frame's
  /// plaintext (which may be empty). nullopt: all of `in` is consumed and the next frame is not complete. Call it until
  /// then:
  ///
  ///     for (;;) {
  ///       POND_TRY(const auto plain, session.open(in));
  ///       if (!plain) break;
  ///       POND_CHECK(use(*plain));
  ///     }
  ///
  /// The plaintext is valid until the next call of `open`, and does not lie in `in`.
  /// kMalformed: a frame shorter than its tag. kBadSignature: a frame that was altered, or is out of order. kLimit:
  /// nonces used up. An error is final: every later call returns kClosed.
  [[nodiscard]] Result<std::optional<BytesView>> open(BytesView& in);

  /// Octets of an incomplete frame that are held at the moment: what a connection's buffer accounting must count.
  [[nodiscard]] std::size_t buffered() const noexcept { return partial_.size(); }

 private:
  [[nodiscard]] Result<std::optional<BytesView>> open_whole(BytesView& in);
  [[nodiscard]] Result<std::optional<BytesView>> open_partial(BytesView& in);
  [[nodiscard]] Result<std::optional<BytesView>> decrypt(BytesView ciphertext, std::uint8_t* out);
  void give_back();

  CipherState send_;
  CipherState receive_;
  Bytes partial_;  ///< length prefix and ciphertext of a frame that arrived cut; then its plaintext until the next call
  std::unique_ptr<std::uint8_t[]> scratch_;  ///< plaintext of frames that arrive whole
  std::size_t scratch_bytes_ = 0;
  bool partial_opened_ = false;  ///< partial_ holds a plaintext that was handed out
  bool failed_ = false;
};

}  // namespace pond::upgrade
