#include "pond/sim/distribution.hpp"

#include <algorithm>
#include <cmath>

namespace pond::sim {
namespace {

constexpr double kLn2 = 0.693147180559945309417;
constexpr double kShortest_us = 1;
constexpr double kLongest_us = 10.0 * 365 * 24 * 3600 * 1e6;

/// Exponential with mean 1.
///
/// log and pow are the C library's, the same for every compiler and level of optimisation on a machine. Another C
/// library or processor may differ in the last bit of a double; rounding to microseconds hides that unless a value
/// lies within some 1e-16 of itself beside the middle between two of them: for an hour once in millions of draws.
double draw_unit_exponential(Rng& rng) {
  return -std::log(1.0 - rng.unit());  // unit() is never 1
}

Duration from_microseconds(double us) {
  // Not in range covers NaN, which 0 * infinity would be.
  const double bounded = us >= kShortest_us ? std::min(us, kLongest_us) : kShortest_us;
  return std::chrono::microseconds{std::llround(bounded)};
}

double to_microseconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e3;
}

}  // namespace

Duration draw(const DurationSpec& spec, Rng& rng) {
  const double median_us = to_microseconds(spec.median);
  switch (spec.kind) {
    case DurationSpec::Kind::kFixed:
      break;
    case DurationSpec::Kind::kExponential:
      return from_microseconds(median_us / kLn2 * draw_unit_exponential(rng));
    case DurationSpec::Kind::kWeibull:
      return from_microseconds(median_us * std::pow(draw_unit_exponential(rng) / kLn2, 1.0 / spec.shape));
    case DurationSpec::Kind::kTrace:
      if (!spec.trace.empty()) {
        return from_microseconds(to_microseconds(spec.trace[rng.below(spec.trace.size())]));
      }
      break;
  }
  return from_microseconds(median_us);
}

Duration draw_interval(double per_second, Rng& rng) {
  return from_microseconds(draw_unit_exponential(rng) * 1e6 / per_second);
}

}  // namespace pond::sim
