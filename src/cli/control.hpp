#pragma once

#include <functional>
#include <memory>
#include <string>

#include "control_path.hpp"
#include "failure.hpp"
#include "reply.hpp"

namespace boost::asio {
class io_context;
}

namespace pond::cli {

// The control socket: one JSON object a line in each direction, {"verb":...} (parse_request) and {"exit":...,
// "document":...}. It is its user's alone (0600).

/// Serves one node's control socket: 64 sessions at a time, each with one request after another of 128 KiB at most. A
/// session that has no request under way is closed after 10 s of silence, and so is one that does not take its answer.
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

}  // namespace pond::cli
