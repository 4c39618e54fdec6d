#pragma once

#include <cstdint>

namespace pond::net {

/// What this process holds in memory; 0 where the system does not say.
[[nodiscard]] std::uint64_t resident_bytes();

/// What this process may still take before the machine, or the container it runs in, has none left; the greatest number
/// where the system does not say.
[[nodiscard]] std::uint64_t available_bytes();

/// Has the C library ask for huge pages from now on, which it does only when its environment says so at the start: the
/// program starts anew, once, as if nothing had happened. To be called before anything has. Returns where that is so
/// already, where the environment decides otherwise, and where it cannot be.
void restart_with_huge_pages();

}  // namespace pond::net
