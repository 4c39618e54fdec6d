#include "output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

namespace pond::cli {

Outcome<void> write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    return failed("stdout", std::string{"cannot write to standard output: "} + std::strerror(errno));
  }
  return {};
}

int print(std::string_view text, ExitCode exit) {
  if (const auto written = write_out(text); !written) {
    std::fprintf(stderr, "pond: %s\n", written.error().message.c_str());
    return static_cast<int>(written.error().exit);
  }
  return static_cast<int>(exit);
}

}  // namespace pond::cli
