#pragma once

#include <cstdint>

namespace pond::net {

/// What this process holds in memory; 0 where the system does not say.
[[nodiscard]] std::uint64_t resident_bytes();

/// What this process may still take before the machine, or the container it runs in, has none left; the greatest number
/// where the system does not say.
[[nodiscard]] std::uint64_t available_bytes();

}  // namespace pond::net
