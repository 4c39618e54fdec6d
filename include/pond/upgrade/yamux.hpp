#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/upgrade/yamux_frame.hpp"

namespace pond::upgrade {

class YamuxSession;

/// The id of a stream on the wire: odd when the initiator of the connection opened it, even when the responder did;
/// never 0. One session never gives the same id to two of its own streams.
using StreamId = std::uint32_t;

/// Who dialed the connection.
enum class YamuxSide : std::uint8_t { kInitiator, kResponder };

/// Every bound of a session. `receive + send` is what the payload of one connection may hold in memory: 4 MiB.
struct YamuxLimits {
  /// Bytes received and not consumed, over all streams. When more arrive, the stream that holds most is reset.
  std::size_t max_receive_bytes = std::size_t{3} * 1024 * 1024;
  /// Bytes written and not framed, over all streams, and for one stream. write() takes no more.
  std::size_t max_send_bytes = std::size_t{1024} * 1024;
  std::size_t max_stream_send_bytes = std::size_t{64} * 1024;
  /// A stream's receive window starts at kYamuxInitialWindow and doubles up to this, while its reader keeps up, and
  /// while the windows grown so have together gained no more than half of max_receive_bytes.
  std::uint32_t max_window_bytes = 1024 * 1024;
  /// Streams the remote has open; more are reset as they come.
  std::size_t max_inbound_streams = 1000;
  /// Streams opened from here; open() refuses more.
  std::size_t max_outbound_streams = 1000;
  /// Inbound streams whose kOpened has not been polled; more are reset as they come.
  std::size_t accept_backlog = 256;
  /// Outbound streams that the remote has not acknowledged; open() refuses more.
  std::size_t ack_backlog = 256;
  /// Answers to pings that wait for produce(); further pings are not answered.
  std::size_t max_queued_pongs = 32;
  /// Resets that wait for produce(). A remote that provokes more without reading them loses the session.
  std::size_t max_queued_resets = 8192;
  /// Payload of one data frame sent, in bytes.
  std::size_t max_frame_payload = std::size_t{16} * 1024;
  /// A ping fails when neither its answer nor anything else has come for this long.
  Duration ping_timeout = 10s;
};

/// How often something out of the ordinary happened; each bound of YamuxLimits has one.
struct YamuxCounters {
  std::uint64_t inbound_over_limit = 0;     ///< SYN refused: max_inbound_streams
  std::uint64_t inbound_over_backlog = 0;   ///< SYN refused: accept_backlog
  std::uint64_t inbound_after_go_away = 0;  ///< SYN refused: a go-away was sent or received
  std::uint64_t inbound_too_old = 0;        ///< SYN refused: an id so far below the highest that re-use cannot be told
  std::uint64_t opens_refused = 0;          ///< open(): max_outbound_streams or ack_backlog
  std::uint64_t receive_over_limit = 0;     ///< streams reset for max_receive_bytes
  std::uint64_t send_over_limit = 0;        ///< write() took less for max_send_bytes
  std::uint64_t growth_denied = 0;          ///< windows not doubled: max_window_bytes or the share of all
  std::uint64_t pongs_dropped = 0;          ///< max_queued_pongs
  std::uint64_t pongs_unexpected = 0;       ///< answers to no ping of ours, ignored
  std::uint64_t stray_frames = 0;           ///< frames for unknown or finished streams, drained and ignored
  std::uint64_t resets_received = 0;
  std::uint64_t ping_timeouts = 0;  ///< ping_timeout: 0 or 1
  std::uint64_t violations = 0;     ///< errors of handle(): 0 or 1
};

/// What the session holds now.
struct YamuxStats {
  std::size_t inbound_streams = 0;
  std::size_t outbound_streams = 0;
  std::size_t unacknowledged = 0;  ///< outbound, of the ack_backlog
  std::size_t unaccepted = 0;      ///< inbound, of the accept_backlog
  std::size_t buffered_in = 0;     ///< bytes
  std::size_t buffered_out = 0;    ///< bytes
  std::size_t window_growth = 0;   ///< bytes granted above the initial windows
  std::optional<Duration> rtt;     ///< smoothed, from pings
};

struct YamuxEvent {
  enum class Kind : std::uint8_t {
    kOpened,    ///< the remote opened `stream`; polling this accepts it (its acknowledgement goes out)
    kReadable,  ///< bytes arrived: peek() until it is empty
    kWritable,  ///< there is room again after a write() that took less than it was given
    kFinished,  ///< the remote will send no more and all of it has been consumed; comes once
    kReset,     ///< torn down by the remote (`code` as it gave it), or here for max_receive_bytes; the last event.
                ///< What the remote had sent before can be read until this is polled
    kOpenable,  ///< open() may succeed again after it returned kLimit; no stream
    kGoAway,    ///< the remote takes no new streams (`code` is its reason); those that exist go on; no stream
    kPong,      ///< a ping was answered after `rtt`; no stream
  };
  Kind kind;
  StreamId stream = 0;
  std::uint32_t code = 0;
  Duration rtt{};
};

/// One Yamux session over a byte stream that is already secured. Sans-I/O; one thread at a time.
///
/// Protocol. Bytes from the connection go into handle(); bytes for it are pulled by produce(), when the socket can take
/// them. After any call but the const ones, poll() until it is empty. Events are edges: a stream has at most
/// one of each kind pending, and events of one stream come in the order of the enum.
///
/// A stream lives from open() or kOpened until one of:
///   - both sides finished, everything written has been framed and everything received consumed, kFinished polled;
///   - kReset polled;
///   - reset() called: at once, and no event follows.
/// Its id is unknown from then on. Calls with an unknown id do nothing and return nothing: a handle that outlives its
/// stream is harmless. Memory is kept for live streams only.
///
/// Back-pressure. Receiving: credit is returned as consume() is called, so an application that does not read stops the
/// remote after one window. Sending: write() takes what the remote's window and the stream's and the session's bounds
/// leave room for, so that all it holds can leave as fast as produce() is called; kWritable follows when the window
/// opens or half of the full bound is free again.
///
/// An error of handle() or handle_timeout() is final: all streams are gone, no events follow, every later call is
/// refused with the same error, and produce() gives a go-away as the last bytes to send.
class Yamux {
 public:
  explicit Yamux(YamuxSide side, YamuxLimits limits = {});
  Yamux(Yamux&&) noexcept;
  Yamux& operator=(Yamux&&) noexcept;
  ~Yamux();

  // ---- the connection's side ----

  /// Takes decrypted bytes in chunks of any size; all are consumed.
  /// kUnsupported: unknown version. kMalformed: unknown frame type. kProtocol: a stream's window overrun or overflowed;
  /// SYN with an id of our parity, or used before; data or window update on stream 0, ping or go-away elsewhere; a
  /// frame longer than any window. kLimit: max_queued_resets.
  [[nodiscard]] Result<void> handle(BytesView in, Instant now);

  /// The next event, in the order in which streams became due; session events first.
  [[nodiscard]] std::optional<YamuxEvent> poll();

  /// Appends whole frames to `out`, at most `max_bytes` of them, and returns how many bytes it appended. Control frames
  /// come first, then data frames of the streams in turn. With `max_bytes` of 64 or more and has_output() it makes
  /// progress. What it appended must be sent.
  std::size_t produce(Bytes& out, std::size_t max_bytes);
  [[nodiscard]] bool has_output() const noexcept;

  /// When handle_timeout() must be called: a ping in flight.
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  /// kTimeout when the ping in flight failed.
  [[nodiscard]] Result<void> handle_timeout(Instant now);

  /// Queues a ping and returns true; false while one is in flight or the session is over. Measures the round trip
  /// (kPong), which window growth depends on, and keeps the connection alive. Called on an idle session it also gives
  /// back spare memory, as trim() does.
  bool ping(Instant now);

  /// Queues a go-away (once; later calls do nothing). Inbound streams are reset from now on and open() returns kClosed;
  /// existing streams go on.
  void go_away(YamuxGoAway code);

  /// Frees spare buffers. For idle sessions.
  void trim();

  // ---- the application's side ----

  /// A new stream, usable at once; its SYN rides on the first frame. kLimit: max_outbound_streams or ack_backlog
  /// (kOpenable follows). kClosed: a go-away was sent or received, ids are used up, or the session is over.
  [[nodiscard]] Result<StreamId> open();

  /// Takes the first bytes of `data` for which there is room, copies them, and returns how many it took. 0 when the
  /// stream is unknown, finished from here or reset. When it took less than all, kWritable or kReset follows.
  std::size_t write(StreamId stream, BytesView data);

  /// All bytes received and not consumed, in one piece. Valid until the next call of a function that is not const.
  [[nodiscard]] BytesView peek(StreamId stream) const noexcept;
  /// Drops the first `n` bytes (at most what peek() shows), which lets the remote send as many more.
  void consume(StreamId stream, std::size_t n, Instant now);

  /// Half-close: no more writes from here; what was written is still sent, then FIN. Reading goes on.
  void finish(StreamId stream);

  /// Tears the stream down in both directions, drops what it buffers, and forgets it. The remote is told unless it
  /// never heard of the stream or both sides had finished.
  void reset(StreamId stream);

  // ---- what it holds ----

  [[nodiscard]] bool contains(StreamId stream) const noexcept;
  /// Whether the stream was torn down and its kReset has not been polled: what peek() shows is the last of it.
  [[nodiscard]] bool is_torn_down(StreamId stream) const noexcept;
  [[nodiscard]] std::size_t stream_count() const noexcept;
  /// Payload bytes in and out.
  [[nodiscard]] std::size_t buffered_bytes() const noexcept;
  [[nodiscard]] std::size_t buffered_bytes(StreamId stream) const noexcept;
  /// The stream with most buffered_bytes, the lowest id of equals; nullopt when nothing is buffered. Linear in the
  /// number of streams.
  [[nodiscard]] std::optional<StreamId> largest_stream() const noexcept;
  [[nodiscard]] YamuxStats stats() const noexcept;
  [[nodiscard]] const YamuxCounters& counters() const noexcept;

 private:
  std::unique_ptr<YamuxSession> session_;
};

}  // namespace pond::upgrade
