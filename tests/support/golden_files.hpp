#pragma once

#include <algorithm>
#include <expected>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/golden_capture.hpp"

namespace pond::test {

/// The captures in tests/golden, without `.txt`, in order.
[[nodiscard]] inline std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{POND_GOLDEN_DATA}) {
    if (entry.path().extension() == ".txt") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::ranges::sort(names);
  return names;
}

[[nodiscard]] inline std::expected<GoldenCapture, std::string> load_golden(const std::string& name) {
  std::ifstream in{std::filesystem::path{POND_GOLDEN_DATA} / (name + ".txt"), std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return parse_golden(text.str());
}

}  // namespace pond::test
