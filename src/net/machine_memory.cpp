#include "pond/net/machine_memory.hpp"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace pond::net {
namespace {

constexpr const char* kTunables = "GLIBC_TUNABLES";  // glibc's manual, "Tunables"
constexpr std::string_view kHugePages = "glibc.malloc.hugetlb";

/// The number behind `key` in a file of such lines.
std::optional<std::uint64_t> number_of(const char* file, const std::string& key) {
  std::ifstream in{file};
  std::string word;
  while (in >> word) {
    std::uint64_t number = 0;
    if (word == key) {
      return in >> number ? std::optional{number} : std::nullopt;
    }
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::nullopt;
}

}  // namespace

std::uint64_t resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  in >> total >> resident;
  return in ? resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

std::uint64_t available_bytes() {
  constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();
  const auto machine_kib = number_of("/proc/meminfo", "MemAvailable:");
  std::uint64_t available = machine_kib ? *machine_kib * 1024 : kUnknown;
  // A container's own limit (cgroup v2). What it holds in caches of files it can give back: only "anon" counts.
  std::ifstream in{"/sys/fs/cgroup/memory.max"};
  std::uint64_t most = 0;
  if (in >> most) {
    const std::uint64_t held = number_of("/sys/fs/cgroup/memory.stat", "anon").value_or(0);
    available = std::min(available, most - std::min(most, held));
  }
  return available;
}

void restart_with_huge_pages() {
  const char* set = std::getenv(kTunables);
  std::string tunables = set != nullptr ? set : "";
  if (tunables.find(kHugePages) != std::string::npos) {
    return;
  }
  std::ifstream command{"/proc/self/cmdline", std::ios::binary};
  std::vector<std::string> words;
  for (std::string word; std::getline(command, word, '\0');) {
    words.push_back(word);
  }
  std::string program(PATH_MAX, '\0');
  const ssize_t size = readlink("/proc/self/exe", program.data(), program.size() - 1);
  if (words.empty() || size <= 0) {
    return;
  }
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  tunables += (tunables.empty() ? "" : ":") + std::string{kHugePages} + "=1";
  if (setenv(kTunables, tunables.c_str(), 1) == 0) {
    execv(program.c_str(), arguments.data());
  }
}

}  // namespace pond::net
