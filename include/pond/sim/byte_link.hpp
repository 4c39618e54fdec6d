#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/sim/link_model.hpp"

namespace pond::sim {

/// A node's line to the network in one direction. All its connections share it, first come, first served.
class Line {
 public:
  explicit Line(double megabits_per_s) : ns_per_octet_(8'000.0 / megabits_per_s) {}

  /// When the last of these octets, handed over now, has left: of the way up.
  [[nodiscard]] Instant send(std::size_t octets, Instant now);
  /// When the last of these octets is in, which would have come now over a free line: of the way down.
  [[nodiscard]] Instant receive(std::size_t octets, Instant now);

 private:
  [[nodiscard]] Duration time_of(std::size_t octets) const;

  double ns_per_octet_;
  Instant free_at_{};
};

/// One direction of a simulated TCP connection: octets in at one node, and out at another later, in order.
///
/// They share both nodes' lines with other connections, and take the way that the LinkModel says. A lost packet comes
/// again after a timeout that doubles, and all behind it wait. While the receiver cannot be reached, what is next is
/// sent again and again, until the sender gives up. The socket holds kSocketBytes: a sender that is faster than the
/// line must wait for `writable`.
///
/// A link is told what happens by its owner: call `read` whenever `next_arrival` has come. What it refers to must
/// outlive it.
class ByteLink {
 public:
  static constexpr std::size_t kSocketBytes = 256 * 1024;  ///< on the way, and waiting to be
  static constexpr Duration kFirstRetry = 200ms;           ///< Linux's least timeout; more on a longer way
  static constexpr Duration kLastRetry = 2min;             ///< timeouts double up to here
  static constexpr Duration kGiveUp = 15min;               ///< Linux's 15 retransmissions
  static constexpr std::size_t kPacketBytes = 1448;

  struct Route {
    const LinkModel* network = nullptr;
    Line* up = nullptr;    ///< of the sender
    Line* down = nullptr;  ///< of the receiver
    std::uint32_t from = 0;
    std::uint32_t to = 0;
  };
  struct Arrival {
    enum class Kind : std::uint8_t {
      kNothing,  ///< it comes later: see `next_arrival`
      kBytes,
      kEnd,     ///< the sender closed in order, after everything that it wrote
      kReset,   ///< the sender broke it off
      kBroken,  ///< nothing got through for kGiveUp: the sender gives up, the receiver learns nothing
    };
    Kind kind = Kind::kNothing;
    Bytes bytes;
  };

  ByteLink() = default;
  /// Nothing arrives before `opens`.
  explicit ByteLink(const Route& route, Instant opens = {}) : route_(route), in_order_(opens) {}

  /// How many octets the socket takes.
  [[nodiscard]] std::size_t writable() const noexcept { return held_ < kSocketBytes ? kSocketBytes - held_ : 0; }
  /// At most `writable`, or else the socket holds more for once. Nothing after `finish` and `reset`.
  void write(Bytes bytes, Instant now, Rng& rng);
  void finish(Instant now, Rng& rng);
  /// What was written and has not arrived never does.
  void reset(Instant now, Rng& rng);

  /// When to `read`.
  [[nodiscard]] std::optional<Instant> next_arrival() const;
  /// What comes first, when its time is there. `reachable`: whether the receiver's machine is there and not beyond a
  /// partition.
  [[nodiscard]] Arrival read(bool reachable, Instant now);

 private:
  struct Piece {
    Arrival::Kind kind;
    bool on_line = false;  ///< its place on the receiver's line is taken
    Instant arrives;
    Bytes bytes;
  };
  void add(Arrival::Kind kind, Bytes bytes, Instant now, Rng& rng);
  [[nodiscard]] Duration first_retry() const;
  [[nodiscard]] Duration draw_stall(std::size_t packets, Rng& rng) const;
  [[nodiscard]] Arrival retry(Instant now);

  Route route_;
  std::vector<Piece> pieces_;  ///< from `head_` on
  std::size_t head_ = 0;
  std::size_t held_ = 0;
  Instant in_order_{};  ///< nothing that is written comes before this
  std::optional<Instant> stalled_since_;
  Duration retry_{};
};

}  // namespace pond::sim
