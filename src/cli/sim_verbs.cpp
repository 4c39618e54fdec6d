#include "sim_verbs.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "pond/net/machine_memory.hpp"
#include "pond/sim/figures.hpp"
#include "pond/sim/run.hpp"
#include "pond/sim/scenario_file.hpp"

#include "output.hpp"
#include "reply.hpp"
#include "sim_outputs.hpp"
#include "sim_progress.hpp"

namespace pond::cli {
namespace {

using Scenarios = std::vector<sim::Scenario>;

Outcome<Scenarios> load(const std::string& file) {
  auto loaded = sim::load_scenarios(file);
  if (!loaded) {
    return usage(loaded.error().message);
  }
  return *std::move(loaded);
}

/// Leaves the one of that name.
Outcome<void> choose_variant(Scenarios& scenarios, const std::string& file, const std::string& variant) {
  if (variant.empty()) {
    return {};
  }
  const auto chosen = std::ranges::find(scenarios, variant, &sim::Scenario::variant);
  if (chosen == scenarios.end()) {
    std::string there;
    for (const sim::Scenario& each : scenarios) {
      there += (there.empty() ? "" : ", ") + each.variant;
    }
    return usage(file + (there.empty() ? " has no variants" : " has no variant '" + variant + "', only " + there));
  }
  scenarios = Scenarios{*chosen};
  return {};
}

/// The scenarios that a command line asks for, as it changes them, none too large for this machine.
Outcome<Scenarios> prepare(const SimFlags& flags) {
  const std::string& file = flags.files.front();
  auto scenarios = load(file);
  if (!scenarios) {
    return scenarios;
  }
  if (auto chosen = choose_variant(*scenarios, file, flags.variant); !chosen) {
    return std::unexpected(chosen.error());
  }
  const std::uint64_t free = net::available_bytes();
  for (sim::Scenario& scenario : *scenarios) {
    auto fits = sim::apply({.seed = flags.seed, .nodes = flags.nodes}, scenario);
    if (fits) {
      fits = sim::fits_in_memory(scenario, free);
    }
    if (!fits) {
      return usage(file + ": " + fits.error().message);
    }
  }
  return scenarios;
}

/// A word as a shell takes it.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:@%+,";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? std::string{"'\\''"} : std::string{c};
  }
  return quoted + "'";
}

std::string replay_command(const SimFlags& flags, const sim::Scenario& scenario) {
  std::string command = "pond sim run " + shell_word(flags.files.front());
  if (!scenario.variant.empty()) {
    command += " --variant " + shell_word(scenario.variant);
  }
  command += " --seed " + std::to_string(scenario.seed);
  return flags.nodes ? command + " --nodes " + std::to_string(*flags.nodes) : command;
}

Result<sim::RunResult> run_with_progress(const sim::Scenario& scenario, const sim::RunOptions& options,
                                         Duration& took) {
  SimProgress progress{scenario};
  auto result = sim::run(scenario, options, progress);
  took = progress.took();
  return result;
}

Outcome<ExitCode> done(std::string_view text) {
  if (const auto written = write_out(text); !written) {
    return std::unexpected(written.error());
  }
  return ExitCode::kDone;
}

}  // namespace

Outcome<ExitCode> sim_run(const SimFlags& flags, bool json) {
  net::restart_with_huge_pages();  // with many nodes most of the time goes to finding them in memory
  auto scenarios = prepare(flags);
  if (!scenarios) {
    return std::unexpected(scenarios.error());
  }
  auto outputs = SimOutputs::open(flags, json, scenarios->size());
  if (!outputs) {
    return std::unexpected(outputs.error());
  }
  sim::RunOptions options{.resident_bytes = net::resident_bytes};
  if (!flags.trace_out.empty()) {
    options.trace_operation = flags.trace_op.value_or(0);
  }
  ExitCode exit = ExitCode::kDone;
  for (const sim::Scenario& scenario : *scenarios) {
    Duration took{};
    const auto result = run_with_progress(scenario, options, took);
    if (!result) {
      return failed(std::string{name_of(result.error().code)}, scenario.name + ": " + std::string{result.error().what});
    }
    const auto held = outputs->take(scenario, *result, took);
    if (!held) {
      return std::unexpected(held.error());
    }
    if (!*held) {
      exit = ExitCode::kFailed;
      std::fprintf(stderr, "pond: %s: a check failed; the same run again: %s\n", scenario.name.c_str(),
                   replay_command(flags, scenario).c_str());
    }
  }
  if (const auto finished = outputs->finish(); !finished) {
    return std::unexpected(finished.error());
  }
  return exit;
}

Outcome<ExitCode> sim_check(const SimFlags& flags, bool json) {
  Json documents = Json::array();
  std::string text;
  for (const std::string& file : flags.files) {
    const auto scenarios = load(file);
    if (!scenarios) {
      return std::unexpected(scenarios.error());
    }
    for (const sim::Scenario& scenario : *scenarios) {
      const std::uint64_t bytes = sim::estimated_bytes(scenario);
      const double seconds = std::chrono::duration<double>{scenario.length()}.count();
      documents.push_back({{"file", file},
                           {"scenario", scenario.name},
                           {"nodes", scenario.nodes()},
                           {"seconds", seconds},
                           {"checks", scenario.checks.size()},
                           {"estimatedBytes", bytes}});
      text += fmt::format("{}: {}, {} nodes, {}, {} check{}, about {} MiB\n", file, scenario.name, scenario.nodes(),
                          duration_text(scenario.length()), scenario.checks.size(),
                          scenario.checks.size() == 1 ? "" : "s", bytes / (1024 * 1024));
    }
  }
  return done(json ? documents.dump() + "\n" : text);
}

Outcome<ExitCode> sim_figures(const SimFlags&, bool json) {
  Json documents = Json::array();
  std::string text;
  for (const sim::FigureInfo& figure : sim::known_figures()) {
    documents.push_back({{"name", figure.name}, {"unit", figure.unit}, {"what", figure.what}});
    text += fmt::format("{:<32} {:<6} {}\n", figure.name, figure.unit, figure.what);
  }
  return done(json ? documents.dump() + "\n" : text);
}

}  // namespace pond::cli
