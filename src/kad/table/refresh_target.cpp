#include "pond/kad/table/refresh_target.hpp"

#include <span>

namespace pond::kad {

std::optional<RefreshTarget> refresh_target(const wire::Key& own, unsigned prefix, Rng& rng) {
  if (prefix > kMaxRefreshPrefix) {
    return std::nullopt;
  }
  RefreshTarget target{.preimage = {0x12, 0x20}, .key = {}};
  rng.fill(std::span{target.preimage}.subspan(2));
  const std::uint32_t tries = 16U << (prefix + 1);
  for (std::uint32_t attempt = 0; attempt < tries; ++attempt) {
    target.preimage[2] = static_cast<std::uint8_t>(attempt >> 16);
    target.preimage[3] = static_cast<std::uint8_t>(attempt >> 8);
    target.preimage[4] = static_cast<std::uint8_t>(attempt);
    target.key = wire::Key::of(target.preimage);
    if (own.common_prefix_bits(target.key) == prefix) {
      return target;
    }
  }
  return std::nullopt;
}

}  // namespace pond::kad
