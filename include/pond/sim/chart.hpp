#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pond::sim {

// Charts as SVG text. Own code, for Debian has no C++ library that writes them without a window system or gnuplot.
// Values that are not finite, or not above zero on a logarithmic axis, are not drawn.

enum class AxisScale : std::uint8_t { kLinear, kLog };

struct Axis {
  std::string title;  ///< with its unit: "latency (ms)"
  AxisScale scale = AxisScale::kLinear;
  std::optional<double> low;   ///< unset: from the values; linear ones from zero
  std::optional<double> high;  ///< unset: from the values
  std::string suffix;          ///< of tick labels: " %"
};

struct ChartPoint {
  double x = 0;
  double y = 0;
};

struct ChartSeries {
  std::string name;  ///< empty: not in the legend
  std::vector<ChartPoint> points;
  bool markers = false;  ///< a dot at each point: for few points
  bool line = true;
};

/// A stretch of the x axis with a name, alternately shaded: the phases of a run.
struct ChartBand {
  std::string name;
  double from = 0;
  double to = 0;
};

struct LineChart {
  std::string title;
  std::string subtitle;
  Axis x;
  Axis y;
  std::vector<ChartSeries> series;
  std::vector<ChartBand> bands;
};

/// Bars of several series beside each other for each category.
struct BarChart {
  struct Series {
    std::string name;
    std::vector<double> values;  ///< one for each category
  };
  std::string title;
  std::string subtitle;
  std::string x_title;
  std::vector<std::string> categories;
  Axis y;
  std::vector<Series> series;
};

/// A whole SVG document, 800 by 480 pixels. From the eighth series on colours repeat, with other dashes.
[[nodiscard]] std::string line_chart(const LineChart& chart);
[[nodiscard]] std::string bar_chart(const BarChart& chart);

}  // namespace pond::sim
