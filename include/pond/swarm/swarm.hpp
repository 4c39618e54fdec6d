#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pond/base/rng.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/swarm/types.hpp"

namespace pond::swarm {

struct Config {
  Limits limits;
  AddressFilter address_filter = AddressFilter::kAny;
  /// What inbound connections may ask for, and what outbound ones propose: the first, and the next when a peer refuses.
  std::vector<Security> security{Security::kNoise, Security::kTls};
  WallAnchor wall;  ///< for certificates; see set_wall
  std::string agent_version = "pond/0.1.0";
  std::string protocol_version = "ipfs/0.1.0";
};

/// Whether a peer's connections may be closed for a newcomer.
enum class Protection : std::uint8_t { kNone, kProtected };

/// All connections of one node: dialing, upgrading, streams, identify, ping, and the bounds on all of it.
///
/// Sans-I/O: the driver owns the sockets and names them by the ConnIds that it is given; bytes come in through `handle`
/// and are pulled out by `produce` when a socket can take them, so nothing is framed or encrypted before there is room
/// for it. After every call the owner polls until nothing comes. Not thread-safe. `book` and `rng` must outlive it.
class Swarm {
 public:
  /// Errors are those of signing with `key` (kInternal); kInvalidArgument when no security protocol is offered.
  [[nodiscard]] static Result<Swarm> make(Config config, crypto::PrivateKey key, peers::PeerBook& book, Rng& rng,
                                          Instant now);
  ~Swarm();
  Swarm(Swarm&&) noexcept;
  Swarm& operator=(Swarm&&) noexcept;

  // ---- Driver's side ----

  /// A listening socket accepted a connection. Never refuses: the bound on half-open connections closes the oldest.
  [[nodiscard]] ConnId accept(const wire::Multiaddr& local, const wire::Multiaddr& remote, Instant now);
  void handle(Input input, Instant now);
  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  /// Appends bytes for the socket of `conn`, about `max_bytes` of them; returns how many. 0: nothing to send.
  std::size_t produce(ConnId conn, Bytes& out, std::size_t max_bytes, Instant now);

  /// The system's wall clock was set.
  void set_wall(WallAnchor wall);

  // ---- Owner's side ----

  [[nodiscard]] const wire::PeerId& self() const noexcept;

  /// Protocols that inbound streams may ask for, beside identify, identify push and ping. When the list changes,
  /// connected peers that support identify push are told.
  void set_protocols(const std::vector<std::string>& protocols, Instant now);

  /// What identify and the signed peer record announce. `sequence` is the record's: the wall clock in ms at the change.
  void set_announced_addresses(std::vector<wire::Multiaddr> addresses, std::uint64_t sequence, Instant now);

  /// Connects to a known peer at the addresses of the book. Ends with one DialDone.
  [[nodiscard]] DialId dial(PeerHandle peer, Instant deadline, Instant now);
  /// Connects to a known peer at these addresses, which are not filtered. Ends with one DialDone.
  [[nodiscard]] DialId dial(PeerHandle peer, const std::vector<wire::Multiaddr>& addresses, Instant deadline,
                            Instant now);
  /// Connects to whoever answers there; with a trailing /p2p only to that peer. Ends with one DialDone.
  [[nodiscard]] DialId dial(const wire::Multiaddr& address, Instant deadline, Instant now);
  void cancel_dial(DialId dial, Instant now);

  [[nodiscard]] bool connected(PeerHandle peer) const;
  [[nodiscard]] std::vector<PeerHandle> connected_peers() const;
  [[nodiscard]] const IdentifyInfo* identified(PeerHandle peer) const;

  /// Closes every connection to the peer with a go-away.
  void disconnect(PeerHandle peer, Instant now);
  /// Protected peers' connections are not closed for newcomers as long as they are no more than half of
  /// Limits::max_connections. Counts nothing: the last call holds.
  void protect(PeerHandle peer, Protection protection);

  /// Opens a stream on the better connection. Bytes may be written at once, before StreamReady: they travel with the
  /// proposal. kClosed when not connected, kLimit when the connection has too many.
  [[nodiscard]] Result<StreamRef> open_stream(PeerHandle peer, std::string_view protocol, Instant now);

  /// What has come and is not consumed: contiguous, maybe not all of it. Empty for a dead reference. Valid until the
  /// next call of a non-const function.
  [[nodiscard]] BytesView peek(StreamRef stream) const;
  /// Done with the first `n` octets of `peek`: the sender gets credit for as much.
  void consume(StreamRef stream, std::size_t n);
  /// Takes as many octets as the stream's send buffer has room for; StreamWritable follows when it took less.
  [[nodiscard]] std::size_t write(StreamRef stream, BytesView bytes);
  /// Says that the owner holds `bytes` for the stream: of a message that it assembles, or that `write` did not take.
  /// They count under `max_buffered_*` with what the swarm buffers, and in which stream is the largest, until the next
  /// call or the end of the stream. StreamFailed with kLimit follows when a bound has it reset; so does it for others.
  void hold(StreamRef stream, std::size_t bytes);
  void finish(StreamRef stream);  ///< closes our side, after what was written
  void reset(StreamRef stream);   ///< drops both sides at once

  /// Pings with `/ipfs/ping/1.0.0` on an open connection. Ends with one PingDone.
  void ping(PeerHandle peer, Instant now);

  /// Says go-away on every connection and closes it. CloseSocket follows for each.
  void shutdown(Instant now);

  [[nodiscard]] const Counters& counters() const noexcept;
  [[nodiscard]] std::size_t connection_count() const noexcept;  ///< established
  [[nodiscard]] std::size_t half_open_count() const noexcept;

 private:
  friend struct SwarmTestAccess;
  struct Impl;
  explicit Swarm(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pond::swarm
