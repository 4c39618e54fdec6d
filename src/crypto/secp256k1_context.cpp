#include "secp256k1_context.hpp"

#include "require.hpp"

namespace pond::crypto {

const secp256k1_context* secp256k1_shared() {
  static const secp256k1_context* const context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
  require(context != nullptr);
  return context;
}

}  // namespace pond::crypto
