#pragma once

#include <string>
#include <vector>

#include "pond/sim/chart.hpp"

namespace pond::sim {

/// From values to places along an axis, 0 to 1, and where its ticks are.
class ChartScale {
 public:
  /// Over values of [low, high], widened to the ticks around them where the axis does not say where it ends. What an
  /// axis cannot show (nothing at all, a logarithm of zero) is mended to some range that it can.
  ChartScale(const Axis& axis, double low, double high);

  [[nodiscard]] double place(double value) const;  ///< below 0 or above 1: outside
  [[nodiscard]] double low() const noexcept { return low_; }
  [[nodiscard]] double high() const noexcept { return high_; }

  struct Tick {
    double value;
    std::string label;  ///< empty: a small one
  };
  [[nodiscard]] const std::vector<Tick>& ticks() const noexcept { return ticks_; }

 private:
  void make_linear(const Axis& axis);
  void make_log(const Axis& axis);

  AxisScale kind_;
  double low_;
  double high_;
  std::vector<Tick> ticks_;
};

/// `1,500`, `0.05`, `10 M`, `1e+12`.
[[nodiscard]] std::string tick_label(double value);

}  // namespace pond::sim
