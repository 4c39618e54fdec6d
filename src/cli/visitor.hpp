#pragma once

#include "node_options.hpp"
#include "reply.hpp"
#include "request.hpp"

namespace pond::cli {

/// Carries out one verb with a short-lived client of its own, which announces nothing and listens nowhere.
[[nodiscard]] Reply run_visitor(node::Config config, Request request);

}  // namespace pond::cli
