#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include "pond/base/time.hpp"
#include "pond/wire/multiaddr.hpp"

namespace pond::bench {

/// A server under load, a process of its own that says on stdout where it listens.
class ServerProcess {
 public:
  /// Starts `command` and waits for its address: a line `listening ADDR` (pond) or JSON with "addrs" (js). Ends the
  /// program with a message when it does not come.
  explicit ServerProcess(const std::vector<std::string>& command);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  [[nodiscard]] const wire::Multiaddr& address() const { return address_; }

  /// Time that all its threads have spent on a processor, from /proc.
  [[nodiscard]] Duration cpu() const;
  [[nodiscard]] double resident_mib() const;

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  wire::Multiaddr address_;
};

}  // namespace pond::bench
