#pragma once

#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "pond/sim/scenario_file.hpp"

namespace pond::sim {

/// A scenario that is right, to be spoilt: `text` with the first `from` replaced by `to`.
inline std::string spoilt(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// Files beside the scenario.
using Files = std::map<std::string, std::string>;

inline ScenarioResult<std::vector<Scenario>> read_text(std::string_view text, const Files& files = {}) {
  return read_scenarios(text, "dir/s.toml", [&files](const std::filesystem::path& path) {
    const auto file = files.find(path.string());
    return file == files.end() ? std::nullopt : std::optional{file->second};
  });
}

/// What is said of it; empty when it is right.
inline std::string complaint(std::string_view text, const Files& files = {}) {
  const auto read = read_text(text, files);
  return read ? std::string{} : read.error().message;
}

}  // namespace pond::sim
