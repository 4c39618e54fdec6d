#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "pond/net/node_runner.hpp"
#include "pond/node/node.hpp"

#include "reply.hpp"

namespace boost::asio {
class io_context;
}

namespace pond::cli {

/// Carries out verbs on a running node, whether they come from this process or over the control socket.
///
/// A request is a JSON object: `verb`, its arguments by the names of the command line, and `timeoutMs`. Each gets
/// exactly one reply. Requests are checked here again: the socket is open to other programs of the same user.
class Executor {
 public:
  using Done = std::function<void(Reply)>;

  Executor(boost::asio::io_context& io, net::NodeRunner& runner, node::Node& node)
      : io_(io), runner_(runner), node_(node) {}

  void run(const Json& request, Done done);

  /// To be given every output of the node; true when it belonged to a verb.
  bool on(const node::Output& output);

  [[nodiscard]] bool idle() const { return operations_.empty() && dials_.empty() && pings_.empty(); }

 private:
  using OnResult = std::function<void(const kad::OpResult&)>;
  struct Ping {
    std::uint64_t id;
    wire::PeerId peer;
    Json round_trips = Json::array();
    std::size_t left = 0;
    Done done;
  };

  [[nodiscard]] Outcome<void> start(const Json& request, Done& done);
  void operate(kad::Operation operation, Duration timeout, OnResult on_result);
  Outcome<void> lookup(const Json& request, Duration timeout, Done& done);
  Outcome<void> get(const Json& request, Duration timeout, Done& done);
  Outcome<void> put(const Json& request, Duration timeout, Done& done);
  Outcome<void> provide(const Json& request, Duration timeout, Done& done);
  Outcome<void> peers(const Json& request, Duration timeout, Done& done);
  Outcome<void> find_peer(const Json& request, Duration timeout, Done& done);
  Outcome<void> ping(const Json& request, Duration timeout, Done& done);
  void ping_at(const std::vector<wire::Multiaddr>& addresses, std::size_t next, Duration timeout, Done done);
  void ping_connected(swarm::PeerHandle peer, Duration timeout, Done done);
  void ping_late(swarm::PeerHandle peer, std::uint64_t id);
  [[nodiscard]] Reply records() const;
  [[nodiscard]] Reply health() const;
  [[nodiscard]] Reply status() const;
  /// What an operation without a find ends with.
  [[nodiscard]] Reply nothing(const kad::OpResult& result) const;

  boost::asio::io_context& io_;
  net::NodeRunner& runner_;
  node::Node& node_;
  std::map<kad::OpId, OnResult> operations_;
  std::map<swarm::DialId, std::function<void(const Result<swarm::PeerHandle>&)>> dials_;
  std::map<swarm::PeerHandle, std::vector<Ping>> pings_;
  std::uint64_t next_ping_ = 1;
};

}  // namespace pond::cli
