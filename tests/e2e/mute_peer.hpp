#pragma once

#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nodes.hpp"

namespace pond::e2e {

/// Accepts connections and never says a word.
class MutePeer {
 public:
  MutePeer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(at);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&at), size) != 0 || listen(fd_, 16) != 0 ||
        getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    address_ = "/ip4/127.0.0.1/tcp/" + std::to_string(ntohs(at.sin_port)) + "/p2p/" + peer_id(77).to_base58();
  }
  ~MutePeer() { close(fd_); }
  MutePeer(const MutePeer&) = delete;
  MutePeer& operator=(const MutePeer&) = delete;
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  int fd_;
  std::string address_;
};

}  // namespace pond::e2e
