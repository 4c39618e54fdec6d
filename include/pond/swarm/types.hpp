#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/upgrade/security.hpp"
#include "pond/wire/multiaddr.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::swarm {

using peers::PeerHandle;

/// One transport connection, for as long as the process lives: never used twice.
enum class ConnId : std::uint64_t {};

/// One stream of one connection.
struct StreamRef {
  ConnId conn;
  std::uint32_t stream;  ///< Yamux's number
  friend auto operator<=>(const StreamRef&, const StreamRef&) = default;
};

enum class DialId : std::uint64_t {};
enum class QueryId : std::uint64_t {};

enum class Direction : std::uint8_t { kInbound, kOutbound };

/// Which addresses are dialed, learned and announced.
enum class AddressFilter : std::uint8_t {
  kAny,         ///< private networks and loopback too
  kGlobalOnly,  ///< the open internet
};

using upgrade::Security;

/// Every bound of the swarm. Each has a counter in `Counters` that tells when it bit.
struct Limits {
  std::size_t max_connections = 50;               ///< established; 1000 on a bootstrap node
  std::size_t max_half_open = 512;                ///< beyond it the oldest is closed
  Duration handshake_timeout = 10s;               ///< from the socket to a muxer
  Duration idle_age_before_trim = 60s;            ///< a younger connection is never closed for a newcomer
  Duration duplicate_grace = 5s;                  ///< how long the lesser of two connections may stay without a stream
  Duration negotiation_timeout = 10s;             ///< a stream's multistream-select
  std::size_t max_streams_per_connection = 1000;  ///< inbound, any protocol
  std::size_t max_buffered_per_connection_bytes = 4U << 20;
  std::size_t max_buffered_bytes = 128U << 20;         ///< over all connections; beyond it the largest stream is reset
  Duration keep_alive_interval = 30s;                  ///< Yamux ping, as go and js
  Duration keep_alive_timeout = 20s;                   ///< a ping unanswered for so long ends the connection
  std::size_t max_identify_pushes_per_connection = 2;  ///< under way; each may cost a signature check
  Duration identify_timeout = 5s;                      ///< go's
  Duration dial_stagger = 250ms;                       ///< RFC 8305's connection attempt delay
  Duration dial_attempt_timeout = 10s;                 ///< one address, from connect to muxer
  std::size_t max_dial_addresses = 16;                 ///< of one dial, after resolution
  std::size_t max_parallel_dials = 100;                ///< sockets that are connecting; more wait
  std::size_t max_queued_dials = 1000;                 ///< more are refused
  std::size_t max_dnsaddr_depth = 3;
  Duration ping_timeout = 10s;
};

struct Counters {
  std::uint64_t accepted = 0;
  std::uint64_t dialed = 0;
  std::uint64_t dial_failures = 0;
  std::uint64_t handshakes_failed = 0;
  std::uint64_t handshakes_timed_out = 0;
  std::uint64_t half_open_evicted = 0;      ///< max_half_open
  std::uint64_t trimmed_for_newcomers = 0;  ///< max_connections: an idle connection made room
  std::uint64_t refused_at_limit = 0;       ///< max_connections: none was idle
  std::uint64_t duplicates_closed = 0;
  std::uint64_t streams_over_limit = 0;  ///< max_streams_per_connection
  std::uint64_t negotiations_timed_out = 0;
  std::uint64_t streams_reset_for_memory = 0;  ///< max_buffered_*
  std::uint64_t keep_alive_failures = 0;
  std::uint64_t dials_refused = 0;  ///< max_queued_dials
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

/// What a peer said of itself.
struct IdentifyInfo {
  std::vector<std::string> protocols;
  std::vector<wire::Multiaddr> listen_addresses;    ///< of its newest statement, signed ones before others
  std::optional<wire::Multiaddr> observed_address;  ///< how the peer sees us: a hint, never the truth
  std::string agent_version;
  std::string protocol_version;

  [[nodiscard]] bool speaks(std::string_view protocol) const;
};

// ---- Inputs: what the driver tells ------------------------------------------------------------------------------

/// A dialed socket is connected, or could not be. `local` is empty on failure.
struct DialResult {
  ConnId conn;
  Result<wire::Multiaddr> local;
};
/// Bytes came from a socket. The view is not kept.
struct Received {
  ConnId conn;
  BytesView bytes;
};
/// The socket is gone: end of file, reset, write error.
struct SocketClosed {
  ConnId conn;
  Error why;
};
/// The answer to a `Resolve`: IP literals, or the strings of TXT records.
struct Resolved {
  QueryId query;
  Result<std::vector<std::string>> answers;
};
using Input = std::variant<DialResult, Received, SocketClosed, Resolved>;

// ---- Outputs for the driver -------------------------------------------------------------------------------------

struct OpenSocket {
  ConnId conn;
  wire::Multiaddr address;  ///< ip4 or ip6 with tcp, perhaps ws
  std::string name;         ///< the DNS name that the address was found by; empty when it was given as it is
};
/// `Swarm::produce` has bytes for that socket. Said once until they have been produced.
struct WantsWrite {
  ConnId conn;
};
/// Write `last_bytes` (for a short time of the driver's choice), then close. The id is dead: no input for it is wanted.
struct CloseSocket {
  ConnId conn;
  Bytes last_bytes;
};
enum class NameKind : std::uint8_t { kA, kAaaa, kTxt };
struct Resolve {
  QueryId query;
  std::string name;
  NameKind kind;
};

// ---- Outputs for the owner --------------------------------------------------------------------------------------

/// First connection to that peer. From here to PeerDisconnected the swarm pins it.
struct PeerConnected {
  PeerHandle peer;
  Direction direction;
  wire::Multiaddr remote;
};
struct PeerIdentified {
  PeerHandle peer;
  IdentifyInfo info;
};
/// The last connection to that peer is gone.
struct PeerDisconnected {
  PeerHandle peer;
  Error why;
};
/// A dial ended. Success also when a connection was there already, unless the peer is leaving it.
struct DialDone {
  DialId dial;
  Result<PeerHandle> peer;
};
/// A peer opened a stream for a protocol of `set_protocols`.
struct StreamOpened {
  StreamRef stream;
  PeerHandle peer;
  std::string_view protocol;  ///< lives as long as the swarm's protocol list
};
/// The peer agreed to the protocol of a stream that we opened.
struct StreamReady {
  StreamRef stream;
};
/// `peek` has something new. At most one is pending for a stream.
struct StreamReadable {
  StreamRef stream;
};
/// `write` took less than it was given; now it would take more.
struct StreamWritable {
  StreamRef stream;
};
/// The peer closed its side, and everything that came before has been announced by StreamReadable. Our side is still
/// open.
struct StreamFinished {
  StreamRef stream;
};
/// The stream is gone, with everything unread. Nothing follows; the reference is dead. Not said for streams that the
/// owner reset, nor for those finished on both sides. When the peer reset it, what it had sent before could be read
/// until this was polled.
struct StreamFailed {
  StreamRef stream;
  Error why;
};
struct PingDone {
  PeerHandle peer;
  Result<Duration> round_trip;
};

using Output = std::variant<OpenSocket, WantsWrite, CloseSocket, Resolve, PeerConnected, PeerIdentified,
                            PeerDisconnected, DialDone, StreamOpened, StreamReady, StreamReadable, StreamWritable,
                            StreamFinished, StreamFailed, PingDone>;

}  // namespace pond::swarm
