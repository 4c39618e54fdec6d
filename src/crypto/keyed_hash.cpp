#include "pond/crypto/keyed_hash.hpp"

#include <bit>

#include <sodium.h>

namespace pond::crypto {

static_assert(KeyedHash::kKeyBytes == crypto_shorthash_siphash24_KEYBYTES);
static_assert(sizeof(std::uint64_t) == crypto_shorthash_siphash24_BYTES);

// This function of libsodium uses no state of the library: it may be called before sodium_init.
std::uint64_t KeyedHash::operator()(BytesView data) const noexcept {
  std::array<std::uint8_t, crypto_shorthash_siphash24_BYTES> digest;
  crypto_shorthash_siphash24(digest.data(), data.data(), data.size(), key_.data());
  return std::bit_cast<std::uint64_t>(digest);
}

}  // namespace pond::crypto
