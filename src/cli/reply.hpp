#pragma once

#include <nlohmann/json.hpp>

#include "failure.hpp"

namespace pond::cli {

using Json = nlohmann::ordered_json;

/// What a verb amounts to: the exit code, and either its document or an error. The same object travels over the control
/// socket, is printed by --json, and is made into text for people.
struct Reply {
  ExitCode exit = ExitCode::kDone;
  Json document;  ///< the verb's JSON of the command line contract, or {"error":{"code","message"}}

  [[nodiscard]] bool has_error() const { return document.contains("error"); }
};

[[nodiscard]] inline Reply to_reply(const Failure& failure) {
  return {.exit = failure.exit, .document = {{"error", {{"code", failure.code}, {"message", failure.message}}}}};
}

}  // namespace pond::cli
