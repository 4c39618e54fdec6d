#include "pond/sim/plots.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "pond/sim/chart.hpp"

#include "numbers.hpp"
#include "operation_figures.hpp"

namespace pond::sim {

namespace {

// Points of a curve: more than a screen can tell apart.
constexpr std::size_t kCurvePoints = 400;
// A histogram's last bar takes all that is beyond.
constexpr std::size_t kMostHops = 24;

std::string subtitle(const Scenario& scenario) {
  return scenario.name + ", " + grouped(std::uint64_t{scenario.nodes()}) + " nodes, seed " +
         std::to_string(scenario.seed);
}

std::string legend_name(LoadSpec::Kind kind) {
  std::string name{operation_name(kind)};
  std::ranges::replace(name, '_', ' ');
  return name;
}

double share(std::size_t part, std::size_t whole) {
  return 100 * static_cast<double>(part) / static_cast<double>(whole);
}

/// Of all that ended: what failed keeps a curve below 100 %.
ChartSeries latency_curve(LoadSpec::Kind kind, const OperationSamples& seen) {
  ChartSeries series;
  series.name = legend_name(kind);
  const std::vector<float>& sorted = seen.latency_ms.sorted();
  const std::size_t ended = seen.succeeded + seen.failed;
  const std::size_t steps = std::min(kCurvePoints, sorted.size());
  series.points.push_back({std::max(double{sorted.front()}, 1.0), 0});
  for (std::size_t i = 1; i <= steps; ++i) {
    const std::size_t rank = i * sorted.size() / steps;
    // What answers itself at once has no place on a logarithmic axis.
    series.points.push_back({std::max(double{sorted[rank - 1]}, 1.0), share(rank, ended)});
  }
  return series;
}

void add_latency(std::vector<Plot>& plots, const Recorder& recorder, const Scenario& scenario) {
  LineChart chart{"Operations that have succeeded by then", subtitle(scenario), {}, {}, {}, {}};
  chart.x = {"time since the operation was started (ms)", AxisScale::kLog, {}, {}, ""};
  chart.y = {"share of all that ended", AxisScale::kLinear, 0, 100, " %"};
  for (const LoadSpec::Kind kind : kOperationKinds) {
    const OperationSamples& seen = recorder.samples(kind);
    if (seen.latency_ms.count() > 0) {
      chart.series.push_back(latency_curve(kind, seen));
    }
  }
  if (!chart.series.empty()) {
    plots.push_back({"latency.svg", line_chart(chart)});
  }
}

void add_hops(std::vector<Plot>& plots, const Recorder& recorder, const Scenario& scenario) {
  BarChart chart{"Hops", subtitle(scenario), "hops", {}, {"share of operations", AxisScale::kLinear, 0, {}, " %"}, {}};
  std::size_t most = 0;
  for (const LoadSpec::Kind kind : kOperationKinds) {
    const Samples& hops = recorder.samples(kind).hops;
    if (hops.count() == 0) {
      continue;
    }
    std::array<std::size_t, kMostHops + 1> counts{};
    for (const float value : hops.sorted()) {
      ++counts[static_cast<std::size_t>(std::min(value, static_cast<float>(kMostHops)))];
    }
    BarChart::Series series{legend_name(kind), {}};
    for (std::size_t i = 0; i < counts.size(); ++i) {
      series.values.push_back(share(counts[i], hops.count()));
      most = counts[i] > 0 ? std::max(most, i) : most;
    }
    chart.series.push_back(std::move(series));
  }
  if (chart.series.empty()) {
    return;
  }
  for (std::size_t i = 0; i <= most; ++i) {
    chart.categories.push_back(std::to_string(i) + (i == kMostHops ? "+" : ""));
  }
  plots.push_back({"hops.svg", bar_chart(chart)});
}

void add_success(std::vector<Plot>& plots, const Recorder& recorder, const Scenario& scenario) {
  const std::vector<Instant>& begins = recorder.phase_begins();
  if (begins.empty()) {
    return;
  }
  // Runs of hours are not read in seconds.
  const Duration length = std::max(recorder.length(), scenario.length());
  const bool in_seconds = length <= 10min;
  const bool in_minutes = length <= 10h;
  const Duration unit = in_seconds ? Duration{1s} : in_minutes ? Duration{1min} : Duration{1h};
  const auto at = [&](Instant instant) {
    return static_cast<double>((instant - begins.front()).count()) / static_cast<double>(unit.count());
  };
  LineChart chart{"Success of all operations over time", subtitle(scenario), {}, {}, {}, {}};
  chart.x = {std::string{"time at which the operation was started ("} + (in_seconds   ? "s)"
                                                                         : in_minutes ? "min)"
                                                                                      : "h)"),
             AxisScale::kLinear, 0, at(begins.front() + length), ""};
  ChartSeries series;
  double worst = 100;
  for (const SuccessPoint& point : recorder.success_over_time()) {
    const std::size_t ended = point.succeeded + point.failed;
    if (ended > 0) {
      const double percents = share(point.succeeded, ended);
      series.points.push_back({at(point.at), percents});
      worst = std::min(worst, percents);
    }
  }
  if (series.points.empty()) {
    return;
  }
  series.markers = series.points.size() <= 30;
  // What is nearly always a success is looked at from near.
  const double low = worst >= 99 ? 98 : worst >= 92 ? 90 : worst >= 55 ? 50 : 0;
  chart.y = {"share that succeeded", AxisScale::kLinear, low, 100, " %"};
  for (std::size_t phase = 0; phase < begins.size(); ++phase) {
    const Instant to = phase + 1 < begins.size() ? begins[phase + 1] : begins.front() + length;
    chart.bands.push_back({scenario.phases[phase].name, at(begins[phase]), at(to)});
  }
  chart.series.push_back(std::move(series));
  plots.push_back({"success.svg", line_chart(chart)});
}

/// The share of nodes that took at least so many messages: shows the few busy ones as well as the many others.
void add_messages(std::vector<Plot>& plots, const Recorder& recorder, const Scenario& scenario) {
  std::vector<std::uint64_t> counts = recorder.messages_per_node();
  std::ranges::sort(counts);
  if (counts.empty() || counts.back() == 0) {
    return;
  }
  LineChart chart{"Messages per node", subtitle(scenario), {}, {}, {}, {}};
  chart.x = {"messages that a node took in the whole run", AxisScale::kLog, {}, {}, ""};
  chart.y = {"share of nodes with at least as many", AxisScale::kLog, {}, 100, " %"};
  ChartSeries series;
  const std::size_t none =
      static_cast<std::size_t>(std::ranges::upper_bound(counts, std::uint64_t{0}) - counts.begin());
  // Every node of the busiest hundred, of the others what the curve needs: the logarithmic axis shows the tail large.
  constexpr std::size_t kTail = 100;
  const std::size_t stride = std::max(std::size_t{1}, (counts.size() - none) / kCurvePoints);
  for (std::size_t i = none; i < counts.size(); i += i + kTail + stride < counts.size() ? stride : 1) {
    const auto count = static_cast<double>(counts[i]);
    if (series.points.empty() || series.points.back().x < count) {
      const auto fewer = static_cast<std::size_t>(std::ranges::lower_bound(counts, counts[i]) - counts.begin());
      const double at_least = share(counts.size() - fewer, counts.size());
      if (!series.points.empty()) {
        series.points.push_back({series.points.back().x, at_least});  // nobody is between: a step, not a slope
      }
      series.points.push_back({count, at_least});
    }
  }
  chart.series.push_back(std::move(series));
  plots.push_back({"messages.svg", line_chart(chart)});
}

}  // namespace

std::vector<Plot> plots(const Recorder& recorder, const Scenario& scenario) {
  std::vector<Plot> made;
  add_latency(made, recorder, scenario);
  add_hops(made, recorder, scenario);
  add_success(made, recorder, scenario);
  add_messages(made, recorder, scenario);
  return made;
}

}  // namespace pond::sim
