#include "control_session.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace pond::e2e {

ControlSession::ControlSession(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  path.copy(to.sun_path, sizeof(to.sun_path) - 1);
  if (fd_ < 0 || connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    const int why = errno;
    close(fd_);
    throw std::runtime_error("connect " + path + ": " + std::strerror(why));
  }
}

ControlSession::~ControlSession() {
  close(fd_);
}

bool ControlSession::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::optional<std::string> ControlSession::line() {
  for (;;) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string found = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return found;
    }
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds{kPatience}.count())) <= 0) {
      throw std::runtime_error("the node neither answers nor closes the session");
    }
    std::array<char, 4096> chunk;
    const ssize_t got = recv(fd_, chunk.data(), chunk.size(), 0);
    if (got <= 0) {
      return std::nullopt;
    }
    unread_.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

Json ControlSession::ask(std::string_view verb) {
  if (!send(Json{{"verb", verb}}.dump() + "\n")) {
    return nullptr;
  }
  const std::optional<std::string> reply = line();
  return reply ? Json::parse(*reply) : Json(nullptr);
}

NoFilesLeft::NoFilesLeft(const Process& process) : pid_(process.pid()) {
  if (prlimit(pid_, RLIMIT_NOFILE, nullptr, &before_) != 0) {
    throw std::runtime_error("prlimit");
  }
  const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
  if (prlimit(pid_, RLIMIT_NOFILE, &none, nullptr) != 0) {
    throw std::runtime_error("prlimit");
  }
}

NoFilesLeft::~NoFilesLeft() {
  prlimit(pid_, RLIMIT_NOFILE, &before_, nullptr);
}

}  // namespace pond::e2e
