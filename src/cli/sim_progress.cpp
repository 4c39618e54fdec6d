#include "sim_progress.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "pond/net/machine_memory.hpp"
#include "pond/net/os.hpp"

namespace pond::cli {

std::string duration_text(Duration length) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(length).count();
  if (seconds >= 3600) {
    return fmt::format("{}h {:02}m", seconds / 3600, seconds % 3600 / 60);
  }
  if (seconds >= 60) {
    return fmt::format("{}m {:02}s", seconds / 60, seconds % 60);
  }
  return fmt::format("{:.1f} s", std::chrono::duration<double>{length}.count());
}

SimProgress::SimProgress(const sim::Scenario& scenario)
    : name_(scenario.name),
      length_(scenario.length()),
      is_terminal_(isatty(STDERR_FILENO) != 0),
      start_(net::monotonic_now()),
      shown_at_(start_) {}

SimProgress::~SimProgress() {
  if (shown_ && is_terminal_) {
    std::fputs("\r\x1b[K", stderr);
  }
}

void SimProgress::report(const sim::Standing& standing) {
  const Instant now = net::monotonic_now();
  const Duration since = now - shown_at_;
  if (since < (is_terminal_ ? 1s : 5s)) {
    return;
  }
  const double rate =
      static_cast<double>(standing.events - shown_events_) / std::chrono::duration<double>{since}.count();
  const std::string line = fmt::format(
      "{}: {} {} of {}, {:.0f} events/s, {} nodes up, {} MiB", name_,
      standing.phase.empty() ? std::string_view{"building"} : standing.phase, duration_text(standing.at),
      duration_text(length_), rate, standing.nodes_up, net::resident_bytes() / (1024 * 1024));
  std::fputs(is_terminal_ ? ("\r" + line + "\x1b[K").c_str() : (line + "\n").c_str(), stderr);
  std::fflush(stderr);
  shown_at_ = now;
  shown_events_ = standing.events;
  shown_ = true;
}

Duration SimProgress::took() const {
  return net::monotonic_now() - start_;
}

}  // namespace pond::cli
