#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pond/sim/run.hpp"

#include "sim_verbs.hpp"

namespace pond::cli {

/// Where the results of `pond sim run` go. Each place is tried before anything runs: an hour's work must not end with a
/// folder that is not there.
class SimOutputs {
 public:
  /// Refused: what cannot be written.
  [[nodiscard]] static Outcome<SimOutputs> open(const SimFlags& flags, bool json, std::size_t runs);

  /// Prints and writes what one run showed; whether its checks hold.
  [[nodiscard]] Outcome<bool> take(const sim::Scenario& scenario, const sim::RunResult& result, Duration took);
  /// After the last run.
  [[nodiscard]] Outcome<void> finish();

 private:
  bool text_ = true;
  std::string json_file_;  ///< empty: none; "-": stdout
  std::string plot_dir_;
  std::string trace_file_;
  bool is_list_ = false;
  std::vector<std::string> documents_;
};

}  // namespace pond::cli
