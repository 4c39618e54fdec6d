#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <sys/resource.h>

#include "nodes.hpp"

namespace pond::e2e {

/// A connection to a control socket. What takes longer than kPatience throws std::runtime_error.
class ControlSession {
 public:
  explicit ControlSession(const std::string& path);
  ~ControlSession();
  ControlSession(const ControlSession&) = delete;
  ControlSession& operator=(const ControlSession&) = delete;

  /// False when the node has closed the session.
  bool send(std::string_view bytes) const;
  /// The next line; nullopt when the node closes the session first.
  std::optional<std::string> line();
  /// A verb without arguments, and the reply to it; null when the node closes the session.
  Json ask(std::string_view verb);

 private:
  int fd_;
  std::string unread_;
};

/// While it lives the process can open nothing.
class NoFilesLeft {
 public:
  explicit NoFilesLeft(const Process& process);
  ~NoFilesLeft();
  NoFilesLeft(const NoFilesLeft&) = delete;
  NoFilesLeft& operator=(const NoFilesLeft&) = delete;

 private:
  pid_t pid_;
  rlimit before_{};
};

}  // namespace pond::e2e
