#include "pond/sim/plots.hpp"

#include <cctype>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "pond/sim/chart.hpp"

#include "support/sim_run.hpp"

namespace pond::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Whether every element is closed in its order, every attribute quoted, and every & an entity: what a parser of XML
/// refuses first. Empty when it is well-formed, else what is wrong.
std::string malformed(std::string_view xml) {
  std::vector<std::string_view> open;
  bool had_root = false;
  for (std::size_t at = 0; at < xml.size();) {
    const char c = xml[at];
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
      return "control character";
    }
    if (c == '&') {
      const std::string_view entity = xml.substr(at, xml.substr(at).find(';') + 1);
      if (entity != "&amp;" && entity != "&lt;" && entity != "&gt;" && entity != "&quot;" && entity != "&apos;") {
        return "bare &";
      }
    }
    if (c != '<') {
      if (open.empty() && !std::isspace(static_cast<unsigned char>(c))) {
        return "text outside";
      }
      ++at;
      continue;
    }
    const std::size_t end = xml.find('>', at);
    if (end == std::string_view::npos) {
      return "open tag";
    }
    std::string_view tag = xml.substr(at + 1, end - at - 1);
    at = end + 1;
    if (tag.find('<') != std::string_view::npos) {
      return "< within a tag";
    }
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) {
        return "closes what is not open: " + std::string{tag};
      }
      open.pop_back();
      continue;
    }
    if (open.empty() && had_root) {
      return "second root";
    }
    had_root = true;
    const bool closed = tag.ends_with('/');
    tag.remove_suffix(closed ? 1 : 0);
    const std::string_view name = tag.substr(0, tag.find(' '));
    tag.remove_prefix(name.size());
    while (!tag.empty()) {
      const std::size_t equals = tag.find("=\"");
      const std::size_t quote = equals == std::string_view::npos ? equals : tag.find('"', equals + 2);
      if (!tag.starts_with(' ') || quote == std::string_view::npos) {
        return "attribute: " + std::string{tag};
      }
      tag.remove_prefix(quote + 1);
    }
    if (!closed) {
      open.push_back(name);
    }
  }
  return open.empty() && had_root ? "" : "not closed";
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

/// Nothing is drawn at "-", which is how what is not a number is written, nor left of or above the image.
auto all_places_are_numbers() {
  return Not(testing::AnyOf(HasSubstr("=\"-"), HasSubstr("M-"), HasSubstr("L-"), HasSubstr(" -"), HasSubstr("inf")));
}

std::string plot_of(const MadeUpRun& run, std::string_view file_name) {
  for (const Plot& plot : plots(run.recorder, run.scenario)) {
    if (plot.file_name == file_name) {
      return plot.svg;
    }
  }
  return {};
}

TEST(Plots, AreFourWellFormedImages) {
  const MadeUpRun run;
  std::vector<std::string> names;
  for (const Plot& plot : plots(run.recorder, run.scenario)) {
    names.push_back(plot.file_name);
    EXPECT_EQ(malformed(plot.svg), "") << plot.file_name;
    EXPECT_THAT(plot.svg, HasSubstr("made-up, 10,000 nodes, seed 7"));
    EXPECT_THAT(plot.svg, all_places_are_numbers()) << plot.file_name;
    EXPECT_LT(plot.svg.size(), 100'000U) << plot.file_name;
  }
  EXPECT_THAT(names, testing::ElementsAre("latency.svg", "hops.svg", "success.svg", "messages.svg"));
}

TEST(Plots, HaveACurveForEachKindOfOperationThatWasSeen) {
  const std::string svg = plot_of(MadeUpRun{}, "latency.svg");
  for (const char* name : {">closest<", ">publish<", ">find<", ">provide<"}) {
    EXPECT_THAT(svg, HasSubstr(name));
  }
  EXPECT_THAT(svg, Not(HasSubstr(">find providers<")));
  EXPECT_EQ(count_of(svg, "<path"), 4U);
  EXPECT_THAT(svg, HasSubstr("(ms)"));
}

TEST(Plots, NameThePhases) {
  const std::string svg = plot_of(MadeUpRun{}, "success.svg");
  for (const char* name : {">warm up<", ">partition<", ">healed<", "(min)"}) {
    EXPECT_THAT(svg, HasSubstr(name));
  }
}

TEST(Plots, CutTheNamesOfPhasesThatAreTooShortForThem) {
  Scenario scenario = MadeUpRun::make_scenario();
  scenario.phases[0] = {"a long name for two minutes", 2min, {}, {}};
  scenario.phases[1].length = 1s;
  const std::string svg = plot_of(MadeUpRun{scenario}, "success.svg");
  EXPECT_EQ(malformed(svg), "");
  EXPECT_THAT(svg, HasSubstr(">a long"));
  EXPECT_THAT(svg, Not(HasSubstr("two minutes")));
  EXPECT_THAT(svg, Not(HasSubstr(">partition<")));
}

TEST(Plots, OfWhatWasNotSeenAreLeftOut) {
  const MadeUpRun run{Scenario{}, 0};
  EXPECT_TRUE(plots(run.recorder, run.scenario).empty());
}

TEST(Plots, ShowNodesThatTookEquallyMuch) {
  MadeUpRun run;
  run.recorder.set_messages_per_node(std::vector<std::uint64_t>(1000, 10));
  EXPECT_EQ(malformed(plot_of(run, "messages.svg")), "");
  EXPECT_THAT(plot_of(run, "messages.svg"), all_places_are_numbers());
  run.recorder.set_messages_per_node(std::vector<std::uint64_t>(1000, 0));
  EXPECT_EQ(plot_of(run, "messages.svg"), "");
}

TEST(Charts, EscapeWhatNamesContain) {
  LineChart chart;
  chart.title = "a < b & \"c\" > 'd'\x01\xff";
  chart.series = {{"</svg><script>", {{1, 1}, {2, 2}}}};
  const std::string svg = line_chart(chart);
  EXPECT_EQ(malformed(svg), "");
  EXPECT_THAT(svg, HasSubstr("a &lt; b &amp; &quot;c&quot; &gt; &apos;d&apos;\xef\xbf\xbd\xef\xbf\xbd<"));
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
}

TEST(Charts, DrawOverALogarithmicAxis) {
  LineChart chart;
  chart.title = "cost over network size";
  chart.x = {"nodes", AxisScale::kLog, {}, {}, ""};
  chart.y = {"messages", AxisScale::kLinear, {}, {}, ""};
  chart.series = {{"lookup", {{1e3, 20}, {1e4, 25}, {1e5, 30}}, true}};
  const std::string svg = line_chart(chart);
  for (const char* label : {">1,000<", ">10,000<", ">100,000<", ">20<", ">30<"}) {
    EXPECT_THAT(svg, HasSubstr(label));
  }
  // The legend's sample, then three points at the ends and in the middle: decades are equally wide.
  std::vector<double> circles;
  for (std::size_t at = svg.find("cx=\""); at != std::string::npos; at = svg.find("cx=\"", at + 1)) {
    circles.push_back(std::stod(svg.substr(at + 4)));
  }
  ASSERT_EQ(circles.size(), 4U);
  EXPECT_NEAR(circles[2] - circles[1], circles[3] - circles[2], 0.2);
  EXPECT_GT(circles[3] - circles[1], 500);
}

TEST(Charts, LeaveGapsForWhatCannotBeShown) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  LineChart chart;
  chart.x = {"x", AxisScale::kLog, {}, {}, ""};
  chart.series = {{"", {{1, 1}, {2, 1}, {0, 1}, {3, 1}, {4, std::nan("")}, {5, kInfinite}, {6, 1}, {7, 2}}}};
  const std::string svg = line_chart(chart);
  EXPECT_EQ(malformed(svg), "");
  EXPECT_EQ(count_of(svg, "<path"), 3U);
  EXPECT_THAT(svg, all_places_are_numbers());
}

TEST(Charts, DrawNothingWhenThereIsNothing) {
  EXPECT_EQ(malformed(line_chart({})), "");
  EXPECT_EQ(malformed(bar_chart({})), "");
}

TEST(Charts, EndWhereNumbersAreTooLargeForTicks) {
  LineChart chart;
  chart.y = {"y", AxisScale::kLinear, 1e17, {}, ""};
  chart.x = {"x", AxisScale::kLog, {}, {}, ""};
  chart.series = {{"", {{1e-300, 1e17}, {1e300, 1e17 + 16}}}};
  const std::string svg = line_chart(chart);
  EXPECT_EQ(malformed(svg), "");
  EXPECT_THAT(svg, all_places_are_numbers());
}

TEST(Charts, HaveABarForEachValue) {
  BarChart chart;
  chart.categories = {"0", "1", "2"};
  chart.series = {{"a", {1, 2, 3}}, {"b", {3, 2}}};
  // Beside the bars: the background and the legend's two.
  EXPECT_EQ(count_of(bar_chart(chart), "<rect"), 5U + 3U);
}

RC_GTEST_PROP(Charts, AreWellFormedWhateverTheyShow,
              (const std::vector<std::pair<double, double>>& values, const std::string& name, bool log_x, bool log_y)) {
  LineChart chart;
  chart.title = name;
  chart.x.scale = log_x ? AxisScale::kLog : AxisScale::kLinear;
  chart.y.scale = log_y ? AxisScale::kLog : AxisScale::kLinear;
  chart.y.title = name;
  ChartSeries series;
  series.name = name;
  for (const auto& [x, y] : values) {
    series.points.push_back({x, y});
  }
  chart.series.push_back(series);
  const std::string svg = line_chart(chart);
  RC_ASSERT(malformed(svg).empty());
  RC_ASSERT(svg.size() < 100'000 + 100 * values.size() + 20 * name.size());
}

}  // namespace
}  // namespace pond::sim
