#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "pond/base/backoff.hpp"
#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"

namespace pond::node {

/// The document's `waitForDHT`: an agent is ready once it has a connection to a bootstrap node and a `/test` record
/// that it put came back from another node.
///
/// Protocol: `poll` names the step to take now; the owner reports its outcome.
///
///   kIdle --start--> kWaiting --connection--> kPutting --put_done--> kGetting --get_done--> kReady
///                       ^------------------- any failure, after a pause ---------------'
///
/// Pauses are `retry` for the first `attempts`; then the owner is told once that it takes long (`gave_up`), and they
/// grow up to `retry_max`. There is no giving up for good.
class Readiness {
 public:
  struct Options {
    std::size_t attempts = 10;
    Duration retry = 1s;
    Duration retry_max = 60s;
  };
  enum class Step : std::uint8_t { kPut, kGet, kReportSlow, kReportReady };

  Readiness(const Options& options, Rng& rng);

  void start(Instant now);
  /// `bootstrap_connected`: whether a connection to some bootstrap node stands.
  [[nodiscard]] std::optional<Step> poll(Instant now, bool bootstrap_connected);
  void put_done(bool stored_elsewhere, Instant now);
  void get_done(bool found_elsewhere, Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] bool ready() const noexcept { return state_ == State::kReady || state_ == State::kReporting; }
  [[nodiscard]] std::size_t attempts() const noexcept { return attempts_; }
  /// Why the last attempt failed; empty before the first and when ready.
  [[nodiscard]] const std::string& last_error() const noexcept { return last_error_; }

 private:
  enum class State : std::uint8_t { kIdle, kWaiting, kPutting, kPutDone, kGetting, kReporting, kReady };

  void failed(std::string why, Instant now);

  Options options_;
  Rng& rng_;
  Backoff backoff_;
  State state_ = State::kIdle;
  Instant next_attempt_{};
  std::size_t attempts_ = 0;
  bool slow_pending_ = false;
  std::string last_error_;
};

}  // namespace pond::node
