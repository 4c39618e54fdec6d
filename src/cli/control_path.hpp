#pragma once

#include <string>

#include "failure.hpp"

namespace pond::cli {

// Where the control socket lies: at a path that was named, or at the user's own. At the latter it is neither opened nor
// asked when somebody else could have put a socket there: others' directories, and those that others can write into.

enum class ControlPath : unsigned char { kDefault, kNamed };

/// `$XDG_RUNTIME_DIR/pond.sock`, else `/tmp/pond-<uid>/pond.sock`.
[[nodiscard]] std::string default_control_path();

enum class DefaultDirectory : unsigned char { kMissing, kPrivate };

/// Whether the default path's directory is there. An error when it is not this user's or others can write into it; the
/// one under /tmp must be closed to them altogether.
[[nodiscard]] Outcome<DefaultDirectory> check_default_directory();

/// The same for a node that opens its socket: the one under /tmp is made, mode 0700; that of the system must be there.
[[nodiscard]] Outcome<void> make_default_directory();

/// A usage error when `path` does not fit a socket's name; `flag` is the flag that named it.
[[nodiscard]] Outcome<void> check_length(const std::string& path, const std::string& flag);

}  // namespace pond::cli
