#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/node/node.hpp"
#include "pond/wire/multiaddr.hpp"

namespace boost::asio {
class io_context;
}

namespace pond::net {

/// Why a node could not listen: `address` and what the system said of it.
struct ListenError {
  std::string address;
  std::string reason;
  bool in_use = false;  ///< another program has that port
};

/// Drives a Node with real sockets, timers and names, on one thread: that of the io_context.
///
/// Plain TCP: readiness first, then one read into a buffer that all sockets share, so that an idle connection costs no
/// buffer. What the node has to say to one peer is pulled when everything at hand has been handled, and leaves in one
/// system call, or in one message of a WebSocket.
class NodeRunner {
 public:
  /// What the owner wants to hear: DialDone, PingDone, OperationDone, Ready, LogLine.
  using Listener = std::function<void(const node::Output&)>;

  /// All three must outlive the runner; the io_context must have stopped before the runner goes.
  NodeRunner(boost::asio::io_context& io, node::Node& node, Listener listener);
  ~NodeRunner();
  NodeRunner(const NodeRunner&) = delete;
  NodeRunner& operator=(const NodeRunner&) = delete;

  /// Binds and listens, each address `/ip4|ip6/HOST/tcp/PORT[/ws]`. Nothing is accepted before `start`. On failure all
  /// are closed again.
  [[nodiscard]] std::expected<void, ListenError> listen(const std::vector<wire::Multiaddr>& addresses);

  /// Where the node listens: with real ports, and a wildcard host replaced by those of the interfaces.
  [[nodiscard]] std::vector<wire::Multiaddr> listening() const;

  /// Starts the node's life and the accepting.
  void start();

  /// Calls `use` with the node and the time, and carries out what follows from it. The only way to use the node from
  /// outside once it runs.
  void with(const std::function<void(node::Node&, Instant)>& use);

  /// Says good-bye to all peers and calls `done` when the sockets are closed, within `at_most`.
  void stop(Duration at_most, std::function<void()> done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pond::net
