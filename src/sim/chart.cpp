#include "pond/sim/chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "chart_scale.hpp"
#include "svg.hpp"
#include "text_table.hpp"

namespace pond::sim {

namespace {

constexpr double kWidth = 800;
constexpr double kHeight = 480;
constexpr double kMargin = 24;
constexpr double kTitleSize = 17;
constexpr double kTextSize = 12;
constexpr double kLegendLine = 20;

constexpr std::string_view kBackground = "#ffffff";
constexpr std::string_view kInk = "#1f2328";
constexpr std::string_view kFaintInk = "#57606a";
constexpr std::string_view kGrid = "#e4e7eb";
constexpr std::string_view kFineGrid = "#f2f4f6";
constexpr std::string_view kShade = "#f4f7fb";

// Okabe and Ito's colours, which people with any kind of colour vision tell apart; without the yellow, which is too
// faint on white. Lines differ by their dashes as well.
constexpr std::array<std::string_view, 7> kColors = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                     "#e69f00", "#56b4e9", "#000000"};
constexpr std::array<std::string_view, 5> kDashes = {"", "9 4", "3 3", "10 3 3 3", "14 5"};

std::string_view color_of(std::size_t series) {
  return kColors[series % kColors.size()];
}

std::string_view dashes_of(std::size_t series) {
  return kDashes[(series + series / kColors.size()) % kDashes.size()];
}

/// The least and the greatest of what an axis can show.
struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void take(double value, AxisScale scale) {
    if (std::isfinite(value) && (scale == AxisScale::kLinear || value > 0)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
};

bool can_show(double value, const Axis& axis) {
  return std::isfinite(value) && (axis.scale == AxisScale::kLinear || value > 0);
}

/// What all charts have: titles, legend, the frame with its axes. The plot's area is what these leave.
class Frame {
 public:
  struct LegendEntry {
    std::string name;
    std::size_t series;
    bool bar;
    bool marker;
  };

  Frame(std::string_view title, std::string_view subtitle, const std::vector<LegendEntry>& legend)
      : svg_(kWidth, kHeight, title, kBackground) {
    svg_.text(kMargin, top_ + kTitleSize, title, {kTitleSize, kInk, Svg::Anchor::kStart, true, false});
    top_ += kTitleSize + 10;
    if (!subtitle.empty()) {
      const auto fits = static_cast<std::size_t>((kWidth - 2 * kMargin) / Svg::text_width("x", kTextSize));
      svg_.text(kMargin, top_ + kTextSize, shortened(subtitle, fits), {kTextSize, kFaintInk});
      top_ += kTextSize + 8;
    }
    draw_legend(legend);
    top_ += 8;
  }

  void reserve_top(double height) { top_ += height; }
  /// The left margin, from the widest label; before anything is drawn by x.
  void set_left(const ChartScale& y) {
    double widest = 0;
    for (const ChartScale::Tick& tick : y.ticks()) {
      widest = std::max(widest, Svg::text_width(tick.label, kTextSize));
    }
    left_ = kMargin + kTextSize + 14 + widest;
  }

  [[nodiscard]] double left() const { return left_; }
  [[nodiscard]] double right() const { return kWidth - kMargin - 8; }
  [[nodiscard]] double top() const { return top_; }
  [[nodiscard]] double bottom() const { return kHeight - kMargin - 2 * kTextSize - 16; }
  [[nodiscard]] double at_x(double place) const { return left() + place * (right() - left()); }
  [[nodiscard]] double at_y(double place) const { return bottom() - place * (bottom() - top()); }

  void draw_y(const Axis& axis, const ChartScale& scale) {
    for (const ChartScale::Tick& tick : scale.ticks()) {
      const double y = at_y(scale.place(tick.value));
      svg_.line(left(), y, right(), y, {tick.label.empty() ? kFineGrid : kGrid});
      if (!tick.label.empty()) {
        svg_.text(left() - 8, y + kTextSize * 0.35, tick.label, {kTextSize, kFaintInk, Svg::Anchor::kEnd});
      }
    }
    svg_.text(kMargin + kTextSize * 0.5, (top() + bottom()) / 2, axis.title,
              {kTextSize, kInk, Svg::Anchor::kMiddle, false, true});
  }

  void draw_x(const Axis& axis, const ChartScale& scale) {
    double free_from = 0;
    for (const ChartScale::Tick& tick : scale.ticks()) {
      const double x = at_x(scale.place(tick.value));
      svg_.line(x, top(), x, bottom(), {tick.label.empty() ? kFineGrid : kGrid});
      svg_.line(x, bottom(), x, bottom() + (tick.label.empty() ? 3 : 5), {kFaintInk});
      free_from = label_x(x, tick.label, free_from);
    }
    title_x(axis.title);
  }

  /// A label below the axis, unless the one before reaches into it. Returns where the next may begin.
  double label_x(double x, std::string_view label, double free_from) {
    const double half = Svg::text_width(label, kTextSize) / 2;
    if (label.empty() || x - half < free_from) {
      return free_from;
    }
    svg_.text(x, bottom() + kTextSize + 8, label, {kTextSize, kFaintInk, Svg::Anchor::kMiddle});
    return x + half + 6;
  }

  void title_x(std::string_view title) {
    svg_.text((left() + right()) / 2, kHeight - kMargin + 4, title, {kTextSize, kInk, Svg::Anchor::kMiddle});
  }

  void draw_axes() {
    svg_.line(left(), bottom(), right(), bottom(), {kFaintInk});
    svg_.line(left(), top(), left(), bottom(), {kFaintInk});
  }

  Svg& svg() { return svg_; }

 private:
  void draw_legend(const std::vector<LegendEntry>& legend) {
    double x = kMargin;
    bool any = false;
    for (const LegendEntry& entry : legend) {
      if (entry.name.empty()) {
        continue;
      }
      const double sample = entry.bar ? 12 : 26;
      const double width = sample + 6 + Svg::text_width(entry.name, kTextSize) + 18;
      if (any && x + width > kWidth - kMargin) {
        x = kMargin;
        top_ += kLegendLine;
      }
      any = true;
      const double middle = top_ + kLegendLine / 2;
      if (entry.bar) {
        svg_.rect(x, middle - 6, sample, 12, color_of(entry.series));
      } else {
        svg_.line(x, middle, x + sample, middle, {color_of(entry.series), 2.2, dashes_of(entry.series)});
      }
      if (entry.marker) {
        svg_.circle(x + sample / 2, middle, 3.5, color_of(entry.series));
      }
      svg_.text(x + sample + 6, middle + kTextSize * 0.35, entry.name, {kTextSize, kInk});
      x += width;
    }
    top_ += any ? kLegendLine : 0;
  }

  Svg svg_;
  double top_ = kMargin - 6;
  double left_ = 0;
};

constexpr double kBandNames = 18;

void draw_bands(Frame& frame, const std::vector<ChartBand>& bands, const ChartScale& x) {
  for (std::size_t i = 0; i < bands.size(); ++i) {
    const double from = frame.at_x(std::clamp(x.place(bands[i].from), 0.0, 1.0));
    const double to = frame.at_x(std::clamp(x.place(bands[i].to), 0.0, 1.0));
    if (!(to > from)) {
      continue;
    }
    const double top = frame.top() - kBandNames;
    if (i % 2 == 0) {
      frame.svg().rect(from, top, to - from, frame.bottom() - top, kShade);
    }
    // A name that its band has no room for is cut; of nothing but an ellipsis nobody would have anything.
    constexpr double kSize = 11;
    const auto fits = static_cast<std::size_t>(std::max(0.0, (to - from - 6) / Svg::text_width("x", kSize)));
    if (fits >= 3 || width_of(bands[i].name) <= fits) {
      frame.svg().text((from + to) / 2, frame.top() - 5, shortened(bands[i].name, fits),
                       {kSize, kFaintInk, Svg::Anchor::kMiddle});
    }
  }
}

/// Over the grid, which would hide them where a phase begins at a tick.
void draw_band_borders(Frame& frame, const std::vector<ChartBand>& bands, const ChartScale& x) {
  for (const ChartBand& band : bands) {
    const double place = x.place(band.from);
    if (place > 0 && place < 1) {
      frame.svg().line(frame.at_x(place), frame.top() - kBandNames, frame.at_x(place), frame.bottom(),
                       {kFaintInk, 1, "2 3"});
    }
  }
}

void draw_series(Frame& frame, const ChartSeries& series, std::size_t index, const LineChart& chart,
                 const ChartScale& x, const ChartScale& y) {
  Svg::Points run;
  const auto draw_run = [&] {
    if (series.line) {
      frame.svg().path(run, {color_of(index), 2.2, dashes_of(index)});
    }
    run.clear();
  };
  for (const ChartPoint& point : series.points) {
    if (!can_show(point.x, chart.x) || !can_show(point.y, chart.y)) {
      draw_run();  // a gap
      continue;
    }
    const double at_x = frame.at_x(std::clamp(x.place(point.x), 0.0, 1.0));
    const double at_y = frame.at_y(std::clamp(y.place(point.y), 0.0, 1.0));
    run.emplace_back(at_x, at_y);
    if (series.markers) {
      frame.svg().circle(at_x, at_y, 3.5, color_of(index));
    }
  }
  draw_run();
}

}  // namespace

std::string line_chart(const LineChart& chart) {
  Range xs;
  Range ys;
  std::vector<Frame::LegendEntry> legend;
  for (const ChartSeries& series : chart.series) {
    legend.push_back({series.name, legend.size(), !series.line, series.markers && series.line});
    for (const ChartPoint& point : series.points) {
      xs.take(point.x, chart.x.scale);
      ys.take(point.y, chart.y.scale);
    }
  }
  for (const ChartBand& band : chart.bands) {
    xs.take(band.from, chart.x.scale);
    xs.take(band.to, chart.x.scale);
  }
  const ChartScale x{chart.x, xs.low, xs.high};
  const ChartScale y{chart.y, ys.low, ys.high};
  Frame frame{chart.title, chart.subtitle, legend};
  frame.set_left(y);
  if (!chart.bands.empty()) {
    frame.reserve_top(kBandNames);
    draw_bands(frame, chart.bands, x);
  }
  frame.draw_y(chart.y, y);
  frame.draw_x(chart.x, x);
  draw_band_borders(frame, chart.bands, x);
  frame.draw_axes();
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    draw_series(frame, chart.series[i], i, chart, x, y);
  }
  return std::move(frame.svg()).finish();
}

std::string bar_chart(const BarChart& chart) {
  Range ys;
  std::vector<Frame::LegendEntry> legend;
  for (const BarChart::Series& series : chart.series) {
    legend.push_back({series.name, legend.size(), true, false});
    for (const double value : series.values) {
      ys.take(value, chart.y.scale);
    }
  }
  const ChartScale y{chart.y, ys.low, ys.high};
  Frame frame{chart.title, chart.subtitle, legend};
  frame.set_left(y);
  frame.draw_y(chart.y, y);
  const double slot =
      (frame.right() - frame.left()) / static_cast<double>(std::max(chart.categories.size(), std::size_t{1}));
  // A fifth of each category's room is air; a lone bar is not as wide as a door.
  constexpr double kWidestBar = 60;
  const auto bars = static_cast<double>(std::max(chart.series.size(), std::size_t{1}));
  const double bar = std::min(kWidestBar, slot * 0.8 / bars);
  double free_from = 0;
  for (std::size_t category = 0; category < chart.categories.size(); ++category) {
    const double middle = frame.left() + (static_cast<double>(category) + 0.5) * slot;
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
      const std::vector<double>& values = chart.series[i].values;
      if (category >= values.size() || !can_show(values[category], chart.y)) {
        continue;
      }
      const double top = frame.at_y(std::clamp(y.place(values[category]), 0.0, 1.0));
      const double x = middle + (static_cast<double>(i) - bars / 2) * bar;
      frame.svg().rect(x, top, std::max(bar - 1, 0.5), frame.bottom() - top, color_of(i));
    }
    free_from = frame.label_x(middle, chart.categories[category], free_from);
  }
  frame.title_x(chart.x_title);
  frame.draw_axes();
  return std::move(frame.svg()).finish();
}

}  // namespace pond::sim
