#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "pond/base/bytes.hpp"

namespace pond::net {

/// Sockets that the node is done with: what it still has to say is said, then the peer may finish reading.
///
/// Each sends its last bytes, then its FIN, then discards what comes until the peer closes; a second at most, and
/// kMaxLingering of them at once, beyond which a socket is closed at once.
class LingeringSockets {
 public:
  static constexpr std::size_t kMaxLingering = 256;
  static constexpr std::chrono::seconds kLinger{1};

  /// `on_none` is called each time when the last of them has gone.
  LingeringSockets(boost::asio::io_context& io, std::function<void()> on_none);
  ~LingeringSockets();
  LingeringSockets(const LingeringSockets&) = delete;
  LingeringSockets& operator=(const LingeringSockets&) = delete;

  /// Takes a socket over. What waits on it is cancelled.
  void add(boost::asio::ip::tcp::socket socket, Bytes last_bytes);

  /// One more lingers that its owner looks after, for kLinger at most; false when there are kMaxLingering. `leave`
  /// takes it off the count again.
  [[nodiscard]] bool enter();
  void leave();

  [[nodiscard]] bool none() const { return count_ == 0; }

 private:
  struct One;
  static void run(const std::shared_ptr<One>& one);
  static void finish(const std::shared_ptr<One>& one);

  boost::asio::io_context& io_;
  std::function<void()> on_none_;
  std::size_t count_ = 0;
};

}  // namespace pond::net
