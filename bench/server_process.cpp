#include "server_process.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pond::bench {
namespace {

std::string address_in(const std::string& line) {
  const std::size_t start = line.find("/ip4/");
  if (start == std::string::npos) {
    return {};
  }
  const std::size_t end = line.find_first_of("\" \n", start);
  return line.substr(start, end == std::string::npos ? end : end - start);
}

}  // namespace

ServerProcess::ServerProcess(const std::vector<std::string>& command) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
    std::perror("pipe");
    std::exit(1);
  }
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(pipe_ends[1], STDOUT_FILENO);
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    std::vector<char*> arguments;
    for (const std::string& word : command) {
      arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  close(pipe_ends[1]);
  out_ = pipe_ends[0];
  std::string text;
  char byte = 0;
  while (read(out_, &byte, 1) == 1) {
    if (byte != '\n') {
      text.push_back(byte);
      continue;
    }
    if (const auto address = wire::Multiaddr::parse(address_in(text)); address && address->peer_id()) {
      address_ = *address;
      return;
    }
    text.clear();
  }
  std::fprintf(stderr, "%s did not say where it listens\n", command.front().c_str());
  std::exit(1);
}

ServerProcess::~ServerProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  close(out_);
}

Duration ServerProcess::cpu() const {
  Duration sum{};
  const std::filesystem::path tasks = "/proc/" + std::to_string(pid_) + "/task";
  for (const auto& task : std::filesystem::directory_iterator{tasks}) {
    std::ifstream file{task.path() / "schedstat"};
    std::int64_t on_cpu_ns = 0;
    file >> on_cpu_ns;
    sum += Duration{on_cpu_ns};
  }
  return sum;
}

double ServerProcess::resident_mib() const {
  std::ifstream file{"/proc/" + std::to_string(pid_) + "/statm"};
  std::int64_t size = 0;
  std::int64_t resident = 0;
  file >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace pond::bench
