#pragma once

#include <expected>
#include <string>

#include "exit_code.hpp"

namespace pond::cli {

/// Why a verb cannot do what it was asked, in a line for people that says what to do, and a code for programs.
struct Failure {
  ExitCode exit = ExitCode::kFailed;
  std::string code;  ///< kebab case, stable
  std::string message;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

[[nodiscard]] inline std::unexpected<Failure> usage(std::string message) {
  return std::unexpected(Failure{.exit = ExitCode::kUsage, .code = "usage", .message = std::move(message)});
}
[[nodiscard]] inline std::unexpected<Failure> failed(std::string code, std::string message) {
  return std::unexpected(Failure{.exit = ExitCode::kFailed, .code = std::move(code), .message = std::move(message)});
}

}  // namespace pond::cli
