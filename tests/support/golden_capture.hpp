#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "pond/base/bytes.hpp"

#include "support/golden_peer.hpp"

namespace pond::test {

/// What a peer of another implementation sent to a GoldenPeer over one connection, and what that made of it. The text
/// form, one file each in tests/golden: a line for each setting; `< ` and hex for each chunk as the socket gave it,
/// `+ ` for its continuation; `= ` for each line of the transcript; `> ` for what our end has to say to that.
struct GoldenCapture {
  std::string peer;     ///< of interop/: go, rust, ...
  std::string library;  ///< and its version, by the peer's lock file
  std::string agent;    ///< as its identify says
  GoldenSettings settings;
  std::vector<Bytes> chunks;
  std::vector<std::string> transcript;
  std::vector<std::string> said;  ///< by golden_said
};

[[nodiscard]] std::string golden_text(const GoldenCapture& capture);
/// Why it is no capture, with the number of the line, otherwise.
[[nodiscard]] std::expected<GoldenCapture, std::string> parse_golden(std::string_view text);

}  // namespace pond::test
