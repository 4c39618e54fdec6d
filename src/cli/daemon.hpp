#pragma once

#include <optional>
#include <string>

#include "pond/crypto/keys.hpp"

#include "failure.hpp"
#include "node_options.hpp"

namespace pond::cli {

/// Runs a node until SIGINT or SIGTERM: prints `listening ...` lines and `ready` on stdout, logs to stderr, serves the
/// control socket.
[[nodiscard]] Outcome<void> run_daemon(node::Config config, crypto::PrivateKey key, const NodeFlags& flags);

}  // namespace pond::cli
