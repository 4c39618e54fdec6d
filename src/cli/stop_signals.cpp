#include "stop_signals.hpp"

#include <csignal>
#include <string_view>

#include <unistd.h>

#include "exit_code.hpp"

namespace pond::cli {
namespace {

constexpr std::string_view kText = "pond: stopped by SIGTERM\n";
constexpr std::string_view kJson = "{\"error\":{\"code\":\"stopped\",\"message\":\"stopped by SIGTERM\"}}\n";

/// What a signal handler may look at: set while the signals are held.
struct End {
  ExitCode exit = ExitCode::kDone;
  int to = STDERR_FILENO;
  std::string_view words;
};
End ending;

extern "C" void end_at_once(int) {
  if (!ending.words.empty()) {
    [[maybe_unused]] const ssize_t written = ::write(ending.to, ending.words.data(), ending.words.size());
  }
  ::_exit(static_cast<int>(ending.exit));
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

void let_through() {
  const sigset_t set = stop_signals();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace

void hold_stop_signals() {
  const sigset_t set = stop_signals();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

void stop_node_at_once() {
  ending = {};
  std::signal(SIGINT, end_at_once);
  std::signal(SIGTERM, end_at_once);
  let_through();
}

void stop_verb_at_once(LastWords last_words) {
  const bool json = last_words == LastWords::kJson;
  ending = {.exit = ExitCode::kFailed, .to = json ? STDOUT_FILENO : STDERR_FILENO, .words = json ? kJson : kText};
  std::signal(SIGTERM, end_at_once);
  let_through();
}

}  // namespace pond::cli
