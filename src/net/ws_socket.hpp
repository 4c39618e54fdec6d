#pragma once

#include <algorithm>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/teardown.hpp>

namespace pond::net {

/// The TCP socket below Beast's WebSocket stream (a Beast AsyncStream). When dialing it lets no other answer to the
/// upgrade pass than one that begins like a 101: of any other Beast would read the whole body, and make room for it as
/// soon as its length is announced.
class WsSocket {
 public:
  using executor_type = boost::asio::ip::tcp::socket::executor_type;

  explicit WsSocket(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] boost::asio::ip::tcp::socket& socket() { return socket_; }

  /// What is read next is the answer to an upgrade.
  void expect_answer() { expected_ = "HTTP/1.1 101"; }

  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (expected_.empty()) {
      socket_.async_read_some(buffers, std::forward<Handler>(handler));
      return;
    }
    socket_.async_read_some(buffers, [this, buffers, handler = std::forward<Handler>(handler)](
                                         const boost::system::error_code& error, std::size_t bytes) mutable {
      handler(error ? error : judge(buffers, bytes), bytes);
    });
  }

  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    socket_.async_write_some(buffers, std::forward<Handler>(handler));
  }

 private:
  template <typename Buffers>
  boost::system::error_code judge(const Buffers& buffers, std::size_t bytes) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto each = boost::asio::buffer_sequence_begin(buffers); each != end; ++each) {
      const boost::asio::const_buffer buffer{*each};
      const std::size_t size = std::min({buffer.size(), bytes, expected_.size()});
      if (std::string_view{static_cast<const char*>(buffer.data()), size} != expected_.substr(0, size)) {
        return boost::beast::websocket::error::upgrade_declined;
      }
      expected_.remove_prefix(size);
      bytes -= std::min(buffer.size(), bytes);
    }
    return {};
  }

  boost::asio::ip::tcp::socket socket_;
  std::string_view expected_;
};

// What Beast asks of the stream below a WebSocket.

template <typename Handler>
void async_teardown(boost::beast::role_type role, WsSocket& socket, Handler&& handler) {
  boost::beast::websocket::async_teardown(role, socket.socket(), std::forward<Handler>(handler));
}

inline void beast_close_socket(WsSocket& socket) {
  boost::system::error_code ignored;
  socket.socket().close(ignored);
}

}  // namespace pond::net
