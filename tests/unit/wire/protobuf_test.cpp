// The shared reader and writer of protobuf are private to the layer, hence the path.
#include "../../../src/wire/protobuf.hpp"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace pond::wire {
namespace {

bool well_formed(std::string_view hex) {
  return check_protobuf(*from_hex(hex)).has_value();
}

TEST(CheckProtobuf, AcceptsEveryLivingWireType) {
  EXPECT_TRUE(well_formed(""));
  EXPECT_TRUE(well_formed("0801"));
  EXPECT_TRUE(well_formed("090102030405060708"));
  EXPECT_TRUE(well_formed("0a03616263"));
  EXPECT_TRUE(well_formed("0d01020304"));
  EXPECT_TRUE(well_formed("0a00"));
}

TEST(CheckProtobuf, AcceptsTheLargestVarint) {
  EXPECT_TRUE(well_formed("08ffffffffffffffffff01"));
}

TEST(CheckProtobuf, RefusesVarintsBeyond64Bits) {
  EXPECT_FALSE(well_formed("08ffffffffffffffffff02"));
  EXPECT_FALSE(well_formed("08ffffffffffffffffffff01"));
}

TEST(CheckProtobuf, RefusesGroupsAndUnknownWireTypes) {
  for (const auto* hex : {"0b", "0c", "0e01", "0f01"}) {
    EXPECT_FALSE(well_formed(hex)) << hex;
  }
}

TEST(CheckProtobuf, RefusesFieldNumbersThatMayNotBeUsed) {
  EXPECT_FALSE(well_formed("0001"));
  EXPECT_FALSE(well_formed("c0a30901"));  // 19000
  EXPECT_TRUE(well_formed("c0e20901"));   // 20000
}

TEST(CheckProtobuf, RefusesATagBeyond32Bits) {
  EXPECT_FALSE(well_formed("888080801001"));
}

TEST(CheckProtobuf, RefusesValuesThatAreCutShort) {
  for (const auto* hex : {"08", "0880", "0901020304050607", "0a", "0a0461626", "0d010203", "0a80", "80"}) {
    const std::string even = std::string{hex}.size() % 2 == 0 ? hex : std::string{hex} + "0";
    EXPECT_FALSE(well_formed(even)) << hex;
  }
}

TEST(CheckProtobuf, RefusesALengthThatWrapsAround) {
  EXPECT_FALSE(well_formed("0affffffffffffffffff01"));
  EXPECT_FALSE(well_formed("0a8180808010ff"));  // 2^32 + 1: one octet follows
}

TEST(ParseProtobuf, VisitsTheFieldsInOrder) {
  std::vector<std::uint32_t> seen;
  const auto done = parse_protobuf(*from_hex("10010a0161780d"), [&](auto& field) {
    seen.push_back(field.tag());
    return skip_field(field);
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{2, 1, 15}));
}

TEST(ParseProtobuf, AnErrorOfTheVisitorEndsTheWalk) {
  int calls = 0;
  const auto done = parse_protobuf(*from_hex("08010802"), [&](auto&) -> Result<void> {
    ++calls;
    return fail(Errc::kProtocol, "enough");
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kProtocol);
  EXPECT_EQ(calls, 1);
}

TEST(ParseProtobuf, TheVisitorNeverSeesAMalformedMessage) {
  int calls = 0;
  const auto done = parse_protobuf(*from_hex("08010a05"), [&](auto& field) {
    ++calls;
    return skip_field(field);
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kMalformed);
  EXPECT_EQ(calls, 0);
}

TEST(ParseProtobuf, AFieldReadAsAnotherTypeIsMalformed) {
  const auto as_bytes_value = parse_protobuf(*from_hex("0801"), [&](auto& field) -> Result<void> {
    POND_TRY([[maybe_unused]] const auto value, bytes_field(field));
    return {};
  });
  ASSERT_FALSE(as_bytes_value);
  EXPECT_EQ(as_bytes_value.error().code, Errc::kMalformed);
  const auto as_integer = parse_protobuf(*from_hex("0a0161"), [&](auto& field) -> Result<void> {
    POND_TRY([[maybe_unused]] const auto value, varint_field(field));
    return {};
  });
  ASSERT_FALSE(as_integer);
  EXPECT_EQ(as_integer.error().code, Errc::kMalformed);
}

RC_GTEST_PROP(ProtobufProperty, WhatIsWrittenIsRead, (std::uint64_t number, const Bytes& text)) {
  Bytes message;
  append_varint_field(message, 1, number);
  append_bytes_field(message, 15, text);
  RC_ASSERT(message.size() == varint_field_size(number) + bytes_field_size(text.size()));

  std::uint64_t got_number = 0;
  Bytes got_text;
  const auto done = parse_protobuf(message, [&](auto& field) -> Result<void> {
    if (field.tag() == 1) {
      POND_TRY(got_number, varint_field(field));
      return {};
    }
    POND_TRY(const auto value, bytes_field(field));
    got_text = to_bytes(value);
    return {};
  });
  RC_ASSERT(done.has_value());
  RC_ASSERT(got_number == number);
  RC_ASSERT(got_text == text);
}

// The handler in parse_protobuf is only the second line: what the check accepts, protozero reads to the end.
RC_GTEST_PROP(ProtobufProperty, WhatPassesTheCheckDoesNotThrow, (const Bytes& random)) {
  if (check_protobuf(random)) {
    const std::string_view octets = as_text(random);
    protozero::pbf_reader reader{octets.data(), octets.size()};
    while (reader.next()) {
      reader.skip();
    }
  } else {
    RC_TAG("refused");
  }
}

}  // namespace
}  // namespace pond::wire
