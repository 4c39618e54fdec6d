#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "failure.hpp"
#include "reply.hpp"

namespace boost::asio {
class io_context;
}

namespace pond::cli {

// The control socket: one JSON object a line in each direction, {"verb":...} and {"exit":...,"document":...}. It lies
// in a directory that only its user can enter (0700), and is the user's alone itself (0600).

/// `$XDG_RUNTIME_DIR/pond.sock`, else `/tmp/pond-<uid>/pond.sock`.
[[nodiscard]] std::string default_control_path();

enum class ControlPath : unsigned char { kDefault, kNamed };

/// Serves one node's control socket.
class ControlServer {
 public:
  using Handler = std::function<void(const Json& request, std::function<void(Reply)> done)>;

  ControlServer(boost::asio::io_context& io, Handler handler);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// Opens the socket and removes a stale one. At a path that was named, a live socket is an error; at the default path
  /// the node then simply has none (false).
  [[nodiscard]] Outcome<bool> open(const std::string& path, ControlPath kind);

  /// Closes and removes it.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Sends one request to the node behind `path` and waits for its reply, at most `timeout_ms` and a second.
[[nodiscard]] Outcome<Reply> ask_node(const std::string& path, const Json& request, std::int64_t timeout_ms);

}  // namespace pond::cli
