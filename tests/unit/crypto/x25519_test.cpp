#include "pond/crypto/x25519.hpp"

#include <array>
#include <string_view>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "hex.hpp"

namespace pond::crypto {
namespace {

using test::digest;

constexpr std::string_view kAliceSecret = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
constexpr std::string_view kAlicePublic = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
constexpr std::string_view kBobSecret = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
constexpr std::string_view kBobPublic = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
constexpr std::string_view kShared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

// RFC 7748, section 5.2.

TEST(X25519, Rfc7748FirstVector) {
  const auto shared = x25519(digest("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                             digest("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"));
  ASSERT_TRUE(shared);
  EXPECT_EQ(to_hex(*shared), "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
}

TEST(X25519, Rfc7748SecondVectorIgnoresTheTopBitOfThePoint) {
  const auto shared = x25519(digest("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
                             digest("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"));
  ASSERT_TRUE(shared);
  EXPECT_EQ(to_hex(*shared), "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

/// `count` rounds in which the scalar becomes the next point and the result the next scalar.
Digest iterate(int count) {
  Digest scalar{9};
  Digest point{9};
  for (int i = 0; i < count; ++i) {
    const Digest result = x25519(scalar, point).value();
    point = scalar;
    scalar = result;
  }
  return scalar;
}

TEST(X25519, Rfc7748OneIteration) {
  EXPECT_EQ(to_hex(iterate(1)), "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
}

TEST(X25519, Rfc7748ThousandIterations) {
  EXPECT_EQ(to_hex(iterate(1000)), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

// RFC 7748, section 6.1.

TEST(X25519, PublicKeysOfTheRfcsSecrets) {
  EXPECT_EQ(to_hex(X25519KeyPair::from_secret(digest(kAliceSecret)).public_key), kAlicePublic);
  EXPECT_EQ(to_hex(X25519KeyPair::from_secret(digest(kBobSecret)).public_key), kBobPublic);
}

TEST(X25519, FromSecretKeepsTheSecretAsItIs) {
  EXPECT_EQ(X25519KeyPair::from_secret(digest(kAliceSecret)).secret, digest(kAliceSecret));
}

TEST(X25519, BothSidesOfTheRfcsExchangeAgree) {
  const auto alice = x25519(digest(kAliceSecret), digest(kBobPublic));
  const auto bob = x25519(digest(kBobSecret), digest(kAlicePublic));
  ASSERT_TRUE(alice && bob);
  EXPECT_EQ(to_hex(*alice), kShared);
  EXPECT_EQ(*alice, *bob);
}

RC_GTEST_PROP(X25519, GeneratedPairsAgree, (std::uint64_t seed)) {
  SeededRng rng{seed};
  const X25519KeyPair a = X25519KeyPair::generate(rng);
  const X25519KeyPair b = X25519KeyPair::generate(rng);
  const auto shared = x25519(a.secret, b.public_key);
  RC_ASSERT(shared.has_value());
  RC_ASSERT(*shared == x25519(b.secret, a.public_key).value());
}

TEST(X25519, TheSameRandomnessGivesTheSamePair) {
  SeededRng first{42};
  SeededRng second{42};
  EXPECT_EQ(X25519KeyPair::generate(first).public_key, X25519KeyPair::generate(second).public_key);
}

class LowOrderPoint : public testing::TestWithParam<std::string_view> {};

TEST_P(LowOrderPoint, IsRefused) {
  const auto shared = x25519(digest(kAliceSecret), digest(GetParam()));
  ASSERT_FALSE(shared);
  EXPECT_EQ(shared.error().code, Errc::kProtocol);
}

TEST_P(LowOrderPoint, IsRefusedWithItsTopBitSet) {
  Digest point = digest(GetParam());
  point.back() |= 0x80;
  EXPECT_FALSE(x25519(digest(kAliceSecret), point));
}

INSTANTIATE_TEST_SUITE_P(X25519, LowOrderPoint,
                         testing::Values("0000000000000000000000000000000000000000000000000000000000000000",
                                         "0100000000000000000000000000000000000000000000000000000000000000",
                                         "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                                         "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                                         "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                         "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                         "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"));

}  // namespace
}  // namespace pond::crypto
