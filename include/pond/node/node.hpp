#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pond/base/result.hpp"
#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/crypto/ethereum.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/kad/kad.hpp"
#include "pond/node/agent_directory.hpp"
#include "pond/node/limits.hpp"
#include "pond/store/store.hpp"
#include "pond/swarm/swarm.hpp"

namespace pond::node {

enum class Role : std::uint8_t {
  kBootstrap,  ///< a public DHT server
  kAgent,      ///< a DHT client that publishes where its Ethereum address can be found
  kVisitor,    ///< a short-lived DHT client that publishes nothing: the command line's
};

/// What an agent publishes about itself.
struct AgentIdentity {
  crypto::EthKey key;
  std::string name;  ///< 1 to 64 code points, see records.md
};

struct Config {
  Role role = Role::kAgent;
  std::string network = "local";
  std::string kad_protocol = "/openpond/kad/1.0.0";
  swarm::AddressFilter address_filter = swarm::AddressFilter::kAny;
  std::vector<swarm::Security> security = swarm::Config{}.security;
  Limits limits;
  kad::Config kad;
  std::vector<wire::Multiaddr> bootstrap;  ///< with /p2p; a node skips itself
  bool fixed_bootstrap_addresses = false;  ///< what others say of the bootstrap peers' addresses is ignored
  std::vector<wire::Multiaddr> announce;   ///< replaces what is listened on, when not empty
  std::optional<AgentIdentity> agent;      ///< of Role::kAgent
  bool accept_unsigned = false;

  // The document's times.
  std::size_t bootstrap_attempts = 3;
  Duration bootstrap_retry = 5s;
  Duration bootstrap_dial_timeout = 30s;
  Duration bootstrap_retry_max = 5min;  ///< pauses grow up to here
  Duration publish_interval = 60s;
  Duration record_lifetime = 24h;
  std::size_t readiness_attempts = 10;
  Duration readiness_retry = 1s;
  Duration readiness_retry_max = 60s;
  Duration operation_timeout = 30s;
  Duration get_timeout = 10s;
  Duration put_timeout = 20s;

  /// The document's defaults for a role: bucket 200 and 1000 connections, or bucket 20 and 50 connections.
  [[nodiscard]] static Config for_role(Role role);
};

// ---- Outputs. Those of the swarm for the driver pass through as they are.

/// The readiness check passed for the first time (an agent), or the node serves (a bootstrap node).
struct Ready {};
struct OperationDone {
  kad::OpId op;
  kad::OpResult result;
};
/// Something for the log of the operator, already bounded and clean of control characters.
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
struct LogLine {
  LogLevel level;
  std::string text;
};
using Output = std::variant<swarm::OpenSocket, swarm::WantsWrite, swarm::CloseSocket, swarm::Resolve, swarm::DialDone,
                            swarm::PingDone, OperationDone, Ready, LogLine>;

// ---- What the command line shows

struct Health {
  bool ready = false;
  std::size_t bootstrap_connections = 0;
  std::size_t attempts = 0;  ///< readiness checks made
  std::string last_error;    ///< of the last failed check; empty when ready
};
struct Status {
  wire::PeerId peer_id;
  Role role;
  std::string network;
  std::vector<wire::Multiaddr> listening;
  std::size_t connections = 0;
  std::size_t half_open = 0;
  std::size_t table = 0;
  std::uint64_t records = 0;
  std::uint64_t record_bytes = 0;
  std::uint64_t providers = 0;
  Duration uptime{};
};

/// A whole OpenPond node without an operating system: swarm, Kademlia, bootstrap, presence, readiness.
///
/// Sans-I/O like all its parts. The driver calls `accept`, `handle`, `handle_timeout`; after each of them, and after
/// any other call that is not const, it polls until nothing comes. Not thread-safe.
class Node {
 public:
  /// `store` and `rng` must outlive the node. `validators`: the namespaces of records that it knows. Errors:
  /// kInvalidArgument for a config that cannot work (an agent without a key or with a bad name, a bootstrap address
  /// without /p2p).
  [[nodiscard]] static Result<std::unique_ptr<Node>> make(Config config, crypto::PrivateKey key, store::Store& store,
                                                          Rng& rng, WallAnchor wall, Instant now,
                                                          kad::Validators validators = kad::Validators::openpond());
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // ---- Driver's side, see swarm.hpp ----
  [[nodiscard]] swarm::ConnId accept(const wire::Multiaddr& local, const wire::Multiaddr& remote, Instant now);
  void handle(swarm::Input input, Instant now);
  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Output> poll(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  std::size_t produce(swarm::ConnId conn, Bytes& out, std::size_t max_bytes, Instant now);
  void set_wall(WallAnchor wall);

  /// The sockets listen at these addresses (with real ports; wildcard addresses already replaced by those of the
  /// interfaces). Starts the node's life: bootstrap, presence, readiness. A node that does not listen passes none.
  void start(std::vector<wire::Multiaddr> listening, Instant now);

  // ---- Owner's side ----
  [[nodiscard]] const wire::PeerId& self() const noexcept;

  /// Starts an operation; ends with one OperationDone. A provider key is raw bytes: what they mean is the caller's.
  [[nodiscard]] kad::OpId run(kad::Operation operation, Duration timeout, Instant now);
  void cancel(kad::OpId op, Instant now);

  /// As swarm::Swarm.
  [[nodiscard]] swarm::DialId dial(const wire::Multiaddr& address, Instant deadline, Instant now);
  void ping(swarm::PeerHandle peer, Instant now);
  [[nodiscard]] std::optional<swarm::PeerHandle> find(const wire::PeerId& id) const;
  [[nodiscard]] bool connected(swarm::PeerHandle peer) const;
  [[nodiscard]] const wire::PeerId& id(swarm::PeerHandle peer) const;
  [[nodiscard]] std::vector<wire::Multiaddr> addresses(swarm::PeerHandle peer, Instant now) const;

  /// Serves Kademlia from now on, or no longer: peers are told by identify push. A role begins in the mode of its
  /// config.
  void set_mode(kad::Mode mode, Instant now);

  /// A verified /eth record that a lookup brought: the directory of known agents remembers it until it expires.
  void remember(const KnownAgent& agent);
  /// By address, those whose record has not expired.
  [[nodiscard]] std::map<std::string, KnownAgent> known_agents(Instant now);

  [[nodiscard]] Health health() const;
  [[nodiscard]] Status status(Instant now) const;

  /// Why no bootstrap node can be asked, in one line for people: what went wrong last with each of them, at most the
  /// first three. Empty when none is configured, itself left out, or when one of them is in the routing table.
  [[nodiscard]] std::string bootstrap_trouble() const;
  [[nodiscard]] const Config& config() const noexcept;
  /// All counters by name, for status and metrics: `swarm.refused_at_limit` and so on, in a fixed order.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const;

  /// Says go-away to everybody; CloseSocket follows for every connection.
  void shutdown(Instant now);

 private:
  struct Impl;
  explicit Node(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pond::node
