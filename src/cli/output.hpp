#pragma once

#include <string_view>

#include "failure.hpp"

namespace pond::cli {

/// Writes to standard output at once. It may be full, or gone: an answer that nobody got is none.
[[nodiscard]] Outcome<void> write_out(std::string_view text);

/// The same as the last word of a verb: what the program exits with. That is `exit`, or 1 behind a line on standard
/// error when the text could not be written.
[[nodiscard]] int print(std::string_view text, ExitCode exit);

}  // namespace pond::cli
