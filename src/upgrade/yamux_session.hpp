#pragma once

#include <array>
#include <optional>
#include <vector>

#include "pond/upgrade/yamux.hpp"

#include "yamux_table.hpp"

namespace pond::upgrade {

/// What Yamux is made of; its functions are Yamux's. yamux_input.cpp parses and judges what arrives, yamux_output.cpp
/// frames what leaves, yamux_session.cpp serves the application and keeps the totals.
class YamuxSession {
 public:
  YamuxSession(YamuxSide side, YamuxLimits limits);

  [[nodiscard]] Result<void> handle(BytesView in, Instant now);
  [[nodiscard]] std::optional<YamuxEvent> poll();
  std::size_t produce(Bytes& out, std::size_t max_bytes);
  [[nodiscard]] bool has_output() const noexcept;
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  [[nodiscard]] Result<void> handle_timeout(Instant now);
  bool ping(Instant now);
  void go_away(YamuxGoAway code);
  void trim();

  [[nodiscard]] Result<StreamId> open();
  std::size_t write(StreamId id, BytesView data);
  void consume(StreamId id, std::size_t n, Instant now);
  void finish(StreamId id);
  void reset(StreamId id);

  [[nodiscard]] const YamuxTable& table() const noexcept { return table_; }
  [[nodiscard]] std::optional<StreamId> largest_stream() const noexcept;
  [[nodiscard]] YamuxStats stats() const noexcept;
  [[nodiscard]] const YamuxCounters& counters() const noexcept { return counters_; }

 private:
  /// A data frame whose payload is still arriving.
  struct Payload {
    StreamId stream = 0;     ///< 0: drained
    std::uint32_t left = 0;  ///< bytes
    bool fin = false;        ///< takes effect behind the last byte
  };
  struct PingInFlight {
    std::uint32_t value = 0;
    Instant sent{};
  };

  // Arriving frames.
  [[nodiscard]] Result<void> parse(BytesView in);
  [[nodiscard]] Result<void> on_header(const YamuxHeader& header);
  [[nodiscard]] Result<void> on_ping(const YamuxHeader& header);
  void on_go_away(std::uint32_t reason);
  [[nodiscard]] Result<void> on_stream_frame(const YamuxHeader& header);
  [[nodiscard]] Result<void> on_syn(StreamId id);
  [[nodiscard]] Result<void> on_window_update(YamuxStream& stream, const YamuxHeader& header);
  [[nodiscard]] Result<void> on_data(YamuxStream& stream, const YamuxHeader& header);
  void drain(const YamuxHeader& header);
  void on_payload(BytesView chunk);
  void end_payload();
  void on_fin(YamuxStream& stream);
  void on_reset(YamuxStream& stream, std::uint32_t code);
  /// Ends the session; returns the error.
  [[nodiscard]] std::unexpected<Error> end(Error error, YamuxGoAway code);

  // Leaving frames.
  void produce_session_frames(Bytes& out, std::size_t end);
  [[nodiscard]] bool produce_control(Bytes& out, std::size_t end);
  [[nodiscard]] bool produce_data(Bytes& out, std::size_t begin, std::size_t end);

  // Streams.
  /// A live stream: neither unknown nor torn down.
  [[nodiscard]] YamuxStream* live(StreamId id) noexcept;
  void raise(YamuxStream& stream, YamuxEvent::Kind kind) noexcept;
  /// Puts the stream into the output queues where it belongs, and takes it out of the others.
  void refresh(YamuxStream& stream) noexcept;
  void acknowledge(YamuxStream& stream) noexcept;
  void drop_input(YamuxStream& stream) noexcept;
  void drop_buffers(YamuxStream& stream) noexcept;
  void queue_reset(YamuxStream& stream);
  /// Takes the stream out of everything. The reference is dead afterwards.
  void forget(YamuxStream& stream);
  /// Tears a stream down without the application: it is told with kReset if it knows the stream, which is forgotten
  /// otherwise. The reference may be dead afterwards. What has come and is unread stays until kReset is polled, or goes
  /// at once.
  enum class Unread : std::uint8_t { kKept, kDropped };
  void bury(YamuxStream& stream, std::uint32_t code, Unread unread);
  void enforce_receive_limit();
  void grant_window(YamuxStream& stream, Instant now);
  void grow_window(YamuxStream& stream);
  [[nodiscard]] std::size_t room_to_write(const YamuxStream& stream) const noexcept;
  void offer_room(YamuxStream& stream) noexcept;
  void offer_room_to_all() noexcept;
  [[nodiscard]] bool may_open() const noexcept;
  void offer_open() noexcept;
  [[nodiscard]] std::optional<YamuxEvent> poll_session() noexcept;
  [[nodiscard]] std::optional<YamuxEvent> poll_stream(YamuxStream& stream);

  YamuxLimits limits_;
  YamuxCounters counters_;
  std::optional<Error> failure_;
  YamuxTable table_;
  YamuxBufferPool pool_;
  YamuxSeenIds seen_;

  std::uint64_t next_id_;
  std::size_t inbound_ = 0;
  std::size_t outbound_ = 0;
  std::size_t unacknowledged_ = 0;
  std::size_t unaccepted_ = 0;
  std::size_t buffered_in_ = 0;
  std::size_t buffered_out_ = 0;
  std::size_t growth_ = 0;
  std::size_t blocked_by_all_ = 0;  ///< streams with that flag
  bool open_refused_ = false;

  std::array<std::uint8_t, kYamuxHeaderBytes> header_{};
  std::size_t header_size_ = 0;
  Payload payload_;

  std::vector<std::uint32_t> pongs_;
  std::vector<StreamId> resets_;
  std::size_t resets_sent_ = 0;  ///< of resets_
  std::optional<std::uint32_t> ping_due_;
  std::optional<std::uint32_t> go_away_due_;
  bool went_away_ = false;  ///< go_away() was called
  bool remote_went_away_ = false;
  std::uint32_t next_ping_ = 0;
  std::optional<PingInFlight> ping_;
  std::optional<Duration> rtt_;
  Instant now_{};  ///< the latest that was told
  Instant last_input_{};
  bool busy_ = false;  ///< streams were used since the last ping

  std::optional<std::uint32_t> go_away_event_;
  std::optional<Duration> pong_event_;
  bool openable_event_ = false;
};

}  // namespace pond::upgrade
