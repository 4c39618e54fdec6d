#include "pond/sim/scenario_file.hpp"

#include <fstream>
#include <iterator>

#include "scenario/parts.hpp"
#include "scenario/variants.hpp"

namespace pond::sim {
namespace {

constexpr std::size_t kMaxFileBytes = 32 * 1024 * 1024;  ///< of a scenario or a trace

/// One line, whatever the file put into it.
ScenarioError error_at(const std::filesystem::path& file, const TomlError& error) {
  std::string message = file.string() + ":" + std::to_string(error.line) + ": " + error.what;
  for (char& c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      c = '?';
    }
  }
  return {std::move(message)};
}

Scenario read_scenario(const VariantTables& variant, const Beside& beside, Problems& problems) {
  static constexpr std::array<std::string_view, 10> kKeys{"name",    "about",  "depth",  "seed",   "tables_filled",
                                                          "network", "groups", "phases", "checks", "variants"};
  static constexpr std::array<Choice<Depth>, 2> kDepths{{{"messages", Depth::kMessages}, {"bytes", Depth::kBytes}}};
  TableReader top{variant.top, 1, "the scenario", kKeys, problems};
  Scenario scenario{.variant = variant.name};
  top.require("name");
  top.name("name", scenario.name);
  if (!variant.name.empty()) {
    scenario.name += "-" + variant.name;
  }
  top.text("about", scenario.about);
  top.choice("depth", scenario.depth, kDepths);
  top.count("seed", scenario.seed, 0, std::numeric_limits<std::int64_t>::max());
  top.flag("tables_filled", scenario.tables_filled);
  if (scenario.depth == Depth::kBytes && scenario.tables_filled) {
    top.fail("tables_filled", "'tables_filled' means nothing without depth = \"messages\"");
  }
  read_network(top, scenario);
  read_groups(top, beside, scenario);
  read_phases(top, scenario);
  read_checks(top, scenario);
  return scenario;
}

std::optional<std::string> read_text(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::string text;
  while (in && text.size() <= kMaxFileBytes) {
    constexpr std::size_t kChunkBytes = 65536;
    const std::size_t had = text.size();
    text.resize(had + kChunkBytes);
    in.read(text.data() + had, kChunkBytes);
    text.resize(had + static_cast<std::size_t>(in.gcount()));
  }
  // A folder opens, but cannot be read.
  return in.eof() && text.size() <= kMaxFileBytes ? std::optional{std::move(text)} : std::nullopt;
}

}  // namespace

ScenarioResult<std::vector<Scenario>> read_scenarios(std::string_view text, const std::filesystem::path& file,
                                                     const FileReader& read_file) {
  const auto table = parse_toml(text);
  if (!table) {
    return std::unexpected(error_at(file, {table.error().line, "not TOML: " + table.error().what}));
  }
  Problems problems;
  const Beside beside{.folder = file.parent_path(), .read = &read_file};
  std::vector<Scenario> scenarios;
  for (const VariantTables& variant : expand_variants(*table, problems)) {
    if (!problems.any()) {
      scenarios.push_back(read_scenario(variant, beside, problems));
    }
  }
  if (problems.any()) {
    return std::unexpected(error_at(file, problems.first()));
  }
  return scenarios;
}

ScenarioResult<std::vector<Scenario>> load_scenarios(const std::filesystem::path& file) {
  const auto text = read_text(file);
  if (!text) {
    return std::unexpected(ScenarioError{file.string() + ": cannot be read"});
  }
  return read_scenarios(*text, file, read_text);
}

}  // namespace pond::sim
