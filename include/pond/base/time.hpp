#pragma once

#include <chrono>
#include <cstdint>

namespace pond {

using Duration = std::chrono::nanoseconds;

/// A clock without a `now`: nothing below the drivers can read the time, it can only be told.
struct MonotonicClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};

/// A point on the driver's monotonic clock (its epoch means nothing). All deadlines are Instants.
using Instant = MonotonicClock::time_point;

using namespace std::chrono_literals;

/// Milliseconds since the Unix epoch, as records and JavaScript's Date.now() count them.
struct WallTime {
  std::int64_t ms = 0;
  friend constexpr auto operator<=>(const WallTime&, const WallTime&) = default;
};

[[nodiscard]] constexpr WallTime operator+(WallTime t, Duration d) {
  return {t.ms + std::chrono::duration_cast<std::chrono::milliseconds>(d).count()};
}
[[nodiscard]] constexpr WallTime operator-(WallTime t, Duration d) {
  return t + -d;
}
[[nodiscard]] constexpr std::chrono::milliseconds operator-(WallTime a, WallTime b) {
  return std::chrono::milliseconds{a.ms - b.ms};
}

/// Ties the wall clock to the monotonic one, so that a machine that is told only `Instant now` can date a record.
/// The driver sets it at start and again whenever the system's clock has been stepped.
class WallAnchor {
 public:
  constexpr WallAnchor() = default;
  constexpr WallAnchor(Instant at, WallTime wall) : at_(at), wall_(wall) {}
  [[nodiscard]] constexpr WallTime wall(Instant now) const { return wall_ + (now - at_); }
  /// The first instant at which `wall` gives that time or a later one; far times are clamped to a century from the
  /// anchor.
  [[nodiscard]] constexpr Instant instant(WallTime wall) const {
    constexpr std::int64_t kCentury_ms = std::int64_t{100} * 365 * 24 * 3600 * 1000;
    const std::int64_t ahead_ms = wall.ms - wall_.ms;
    const std::int64_t within = ahead_ms > kCentury_ms ? kCentury_ms : ahead_ms < -kCentury_ms ? -kCentury_ms : ahead_ms;
    return at_ + std::chrono::milliseconds{within};
  }

 private:
  Instant at_{};
  WallTime wall_{};
};

}  // namespace pond
