#pragma once

#include <secp256k1.h>

namespace pond::crypto {

/// The process's context: immutable once made, so any thread.
[[nodiscard]] const secp256k1_context* secp256k1_shared();

}  // namespace pond::crypto
