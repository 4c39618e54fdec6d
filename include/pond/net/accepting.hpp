#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace pond::net {

/// Accepts one connection after another on a socket that listens, TCP or local, until it is closed. Only for the
/// sources of drivers: it brings Asio along.
///
/// An accept that fails (no descriptors are left, most likely) leaves the connection in the kernel's queue: the next
/// one is tried after a pause, for at once it would fail again. After `close`, and after the object is gone, the
/// handler is not called any more, though an accept may have succeeded already and be on its way: such a connection is
/// closed.
template <typename Protocol>
class Accepting {
 public:
  using Socket = typename Protocol::socket;
  using Handler = std::function<void(Socket)>;

  static constexpr std::chrono::milliseconds kPause{100};

  explicit Accepting(boost::asio::io_context& io) : state_(std::make_shared<State>(io)) {}
  ~Accepting() { close(); }
  Accepting(const Accepting&) = delete;
  Accepting& operator=(const Accepting&) = delete;

  /// To be opened, bound and listened with.
  [[nodiscard]] boost::asio::basic_socket_acceptor<Protocol>& socket() { return state_->socket; }

  /// Calls `handler` for each connection, from the io_context.
  void start(Handler handler) {
    state_->handler = std::move(handler);
    accept(state_);
  }

  /// May be called from within the handler.
  void close() {
    boost::system::error_code ignored;
    state_->closed = true;
    state_->socket.close(ignored);
    state_->pause.cancel();
  }

 private:
  /// Shared with the accept that is on its way.
  struct State {
    explicit State(boost::asio::io_context& io) : socket(io), pause(io) {}
    boost::asio::basic_socket_acceptor<Protocol> socket;
    boost::asio::steady_timer pause;
    Handler handler;
    bool closed = false;
  };

  static void accept(const std::shared_ptr<State>& state) {
    state->socket.async_accept([state](const boost::system::error_code& error, Socket accepted) {
      if (state->closed) {
        return;
      }
      if (error) {
        state->pause.expires_after(kPause);
        state->pause.async_wait([state](const boost::system::error_code&) {
          if (!state->closed) {
            accept(state);
          }
        });
        return;
      }
      state->handler(std::move(accepted));
      if (!state->closed) {
        accept(state);
      }
    });
  }

  std::shared_ptr<State> state_;
};

}  // namespace pond::net
