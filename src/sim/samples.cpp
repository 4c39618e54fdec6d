#include <algorithm>
#include <cmath>
#include <limits>

#include "pond/sim/recorder.hpp"

namespace pond::sim {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

const std::vector<float>& Samples::sorted() const {
  if (!sorted_) {
    std::ranges::sort(values_);
    sorted_ = true;
  }
  return values_;
}

double Samples::mean() const {
  if (values_.empty()) {
    return kNone;
  }
  // Summed in ascending order: whether somebody asked for a percentile before must not show in the last bits.
  double sum = 0;
  for (const float value : sorted()) {
    sum += double{value};
  }
  return sum / static_cast<double>(values_.size());
}

double Samples::max() const {
  return percentile(100);
}

double Samples::percentile(double p) const {
  if (values_.empty()) {
    return kNone;
  }
  const std::vector<float>& values = sorted();
  if (!(p > 0)) {
    return double{values.front()};
  }
  // Multiplied first: for whole p the division is then exact wherever the rank is whole.
  const double rank = std::ceil(std::min(p, 100.0) * static_cast<double>(values.size()) / 100);
  const auto index = std::max(static_cast<std::size_t>(rank), std::size_t{1}) - 1;
  return double{values[std::min(index, values.size() - 1)]};
}

}  // namespace pond::sim
