#include "pond/kad/records/json.hpp"

#include <array>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

namespace pond::kad {
namespace {

constexpr std::array<std::string_view, 6> kWanted{"a", "b", "s", "l", "x", ""};

Result<JsonObject> read(std::string_view text) {
  return JsonObject::read(as_bytes(text), kWanted);
}

bool reads(std::string_view text) {
  return read(text).has_value();
}

TEST(RecordJson, AnEmptyObject) {
  EXPECT_TRUE(reads("{}"));
}

TEST(RecordJson, AnythingButAnObjectIsRefused) {
  for (const std::string_view text : {"", "[]", "1", "\"a\"", "null", " {}", "\xef\xbb\xbf{}"}) {
    EXPECT_FALSE(reads(text)) << text;
  }
}

TEST(RecordJson, WhiteSpaceInsideAndAfterIsJson) {
  EXPECT_TRUE(reads("{ \"a\" :\t1 ,\r\n\"b\": [ ] }\n "));
}

TEST(RecordJson, AnythingAfterTheObjectIsRefused) {
  EXPECT_FALSE(reads("{}{}"));
  EXPECT_FALSE(reads("{} x"));
  EXPECT_FALSE(reads(std::string_view{"{}\0", 3}));
  EXPECT_FALSE(reads(std::string_view{"{}\0{}", 5}));
}

TEST(RecordJson, NamesAndStringsAreUnescaped) {
  const auto object = read(R"({"b":"\u0041\n","\u0061":7})");
  ASSERT_TRUE(object);
  EXPECT_EQ(*object->string("b"), "A\n");
  EXPECT_EQ(object->integer("a"), 7);
}

TEST(RecordJson, OnlyWantedMembersAreKeptButAllAreChecked) {
  const auto object = read(R"({"a":1,"unwanted":2,"other":["x"]})");
  ASSERT_TRUE(object);
  EXPECT_TRUE(object->has("a"));
  EXPECT_FALSE(object->has("unwanted"));
  EXPECT_FALSE(reads(R"({"a":1,"unwanted":2,"unwanted":3})"));
}

TEST(RecordJson, AnUnwantedArrayDoesNotSpillIntoAWantedMember) {
  const auto object = read(R"({"a":[],"unwanted":["x"],"b":"y","other":"z"})");
  ASSERT_TRUE(object);
  EXPECT_TRUE(object->strings("a")->empty());
  EXPECT_EQ(*object->string("b"), "y");
}

TEST(RecordJson, AMemberOfAnotherTypeIsNotFoundAsThatType) {
  const auto object = read(R"({"a":1,"s":"x","l":["x"]})");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->string("a"), nullptr);
  EXPECT_EQ(object->integer("s"), std::nullopt);
  EXPECT_EQ(object->strings("s"), nullptr);
  EXPECT_EQ(object->string("l"), nullptr);
  EXPECT_EQ(object->integer("none"), std::nullopt);
}

TEST(RecordJson, IntegersAreWrittenPlainlyAndBelow2To53) {
  const auto integer = [](std::string_view literal) {
    const auto object = read("{\"a\":" + std::string{literal} + "}");
    return object ? object->integer("a") : std::nullopt;
  };
  EXPECT_EQ(integer("0"), 0);
  EXPECT_EQ(integer("9007199254740991"), 9007199254740991);
  for (const std::string_view other : {"9007199254740992", "18446744073709551615", "18446744073709551616", "-1", "-0",
                                       "1.0", "1e0", "1E2", "\"1\"", "true", "[1]"}) {
    EXPECT_EQ(integer(other), std::nullopt) << other;
    EXPECT_TRUE(reads("{\"a\":" + std::string{other} + "}")) << other;
  }
}

TEST(RecordJson, AnArrayOfStringsHoldsNothingElse) {
  const auto strings = [](std::string_view array) {
    const auto object = read("{\"a\":" + std::string{array} + "}");
    const auto* found = object ? object->strings("a") : nullptr;
    return found != nullptr ? std::optional{*found} : std::nullopt;
  };
  EXPECT_EQ(strings("[]"), std::vector<std::string>{});
  EXPECT_EQ(strings(R"(["x","\u0079"])"), (std::vector<std::string>{"x", "y"}));
  for (const std::string_view other : {R"(["x",1])", R"([null,"x"])", R"([["x"]])", R"(["x",{}])", R"(["x",[]])",
                                       R"([{"y":"x"},"z"])", R"({"b":"x"})"}) {
    EXPECT_EQ(strings(other), std::nullopt) << other;
  }
}

TEST(RecordJson, StringsAfterAnArrayBelongToThemselves) {
  const auto object = read(R"({"a":["x"],"b":"y","c":{"d":"z"}})");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->strings("a")->size(), 1U);
  EXPECT_EQ(*object->string("b"), "y");
}

TEST(RecordJson, NamesMustDifferInOneObjectOnly) {
  EXPECT_TRUE(reads(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})"));
  EXPECT_FALSE(reads(R"({"a":1,"a":1})"));
  EXPECT_FALSE(reads(R"({"x":{"a":1,"b":1,"a":1}})"));
  EXPECT_FALSE(reads(R"({"x":[1,[{"a":1,"\u0061":1}]]})"));
  EXPECT_FALSE(reads(R"({"é":1,"\u00e9":1})"));
}

TEST(RecordJson, NestingIsBoundedAt8) {
  const auto nested = [](std::size_t depth, char open, char close) {
    std::string text = "{\"a\":";
    for (std::size_t i = 1; i < depth; ++i) {
      text += open;
      text += open == '{' ? "\"a\":" : "";
    }
    text += "1";
    return text + std::string(depth - 1, close) + "}";
  };
  EXPECT_TRUE(reads(nested(8, '[', ']')));
  EXPECT_TRUE(reads(nested(8, '{', '}')));
  EXPECT_FALSE(reads(nested(9, '[', ']')));
  EXPECT_FALSE(reads(nested(9, '{', '}')));
  EXPECT_FALSE(reads("{\"a\":" + std::string(100'000, '[')));
}

TEST(RecordJson, NumbersBeyondDoubleAreRefusedAnywhere) {
  EXPECT_TRUE(reads(R"({"a":1.7976931348623157e308})"));
  EXPECT_FALSE(reads(R"({"a":1.8e308})"));
  EXPECT_FALSE(reads(R"({"a":[{"b":-1e999}]})"));
}

TEST(RecordJson, LoneSurrogatesAreRefusedAnywhere) {
  EXPECT_TRUE(reads(R"({"a":"\ud83e\udd9c"})"));
  for (const std::string_view text : {R"({"a":"\ud83e"})", R"({"a":"\udd9c"})", R"({"a":["\ud83e\u0041"]})",
                                      R"({"\ud83e":1})", R"({"a":"\ud83ex\udd9c"})", R"({"a":"\udd9c\ud83e"})"}) {
    EXPECT_FALSE(reads(text)) << text;
  }
}

TEST(RecordJson, Utf8IsStrict) {
  EXPECT_TRUE(reads("{\"a\":\"\xf0\x9f\xa6\x9c\"}"));
  for (const std::string_view octets : {"\xff", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    EXPECT_FALSE(reads("{\"a\":\"" + std::string{octets} + "\"}"));
    EXPECT_FALSE(reads("{\"" + std::string{octets} + "\":1}"));
  }
}

TEST(RecordJson, RawControlCharactersAreRefused) {
  for (char c = 0; c < ' '; ++c) {
    EXPECT_FALSE(reads("{\"a\":\"" + std::string(1, c) + "\"}")) << static_cast<int>(c);
  }
}

TEST(RecordJson, StringifyEscapes) {
  std::string out;
  append_json_string(out, std::string_view{"\"\\/\b\f\n\r\t\0\x1f\x7f\xe2\x80\xa8", 14});
  EXPECT_EQ(out, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\xe2\x80\xa8\"");
}

RC_GTEST_PROP(RecordJsonProperty, StringsSurviveWritingAndReading, (const std::string& text)) {
  std::string ascii;
  for (const char c : text) {
    ascii += static_cast<char>(c & 0x7f);
  }
  std::string json = "{\"a\":";
  append_json_string(json, ascii);
  json += '}';
  const auto object = read(json);
  RC_ASSERT(object.has_value());
  RC_ASSERT(*object->string("a") == ascii);
}

RC_GTEST_PROP(RecordJsonProperty, WhatIsReadIsJsonToAnotherReader, (const std::vector<std::uint8_t>& noise)) {
  // Shapes that are near enough to JSON to pass now and then.
  constexpr std::string_view kPieces[] = {"{", "}", "[",  "]",   "\"a\"", "\"b\"", ":",
                                          ",", "1", "-0", "1e9", "null",  " "};
  std::string text = "{";
  for (const std::uint8_t n : noise) {
    text += kPieces[n % std::size(kPieces)];
  }
  text += "}";
  if (reads(text)) {
    RC_ASSERT(nlohmann::json::accept(text));
  }
}

}  // namespace
}  // namespace pond::kad
