#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/types.h>

namespace pond::e2e {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

/// How long a test waits for what must happen. It fails a test only when something hangs.
inline constexpr std::chrono::seconds kPatience{40};

/// A directory of one test, mode 0700, removed with everything in it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string{name}; }
  /// Writes a file with that mode and returns its path.
  std::string write(std::string_view name, std::string_view text, mode_t mode = 0600) const;

 private:
  std::string path_;
};

struct Launch {
  std::vector<std::string> args{};
  /// The whole environment, but for XDG_RUNTIME_DIR, which is an empty directory unless it is set here (empty: unset).
  std::map<std::string, std::string> env{};
  std::optional<std::string> input{};      ///< standard input; /dev/null without
  std::optional<std::string> out{};        ///< the file that is standard output; `Finished::out` is empty then
  std::optional<std::string> err{};        ///< the same of standard error
  std::optional<std::size_t> max_files{};  ///< soft RLIMIT_NOFILE
};

struct Finished {
  int exit = -1;  ///< 128 + signal when a signal ended it
  std::string out{};
  std::string err{};

  /// The whole of stdout as one JSON document; throws when it is anything else.
  [[nodiscard]] Json json() const;
};

/// The pond binary as a child process. It never outlives this object, nor the thread that made it. Throws
/// std::runtime_error when something hangs.
class Process {
 public:
  explicit Process(const Launch& launch);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// The rest of the next line of stdout that begins with `prefix`; lines before it are skipped. Throws at the end of
  /// stdout.
  std::string line(std::string_view prefix);
  /// Waits for the end of stdout and of the process.
  Finished finish();
  void signal(int number) const;
  /// Returns when it waits for something.
  void wait_asleep() const;
  [[nodiscard]] std::string err() const;
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Resident memory in KiB.
  [[nodiscard]] std::size_t resident_kib() const;

 private:
  bool read_more(Clock::time_point deadline);
  void reap(Clock::time_point deadline);

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string unread_;
  std::optional<int> exit_;
};

/// Runs pond to its end.
Finished run(const Launch& launch);
Finished run(const std::vector<std::string>& args);

/// The names of a JSON object's members, sorted, separated by spaces.
std::string members(const Json& document);

}  // namespace pond::e2e
