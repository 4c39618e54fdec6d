#pragma once

#include <cstdint>
#include <string>

#include "control_path.hpp"
#include "failure.hpp"
#include "reply.hpp"

namespace pond::cli {

/// Sends one request to the node behind `path` and waits for its reply, at most `timeout_ms` and a second. At the
/// default path nobody is asked when others than this user could have put the socket there.
[[nodiscard]] Outcome<Reply> ask_node(const std::string& path, ControlPath kind, const Json& request,
                                      std::int64_t timeout_ms);

}  // namespace pond::cli
