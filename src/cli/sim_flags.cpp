#include "sim_flags.hpp"

#include <charconv>
#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

namespace pond::cli {
namespace {

/// CLI11 takes -1, and numbers that do not fit, for the greatest there is.
std::string not_a_number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? "" : "'" + text + "' is no whole number from 0 on";
}

}  // namespace

void add_sim_verbs(CLI::App& app, SimFlags& flags, const std::function<void(SimVerb)>& chosen) {
  CLI::App& sim = *app.add_subcommand("sim", "Simulate a network from a scenario file (see sim/README.md)");
  sim.require_subcommand(1);
  CLI::App& run = *sim.add_subcommand("run", "Run a scenario; exit 1 when one of its checks fails");
  run.add_option("FILE", flags.files, "The scenario")->required()->expected(1);
  run.add_option("--variant", flags.variant, "Run this one of the file's variants (default: all, one after the other)");
  run.add_option("--seed", flags.seed, "Seed instead of the scenario's")->check(not_a_number);
  run.add_option("--nodes", flags.nodes, "Nodes in all, instead of the scenario's, its groups in proportion")
      ->check(not_a_number);
  run.add_option("--json", flags.json_out, "Write all figures here as JSON; - for stdout, instead of the tables");
  run.add_option("--plot", flags.plot_dir, "Write diagrams (SVG) into this folder");
  run.add_option("--trace", flags.trace_out, "Write here what happened for one operation of the workload");
  run.add_option("--trace-op", flags.trace_op, "The how manieth operation that is, from 0 (default 0)")
      ->check(not_a_number);
  run.callback([chosen] { chosen(sim_run); });
  CLI::App& check = *sim.add_subcommand("check", "Judge scenario files, and say how large their networks are");
  check.add_option("FILE", flags.files, "Scenarios")->required();
  check.callback([chosen] { chosen(sim_check); });
  CLI::App& figures = *sim.add_subcommand("figures", "List the figures that a scenario's checks can be about");
  figures.callback([chosen] { chosen(sim_figures); });
}

}  // namespace pond::cli
