#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/wire/varint.hpp"

namespace pond::wire {

/// Reads messages that are prefixed with their length in octets as an unsigned varint: kad-dht, identify, and every
/// other libp2p protocol that "delimits" its protobuf. One reader for one direction of one stream. Not thread-safe.
///
/// Input: the stream's octets, cut anywhere. Output: whole messages without their prefix, in order.
/// States: between messages; inside a prefix; inside a body; failed (for good).
/// Invariants: a message that lies whole in the input is handed out in place, without a copy; the reader's memory
/// follows what has arrived (at most twice that), never what a prefix announces; it is given back once a large message
/// is done.
class FrameReader {
 public:
  /// What the reader may keep allocated between messages, in octets.
  static constexpr std::size_t kKeptCapacity = 4096;

  /// `max_bytes`: the longest message accepted, prefix not counted.
  explicit FrameReader(std::size_t max_bytes) noexcept : max_bytes_(max_bytes) {}

  /// Takes the next message off the front of `input`, which shrinks by what was used. nullopt: all of `input` was used
  /// and the next message is not complete yet. Call it until it says so. The view points into the octets of `input` or
  /// into the reader, and is good until the next call or until either of them goes away. kTooLarge as soon as a prefix
  /// announces more than `max_bytes`; kMalformed when a prefix is longer than 9 octets or not minimal. After an error
  /// every later call returns it again.
  [[nodiscard]] Result<std::optional<BytesView>> next(BytesView& input);

  /// Whether the stream, should it end here, would be cut short inside a message.
  [[nodiscard]] bool mid_message() const noexcept { return prefix_size_ != 0 || in_body_; }

  /// Gives back what holds a message that was handed out, of which the view ends here: for a reader that may not be
  /// called for a while.
  void release() noexcept;

  /// Octets of a message that the reader keeps: for the owner's memory budget. At most kKeptCapacity more, or as many
  /// again, are allocated.
  [[nodiscard]] std::size_t buffered_bytes() const noexcept { return body_.size(); }

  /// Octets that the reader holds allocated.
  [[nodiscard]] std::size_t held_bytes() const noexcept { return body_.capacity(); }

  [[nodiscard]] std::size_t max_bytes() const noexcept { return max_bytes_; }

 private:
  [[nodiscard]] Result<bool> read_prefix(BytesView& input);
  void grow_for(std::size_t more);

  std::size_t max_bytes_;
  std::size_t expected_ = 0;  ///< length of the body that is being read; means something while in_body_
  std::size_t prefix_size_ = 0;
  std::array<std::uint8_t, kMaxVarintBytes> prefix_{};
  bool in_body_ = false;
  bool delivered_ = false;  ///< body_ was handed out and may go
  Bytes body_;
  std::optional<Error> failed_;
};

/// Octets that `append_frame` adds for a message of `size` octets.
[[nodiscard]] inline std::size_t frame_size(std::size_t size) noexcept {
  return varint_size(size) + size;
}

/// Appends `message` with its length prefix. `message` must not point into `out`.
void append_frame(Bytes& out, BytesView message);

}  // namespace pond::wire
