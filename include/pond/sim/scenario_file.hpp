#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pond/sim/scenario.hpp"

namespace pond::sim {

/// What is wrong with a scenario: one line for people, `FILE:LINE: what`, and what to write instead where that is
/// known.
struct ScenarioError {
  std::string message;
};

template <typename T>
using ScenarioResult = std::expected<T, ScenarioError>;

/// The text of a file that a scenario names; nullopt when it cannot be read.
using FileReader = std::function<std::optional<std::string>(const std::filesystem::path&)>;

/// Reads and judges a scenario file's text. A file without variants makes one scenario, otherwise one for each. `file`
/// is its name in messages; what it names lies beside it. sim/README.md has the format.
[[nodiscard]] ScenarioResult<std::vector<Scenario>> read_scenarios(std::string_view text,
                                                                   const std::filesystem::path& file,
                                                                   const FileReader& read_file);

/// The same from the disk.
[[nodiscard]] ScenarioResult<std::vector<Scenario>> load_scenarios(const std::filesystem::path& file);

/// What a command line changes in a scenario.
struct Overrides {
  std::optional<std::uint64_t> seed;
  std::optional<std::size_t> nodes;
};

/// Another number of nodes scales all groups alike, none to nothing, so that all of them together are so many.
/// Bootstrap groups and groups of mined identities stay as they are: what they do depends on how many heads they have.
/// Refused: fewer nodes than that leaves one for each group, or more than kMaxNodes.
[[nodiscard]] ScenarioResult<void> apply(const Overrides& overrides, Scenario& scenario);

inline constexpr std::size_t kMaxNodes = 16'000'000;  ///< node numbers and memory stay far from their ends

/// What the run will take at its height, by a model of the world's memory (estimate.cpp says which).
[[nodiscard]] std::uint64_t estimated_bytes(const Scenario& scenario);
/// Refused when that is more than is free.
[[nodiscard]] ScenarioResult<void> fits_in_memory(const Scenario& scenario, std::uint64_t free_bytes);

}  // namespace pond::sim
