#pragma once

namespace pond::cli {

/// What the program's exit says to scripts.
enum class ExitCode : int {
  kDone = 0,
  kFailed = 1,      ///< no peer at all, no node on the socket, refused
  kUsage = 2,       ///< bad flag, bad address, bad key
  kNotFound = 3,    ///< the network answered and has none
  kDeadline = 4,    ///< the deadline passed and nothing was found
  kUnverified = 5,  ///< found, but only unsigned or unverifiable answers
};

}  // namespace pond::cli
