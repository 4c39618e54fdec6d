#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pond/base/rng.hpp"
#include "pond/swarm/connection.hpp"
#include "pond/upgrade/noise_handshake.hpp"
#include "pond/upgrade/noise_session.hpp"
#include "pond/upgrade/security.hpp"
#include "pond/upgrade/yamux_frame.hpp"
#include "pond/wire/frame.hpp"
#include "pond/wire/kad_message.hpp"

#include "nodes.hpp"
#include "support/framed.hpp"

namespace pond::e2e {

using test::framed;

inline constexpr std::string_view kKad = "/openpond/kad/1.0.0";

/// A TCP connection to 127.0.0.1. What takes longer than kPatience throws std::runtime_error.
class Tcp {
 public:
  explicit Tcp(std::uint16_t port);
  ~Tcp();
  Tcp(Tcp&& other) noexcept;
  Tcp& operator=(Tcp&& other) noexcept;

  enum class Wait : std::uint8_t { kRead, kReadOrWrite };
  /// Waits until something can be done.
  void wait(Wait what);
  /// Sends what the socket takes at once; false when the connection is gone.
  [[nodiscard]] bool send_some(BytesView& bytes);
  /// Appends what has arrived; false at the end of the connection, whichever way it ended.
  [[nodiscard]] bool receive_some(Bytes& out);
  /// Sends everything; false when the connection is gone. Reads nothing meanwhile.
  bool send(BytesView bytes);
  /// Everything until the remote closes or resets.
  Bytes read_to_end();
  void half_close();
  /// Closes with a RST.
  void reset();
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_ = -1;
  bool ended_ = false;
};

/// A whole libp2p client: the project's own connection machine over a socket. Nothing of it runs but inside its calls.
class Client {
 public:
  struct Options {
    std::uint64_t key = 100;
    std::optional<wire::PeerId> expected{};
    std::optional<std::size_t> reset_after{};  ///< reset the connection when so many bytes were sent
  };
  Client(std::uint16_t port, const Options& options);
  explicit Client(std::uint16_t port) : Client(port, Options{}) {}
  explicit Client(const Node& node) : Client(node.port()) {}
  Client(Client&&) = delete;

  /// Whether the connection came up.
  bool connect();
  std::uint32_t open(std::string_view protocol = kKad);
  void write(std::uint32_t stream, BytesView bytes);
  void finish(std::uint32_t stream);
  /// The next message of the stream; nullopt when the stream is gone or finished before one came.
  std::optional<Bytes> read(std::uint32_t stream);
  /// Whether the remote tore the stream down: waits until it, or the connection, ends.
  bool was_reset(std::uint32_t stream);
  /// Waits until the remote closes the connection.
  void wait_closed();
  /// One request on a stream; nullopt when it was refused.
  std::optional<wire::KadMessage> ask(std::uint32_t stream, const wire::KadMessage& message);
  /// The same on a new stream.
  std::optional<wire::KadMessage> ask(const wire::KadMessage& message) { return ask(open(), message); }
  /// Sends bytes on a new kad stream; whether it was torn down for them while the connection stayed.
  bool is_refused(BytesView bytes);

  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] bool remote_goes_away() const { return goes_away_; }
  [[nodiscard]] std::optional<Error> error() const { return error_; }
  [[nodiscard]] std::size_t sent_bytes() const { return sent_; }
  [[nodiscard]] const wire::PeerId& id() const { return identity_.peer_id(); }
  [[nodiscard]] Tcp& tcp() { return tcp_; }

  /// Does what can be done until `done` or the end of the connection.
  void run(const std::function<bool()>& done);

 private:
  struct Stream {
    Bytes in;
    bool finished = false;
    bool failed = false;
  };
  void take_events();
  bool flush();

  SeededRng rng_;
  upgrade::SecurityIdentity identity_;
  swarm::Connection connection_;
  Tcp tcp_;
  Options options_;
  std::map<std::uint32_t, Stream> streams_;
  Bytes out_;
  std::size_t sent_ = 0;
  bool established_ = false;
  bool goes_away_ = false;
  bool closed_ = false;
  std::optional<Error> error_;
};

/// A connection that is secured by the book, and from there on whatever a test writes: Yamux frames by hand.
class RawMuxer {
 public:
  explicit RawMuxer(std::uint16_t port, std::uint64_t key = 100);
  /// Encrypts and sends, reading and keeping what comes meanwhile; false when the connection is gone.
  bool send(BytesView frames);
  /// Encrypts and sends, never reading; throws when the node does not read either. Returns early when the connection is
  /// gone.
  void send_blind(BytesView frames);
  struct Frame {
    upgrade::YamuxHeader header;
    Bytes payload;
  };
  /// The next frame; nullopt at the end of the connection.
  std::optional<Frame> next();
  /// Whether the node closes the connection and says `code` as the reason.
  bool ended_with(upgrade::YamuxGoAway code);
  [[nodiscard]] Tcp& tcp() { return tcp_; }

 private:
  bool receive();

  SeededRng rng_;
  upgrade::NoiseIdentity identity_;
  Tcp tcp_;
  std::optional<upgrade::NoiseSession> session_;
  Bytes cipher_;
  Bytes plain_;
};

wire::KadMessage find_node(BytesView key);
wire::KadMessage put(BytesView key, BytesView value);

/// Bytes that open stream `id` for kad and put `request` on it, as Yamux frames.
Bytes kad_stream(std::uint32_t id, BytesView request);

/// Whether a newcomer gets an answer.
bool serves(const Node& node);

/// Milliseconds since the epoch.
std::int64_t wall_ms();
/// A signed /eth value of that Ethereum key for network local, dated `ahead_ms` ahead.
Bytes signed_record(std::uint64_t number, std::int64_t ahead_ms = 0, std::string_view network = "local");
Bytes record_key(std::uint64_t number);

}  // namespace pond::e2e
