#include "chart_scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "numbers.hpp"

namespace pond::sim {

namespace {

constexpr double kTicksWanted = 6;
// Where steps are lost in the rounding of large numbers, counting them would not end.
constexpr int kMostTicks = 20;
// More decades than this have a label at every other one, or fewer.
constexpr int kDecadesWithLabels = 7;

/// 1, 2 or 5 times a power of ten, such that about as many steps as wanted fit.
double nice_step(double range) {
  const double rough = range / kTicksWanted;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double lead = rough / power;
  return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

double power_of_ten(int exponent) {
  return std::pow(10, exponent);
}

}  // namespace

std::string tick_label(double value) {
  const double size = std::abs(value);
  if (size >= 1e12) {
    return plain(value, 4);
  }
  if (size >= 1e9) {
    return plain(value / 1e9, 4) + " G";
  }
  if (size >= 1e6) {
    return plain(value / 1e6, 4) + " M";
  }
  if (size >= 1000) {
    const bool whole = std::floor(value) == value;
    return grouped(value, whole ? 0 : 1);
  }
  return size < 1e-12 ? "0" : plain(value, 6);
}

ChartScale::ChartScale(const Axis& axis, double low, double high) : kind_(axis.scale) {
  if (!(low <= high)) {  // there are no values
    low = kind_ == AxisScale::kLog ? 1 : 0;
    high = kind_ == AxisScale::kLog ? 10 : 1;
  }
  low_ = axis.low.value_or(kind_ == AxisScale::kLog ? low : std::min(low, 0.0));
  high_ = axis.high.value_or(high);
  if (kind_ == AxisScale::kLog) {
    low_ = low_ > 0 ? low_ : 1;
    high_ = high_ > low_ ? high_ : low_ * 10;
    make_log(axis);
  } else {
    high_ = high_ > low_ ? high_ : low_ + 1;
    make_linear(axis);
  }
}

double ChartScale::place(double value) const {
  if (kind_ == AxisScale::kLog) {
    return (std::log(value) - std::log(low_)) / (std::log(high_) - std::log(low_));
  }
  return (value - low_) / (high_ - low_);
}

void ChartScale::make_linear(const Axis& axis) {
  const double step = nice_step(high_ - low_);
  if (!axis.low) {
    low_ = std::floor(low_ / step + 1e-9) * step;
  }
  if (!axis.high) {
    high_ = std::ceil(high_ / step - 1e-9) * step;
  }
  const double first = std::ceil(low_ / step - 1e-9);
  for (int i = 0; i < kMostTicks && (first + i) * step <= high_ + step * 1e-9; ++i) {
    ticks_.push_back({(first + i) * step, tick_label((first + i) * step) + axis.suffix});
  }
}

void ChartScale::make_log(const Axis& axis) {
  constexpr std::array kLeads = {1, 2, 5};
  // Widened to the next 1, 2 or 5 on both sides: to the next decade would leave half of a short range empty.
  const auto first = static_cast<int>(std::floor(std::log10(low_) + 1e-9));
  const auto last = static_cast<int>(std::ceil(std::log10(high_) - 1e-9));
  double below = power_of_ten(first);
  double above = power_of_ten(last);
  for (int decade = first; decade <= last; ++decade) {
    for (const int lead : kLeads) {
      const double value = lead * power_of_ten(decade);
      if (value <= low_ * (1 + 1e-9)) {
        below = std::max(below, value);
      }
      if (value >= high_ * (1 - 1e-9)) {
        above = std::min(above, value);
      }
    }
  }
  low_ = axis.low ? low_ : below;
  high_ = axis.high ? high_ : above;
  const double decades = std::log10(high_) - std::log10(low_);
  const int stride = std::max(1, static_cast<int>(std::ceil(decades / kDecadesWithLabels)));
  for (int decade = first; decade <= last; ++decade) {
    for (int lead = 1; lead < 10; ++lead) {
      const double value = lead * power_of_ten(decade);
      if (value < low_ * (1 - 1e-9) || value > high_ * (1 + 1e-9)) {
        continue;
      }
      // A short range needs labels within its decades.
      const bool labelled =
          (lead == 1 && (decade - first) % stride == 0) || (decades <= 3.2 && (lead == 2 || lead == 5));
      ticks_.push_back({value, labelled ? tick_label(value) + axis.suffix : std::string{}});
    }
  }
}

}  // namespace pond::sim
