#include "pond/wire/multihash.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/wire/varint.hpp"

namespace pond::wire {
namespace {

Errc error_of(std::string_view hex) {
  const Bytes bytes = *from_hex(hex);
  const auto multihash = decode_multihash(bytes);
  return multihash ? Errc::kInternal : multihash.error().code;
}

// multiformats/multihash, tests/values/test_cases.csv.
TEST(Multihash, PublishedVectorIsMade) {
  EXPECT_EQ(to_hex(sha2_256_multihash(as_bytes("431fb5d4c9b735ba1a34d0df045118806ae2336f2c"))),
            "1220ffb31f07aa15348368c90c73a834dbf9f8710365860fa0fd4ddce9ac2782cc17");
  EXPECT_EQ(to_hex(sha2_256_multihash(as_bytes("2d6db2d7882fa8b7d56e74b8e24036deb475de8c94"))),
            "12203afa34fba2f3572ac56d80f52002e8727dd95f17a2e7c9376a3147a96d3e78ac");
}

TEST(Multihash, PublishedVectorsAreTakenApart) {
  struct Vector {
    std::string_view hex;
    std::uint64_t code;
    std::size_t digest_size;
  };
  const Vector vectors[] = {
      {"110ae861e452cfd84dca9a17", 0x11, 10},
      {"1114e861e452cfd84dca9a176258c3d06e020a0c93d8", 0x11, 20},
      {"120affb31f07aa15348368c9", 0x12, 10},
      {"1214ffb31f07aa15348368c90c73a834dbf9f8710365", 0x12, 20},
      {"1220ffb31f07aa15348368c90c73a834dbf9f8710365860fa0fd4ddce9ac2782cc17", 0x12, 32},
      {"1320abffa1926b038a2f1833092d93859ba2ee56e07a86b158200fc7d4d5d1eaf350", 0x13, 32},
      {"1340abffa1926b038a2f1833092d93859ba2ee56e07a86b158200fc7d4d5d1eaf350b0f0e511ea6f5043a9f4a7c7886f93355652114709d"
       "7"
       "5b2db4c33741124fd4fe",
       0x13, 64},
  };
  for (const auto& vector : vectors) {
    const Bytes bytes = *from_hex(vector.hex);
    const auto multihash = decode_multihash(bytes);
    ASSERT_TRUE(multihash) << vector.hex;
    EXPECT_EQ(multihash->code, vector.code);
    EXPECT_EQ(multihash->digest.size(), vector.digest_size);
    EXPECT_EQ(multihash->digest.data(), bytes.data() + 2) << "the digest is a view";
  }
}

TEST(Multihash, IdentityHoldsTheDataItself) {
  const Bytes bytes = encode_multihash(MultihashCode::kIdentity, as_bytes("abc"));
  EXPECT_EQ(to_hex(bytes), "0003616263");
  const auto multihash = decode_multihash(bytes);
  ASSERT_TRUE(multihash);
  EXPECT_TRUE(multihash->is(MultihashCode::kIdentity));
  EXPECT_FALSE(multihash->is(MultihashCode::kSha2_256));
}

TEST(Multihash, CodesOfSeveralOctetsAreRead) {
  const Bytes bytes = *from_hex("a0e40203010203");  // blake2b-256, truncated
  const auto multihash = decode_multihash(bytes);
  ASSERT_TRUE(multihash);
  EXPECT_EQ(multihash->code, 0xb220u);
}

TEST(Multihash, ADigestOfAnotherLengthThanAnnouncedIsMalformed) {
  EXPECT_EQ(error_of("00036162"), Errc::kMalformed);
  EXPECT_EQ(error_of("000361626364"), Errc::kMalformed);
  EXPECT_EQ(error_of("1220"), Errc::kMalformed);
}

TEST(Multihash, VarintsThatAreCutShortOrNotMinimalAreMalformed) {
  for (const auto* hex : {"", "12", "80", "1280", "928000", "00830061"}) {
    EXPECT_EQ(error_of(hex), Errc::kMalformed) << hex;
  }
}

TEST(Multihash, TheDigestIsBounded) {
  EXPECT_TRUE(decode_multihash(encode_multihash(MultihashCode::kIdentity, Bytes(kMaxDigestBytes))));
  const auto longer = decode_multihash(encode_multihash(MultihashCode::kIdentity, Bytes(kMaxDigestBytes + 1)));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, Errc::kTooLarge);
}

TEST(Multihash, AnAnnouncedLengthAloneIsNotBelieved) {
  EXPECT_EQ(error_of("12ffffffffffffffff7f"), Errc::kTooLarge);
}

RC_GTEST_PROP(MultihashProperty, RandomOctetsNeverCrash, (const Bytes& random)) {
  const auto multihash = decode_multihash(random);
  if (multihash) {
    Bytes again;
    append_varint(again, multihash->code);
    append_varint(again, multihash->digest.size());
    append(again, multihash->digest);
    RC_ASSERT(again == random);
  }
}

}  // namespace
}  // namespace pond::wire
