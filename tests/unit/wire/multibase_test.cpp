#include "pond/wire/multibase.hpp"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace pond::wire {
namespace {

constexpr Multibase kAllBases[] = {
    Multibase::kBase16,    Multibase::kBase16Upper, Multibase::kBase32,       Multibase::kBase32Upper,
    Multibase::kBase36,    Multibase::kBase36Upper, Multibase::kBase58Btc,    Multibase::kBase64,
    Multibase::kBase64Pad, Multibase::kBase64Url,   Multibase::kBase64UrlPad,
};

// multiformats/multibase, tests/*.csv: one text an encoding, for the same octets.
void expect_vectors(std::string_view data, const std::vector<std::string_view>& texts) {
  for (const auto text : texts) {
    const auto value = multibase_decode(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(to_string(value->data), data) << text;
    EXPECT_EQ(static_cast<char>(value->base), text.front());
    const auto written = multibase_encode(value->base, as_bytes(data));
    ASSERT_TRUE(written) << text;
    EXPECT_EQ(*written, text);
  }
}

TEST(Multibase, BasicVectors) {
  expect_vectors("yes mani !", {"f796573206d616e692021", "F796573206D616E692021", "bpfsxgidnmfxgsibb",
                                "BPFSXGIDNMFXGSIBB", "k2lcpzo5yikidynfl", "K2LCPZO5YIKIDYNFL", "z7paNL19xttacUY",
                                "meWVzIG1hbmkgIQ", "MeWVzIG1hbmkgIQ==", "ueWVzIG1hbmkgIQ", "UeWVzIG1hbmkgIQ=="});
}

TEST(Multibase, VectorsWithALeadingZero) {
  expect_vectors(std::string_view{"\0yes mani !", 11},
                 {"f00796573206d616e692021", "F00796573206D616E692021", "bab4wk4zanvqw42jaee", "BAB4WK4ZANVQW42JAEE",
                  "k02lcpzo5yikidynfl", "K02LCPZO5YIKIDYNFL", "z17paNL19xttacUY", "mAHllcyBtYW5pICE",
                  "MAHllcyBtYW5pICE=", "uAHllcyBtYW5pICE", "UAHllcyBtYW5pICE="});
}

TEST(Multibase, VectorsWithTwoLeadingZeros) {
  expect_vectors(std::string_view{"\0\0yes mani !", 12},
                 {"f0000796573206d616e692021", "F0000796573206D616E692021", "baaahszltebwwc3tjeaqq",
                  "BAAAHSZLTEBWWC3TJEAQQ", "k002lcpzo5yikidynfl", "K002LCPZO5YIKIDYNFL", "z117paNL19xttacUY",
                  "mAAB5ZXMgbWFuaSAh", "MAAB5ZXMgbWFuaSAh", "uAAB5ZXMgbWFuaSAh", "UAAB5ZXMgbWFuaSAh"});
}

TEST(Multibase, LettersOfEitherCaseAreReadWhereCaseMeansNothing) {
  for (const auto* text : {"f68656c6c6f20776F726C64", "F68656c6c6f20776F726C64", "bnbswy3dpeB3W64TMMQ",
                           "Bnbswy3dpeB3W64TMMQ", "kfUvrsIvVnfRbjWaJo", "KfUVrSIVVnFRbJWAJo"}) {
    const auto value = multibase_decode(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(to_string(value->data), "hello world") << text;
  }
}

TEST(Multibase, NothingIsEmptyInEveryEncoding) {
  for (const auto base : kAllBases) {
    EXPECT_EQ(*multibase_encode(base, {}), std::string(1, static_cast<char>(base)));
    EXPECT_TRUE(multibase_decode(std::string(1, static_cast<char>(base)))->data.empty());
  }
}

TEST(Multibase, AnEmptyTextIsMalformed) {
  EXPECT_EQ(multibase_decode("").error().code, Errc::kMalformed);
}

TEST(Multibase, OtherEncodingsAreUnsupported) {
  for (const auto* text :
       {"0001", "7362625631006654133464440102", "9573277761329450583662625", "Z7Pznk19XTTzBtx", "?", " "}) {
    const auto value = multibase_decode(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, Errc::kUnsupported) << text;
  }
}

TEST(Multibase, OtherCharactersAreMalformed) {
  for (const auto* text : {"f0g", "b1a", "bpfsxgidnmfxgsibb=", "z0OIl", "k-", "meW+_", "ueW+/", "meWVz IG1",
                           "z7paNL19xttacUY\n", "f 00", "k2lcpzo5yikidynfl!"}) {
    const auto value = multibase_decode(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, Errc::kMalformed) << text;
  }
}

TEST(Multibase, DigitsThatGiveNoWholeOctetsAreMalformed) {
  for (const auto* text : {"f0", "f000", "ba", "baaa", "baaaaaa", "mA", "uAAAAA"}) {
    EXPECT_FALSE(multibase_decode(text)) << text;
  }
}

TEST(Multibase, TrailingBitsThatAreNotZeroAreMalformed) {
  EXPECT_TRUE(multibase_decode("baa"));
  EXPECT_FALSE(multibase_decode("bab"));
  EXPECT_TRUE(multibase_decode("mAA"));
  EXPECT_FALSE(multibase_decode("mAB"));
  EXPECT_TRUE(multibase_decode("mAAA"));
  EXPECT_FALSE(multibase_decode("mAAB"));
  EXPECT_FALSE(multibase_decode("MAB=="));
}

TEST(Multibase, PaddingIsExactlyAsTheEncodingHasIt) {
  for (const auto* text : {"MeWVzIG1hbmkgIQ", "MeWVzIG1hbmkgIQ=", "MeWVzIG1hbmkgIQ===", "M====", "M=", "MAA=A",
                           "MA===", "MAAAA====", "MAAA=AAAA", "meWVzIG1hbmkgIQ=="}) {
    EXPECT_FALSE(multibase_decode(text)) << text;
  }
}

TEST(Multibase, TheQuadraticEncodingsAreBounded) {
  for (const auto base : {Multibase::kBase36, Multibase::kBase58Btc}) {
    const Bytes most(kMaxRadixBytes, 0xff);
    const auto text = multibase_encode(base, most);
    ASSERT_TRUE(text);
    EXPECT_EQ(multibase_decode(*text)->data, most);

    const Bytes more(kMaxRadixBytes + 1, 0xff);
    EXPECT_EQ(multibase_encode(base, more).error().code, Errc::kTooLarge);
    EXPECT_EQ(multibase_decode(*text + "11111").error().code, Errc::kTooLarge);
    EXPECT_EQ(multibase_decode(*text + std::string(1'000'000, '1')).error().code, Errc::kTooLarge);
  }
}

TEST(Multibase, LeadingZerosCountTowardsTheBound) {
  EXPECT_TRUE(multibase_decode("z" + std::string(kMaxRadixBytes, '1')));
  EXPECT_EQ(multibase_decode("z" + std::string(kMaxRadixBytes + 1, '1')).error().code, Errc::kTooLarge);
}

TEST(Multibase, TheLinearEncodingsAreBounded) {
  const Bytes most(kMaxMultibaseBytes, 0x5a);
  const auto text = multibase_encode(Multibase::kBase64, most);
  ASSERT_TRUE(text);
  EXPECT_EQ(multibase_decode(*text)->data, most);
  EXPECT_EQ(multibase_encode(Multibase::kBase64, Bytes(kMaxMultibaseBytes + 1)).error().code, Errc::kTooLarge);
  EXPECT_EQ(multibase_decode(*text + "AAAA").error().code, Errc::kTooLarge);
}

TEST(Base64, VectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [data, text] : vectors) {
    EXPECT_EQ(base64_encode(as_bytes(data)), text);
    EXPECT_EQ(to_string(*base64_decode(text)), data);
  }
}

TEST(Base64, WhatIsNotCanonicalIsMalformed) {
  for (const auto* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm-v", "=", "===="}) {
    const auto data = base64_decode(text);
    ASSERT_FALSE(data) << text;
    EXPECT_EQ(data.error().code, Errc::kMalformed);
  }
}

RC_GTEST_PROP(MultibaseProperty, WhatIsWrittenIsRead, (const Bytes& data)) {
  for (const auto base : kAllBases) {
    const auto text = multibase_encode(base, data);
    RC_ASSERT(text.has_value());
    const auto value = multibase_decode(*text);
    RC_ASSERT(value.has_value());
    RC_ASSERT(value->data == data);
    RC_ASSERT(value->base == base);
  }
}

// Base58 against the definition: long division of one big number, octet by octet.
std::string schoolbook_base58(Bytes number) {
  constexpr std::string_view kDigits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  std::string text;
  std::size_t start = 0;
  while (start < number.size() && number[start] == 0) {
    text.push_back('1');
    ++start;
  }
  std::string digits;
  while (start < number.size()) {
    unsigned remainder = 0;
    for (std::size_t i = start; i < number.size(); ++i) {
      remainder = remainder * 256 + number[i];
      number[i] = static_cast<std::uint8_t>(remainder / 58);
      remainder %= 58;
    }
    digits.insert(digits.begin(), kDigits[remainder]);
    while (start < number.size() && number[start] == 0) {
      ++start;
    }
  }
  return text + digits;
}

RC_GTEST_PROP(MultibaseProperty, Base58AgreesWithLongDivision, (const Bytes& data)) {
  RC_ASSERT(*base_encode(Multibase::kBase58Btc, data) == schoolbook_base58(data));
}

RC_GTEST_PROP(MultibaseProperty, EveryTextHasOneMeaningAndEveryMeaningOneText, (std::string text)) {
  // Case-sensitive encodings only: there, whatever is read must be what would have been written.
  for (const char prefix : {'z', 'm', 'M', 'u', 'U'}) {
    const auto value = multibase_decode(prefix + text);
    if (value) {
      RC_ASSERT(*multibase_encode(value->base, value->data) == prefix + text);
    }
  }
}

RC_GTEST_PROP(MultibaseProperty, DigitsOfTheAlphabetAreReadCanonically, ()) {
  const auto digits = *rc::gen::container<std::string>(rc::gen::elementOf(std::string{"ABCDwxyz0189"}));
  for (const char prefix : {'m', 'u', 'b', 'f', 'z', 'k'}) {
    const auto value = multibase_decode(prefix + digits);
    if (value && (prefix == 'm' || prefix == 'u' || prefix == 'z')) {
      RC_ASSERT(*multibase_encode(value->base, value->data) == prefix + digits);
    }
  }
}

}  // namespace
}  // namespace pond::wire
