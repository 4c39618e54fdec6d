#include "pond/net/os.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/random.h>

namespace pond::net {
namespace {

void read_entropy(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      std::perror("getrandom");
      std::abort();
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace

Instant monotonic_now() {
  return Instant{std::chrono::steady_clock::now().time_since_epoch()};
}

WallAnchor wall_anchor() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {monotonic_now(), WallTime{std::chrono::duration_cast<std::chrono::milliseconds>(wall).count()}};
}

OsRng::~OsRng() {
  explicit_bzero(buffer_.data(), buffer_.size());
}

void OsRng::fill(std::span<std::uint8_t> out) {
  if (out.size() > buffer_.size()) {
    read_entropy(out);
    return;
  }
  if (left_ < out.size()) {
    read_entropy(buffer_);
    left_ = buffer_.size();
  }
  // What was handed out is wiped, so that a key drawn here is not in memory twice.
  std::uint8_t* const from = buffer_.data() + (buffer_.size() - left_);
  std::copy_n(from, out.size(), out.data());
  explicit_bzero(from, out.size());
  left_ -= out.size();
}

}  // namespace pond::net
