#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "failure.hpp"
#include "reply.hpp"

namespace pond::cli {

struct SignFlags {
  std::string eth_key;
  std::string peer_id;
  std::vector<std::string> addresses;
  std::string name;
  std::string network;
  std::int64_t ttl_s = 24 * 3600;
};

/// The signed value, one line.
[[nodiscard]] Outcome<std::string> sign_record(const SignFlags& flags);

/// Verifies a value against the address that it claims itself, for the network that it names or `network`.
[[nodiscard]] Reply verify_record(const std::string& value, const std::string& network);

/// All of a file, or of standard input for "-"; at most `max_bytes`.
[[nodiscard]] Outcome<std::string> read_input(const std::string& path, std::size_t max_bytes);

}  // namespace pond::cli
