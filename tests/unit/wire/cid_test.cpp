#include "pond/wire/cid.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace pond::wire {
namespace {

constexpr std::string_view kV0 = "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n";
constexpr std::string_view kV1 = "bafkreie5qrjvaw64n4tjm6hbnm7fnqvcssfed4whsjqxzslbd3jwhsk3mm";
constexpr std::string_view kV1Hex = "015512209d8453505bdc6f269678e16b3e56c2a2948a41f2c792617cc9611ed363c95b63";

Errc error_of(std::string_view text) {
  const auto cid = Cid::parse(text);
  return cid ? Errc::kInternal : cid.error().code;
}

// go-cid's test of reading hexadecimal.
TEST(Cid, HexAndBase32AreTheSameCid) {
  const auto cid = Cid::parse("f" + std::string{kV1Hex});
  ASSERT_TRUE(cid);
  EXPECT_EQ(cid->to_string(), kV1);
  EXPECT_EQ(to_hex(cid->bytes()), kV1Hex);
  EXPECT_EQ(cid, Cid::parse(kV1));
}

TEST(Cid, ItsPartsAreSeen) {
  const auto cid = Cid::parse(kV1);
  ASSERT_TRUE(cid);
  EXPECT_EQ(cid->version(), 1u);
  EXPECT_EQ(cid->codec(), Multicodec::kRaw);
  EXPECT_EQ(to_hex(cid->multihash()), kV1Hex.substr(4));
}

// The example of multiformats/cid: base58btc, version 1, raw, sha2-256 6e6ff795...
TEST(Cid, TheExampleOfTheSpecificationIsTakenApart) {
  const auto cid = Cid::parse("zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA");
  ASSERT_TRUE(cid);
  EXPECT_EQ(cid->version(), 1u);
  EXPECT_EQ(cid->codec(), Multicodec::kRaw);
  EXPECT_EQ(to_hex(cid->multihash()), "12206e6ff7950a36187a801613426e858dce686cd7d7e3c0fc42ee0330072d245c95");
}

TEST(Cid, Version0IsABareMultihash) {
  const auto cid = Cid::parse(kV0);
  ASSERT_TRUE(cid);
  EXPECT_EQ(cid->version(), 0u);
  EXPECT_EQ(cid->codec(), Multicodec::kDagPb);
  EXPECT_EQ(cid->bytes().size(), 34u);
  EXPECT_TRUE(equal(cid->bytes(), cid->multihash()));
  EXPECT_EQ(cid->to_string(), kV0);
  EXPECT_EQ(cid->to_string(Multibase::kBase16), kV0) << "version 0 has one text form";
}

TEST(Cid, Version0AndVersion1OfTheSameContentDiffer) {
  const auto v0 = Cid::parse(kV0);
  const auto v1 = Cid::v1(Multicodec::kDagPb, v0->multihash());
  ASSERT_TRUE(v1);
  EXPECT_NE(*v0, *v1);
  EXPECT_TRUE(equal(v0->multihash(), v1->multihash()));
}

TEST(Cid, MadeOfAKeyItIsWhatJsProvides) {
  const auto cid = Cid::v1(Multicodec::kRaw, sha2_256_multihash(as_bytes("foo")));
  ASSERT_TRUE(cid);
  EXPECT_EQ(cid->to_string(), "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy");
}

TEST(Cid, EveryMultibaseIsReadAndWritten) {
  const auto cid = Cid::parse(kV1);
  for (const char base : {'f', 'F', 'b', 'B', 'k', 'K', 'z', 'm', 'M', 'u', 'U'}) {
    const std::string text = cid->to_string(static_cast<Multibase>(base));
    EXPECT_EQ(text.front(), base);
    EXPECT_EQ(Cid::parse(text), cid) << text;
  }
}

TEST(Cid, AnIdentityCidOfTextIsRead) {
  EXPECT_TRUE(
      Cid::parse("bafkqarjpmzuwyzltorxxezjpkvcfgqkfjfbfcvslivje2vchkzdu6rckjjcfgtkolaze6mssjqzeyn2ekrcfatkjku2vowse"
                 "ky3fswkfkm2deqkrju3e2"));
}

TEST(Cid, Version0InsideAMultibaseIsMalformed) {
  EXPECT_EQ(error_of("z" + std::string{kV0}), Errc::kMalformed);
  EXPECT_EQ(error_of("f1220" + std::string(64, 'a')), Errc::kMalformed);
}

TEST(Cid, Version0WithAnotherHashIsMalformed) {
  EXPECT_EQ(Cid::v0(*from_hex("1114" + std::string(40, 'a'))).error().code, Errc::kMalformed);
  EXPECT_EQ(Cid::v0(*from_hex("1214" + std::string(40, 'a'))).error().code, Errc::kMalformed);
}

TEST(Cid, OtherVersionsAreUnsupported) {
  EXPECT_EQ(error_of("f0055" + std::string{kV1Hex.substr(4)}), Errc::kUnsupported);
  EXPECT_EQ(error_of("f0255" + std::string{kV1Hex.substr(4)}), Errc::kUnsupported);
}

TEST(Cid, TextThatIsNoCidIsRefused) {
  for (const auto* text : {"", "b", "f01", "f0155", "bafyInvalid", "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zIII",
                           "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1", "hello"}) {
    EXPECT_FALSE(Cid::parse(text)) << text;
  }
}

TEST(Cid, OctetsBehindTheMultihashAreRefused) {
  EXPECT_FALSE(Cid::from_bytes(*from_hex(std::string{kV1Hex} + "00")));
  const Bytes whole = *from_hex(kV1Hex);
  EXPECT_FALSE(Cid::from_bytes(BytesView{whole}.first(35)));
}

TEST(Cid, OverlongInputIsRefusedUnread) {
  EXPECT_EQ(error_of("b" + std::string(Cid::kMaxText, 'a')), Errc::kTooLarge);
  EXPECT_EQ(Cid::from_bytes(Bytes(Cid::kMaxBytes + 1)).error().code, Errc::kTooLarge);
}

TEST(Cid, TheLongestFitsItsBounds) {
  const auto cid = Cid::v1(static_cast<Multicodec>((std::uint64_t{1} << 63) - 1),
                           encode_multihash(MultihashCode::kIdentity, Bytes(kMaxDigestBytes, 0xff)));
  ASSERT_TRUE(cid);
  EXPECT_EQ(Cid::from_bytes(cid->bytes()), cid);
  EXPECT_EQ(Cid::parse(cid->to_string(Multibase::kBase16)), cid);
}

RC_GTEST_PROP(CidProperty, RandomOctetsNeverCrash, (const Bytes& random)) {
  const auto cid = Cid::from_bytes(random);
  RC_ASSERT((!cid || equal(cid->bytes(), random)));
}

RC_GTEST_PROP(CidProperty, BothFormsRoundTrip, ()) {
  const auto codec = *rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 62);
  const auto digest = *rc::gen::container<Bytes>(*rc::gen::inRange<std::size_t>(0, kMaxDigestBytes + 1),
                                                 rc::gen::arbitrary<std::uint8_t>());
  const auto cid = Cid::v1(static_cast<Multicodec>(codec), encode_multihash(MultihashCode::kIdentity, digest));
  RC_ASSERT(cid.has_value());
  RC_ASSERT((Cid::from_bytes(cid->bytes()) == cid));
  RC_ASSERT((Cid::parse(cid->to_string()) == cid));
}

}  // namespace
}  // namespace pond::wire
