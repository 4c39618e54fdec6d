#pragma once

#include <filesystem>

#include "pond/sim/scenario_file.hpp"

#include "scenario/table_reader.hpp"

// The parts of a scenario file, in the order in which they are read: each is judged against those before it.

namespace pond::sim {

/// Where the files are that a scenario names.
struct Beside {
  std::filesystem::path folder;
  const FileReader* read = nullptr;
};

void read_network(TableReader& top, Scenario& scenario);
void read_groups(TableReader& top, const Beside& beside, Scenario& scenario);
void read_phases(TableReader& top, Scenario& scenario);
void read_checks(TableReader& top, Scenario& scenario);

/// "closest", "find_providers"...: as scenario files and figures call them.
[[nodiscard]] std::string_view word_of(LoadSpec::Kind kind);
/// nullptr when no group is called so.
[[nodiscard]] const GroupSpec* find_group(const Scenario& scenario, std::string_view name);

}  // namespace pond::sim
