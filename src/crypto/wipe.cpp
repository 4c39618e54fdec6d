#include "pond/crypto/wipe.hpp"

#include <openssl/crypto.h>

namespace pond::crypto {

void wipe(std::span<std::uint8_t> secret) noexcept {
  OPENSSL_cleanse(secret.data(), secret.size());
}

}  // namespace pond::crypto
