#pragma once

#include <cstdint>
#include <span>

namespace pond::crypto {

/// Overwrites a secret that is no longer needed, in a way that the compiler cannot leave out. Any thread.
void wipe(std::span<std::uint8_t> secret) noexcept;

}  // namespace pond::crypto
