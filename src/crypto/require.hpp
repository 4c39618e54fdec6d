#pragma once

#include <cstdlib>

namespace pond::crypto {

/// For what can fail only when this program is wrong or the machine has no memory left. Ends the process: a hash or a
/// cipher that silently did nothing would be worse. Never call it with a condition that octets of a peer decide.
inline void require(bool condition) noexcept {
  if (!condition) {
    std::abort();
  }
}

}  // namespace pond::crypto
