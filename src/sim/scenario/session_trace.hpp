#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "pond/base/time.hpp"

#include "scenario/toml_tree.hpp"

namespace pond::sim {

/// A trace of session lengths: one on a line, "90s" or plain seconds; what follows a '#' is a comment. At least one, at
/// most kMaxTraceLines, none of them zero.
[[nodiscard]] std::expected<std::vector<Duration>, TomlError> parse_session_trace(std::string_view text);

inline constexpr std::size_t kMaxTraceLines = 1'000'000;

}  // namespace pond::sim
