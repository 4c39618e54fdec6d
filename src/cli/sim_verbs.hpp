#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "failure.hpp"

namespace pond::cli {

/// What `pond sim` can be told.
struct SimFlags {
  std::vector<std::string> files;  ///< `run` takes one
  std::string variant;             ///< empty: all of the file's
  std::optional<std::uint64_t> seed;
  std::optional<std::size_t> nodes;
  std::string json_out;  ///< a file, "-" for stdout
  std::string plot_dir;
  std::string trace_out;
  std::optional<std::uint64_t> trace_op;
};

// Each prints what it finds, and returns the program's exit code. `json`: one JSON document on stdout instead of text.

/// Runs a scenario, or each variant of it; kFailed when a check does not hold. Nothing is run when anything is wrong
/// with the scenario or with where its results are to go.
[[nodiscard]] Outcome<ExitCode> sim_run(const SimFlags& flags, bool json);
/// Judges scenarios, and says how large they are.
[[nodiscard]] Outcome<ExitCode> sim_check(const SimFlags& flags, bool json);
/// Lists what checks can be about.
[[nodiscard]] Outcome<ExitCode> sim_figures(bool json);

}  // namespace pond::cli
