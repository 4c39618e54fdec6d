#include "control_path.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace pond::cli {
namespace {

std::string runtime_directory() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  return runtime == nullptr ? std::string{} : std::string{runtime};
}

std::string default_directory() {
  const std::string runtime = runtime_directory();
  return runtime.empty() ? "/tmp/pond-" + std::to_string(::geteuid()) : runtime;
}

}  // namespace

std::string default_control_path() {
  return default_directory() + "/pond.sock";
}

Outcome<void> check_length(const std::string& path, const std::string& flag) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return usage(flag + " " + path + ": longer than a socket's path may be (107 octets)");
  }
  return {};
}

Outcome<DefaultDirectory> check_default_directory() {
  const std::string directory = default_directory();
  const bool is_in_tmp = runtime_directory().empty();
  struct stat about{};
  // Under /tmp a link could be anybody's, and point elsewhere when it is used.
  if ((is_in_tmp ? ::lstat(directory.c_str(), &about) : ::stat(directory.c_str(), &about)) != 0) {
    return DefaultDirectory::kMissing;
  }
  const mode_t forbidden = is_in_tmp ? S_IRWXG | S_IRWXO : S_IWGRP | S_IWOTH;
  if (!S_ISDIR(about.st_mode) || about.st_uid != ::geteuid() || (about.st_mode & forbidden) != 0) {
    return failed("control", directory +
                                 " is not a directory of this user's that others keep out of; remove it, or name a "
                                 "socket elsewhere (--control of a node, --node of a verb)");
  }
  return DefaultDirectory::kPrivate;
}

Outcome<void> make_default_directory() {
  const std::string directory = default_directory();
  if (runtime_directory().empty() && ::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return failed("control", "cannot make " + directory + ": " + std::strerror(errno));
  }
  const auto checked = check_default_directory();
  if (!checked) {
    return std::unexpected(checked.error());
  }
  if (*checked == DefaultDirectory::kMissing) {
    return failed("control", directory + " (XDG_RUNTIME_DIR) is not there");
  }
  return {};
}

}  // namespace pond::cli
