#include "pond/base/bytes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace pond {
namespace {

TEST(Hex, IsLowercaseAndTwoDigitsAnOctet) {
  EXPECT_EQ(to_hex(Bytes{0x00, 0x0f, 0xa5, 0xff}), "000fa5ff");
}

TEST(Hex, OfNothingIsNothing) {
  EXPECT_EQ(to_hex({}), "");
  EXPECT_EQ(from_hex(""), Bytes{});
}

TEST(Hex, BothCasesAreRead) {
  EXPECT_EQ(from_hex("aBCdeF09"), (Bytes{0xab, 0xcd, 0xef, 0x09}));
}

TEST(Hex, AnOddNumberOfDigitsIsRefused) {
  EXPECT_EQ(from_hex("abc"), std::nullopt);
}

TEST(Hex, APrefixIsRefused) {
  EXPECT_EQ(from_hex("0x12"), std::nullopt);
}

TEST(Hex, EveryOtherOctetIsRefusedInBothPlaces) {
  for (int octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(octet);
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    EXPECT_EQ(from_hex(std::string{c, '0'}).has_value(), digit) << octet;
    EXPECT_EQ(from_hex(std::string{'0', c}).has_value(), digit) << octet;
  }
}

RC_GTEST_PROP(Hex, ReadsBack, (const Bytes& bytes)) {
  RC_ASSERT(from_hex(to_hex(bytes)) == bytes);
}

TEST(Bytes, TextAndOctetsAreTheSame) {
  const std::string text{"a\0b\xff", 4};
  EXPECT_EQ(to_bytes(text), (Bytes{'a', 0, 'b', 0xff}));
  EXPECT_EQ(to_string(to_bytes(text)), text);
  EXPECT_EQ(as_text(as_bytes(text)), text);
}

TEST(Bytes, AppendAddsBehind) {
  Bytes out = {1};
  append(out, Bytes{2, 3});
  append(out, {});
  EXPECT_EQ(out, (Bytes{1, 2, 3}));
}

TEST(Bytes, EqualComparesLengthAndContents) {
  EXPECT_TRUE(equal({}, {}));
  EXPECT_TRUE(equal(Bytes{1, 2}, Bytes{1, 2}));
  EXPECT_FALSE(equal(Bytes{1, 2}, Bytes{1, 3}));
  EXPECT_FALSE(equal(Bytes{1, 2}, Bytes{1, 2, 3}));
}

}  // namespace
}  // namespace pond
