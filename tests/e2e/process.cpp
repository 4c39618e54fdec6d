#include "process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pond::e2e {
namespace {

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

/// POND names another binary, e.g. one with sanitizers.
std::string binary() {
  const char* named = std::getenv("POND");
  return named != nullptr ? named : POND_BINARY;
}

int remaining_ms(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

/// A runtime directory without a node in it.
const std::string& empty_runtime_dir() {
  static const TempDir directory;
  return directory.path();
}

std::vector<std::string> environment_of(const Launch& launch) {
  std::map<std::string, std::string> env = launch.env;
  env.emplace("XDG_RUNTIME_DIR", empty_runtime_dir());
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH"}) {
    if (const char* value = std::getenv(name)) {
      env.emplace(name, value);
    }
  }
  // What the sanitizer holds back of freed memory would count as pond's.
  env.emplace("ASAN_OPTIONS", "quarantine_size_mb=1");
  std::vector<std::string> out;
  for (const auto& [name, value] : env) {
    if (!value.empty()) {
      out.push_back(name + "=" + value);
    }
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) {
    out.push_back(text.data());
  }
  out.push_back(nullptr);
  return out;
}

/// A file in memory that holds `text`, read from its beginning.
int memory_file(std::string_view text) {
  const int fd = memfd_create("pond-e2e", MFD_CLOEXEC);
  if (fd < 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      lseek(fd, 0, SEEK_SET) != 0) {
    broken("memfd");
  }
  return fd;
}

}  // namespace

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "pond-e2e-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    broken("mkdtemp");
  }
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::write(std::string_view name, std::string_view text, mode_t mode) const {
  std::string path = file(name);
  std::ofstream{path, std::ios::binary} << text;
  if (chmod(path.c_str(), mode) != 0) {
    broken("chmod " + path);
  }
  return path;
}

Json Finished::json() const {
  Json parsed = Json::parse(out, nullptr, false);
  if (parsed.is_discarded()) {
    throw std::runtime_error("stdout is not one JSON document: '" + out + "', stderr: '" + err + "'");
  }
  return parsed;
}

Process::Process(const Launch& launch) {
  std::vector<std::string> args = launch.args;
  args.insert(args.begin(), binary());
  std::vector<std::string> env = environment_of(launch);
  const std::vector<char*> argv = pointers(args);
  const std::vector<char*> envp = pointers(env);
  std::array<int, 2> out{};
  if (pipe2(out.data(), O_CLOEXEC) != 0) {
    broken("pipe");
  }
  err_ = memory_file("");
  const int in = launch.input ? memory_file(*launch.input) : open("/dev/null", O_RDONLY | O_CLOEXEC);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = launch.max_files.value_or(files.rlim_cur);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) {
    broken("fork");
  }
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int to = launch.out ? open(launch.out->c_str(), O_WRONLY | O_CLOEXEC) : out[1];
    const int errors = launch.err ? open(launch.err->c_str(), O_WRONLY | O_CLOEXEC) : err_;
    if (getppid() != parent || dup2(in, 0) < 0 || dup2(to, 1) < 0 || dup2(errors, 2) < 0 ||
        setrlimit(RLIMIT_NOFILE, &files) != 0) {
      _exit(126);
    }
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  close(in);
  close(out[1]);
  out_ = out[0];
}

Process::~Process() {
  if (!exit_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(out_);
  close(err_);
}

bool Process::read_more(Clock::time_point deadline) {
  pollfd waiting{.fd = out_, .events = POLLIN, .revents = 0};
  if (poll(&waiting, 1, remaining_ms(deadline)) <= 0) {
    throw std::runtime_error("pond says nothing more; stdout: '" + unread_ + "', stderr: '" + err() + "'");
  }
  std::array<char, 65536> chunk;
  const ssize_t got = read(out_, chunk.data(), chunk.size());
  if (got > 0) {
    unread_.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return got > 0;
}

std::string Process::line(std::string_view prefix) {
  const auto deadline = Clock::now() + kPatience;
  for (;;) {
    while (true) {
      const std::size_t end = unread_.find('\n');
      if (end == std::string::npos) {
        break;
      }
      const std::string found = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      if (found.starts_with(prefix)) {
        return found.substr(prefix.size());
      }
    }
    if (!read_more(deadline)) {
      throw std::runtime_error("pond ended without '" + std::string{prefix} + "'; stderr: '" + err() + "'");
    }
  }
}

void Process::reap(Clock::time_point deadline) {
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  pollfd waiting{.fd = handle, .events = POLLIN, .revents = 0};
  const bool ended = handle >= 0 && poll(&waiting, 1, remaining_ms(deadline)) == 1;
  close(handle);
  if (!ended) {
    throw std::runtime_error("pond does not end; stderr: '" + err() + "'");
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Finished Process::finish() {
  const auto deadline = Clock::now() + kPatience;
  while (read_more(deadline)) {
  }
  if (!exit_) {
    reap(deadline);
  }
  return {.exit = *exit_, .out = std::exchange(unread_, {}), .err = err()};
}

void Process::signal(int number) const {
  if (kill(pid_, number) != 0) {
    broken("kill");
  }
}

void Process::wait_asleep() const {
  const std::string path = "/proc/" + std::to_string(pid_) + "/stat";
  for (const auto deadline = Clock::now() + kPatience; Clock::now() < deadline; usleep(1000)) {
    std::ifstream stat{path};
    std::string number;
    std::string name;
    std::string state;
    if (stat >> number >> name >> state && state == "S") {
      return;
    }
  }
  throw std::runtime_error("pond does not come to rest");
}

std::string Process::err() const {
  struct stat about{};
  fstat(err_, &about);
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  const ssize_t got = pread(err_, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

std::size_t Process::resident_kib() const {
  std::ifstream status{"/proc/" + std::to_string(pid_) + "/status"};
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmRSS:")) {
      return std::stoul(line.substr(6));
    }
  }
  throw std::runtime_error("no VmRSS");
}

Finished run(const Launch& launch) {
  return Process{launch}.finish();
}

Finished run(const std::vector<std::string>& args) {
  return run(Launch{.args = args});
}

std::string members(const Json& document) {
  std::string names;
  for (const auto& [name, value] : document.items()) {
    names += (names.empty() ? "" : " ") + name;
  }
  return names;
}

}  // namespace pond::e2e
