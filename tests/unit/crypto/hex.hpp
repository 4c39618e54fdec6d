#pragma once

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/crypto/hash.hpp"

namespace pond::test {

/// The octets of hexadecimal digits, which must be right.
[[nodiscard]] inline Bytes hex(std::string_view digits) {
  return from_hex(digits).value();
}

/// The same for exactly 32 octets.
[[nodiscard]] inline crypto::Digest digest(std::string_view digits) {
  const Bytes octets = hex(digits);
  crypto::Digest result;
  if (octets.size() != result.size()) {
    throw std::invalid_argument("not 32 octets");
  }
  std::ranges::copy(octets, result.begin());
  return result;
}

}  // namespace pond::test
