#include <gtest/gtest.h>

#include "pond/crypto/keys.hpp"

#include "key_support.hpp"
#include "rfc8032_vectors.hpp"

namespace pond::crypto {
namespace {

using test::hex;

class Rfc8032 : public testing::TestWithParam<test::vectors::Rfc8032> {
 protected:
  /// Seed and public key, as libp2p joins them.
  static Bytes private_data() {
    Bytes data = hex(GetParam().seed);
    append(data, hex(GetParam().public_key));
    return data;
  }
};

INSTANTIATE_TEST_SUITE_P(Ed25519, Rfc8032, testing::ValuesIn(test::vectors::kRfc8032));

TEST_P(Rfc8032, PublicKeyFollowsFromTheSeed) {
  const auto key = PrivateKey::from_data(KeyType::kEd25519, private_data());
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->public_key().data()), GetParam().public_key);
}

TEST_P(Rfc8032, SignatureIsTheRfcs) {
  const auto key = PrivateKey::from_data(KeyType::kEd25519, private_data());
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->sign(hex(GetParam().message)).value()), GetParam().signature);
}

TEST_P(Rfc8032, SignatureVerifies) {
  EXPECT_TRUE(test::verifies(KeyType::kEd25519, hex(GetParam().public_key), hex(GetParam().message),
                             hex(GetParam().signature)));
}

const Bytes kPrivate = hex(test::vectors::kEd25519Private);
const Bytes kPublic = hex(test::vectors::kEd25519Public);

Bytes legacy_form() {
  Bytes data = kPrivate;
  append(data, kPublic);
  return data;
}

TEST(Ed25519Key, LegacyFormIsReadAndWrittenAsTheNewOne) {
  const auto key = PrivateKey::from_data(KeyType::kEd25519, legacy_form());
  ASSERT_TRUE(key);
  EXPECT_EQ(key->data(), kPrivate);
  EXPECT_EQ(key->public_key().data(), kPublic);
}

TEST(Ed25519Key, LegacyFormWithAnotherSecondPublicKeyIsRefused) {
  Bytes data = legacy_form();
  data.back() ^= 1;
  EXPECT_EQ(test::private_error(KeyType::kEd25519, data), Errc::kMalformed);
}

TEST(Ed25519Key, LegacyFormWithTwoEqualForeignPublicKeysIsRefused) {
  Bytes data = legacy_form();
  data[63] ^= 1;
  data[95] ^= 1;
  EXPECT_EQ(test::private_error(KeyType::kEd25519, data), Errc::kMalformed);
}

TEST(Ed25519Key, PublicHalfThatIsNotTheSeedsIsRefused) {
  Bytes data = kPrivate;
  data[40] ^= 1;
  EXPECT_EQ(test::private_error(KeyType::kEd25519, data), Errc::kMalformed);
}

TEST(Ed25519Key, SeedAloneIsRefused) {
  EXPECT_EQ(test::private_error(KeyType::kEd25519, BytesView{kPrivate}.first(32)), Errc::kMalformed);
}

TEST(Ed25519Key, PublicKeyOfAnotherLengthIsRefused) {
  EXPECT_EQ(test::public_error(KeyType::kEd25519, Bytes(31)), Errc::kMalformed);
  EXPECT_EQ(test::public_error(KeyType::kEd25519, Bytes(33)), Errc::kMalformed);
}

// With a public key of order 1 a signature of zeros and the neutral element would hold for every message.
TEST(Ed25519Signature, NeverHoldsForAKeyOfLowOrder) {
  Bytes neutral(32);
  neutral[0] = 1;
  Bytes signature = neutral;
  signature.resize(64);
  EXPECT_FALSE(test::verifies(KeyType::kEd25519, neutral, as_bytes("anything"), signature));
}

TEST(Ed25519Signature, NeverHoldsForOctetsThatAreNoPoint) {
  Bytes no_point(32);
  no_point[0] = 2;
  EXPECT_FALSE(test::verifies(KeyType::kEd25519, no_point, as_bytes("anything"), Bytes(64)));
}

// The same signature with the group's order added to its s.
TEST(Ed25519Signature, WithAnSAboveTheOrderIsRefused) {
  EXPECT_FALSE(test::verifies(KeyType::kEd25519,
                              hex("100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86"),
                              hex("6a0bc2b0057cedfc0fa2e3f7f7d39279b30f454a69dfd1117c758d86b19d85e0"),
                              hex("0971f86d2c9c78582524a103cb9cf949522ae528f8054dc20107d999be673ff4"
                                  "e25ebf2f2928766b1248bec6e91697775f8446639ede46ad4df4053000000010")));
}

TEST(Ed25519Signature, WithAnSJustBelowTheOrderIsTaken) {
  EXPECT_TRUE(test::verifies(KeyType::kEd25519, hex("100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86"),
                             hex("124e583f8b8eca58bb29c271b41d36986bbc45541f8e51f9cb0133eca447601e"),
                             hex("dac119d6ca87fc59ae611c157048f4d4fc932a149dbe20ec6effd1436abf83ea"
                                 "05c7df0fef06147241259113909bc71bd3c53ba4464ffcad3c0968f2ffffff0f")));
}

}  // namespace
}  // namespace pond::crypto
