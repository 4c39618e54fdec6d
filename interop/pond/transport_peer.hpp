#pragma once

namespace pond::interop {

/// Whether the environment asks for a peer of the transport suite.
[[nodiscard]] bool is_transport_peer();

/// Plays it; the exit code of the program.
[[nodiscard]] int run_transport_peer();

}  // namespace pond::interop
