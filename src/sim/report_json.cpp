#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

#include <nlohmann/json.hpp>

#include "pond/sim/report.hpp"

#include "numbers.hpp"
#include "operation_figures.hpp"

namespace pond::sim {

namespace {

using Json = nlohmann::ordered_json;

// Doubles are whole up to here.
constexpr double kLargestWhole = 9007199254740992;

/// Whole numbers without a point; others to seven digits, as samples have no more.
Json number(double value) {
  if (!std::isfinite(value)) {
    return nullptr;
  }
  if (std::floor(value) == value && std::abs(value) < kLargestWhole) {
    return static_cast<std::int64_t>(value);
  }
  const std::string text = plain(value, 7);
  double tidy = value;
  std::from_chars(text.data(), text.data() + text.size(), tidy);
  return tidy;
}

Json number(const std::optional<double>& value) {
  return value ? number(*value) : Json(nullptr);
}

Json seconds(Duration duration) {
  return number(static_cast<double>(duration.count()) / 1e9);
}

/// In the order in which figures are known, not by the alphabet.
Json figures_json(const Figures& figures) {
  Json out = Json::object();
  for (const FigureInfo& info : known_figures()) {
    if (const auto seen = figures.find(info.name); seen != figures.end()) {
      out[info.name] = number(seen->second);
    }
  }
  return out;
}

Json checks_json(std::span<const CheckResult> checks) {
  Json out = Json::array();
  for (const CheckResult& result : checks) {
    out.push_back({{"figure", result.check.figure},
                   {"phase", result.check.phase.empty() ? Json(nullptr) : Json(result.check.phase)},
                   {"at_least", number(result.check.at_least)},
                   {"at_most", number(result.check.at_most)},
                   {"value", number(result.value)},
                   {"passed", result.passed}});
  }
  return out;
}

Json distribution_json(const Samples& samples, bool with_histogram) {
  Json out = {{"count", samples.count()}, {"mean", number(samples.mean())}};
  Json& percentiles = out["percentiles"] = Json::array();
  for (int p = 0; p <= 100; ++p) {
    percentiles.push_back(number(samples.percentile(p)));
  }
  if (with_histogram) {
    std::map<std::int64_t, std::uint64_t> counts;
    for (const float value : samples.sorted()) {
      ++counts[static_cast<std::int64_t>(value)];
    }
    Json& histogram = out["histogram"] = Json::array();
    for (const auto& [value, count] : counts) {
      histogram.push_back({value, count});
    }
  }
  return out;
}

Json operations_json(const Recorder& recorder) {
  Json out = Json::object();
  for (const LoadSpec::Kind kind : kOperationKinds) {
    const OperationSamples& seen = recorder.samples(kind);
    Json distributions = Json::object();
    for (const Sampled& sampled : sampled_of_operations()) {
      const Samples& samples = seen.*sampled.samples;
      if (samples.count() > 0) {
        // Numbers of things are whole and few; times and shares have too many values.
        distributions[sampled.name] = distribution_json(samples, sampled.unit.empty());
      }
    }
    if (!distributions.empty()) {
      out[operation_name(kind)] = std::move(distributions);
    }
  }
  return out;
}

Json phases_json(const Scenario& scenario, const Recorder& recorder) {
  Json out = Json::array();
  for (std::size_t phase = 0; phase < scenario.phases.size(); ++phase) {
    out.push_back({{"name", scenario.phases[phase].name},
                   {"length_s", seconds(scenario.phases[phase].length)},
                   {"figures", figures_json(recorder.figures(phase))}});
  }
  return out;
}

Json success_json(const Recorder& recorder) {
  Json out = Json::array();
  if (recorder.phase_begins().empty()) {
    return out;
  }
  for (const SuccessPoint& point : recorder.success_over_time()) {
    out.push_back({{"at_s", seconds(point.at - recorder.phase_begins().front())},
                   {"succeeded", point.succeeded},
                   {"failed", point.failed}});
  }
  return out;
}

Json messages_json(const Recorder& recorder) {
  Samples samples;
  for (const std::uint64_t count : recorder.messages_per_node()) {
    samples.add(static_cast<double>(count));
  }
  return samples.count() == 0 ? Json(nullptr) : distribution_json(samples, false);
}

}  // namespace

std::string report_json(const Scenario& scenario, const Recorder& recorder, std::span<const CheckResult> checks,
                        const RunSummary& run) {
  bool passed = true;
  for (const CheckResult& result : checks) {
    passed = passed && result.passed;
  }
  Json out = {{"scenario", scenario.name},
              {"about", scenario.about},
              {"depth", scenario.depth == Depth::kBytes ? "bytes" : "messages"},
              {"nodes", scenario.nodes()},
              {"seed", scenario.seed},
              {"events", run.events},
              {"simulated_s", seconds(run.simulated)},
              {"event_hash", hex64(run.event_hash)},
              {"took_s", run.took ? seconds(*run.took) : Json(nullptr)},
              {"passed", passed},
              {"checks", checks_json(checks)},
              {"figures", figures_json(recorder.figures())},
              {"phases", phases_json(scenario, recorder)},
              {"operations", operations_json(recorder)},
              {"success_over_time", success_json(recorder)},
              {"messages_per_node", messages_json(recorder)}};
  // A name that is not UTF-8 must not throw.
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pond::sim
