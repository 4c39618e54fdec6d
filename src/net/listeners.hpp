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

#include "endpoints.hpp"

namespace pond::net {

/// The TCP sockets that a node listens on, for plain connections and for WebSockets.
class Listeners {
 public:
  using Handler = std::function<void(boost::asio::ip::tcp::socket, Transport)>;

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
  struct Acceptor {
    std::unique_ptr<Accepting<boost::asio::ip::tcp>> accepting;
    Transport transport;
  };

  [[nodiscard]] std::expected<void, ListenError> listen_on(const wire::Multiaddr& address);

  boost::asio::io_context& io_;
  std::vector<Acceptor> acceptors_;
};

}  // namespace pond::net
