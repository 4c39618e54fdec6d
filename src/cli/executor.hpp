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
#include "request.hpp"

namespace boost::asio {
class io_context;
}

namespace pond::cli {

/// Carries out verbs on a running node, whether they come from this process or over the control socket.
///
/// Each request gets exactly one reply.
class Executor {
 public:
  using Done = std::function<void(Reply)>;

  Executor(boost::asio::io_context& io, net::NodeRunner& runner, node::Node& node)
      : io_(io), runner_(runner), node_(node) {}

  void run(Request request, Done done);
  /// The same for one that is still to be read (parse_request).
  void run(const Json& request, Done done);

  /// To be given every output of the node; true when it belonged to a verb.
  bool on(const node::Output& output);

  [[nodiscard]] bool idle() const { return operations_.empty() && dials_.empty() && pings_.empty(); }

 private:
  using OnResult = std::function<void(const kad::OpResult&)>;
  struct Pinging {
    std::uint64_t id;
    wire::PeerId peer;
    Json round_trips = Json::array();
    std::size_t left = 0;
    Done done;
  };

  void operate(kad::Operation operation, Duration timeout, OnResult on_result);
  void lookup(const Lookup& verb, Duration timeout, Done done);
  void get(Get verb, Duration timeout, Done done);
  void put(Put verb, Duration timeout, Done done);
  void provide(Provide verb, Duration timeout, Done done);
  void list_peers(kad::Operation operation, const std::string& text, Duration timeout, Done done);
  void find_peer(FindPeer verb, Duration timeout, Done done);
  void ping(const Ping& verb, Duration timeout, Done done);
  void ping_at(const std::vector<wire::Multiaddr>& addresses, std::size_t next, Duration timeout, Done done);
  void ping_connected(swarm::PeerHandle peer, Duration timeout, Done done);
  void ping_late(swarm::PeerHandle peer, std::uint64_t id);
  [[nodiscard]] Reply records();
  [[nodiscard]] Reply health() const;
  [[nodiscard]] Reply status() const;
  /// What an operation without a find ends with.
  [[nodiscard]] Reply nothing(const kad::OpResult& result) const;
  [[nodiscard]] Reply stored(const std::string& key, const kad::OpResult& result) const;
  /// Why an operation failed, for people.
  [[nodiscard]] std::string message_of(const Error& why, const kad::OpResult& result) const;

  boost::asio::io_context& io_;
  net::NodeRunner& runner_;
  node::Node& node_;
  std::map<kad::OpId, OnResult> operations_;
  std::map<swarm::DialId, std::function<void(const Result<swarm::PeerHandle>&)>> dials_;
  std::map<swarm::PeerHandle, std::vector<Pinging>> pings_;
  std::uint64_t next_ping_ = 1;
};

}  // namespace pond::cli
