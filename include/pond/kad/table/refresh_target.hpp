#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "pond/base/rng.hpp"
#include "pond/wire/key.hpp"

namespace pond::kad {

/// Deepest bucket for which a random key is made: finding one costs about 2^(prefix + 1) hashes. A deeper one is
/// refreshed by looking up the id of one of its peers, which is in its range and costs none.
inline constexpr unsigned kMaxRefreshPrefix = 8;

/// A key to look up, and the octets that hash to it: those travel, in the shape of a sha2-256 peer id.
struct RefreshTarget {
  std::array<std::uint8_t, 34> preimage;
  wire::Key key;
};

/// A random key that shares exactly `prefix` bits with `own`. Tries at most 16 times as many preimages as it takes on
/// average; nullopt when all miss (once in nine million calls), or when `prefix` is beyond kMaxRefreshPrefix.
[[nodiscard]] std::optional<RefreshTarget> refresh_target(const wire::Key& own, unsigned prefix, Rng& rng);

}  // namespace pond::kad
