#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

#include "pond/sim/report.hpp"

#include "numbers.hpp"
#include "operation_figures.hpp"
#include "text_table.hpp"

namespace pond::sim {

namespace {

constexpr std::size_t kWidth = 100;

/// Columns: every phase, then the whole. A single phase is the whole.
struct Columns {
  std::vector<std::string> names;
  std::vector<Figures> figures;
};

Columns columns_of(const Scenario& scenario, const Recorder& recorder) {
  Columns columns;
  if (scenario.phases.size() > 1) {
    for (std::size_t phase = 0; phase < scenario.phases.size(); ++phase) {
      columns.names.push_back(scenario.phases[phase].name);
      columns.figures.push_back(recorder.figures(phase));
    }
  }
  columns.names.emplace_back("whole");
  columns.figures.push_back(recorder.figures());
  return columns;
}

/// A row for each figure that is wanted and was seen somewhere.
void add_table(std::string& out, const Columns& columns, std::string_view title,
               const std::function<std::optional<std::string>(const FigureInfo&)>& label_of) {
  TextTable table{std::string{title}, columns.names, {}};
  for (const FigureInfo& figure : known_figures()) {
    std::optional<std::string> label = label_of(figure);
    if (!label ||
        std::ranges::none_of(columns.figures, [&](const Figures& figures) { return figures.contains(figure.name); })) {
      continue;
    }
    TextTable::Row row{*std::move(label), {}};
    for (const Figures& figures : columns.figures) {
      const auto seen = figures.find(figure.name);
      row.cells.push_back(seen == figures.end() ? "-" : with_unit(seen->second, figure.unit));
    }
    table.rows.push_back(std::move(row));
  }
  if (!table.rows.empty()) {
    out += table.text(kWidth) + "\n";
  }
}

/// `latency_ms.p95` as `latency p95`: the cells have the unit. Nothing for figures of less interest, which JSON has.
std::optional<std::string> operation_label(std::string_view figure) {
  static constexpr std::array<std::string_view, 4> kLeftOut = {"succeeded", "latency_ms.p90", "hops.p50",
                                                               "messages.p50"};
  if (std::ranges::find(kLeftOut, figure) != kLeftOut.end()) {
    return std::nullopt;
  }
  const std::size_t point = figure.find('.');
  if (point == std::string_view::npos) {
    return std::string{figure};
  }
  return std::string{figure.substr(0, figure.substr(0, point).find('_'))} + " " + std::string{figure.substr(point + 1)};
}

void add_operations(std::string& out, const Columns& columns) {
  for (const LoadSpec::Kind kind : kOperationKinds) {
    const std::string prefix = std::string{operation_name(kind)} + ".";
    add_table(out, columns, operation_name(kind), [&](const FigureInfo& figure) -> std::optional<std::string> {
      if (!figure.name.starts_with(prefix)) {
        return std::nullopt;
      }
      return operation_label(std::string_view{figure.name}.substr(prefix.size()));
    });
  }
}

/// The figures that the world measures, by the first part of their names.
void add_network(std::string& out, const Columns& columns) {
  struct Section {
    std::string_view title;
    std::vector<std::string_view> begin_with;
  };
  static const std::vector<Section> kSections = {
      {"network", {"messages", "dials", "events", "nodes", "connections", "queue", "violations"}},
      {"routing tables", {"table"}},
      {"stores", {"store"}},
      {"bootstrap nodes", {"bootstrap"}},
      {"this machine", {"memory"}},
  };
  for (const Section& section : kSections) {
    add_table(out, columns, section.title, [&](const FigureInfo& figure) -> std::optional<std::string> {
      const std::string_view first = std::string_view{figure.name}.substr(0, figure.name.find('.'));
      if (std::ranges::find(section.begin_with, first) == section.begin_with.end()) {
        return std::nullopt;
      }
      // A section about one thing does not name it again in each row.
      const std::size_t skip = section.begin_with.size() == 1 ? first.size() + 1 : 0;
      std::string label = figure.name.substr(std::min(skip, figure.name.size()));
      std::ranges::replace(label, '.', ' ');
      std::ranges::replace(label, '_', ' ');
      return label;
    });
  }
}

std::string bounds_text(const CheckSpec& check) {
  if (check.at_least && check.at_most) {
    return *check.at_least == *check.at_most ? "exactly " + plain(*check.at_least)
                                             : plain(*check.at_least) + " to " + plain(*check.at_most);
  }
  if (check.at_least) {
    return "at least " + plain(*check.at_least);
  }
  return check.at_most ? "at most " + plain(*check.at_most) : "any";
}

/// Values and bounds in the scenario's own terms, so that what missed a bound is not rounded onto it.
void add_checks(std::string& out, std::span<const CheckResult> checks) {
  if (checks.empty()) {
    return;
  }
  std::size_t figure_width = 0;
  std::size_t phase_width = 0;
  std::size_t value_width = 0;
  const auto phase_text = [](const CheckResult& result) {
    return result.check.phase.empty() ? std::string{"whole"} : shortened(result.check.phase, 16);
  };
  const auto value_text = [](const CheckResult& result) {
    return result.value ? plain(*result.value) : std::string{"not seen"};
  };
  for (const CheckResult& result : checks) {
    figure_width = std::max(figure_width, result.check.figure.size());
    phase_width = std::max(phase_width, width_of(phase_text(result)));
    value_width = std::max(value_width, value_text(result).size());
  }
  out += "checks\n";
  for (const CheckResult& result : checks) {
    const FigureInfo* info = find_figure(result.check.figure);
    const std::string unit = info == nullptr || info->unit.empty() || info->unit == "share" ? "" : " " + info->unit;
    out += std::string{"  "} + (result.passed ? "pass" : "FAIL") + "  " +
           padded_right(result.check.figure, figure_width) + "  " + padded_right(phase_text(result), phase_width) +
           "  " + padded_left(value_text(result), value_width) + "   " + bounds_text(result.check) + unit + "\n";
  }
  const auto failed = std::ranges::count_if(checks, [](const CheckResult& result) { return !result.passed; });
  out += failed == 0 ? "  all passed\n\n" : "  " + std::to_string(failed) + " failed\n\n";
}

}  // namespace

std::string report_table(const Scenario& scenario, const Recorder& recorder, std::span<const CheckResult> checks,
                         const RunSummary& run) {
  std::string out = scenario.name + ": " + grouped(std::uint64_t{scenario.nodes()}) + " nodes, " +
                    (scenario.depth == Depth::kBytes ? "byte level" : "message level") + ", seed " +
                    std::to_string(scenario.seed) + "\n";
  if (!scenario.about.empty()) {
    out += wrapped(scenario.about, kWidth) + "\n";
  }
  out += "\n";
  const Columns columns = columns_of(scenario, recorder);
  add_operations(out, columns);
  add_network(out, columns);
  add_checks(out, checks);
  out += grouped(run.events) + " events, " + span_text(run.simulated) + " simulated";
  if (run.took && *run.took > Duration{}) {
    const double seconds = static_cast<double>(run.took->count()) / 1e9;
    out += " in " + fixed(seconds, 1) + " s (" + grouped(static_cast<double>(run.events) / seconds, 0) + " events/s)";
  }
  return out + ", event hash " + hex64(run.event_hash) + "\n";
}

}  // namespace pond::sim
