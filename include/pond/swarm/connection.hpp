#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <variant>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/swarm/types.hpp"
#include "pond/upgrade/multistream.hpp"
#include "pond/upgrade/security.hpp"
#include "pond/upgrade/yamux.hpp"

namespace pond::swarm {

struct ConnectionOptions {
  Direction direction = Direction::kInbound;
  std::optional<wire::PeerId> expected_peer;  ///< any other peer is kWrongPeer
  /// What an outbound connection proposes; an inbound one takes whatever the identity offers.
  upgrade::Security security = upgrade::Security::kNoise;
  WallTime opened;  ///< for the validity of the peer's certificate
  upgrade::YamuxLimits yamux;
  Duration negotiation_timeout = 10s;  ///< of one stream
};

struct ConnectionEvent {
  enum class Kind : std::uint8_t {
    kEstablished,     ///< secured and multiplexed: `remote_peer` is known, streams can be opened
    kStreamOpened,    ///< the remote opened `stream` for `protocol`
    kStreamReady,     ///< the remote agreed to the protocol of a stream of ours
    kStreamReadable,  ///< `peek` has more
    kStreamWritable,  ///< `write` would take more
    kStreamFinished,  ///< the remote closed its side, and everything of it has been consumed
    kStreamFailed,    ///< the stream is gone: `why`. What came before the remote reset it is there until it is consumed
                      ///< or `reset` is called
    kPong,            ///< a keep-alive was answered after `round_trip`
    kRemoteGoesAway,  ///< no new streams here; existing ones go on
  };
  Kind kind;
  std::uint32_t stream = 0;
  std::string_view protocol{};  ///< an entry of the list of supported protocols
  Error why{Errc::kReset, ""};
  Duration round_trip{};
};

/// One connection, from the first byte on its socket: multistream-select for the security protocol, Noise or TLS, the
/// muxer (early, or by multistream-select inside), Yamux, and multistream-select on every stream.
///
///   kProposal --/noise, /tls/1.0.0--> kHandshake --early muxer--> kOpen
///                                         `--none--> kMuxer --/yamux/1.0.0--> kOpen
///
/// The dialer sends the handshake's first message behind its proposal, and the bytes of a stream behind the stream's
/// proposal: nothing waits for an answer that has only one good value. A peer that refuses the proposal makes the
/// connection fail with kUnsupported; another one may propose another. Bytes that follow a negotiation in the same
/// packet are kept.
///
/// Sans-I/O. Call order: `receive` or any function of a stream, then `poll` until nothing comes, then `produce` when
/// the socket can take bytes. An error of `receive` or `handle_timeout` is final: send what `produce` still gives and
/// close.
class Connection {
 public:
  /// `identity` and `rng` must outlive the connection; `identity` must offer `options.security`.
  Connection(ConnectionOptions options, const upgrade::SecurityIdentity& identity, Rng& rng);

  /// Takes bytes of the socket, in chunks of any size. The errors are those of multistream-select, Noise and Yamux.
  [[nodiscard]] Result<void> receive(BytesView in, Instant now);

  /// The next event. `supported`: what inbound streams may ask for; its strings must outlive the connection.
  [[nodiscard]] std::optional<ConnectionEvent> poll(upgrade::ProtocolNames supported, Instant now);

  /// Appends at most about `max_bytes` for the socket; returns how many. `scratch` is a buffer to reuse. Look at
  /// `failure` after it.
  std::size_t produce(Bytes& out, std::size_t max_bytes, Bytes& scratch);
  /// Why nothing can be encrypted any more: kLimit when Noise's nonces are used up. Final: close.
  [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }
  [[nodiscard]] bool has_output() const noexcept;

  [[nodiscard]] std::optional<Instant> next_deadline() const;
  /// kTimeout: the keep-alive was not answered.
  [[nodiscard]] Result<void> handle_timeout(Instant now);

  [[nodiscard]] bool established() const noexcept { return stage_ == Stage::kOpen; }
  /// Empty until established.
  [[nodiscard]] const wire::PeerId& remote_peer() const noexcept { return remote_peer_; }
  [[nodiscard]] Direction direction() const noexcept { return options_.direction; }

  /// Opens a stream and proposes `protocol`, which must stay valid until the stream is ready or failed.
  [[nodiscard]] Result<std::uint32_t> open(std::string_view protocol, Instant now);
  [[nodiscard]] BytesView peek(std::uint32_t stream) const;
  void consume(std::uint32_t stream, std::size_t n, Instant now);
  [[nodiscard]] std::size_t write(std::uint32_t stream, BytesView bytes);
  void finish(std::uint32_t stream);
  void reset(std::uint32_t stream);
  /// From now on the owner holds `bytes` for the stream, outside of this object: they count as buffered with what is
  /// held here, until the next call or the stream's end. Nothing for a stream that is gone.
  void hold(std::uint32_t stream, std::size_t bytes);

  void ping(Instant now);
  void go_away(upgrade::YamuxGoAway code);

  /// Whether more events of the stream may come.
  [[nodiscard]] bool has_stream(std::uint32_t stream) const { return streams_.contains(stream); }
  [[nodiscard]] std::size_t stream_count() const noexcept { return yamux_ ? yamux_->stream_count() : 0; }
  /// Of all streams, also those that the remote has reset: what is received and not consumed, written and not produced,
  /// or held by the owner.
  [[nodiscard]] std::size_t stream_bytes() const noexcept;
  /// The same, and what is between the streams and the socket.
  [[nodiscard]] std::size_t buffered_bytes() const noexcept;
  /// Resets the stream for which most is buffered, to give memory back; false when nothing is. Linear in the number of
  /// streams.
  bool reset_largest_stream();
  [[nodiscard]] std::uint64_t negotiations_timed_out() const noexcept { return negotiations_timed_out_; }
  /// Inbound streams over `yamux.max_inbound_streams`, or too many at once.
  [[nodiscard]] std::uint64_t streams_refused() const noexcept;
  /// Streams reset for `yamux.max_receive_bytes`.
  [[nodiscard]] std::uint64_t streams_reset_for_memory() const noexcept;

 private:
  friend struct SwarmTestAccess;  // a test makes encryption fail, which nothing from outside can

  enum class Stage : std::uint8_t { kProposal, kHandshake, kMuxer, kOpen, kFailed };
  using Negotiation = std::variant<upgrade::MultistreamDialer, upgrade::MultistreamListener>;
  struct Stream {
    std::optional<Negotiation> negotiation;  // engaged until the protocol is agreed on
    bool refused = false;                    // none was: what the remote still sends is dropped until it closes
    bool remote_finished = false;
    bool finished = false;
    std::size_t held = 0;  // by the owner
  };
  using Streams = std::map<std::uint32_t, Stream>;  // a tree and no hash table: the remote chooses its numbers

  [[nodiscard]] Result<void> receive_bytes(BytesView in, Instant now);
  [[nodiscard]] Result<void> start_handshake(upgrade::Security security);
  [[nodiscard]] Result<void> on_handshake_done();
  [[nodiscard]] Result<void> start_muxer_negotiation();
  [[nodiscard]] Result<void> on_plaintext(BytesView plain, Instant now);
  void open_muxer();
  void translate(const upgrade::YamuxEvent& event, upgrade::ProtocolNames supported, Instant now);
  void negotiate(std::uint32_t id, Stream& stream, upgrade::ProtocolNames supported, Instant now);
  void refuse(std::uint32_t id, Stream& stream, const Error& why, Instant now);
  void fail_stream(std::uint32_t id, const Error& why);
  void keep_last_bytes(std::uint32_t id, Instant now);
  void drop_last_bytes(std::uint32_t id);
  void forget(Streams::iterator stream);
  void expect_negotiated(std::uint32_t id, Instant now);
  [[nodiscard]] bool negotiating(std::uint32_t id) const;

  ConnectionOptions options_;
  const upgrade::SecurityIdentity* identity_;
  Rng* rng_;
  Stage stage_ = Stage::kProposal;
  Negotiation negotiation_;  // of the security protocol, then of the muxer
  std::optional<upgrade::SecurityHandshake> handshake_;
  std::optional<upgrade::SecureSession> session_;
  std::optional<upgrade::Yamux> yamux_;
  wire::PeerId remote_peer_;
  std::optional<Error> failure_;  // of encrypting
  Bytes out_;                     // ready for the socket
  Bytes reply_;                   // reused for the answers of stream negotiations
  Streams streams_;
  std::size_t held_ = 0;  // by the owner, for all streams
  // Of streams that the remote has reset: what came before, and is not consumed.
  std::map<std::uint32_t, Bytes> last_bytes_;
  std::size_t last_bytes_size_ = 0;  // of all of them
  // Streams still negotiating, oldest first: the timeout is the same for all, so the order of opening is that of
  // deadlines. Some are done or gone already; at most about as many as there are streams.
  std::deque<std::pair<Instant, std::uint32_t>> negotiating_;
  std::deque<ConnectionEvent> events_;
  std::uint64_t negotiations_timed_out_ = 0;
};

}  // namespace pond::swarm
