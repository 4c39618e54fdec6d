#include "sim_outputs.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include <unistd.h>

#include "pond/sim/checks.hpp"
#include "pond/sim/report.hpp"

namespace pond::cli {
namespace {

using File = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;

/// Leaves what the file holds.
Outcome<void> try_file(std::string_view flag, const std::string& path) {
  const File file{std::fopen(path.c_str(), "ab")};
  if (!file) {
    return usage(std::string{flag} + " " + path + ": " + std::strerror(errno));
  }
  return {};
}

Outcome<void> try_folder(std::string_view flag, const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && access(path.c_str(), W_OK | X_OK) != 0) {
    error = {errno, std::generic_category()};
  }
  if (error) {
    return usage(std::string{flag} + " " + path + ": " + error.message());
  }
  return {};
}

Outcome<void> write_file(const std::string& path, const std::string& text) {
  File file{std::fopen(path.c_str(), "wb")};
  const bool is_written = file && std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() &&
                          std::fflush(file.get()) == 0;
  if (!is_written) {
    return failed("write", path + ": " + std::strerror(errno));
  }
  return {};
}

/// The run's diagrams, in a folder of their own when there are several runs.
Outcome<void> write_plots(const std::string& folder, const sim::Scenario& scenario, const sim::RunResult& result);

}  // namespace

Outcome<SimOutputs> SimOutputs::open(const SimFlags& flags, bool json, std::size_t runs) {
  SimOutputs outputs;
  outputs.json_file_ = flags.json_out.empty() && json ? "-" : flags.json_out;
  outputs.plot_dir_ = flags.plot_dir;
  outputs.trace_file_ = flags.trace_out;
  outputs.text_ = outputs.json_file_ != "-";
  outputs.is_list_ = runs > 1;
  if (flags.trace_op && flags.trace_out.empty()) {
    return usage("--trace-op says of which operation: give --trace FILE too");
  }
  if (!flags.trace_out.empty() && runs > 1) {
    return usage("--trace is about one run: choose one of the variants with --variant");
  }
  Outcome<void> tried;
  if (!outputs.json_file_.empty() && outputs.text_) {
    tried = try_file("--json", outputs.json_file_);
  }
  if (tried && !flags.trace_out.empty()) {
    tried = try_file("--trace", flags.trace_out);
  }
  if (tried && !flags.plot_dir.empty()) {
    tried = try_folder("--plot", flags.plot_dir);
  }
  if (!tried) {
    return std::unexpected(tried.error());
  }
  return outputs;
}

Outcome<bool> SimOutputs::take(const sim::Scenario& scenario, const sim::RunResult& result, Duration took) {
  const std::vector<sim::CheckResult> checks = sim::judge(scenario, result.recorder);
  const sim::RunSummary summary{.events = result.events,
                                .simulated = scenario.length(),
                                .event_hash = result.event_hash,
                                .took = took};
  if (text_) {
    std::fputs(sim::report_table(scenario, result.recorder, checks, summary).c_str(), stdout);
    for (const std::string& violation : result.violations) {
      std::printf("violation: %s\n", violation.c_str());
    }
    std::fflush(stdout);
  }
  if (!json_file_.empty()) {
    documents_.push_back(sim::report_json(scenario, result.recorder, checks, summary));
  }
  Outcome<void> written;
  if (!plot_dir_.empty()) {
    written = write_plots(is_list_ ? plot_dir_ + "/" + scenario.name : plot_dir_, scenario, result);
  }
  if (written && !trace_file_.empty()) {
    written = write_file(trace_file_, result.trace);
  }
  if (!written) {
    return std::unexpected(written.error());
  }
  return sim::all_passed(checks);
}

Outcome<void> SimOutputs::finish() {
  if (json_file_.empty()) {
    return {};
  }
  std::string text = is_list_ ? "[" : "";
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    text += (i == 0 ? "" : ",\n") + documents_[i];
  }
  text += is_list_ ? "]\n" : "\n";
  if (json_file_ != "-") {
    return write_file(json_file_, text);
  }
  std::fputs(text.c_str(), stdout);
  return {};
}

}  // namespace pond::cli
