#pragma once

#include <array>
#include <cstdint>

#include "pond/base/time.hpp"
#include "pond/upgrade/yamux.hpp"

#include "yamux_buffer.hpp"

namespace pond::upgrade {

/// The queues of a session in which a stream stands, at most once in each.
enum class YamuxQueue : std::uint8_t {
  kEvents,   ///< has events to poll
  kControl,  ///< has a frame without payload to send
  kData,     ///< has payload to send
};
inline constexpr std::size_t kYamuxQueues = 3;

/// The state of one stream. It judges itself alone; what concerns the session (totals, queues, limits) is
/// YamuxSession's.
///
/// Invariants: receive_credit + in.size() <= window, the difference being what consume() has freed and no update has
/// granted yet. out.size() <= send_window: nothing is taken from the application that the remote does not let us send.
struct YamuxStream {
  struct Link {
    std::uint32_t previous = 0;
    std::uint32_t next = 0;
    bool linked = false;
  };

  StreamId id = 0;
  std::uint32_t slot = 0;
  std::array<Link, kYamuxQueues> links{};

  std::uint32_t send_window = kYamuxInitialWindow;     ///< bytes the remote takes before its next update
  std::uint32_t receive_credit = kYamuxInitialWindow;  ///< bytes the remote may still send
  std::uint32_t window = kYamuxInitialWindow;          ///< what receive_credit is filled up to
  Instant last_update{};                               ///< when the last window update fell due
  std::uint32_t reset_code = 0;

  bool inbound = false;
  bool syn_due = false;       ///< outbound: the remote has not heard of it
  bool acknowledged = false;  ///< outbound: the remote has answered. Inbound: always
  bool accepted = false;      ///< inbound: kOpened was polled. Outbound: always
  bool ack_due = false;
  bool update_due = false;
  bool finish_called = false;
  bool fin_sent = false;
  bool fin_received = false;
  bool finished_polled = false;
  bool dead = false;            ///< torn down; only kReset is left to be polled
  bool wants_write = false;     ///< a write() took less than it was given
  bool blocked_by_all = false;  ///< ... because of max_send_bytes
  std::uint8_t events = 0;      ///< one bit for each YamuxEvent::Kind

  YamuxByteQueue in;
  YamuxByteQueue out;

  [[nodiscard]] static constexpr std::uint8_t bit(YamuxEvent::Kind kind) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
  }

  [[nodiscard]] std::size_t buffered() const noexcept { return in.size() + out.size(); }

  /// Bytes consumed that the remote has not been granted again.
  [[nodiscard]] std::uint32_t ungranted() const noexcept {
    return window - receive_credit - static_cast<std::uint32_t>(in.size());
  }

  [[nodiscard]] bool has_payload() const noexcept { return !dead && !out.empty(); }

  /// FIN travels in a frame of its own behind the last payload: js-libp2p ends a stream on the flag before it looks at
  /// the payload of the same frame.
  [[nodiscard]] bool fin_due() const noexcept { return finish_called && !fin_sent && out.empty(); }

  /// SYN travels in a frame of its own too, so that new streams are announced in the order of their ids. An
  /// acknowledgement rides on payload when there is some.
  [[nodiscard]] bool has_control() const noexcept {
    return !dead && (syn_due || update_due || fin_due() || (ack_due && out.empty()));
  }

  /// Nothing is left to do on either side.
  [[nodiscard]] bool complete() const noexcept { return fin_sent && finished_polled; }

  /// Whether the remote keeps state that only a reset clears.
  [[nodiscard]] bool needs_reset_frame() const noexcept { return !dead && !syn_due && !(fin_sent && fin_received); }

  /// The flags and credit that are due, in one frame; marks them as sent.
  [[nodiscard]] YamuxHeader take_control_frame() noexcept;
  /// The header of a payload frame of `n` bytes (at most send_window) with the acknowledgement, if due; marks it as
  /// sent.
  [[nodiscard]] YamuxHeader take_data_header(std::uint32_t n) noexcept;
};

}  // namespace pond::upgrade
