#include "pond/upgrade/yamux_frame.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace pond::upgrade {
namespace {

std::span<const std::uint8_t, kYamuxHeaderBytes> header_of(const Bytes& bytes) {
  return BytesView{bytes}.first<kYamuxHeaderBytes>();
}

Bytes encoded(const YamuxHeader& header) {
  Bytes out;
  append_yamux_header(out, header);
  return out;
}

TEST(YamuxFrame, FieldsAreBigEndianInTheOrderOfTheSpecification) {
  const YamuxHeader header{
      .type = YamuxType::kWindowUpdate, .flags = kYamuxSyn, .stream = 0x01020304, .length = 0x0a0b0c0d};
  EXPECT_EQ(to_hex(encoded(header)), "00010001010203040a0b0c0d");
}

TEST(YamuxFrame, EveryTypeHasItsNumber) {
  EXPECT_EQ(encoded({.type = YamuxType::kData})[1], 0);
  EXPECT_EQ(encoded({.type = YamuxType::kWindowUpdate})[1], 1);
  EXPECT_EQ(encoded({.type = YamuxType::kPing})[1], 2);
  EXPECT_EQ(encoded({.type = YamuxType::kGoAway})[1], 3);
}

TEST(YamuxFrame, EveryFlagHasItsBit) {
  const Bytes bytes = encoded({.flags = kYamuxSyn | kYamuxAck | kYamuxFin | kYamuxRst});
  EXPECT_EQ(bytes[2], 0x00);
  EXPECT_EQ(bytes[3], 0x0f);
  const YamuxHeader back = decode_yamux_header(header_of(encoded({.flags = kYamuxFin}))).value();
  EXPECT_TRUE(back.has(kYamuxFin));
  EXPECT_FALSE(back.has(kYamuxSyn));
  EXPECT_FALSE(back.has(kYamuxAck));
  EXPECT_FALSE(back.has(kYamuxRst));
}

TEST(YamuxFrame, AnotherVersionIsUnsupported) {
  Bytes bytes = encoded({});
  bytes[0] = 1;
  EXPECT_EQ(decode_yamux_header(header_of(bytes)).error().code, Errc::kUnsupported);
}

TEST(YamuxFrame, AnUnknownTypeIsMalformed) {
  Bytes bytes = encoded({});
  bytes[1] = 4;
  EXPECT_EQ(decode_yamux_header(header_of(bytes)).error().code, Errc::kMalformed);
}

TEST(YamuxFrame, UnknownFlagsAreKept) {
  EXPECT_EQ(decode_yamux_header(header_of(encoded({.flags = 0xff10}))).value().flags, 0xff10);
}

RC_GTEST_PROP(YamuxFrame, WhatWasEncodedIsDecoded, (std::uint16_t flags, std::uint32_t stream, std::uint32_t length)) {
  const YamuxHeader header{
      .type = static_cast<YamuxType>(*rc::gen::inRange<int>(0, 4)), .flags = flags, .stream = stream, .length = length};
  RC_ASSERT(decode_yamux_header(header_of(encoded(header))).value() == header);
}

}  // namespace
}  // namespace pond::upgrade
