#include "lingering.hpp"

#include <array>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "non_blocking.hpp"

namespace pond::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct LingeringSockets::One {
  One(tcp::socket the_socket, Bytes the_bytes, asio::io_context& io)
      : socket(std::move(the_socket)), bytes(std::move(the_bytes)), timer(io) {}
  tcp::socket socket;
  Bytes bytes;
  std::size_t sent = 0;
  asio::steady_timer timer;  ///< its end, early or late, is the end of the socket
};

LingeringSockets::LingeringSockets(asio::io_context& io, std::function<void()> on_none)
    : io_(io), on_none_(std::move(on_none)) {
}

LingeringSockets::~LingeringSockets() = default;

void LingeringSockets::add(tcp::socket socket, Bytes last_bytes) {
  error_code error;
  socket.cancel(error);
  if (!error) {
    socket.non_blocking(true, error);
  }
  if (error || !enter()) {
    return;
  }
  const auto one = std::make_shared<One>(std::move(socket), std::move(last_bytes), io_);
  one->timer.expires_after(kLinger);
  one->timer.async_wait([this, one](const error_code&) {
    error_code ignored;
    one->socket.close(ignored);
    leave();
  });
  run(one);
}

bool LingeringSockets::enter() {
  if (count_ >= kMaxLingering) {
    return false;
  }
  ++count_;
  return true;
}

void LingeringSockets::leave() {
  if (--count_ == 0) {
    on_none_();
  }
}

void LingeringSockets::run(const std::shared_ptr<One>& one) {
  error_code error;
  while (one->sent < one->bytes.size()) {
    one->sent +=
        one->socket.write_some(asio::buffer(one->bytes.data() + one->sent, one->bytes.size() - one->sent), error);
    if (must_wait(error)) {
      one->socket.async_wait(tcp::socket::wait_write, [one](const error_code& aborted) {
        if (!aborted) {
          run(one);
        }
      });
      return;
    }
    if (error) {
      one->timer.cancel();
      return;
    }
  }
  one->socket.shutdown(tcp::socket::shutdown_send, error);
  finish(one);
}

/// Closing with unread bytes would reset the connection and take the last words with it: reads until the peer closes.
void LingeringSockets::finish(const std::shared_ptr<One>& one) {
  error_code error;
  std::array<std::uint8_t, 4096> discarded;
  for (int i = 0; i < kReadsInARow && !error; ++i) {
    one->socket.read_some(asio::buffer(discarded), error);
  }
  if (error && !must_wait(error)) {
    one->timer.cancel();
    return;
  }
  one->socket.async_wait(tcp::socket::wait_read, [one](const error_code& aborted) {
    if (!aborted) {
      finish(one);
    }
  });
}

}  // namespace pond::net
