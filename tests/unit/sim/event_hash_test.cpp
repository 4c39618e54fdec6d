#include "pond/sim/event_hash.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>

#include <gtest/gtest.h>

namespace pond::sim {
namespace {

constexpr std::uint64_t hash_of(std::initializer_list<std::uint64_t> words) {
  EventHash hash;
  for (const std::uint64_t word : words) {
    hash.mix(word);
  }
  return hash.value();
}

// Expected values were computed with Python's integers. The first is XXH64's of the empty input.
TEST(EventHash, HasTheSameValuesOnEveryMachine) {
  EXPECT_EQ(hash_of({}), 0xef46db3751d8e999U);
  EXPECT_EQ(hash_of({0}), 0x6c2d1446465faf75U);
  EXPECT_EQ(hash_of({1, 2}), 0x2270b7c51a2a1bc4U);
  EXPECT_EQ(hash_of({~std::uint64_t{0}}), 0xc1778e6db2bcd35fU);
  EventHash thousand;
  for (std::uint64_t word = 0; word < 1000; ++word) {
    thousand.mix(word);
  }
  EXPECT_EQ(thousand.value(), 0x9e5c234c2bb4b344U);
}

TEST(EventHash, TellsTheOrderOfEventsAndHowManyTheyWere) {
  EXPECT_NE(hash_of({1, 2}), hash_of({2, 1}));
  EXPECT_NE(hash_of({}), hash_of({0}));
  EXPECT_NE(hash_of({0}), hash_of({0, 0}));
}

TEST(EventHash, TakesOctetsAsLittleEndianWordsBehindTheirNumber) {
  constexpr std::array<std::uint8_t, 10> kOctets = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  EventHash hash;
  hash.mix(kOctets);
  EXPECT_EQ(hash.value(), 0xf9d2cb58e9529d81U);
  EXPECT_EQ(hash.value(), hash_of({10, 0x0807060504030201, 0x0a09}));
}

TEST(EventHash, MayBeAskedBeforeTheEnd) {
  EventHash hash;
  hash.mix(1);
  EXPECT_EQ(hash.value(), hash_of({1}));
  hash.mix(2);
  EXPECT_EQ(hash.value(), hash_of({1, 2}));
}

}  // namespace
}  // namespace pond::sim
