#include "pond/wire/varint.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace pond::wire {
namespace {

struct Vector {
  std::uint64_t value;
  std::string_view hex;
};

// multiformats/unsigned-varint, and the edges of the range.
constexpr Vector kVectors[] = {
    {0, "00"},
    {1, "01"},
    {127, "7f"},
    {128, "8001"},
    {255, "ff01"},
    {300, "ac02"},
    {16384, "808001"},
    {(std::uint64_t{1} << 56) - 1, "ffffffffffffff7f"},
    {std::uint64_t{1} << 56, "808080808080808001"},
    {(std::uint64_t{1} << 63) - 1, "ffffffffffffffff7f"},
};

Bytes encoded(std::uint64_t value) {
  Bytes out;
  append_varint(out, value);
  return out;
}

TEST(Varint, PublishedVectorsAreWritten) {
  for (const auto& vector : kVectors) {
    EXPECT_EQ(to_hex(encoded(vector.value)), vector.hex);
    EXPECT_EQ(varint_size(vector.value), vector.hex.size() / 2);
  }
}

TEST(Varint, PublishedVectorsAreRead) {
  for (const auto& vector : kVectors) {
    const auto read = read_whole_varint(*from_hex(vector.hex));
    ASSERT_TRUE(read) << vector.hex;
    EXPECT_EQ(read->value, vector.value);
    EXPECT_EQ(read->size, vector.hex.size() / 2);
  }
}

TEST(Varint, OctetsBehindItAreLeftAlone) {
  const auto read = read_varint(*from_hex("ac02ffff"));
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->value, 300u);
  EXPECT_EQ((*read)->size, 2u);
}

TEST(Varint, OneThatIsCutShortAsksForMore) {
  for (const auto* hex : {"", "80", "ffff", "ffffffffffffffff"}) {
    const auto read = read_varint(*from_hex(hex));
    ASSERT_TRUE(read) << hex;
    EXPECT_FALSE(*read) << hex;
  }
}

TEST(Varint, OneThatIsCutShortIsMalformedWhenItMustBeWhole) {
  for (const auto* hex : {"", "80", "ffff"}) {
    const auto read = read_whole_varint(*from_hex(hex));
    ASSERT_FALSE(read) << hex;
    EXPECT_EQ(read.error().code, Errc::kMalformed);
  }
}

TEST(Varint, OneOfTenOctetsIsMalformedBeforeItEnds) {
  for (const auto* hex : {"80808080808080808001", "ffffffffffffffffff", "ffffffffffffffffffff01"}) {
    const auto read = read_varint(*from_hex(hex));
    ASSERT_FALSE(read) << hex;
    EXPECT_EQ(read.error().code, Errc::kMalformed);
  }
}

TEST(Varint, OneThatIsNotMinimalIsMalformed) {
  for (const auto* hex : {"8000", "818000", "ff00", "8080808080808000"}) {
    const auto read = read_varint(*from_hex(hex));
    ASSERT_FALSE(read) << hex;
    EXPECT_EQ(read.error().code, Errc::kMalformed);
  }
}

RC_GTEST_PROP(VarintProperty, WhatIsWrittenIsRead, (std::uint64_t random, std::uint8_t shift)) {
  const std::uint64_t value = (random >> 1) >> (shift % 63);
  const Bytes bytes = encoded(value);
  RC_ASSERT(bytes.size() == varint_size(value));
  const auto read = read_whole_varint(bytes);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->value == value);
  RC_ASSERT(read->size == bytes.size());
}

RC_GTEST_PROP(VarintProperty, WhatIsReadIsWrittenTheSame, (const Bytes& random)) {
  const auto read = read_whole_varint(random);
  if (read) {
    RC_ASSERT(equal(encoded(read->value), BytesView{random}.first(read->size)));
  }
}

}  // namespace
}  // namespace pond::wire
