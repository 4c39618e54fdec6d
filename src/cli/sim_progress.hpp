#pragma once

#include <cstdint>
#include <string>

#include "pond/base/time.hpp"
#include "pond/sim/run.hpp"

namespace pond::cli {

/// "1h 02m", "2m 05s", "12.3 s".
[[nodiscard]] std::string duration_text(Duration length);

/// Writes to stderr how far a run is: on a terminal one line that is renewed every second, otherwise a line every five.
class SimProgress final : public sim::Progress {
 public:
  explicit SimProgress(const sim::Scenario& scenario);
  ~SimProgress() override;
  SimProgress(const SimProgress&) = delete;
  SimProgress& operator=(const SimProgress&) = delete;

  void report(const sim::Standing& standing) override;
  /// By the machine's clock.
  [[nodiscard]] Duration took() const;

 private:
  std::string name_;
  Duration length_;
  bool is_terminal_;
  Instant start_;
  Instant shown_at_;
  std::uint64_t shown_events_ = 0;
  bool shown_ = false;
};

}  // namespace pond::cli
