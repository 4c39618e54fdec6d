#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <secp256k1.h>

#include "pond/crypto/keys.hpp"

#include "key_support.hpp"

namespace pond::crypto {
namespace {

using test::hex;

constexpr std::string_view kOrder = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
constexpr std::string_view kOrderMinusOne = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140";
constexpr std::string_view kGenerator = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
constexpr std::string_view kMinusGenerator = "0379be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

// go-libp2p's fixture: both sides follow RFC 6979.

TEST(Secp256k1, PublicKeyIsThatOfGo) {
  const auto key = PrivateKey::from_data(KeyType::kSecp256k1, hex(test::vectors::kGoSecp256k1Private));
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->public_key().data()), test::vectors::kGoSecp256k1Public);
}

TEST(Secp256k1, SignatureIsThatOfGo) {
  const auto key = PrivateKey::from_data(KeyType::kSecp256k1, hex(test::vectors::kGoSecp256k1Private));
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->sign(as_bytes(test::vectors::kGoMessage)).value()), test::vectors::kGoSecp256k1Signature);
}

TEST(Secp256k1, SignatureOfGoVerifies) {
  EXPECT_TRUE(test::verifies(KeyType::kSecp256k1, hex(test::vectors::kGoSecp256k1Public),
                             as_bytes(test::vectors::kGoMessage), hex(test::vectors::kGoSecp256k1Signature)));
}

/// A DER integer of 32 octets.
void append_integer(Bytes& der, BytesView octets) {
  while (octets.size() > 1 && octets[0] == 0) {
    octets = octets.subspan(1);
  }
  const bool padded = octets[0] >= 0x80;
  der.push_back(0x02);
  der.push_back(static_cast<std::uint8_t>(octets.size() + (padded ? 1 : 0)));
  if (padded) {
    der.push_back(0);
  }
  append(der, octets);
}

Bytes der_signature(BytesView r, BytesView s) {
  Bytes body;
  append_integer(body, r);
  append_integer(body, s);
  Bytes der = {0x30, static_cast<std::uint8_t>(body.size())};
  append(der, body);
  return der;
}

/// The other signature that plain ECDSA takes for the same message: n - s in place of s.
Bytes with_high_s(const Bytes& signature) {
  secp256k1_ecdsa_signature parsed;
  EXPECT_EQ(secp256k1_ecdsa_signature_parse_der(secp256k1_context_static, &parsed, signature.data(), signature.size()),
            1);
  Bytes compact(64);
  secp256k1_ecdsa_signature_serialize_compact(secp256k1_context_static, compact.data(), &parsed);
  EXPECT_EQ(secp256k1_ec_seckey_negate(secp256k1_context_static, compact.data() + 32), 1);
  return der_signature(BytesView{compact}.first(32), BytesView{compact}.last(32));
}

TEST(Secp256k1, AnSInTheUpperHalfIsRefused) {
  const Bytes low = hex(test::vectors::kGoSecp256k1Signature);
  const Bytes high = with_high_s(low);
  ASSERT_EQ(with_high_s(high), low);
  EXPECT_FALSE(test::verifies(KeyType::kSecp256k1, hex(test::vectors::kGoSecp256k1Public),
                              as_bytes(test::vectors::kGoMessage), high));
}

RC_GTEST_PROP(Secp256k1, SignsWithAnSInTheLowerHalf, (const Bytes& message, std::uint64_t seed)) {
  SeededRng rng{seed};
  const PrivateKey key = PrivateKey::generate(KeyType::kSecp256k1, rng).value();
  const Bytes signature = key.sign(message).value();
  secp256k1_ecdsa_signature parsed;
  RC_ASSERT(
      secp256k1_ecdsa_signature_parse_der(secp256k1_context_static, &parsed, signature.data(), signature.size()) == 1);
  RC_ASSERT(secp256k1_ecdsa_signature_normalize(secp256k1_context_static, nullptr, &parsed) == 0);
  RC_ASSERT(key.public_key().verify(message, signature));
}

TEST(Secp256k1, ZeroNumbersInASignatureAreRefused) {
  const Bytes zeros(32);
  EXPECT_FALSE(test::verifies(KeyType::kSecp256k1, hex(test::vectors::kGoSecp256k1Public),
                              as_bytes(test::vectors::kGoMessage), der_signature(zeros, zeros)));
}

TEST(Secp256k1, NumbersOfTheOrderInASignatureAreRefused) {
  EXPECT_FALSE(test::verifies(KeyType::kSecp256k1, hex(test::vectors::kGoSecp256k1Public),
                              as_bytes(test::vectors::kGoMessage), der_signature(hex(kOrder), hex(kOrder))));
}

TEST(Secp256k1, ACompactSignatureIsRefused) {
  EXPECT_FALSE(test::verifies(KeyType::kSecp256k1, hex(test::vectors::kGoSecp256k1Public),
                              as_bytes(test::vectors::kGoMessage), Bytes(64, 1)));
}

TEST(Secp256k1, PrivateKeyZeroIsRefused) {
  EXPECT_EQ(test::private_error(KeyType::kSecp256k1, Bytes(32)), Errc::kMalformed);
}

TEST(Secp256k1, PrivateKeyOfTheOrderIsRefused) {
  EXPECT_EQ(test::private_error(KeyType::kSecp256k1, hex(kOrder)), Errc::kMalformed);
}

TEST(Secp256k1, PrivateKeyAboveTheOrderIsRefused) {
  EXPECT_EQ(test::private_error(KeyType::kSecp256k1, Bytes(32, 0xff)), Errc::kMalformed);
}

TEST(Secp256k1, PrivateKeyOneIsTheGenerator) {
  Bytes one(32);
  one.back() = 1;
  const auto key = PrivateKey::from_data(KeyType::kSecp256k1, one);
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->public_key().data()), kGenerator);
}

TEST(Secp256k1, PrivateKeyJustBelowTheOrderIsMinusTheGenerator) {
  const auto key = PrivateKey::from_data(KeyType::kSecp256k1, hex(kOrderMinusOne));
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->public_key().data()), kMinusGenerator);
  EXPECT_TRUE(key->public_key().verify(as_bytes("a"), key->sign(as_bytes("a")).value()));
}

TEST(Secp256k1, UncompressedPublicKeyIsRefused) {
  EXPECT_EQ(
      test::public_error(KeyType::kSecp256k1, hex("0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                                                  "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8")),
      Errc::kMalformed);
}

TEST(Secp256k1, PublicKeyOffTheCurveIsRefused) {
  Bytes data(33);
  data[0] = 2;
  data[32] = 5;  // 5^3 + 7 is no square in the field
  EXPECT_EQ(test::public_error(KeyType::kSecp256k1, data), Errc::kMalformed);
}

TEST(Secp256k1, PublicKeyWithAnotherFirstOctetIsRefused) {
  Bytes data = hex(kGenerator);
  data[0] = 4;
  EXPECT_EQ(test::public_error(KeyType::kSecp256k1, data), Errc::kMalformed);
}

TEST(Secp256k1, PublicKeyOfZerosIsRefused) {
  EXPECT_EQ(test::public_error(KeyType::kSecp256k1, Bytes(33)), Errc::kMalformed);
}

}  // namespace
}  // namespace pond::crypto
