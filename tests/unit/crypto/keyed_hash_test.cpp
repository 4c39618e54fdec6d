#include "pond/crypto/keyed_hash.hpp"

#include <bit>

#include <gtest/gtest.h>

namespace pond::crypto {
namespace {

std::array<std::uint8_t, KeyedHash::kKeyBytes> ascending_key() {
  std::array<std::uint8_t, KeyedHash::kKeyBytes> key{};
  for (std::size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<std::uint8_t>(i);
  }
  return key;
}

Bytes ascending(std::size_t size) {
  Bytes data(size);
  for (std::size_t i = 0; i < size; ++i) {
    data[i] = static_cast<std::uint8_t>(i);
  }
  return data;
}

/// The digest as the paper prints it: octets in order.
std::string text_of(std::uint64_t digest) {
  return to_hex(std::bit_cast<std::array<std::uint8_t, 8>>(digest));
}

TEST(KeyedHash, GivesTheVectorsOfThePaper) {
  const KeyedHash hash{ascending_key()};
  EXPECT_EQ(text_of(hash({})), "310e0edd47db6f72");
  EXPECT_EQ(text_of(hash(ascending(1))), "fd67dc93c539f874");
  EXPECT_EQ(text_of(hash(ascending(15))), "e545be4961ca29a1");
}

TEST(KeyedHash, DependsOnItsKey) {
  SeededRng rng{1};
  const KeyedHash one{rng};
  const KeyedHash other{rng};
  EXPECT_NE(one(ascending(38)), other(ascending(38)));
  EXPECT_NE(one(ascending(38)), KeyedHash{}(ascending(38)));
  EXPECT_EQ(one(ascending(38)), KeyedHash{one}(ascending(38)));
}

}  // namespace
}  // namespace pond::crypto
