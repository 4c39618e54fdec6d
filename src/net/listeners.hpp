#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "pond/net/accepting.hpp"
#include "pond/net/node_runner.hpp"
#include "pond/wire/multiaddr.hpp"

namespace pond::net {

/// The TCP sockets that a node listens on.
class Listeners {
 public:
  using Handler = std::function<void(boost::asio::ip::tcp::socket)>;

  explicit Listeners(boost::asio::io_context& io) : io_(io) {}

  /// As NodeRunner::listen.
  [[nodiscard]] std::expected<void, ListenError> listen(const std::vector<wire::Multiaddr>& addresses);

  /// As NodeRunner::listening.
  [[nodiscard]] std::vector<wire::Multiaddr> addresses() const;

  /// Accepts on all of them.
  void start(const Handler& handler);

  /// No handler is called any more.
  void close();

 private:
  using Acceptor = Accepting<boost::asio::ip::tcp>;

  [[nodiscard]] std::expected<void, ListenError> listen_on(const wire::Multiaddr& address);

  boost::asio::io_context& io_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
};

}  // namespace pond::net
