#include <gtest/gtest.h>

#include "pond/crypto/keys.hpp"

#include "key_support.hpp"

namespace pond::crypto {
namespace {

using test::hex;

const Bytes kPublic = hex(test::vectors::kEcdsaPublic);
const Bytes kPrivate = hex(test::vectors::kEcdsaPrivate);

/// Everything of a P-256 SubjectPublicKeyInfo before the coordinates.
constexpr std::string_view kSpkiPrefix = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";

// go-libp2p's fixture; its s lies in the upper half, which ECDSA on P-256 allows.
TEST(Ecdsa, SignatureOfGoVerifies) {
  EXPECT_TRUE(test::verifies(KeyType::kEcdsa, hex(test::vectors::kGoEcdsaPublic), as_bytes(test::vectors::kGoMessage),
                             hex(test::vectors::kGoEcdsaSignature)));
}

// RFC 6979, appendix A.2.5, SHA-256.
TEST(Ecdsa, SignatureOfRfc6979Verifies) {
  const Bytes key = hex(std::string{kSpkiPrefix} +
                        "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
  const Bytes signature =
      hex("3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
          "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  EXPECT_TRUE(test::verifies(KeyType::kEcdsa, key, as_bytes("sample"), signature));
  EXPECT_FALSE(test::verifies(KeyType::kEcdsa, key, as_bytes("test"), signature));
}

TEST(Ecdsa, SignatureInLongerThanMinimalDerIsRefused) {
  const Bytes der = hex(test::vectors::kGoEcdsaSignature);
  Bytes longer = {0x30, 0x81};
  append(longer, BytesView{der}.subspan(1));
  EXPECT_FALSE(
      test::verifies(KeyType::kEcdsa, hex(test::vectors::kGoEcdsaPublic), as_bytes(test::vectors::kGoMessage), longer));
}

TEST(Ecdsa, SignatureOfZerosIsRefused) {
  EXPECT_FALSE(test::verifies(KeyType::kEcdsa, kPublic, as_bytes("a"), hex("3006020100020100")));
}

TEST(Ecdsa, PublicKeyOffTheCurveIsRefused) {
  Bytes data = kPublic;
  data.back() ^= 1;
  EXPECT_EQ(test::public_error(KeyType::kEcdsa, data), Errc::kMalformed);
}

TEST(Ecdsa, CompressedPublicKeyIsRefused) {
  Bytes data = hex("3039301306072a8648ce3d020106082a8648ce3d03010703220002");
  append(data, BytesView{kPublic}.subspan(27, 32));
  EXPECT_EQ(test::public_error(KeyType::kEcdsa, data), Errc::kMalformed);
}

TEST(Ecdsa, PublicKeyInLongerThanMinimalDerIsRefused) {
  Bytes data = {0x30, 0x81};
  append(data, BytesView{kPublic}.subspan(1));
  EXPECT_EQ(test::public_error(KeyType::kEcdsa, data), Errc::kMalformed);
}

TEST(Ecdsa, PublicKeyOnP384IsUnsupported) {
  EXPECT_EQ(test::public_error(
                KeyType::kEcdsa,
                hex("3076301006072a8648ce3d020106052b8104002203620004a82136178bd1824cd7f525a5ab0c9350e5f5437dd816fcca"
                    "d7bd69d5b15363ad80e3184f970acf484ff788f56af11e8ab35972f69f75a7e4c63386aa070c33120d74f4fac4f93f96"
                    "66adcf5e1d912d3a9111f53726755d6660fcadcf1df6d13d")),
            Errc::kUnsupported);
}

TEST(Ecdsa, PublicKeyWithItsOwnCurveParametersIsUnsupported) {
  EXPECT_EQ(test::public_error(KeyType::kEcdsa, hex("300f300b06072a8648ce3d020130000300")), Errc::kUnsupported);
}

TEST(Ecdsa, PublicKeyLongerThanAnyIsUnsupported) {
  EXPECT_EQ(test::public_error(KeyType::kEcdsa, Bytes(100'000, 0x30)), Errc::kUnsupported);
}

TEST(Ecdsa, PrivateKeyWithoutItsPublicHalfIsRead) {
  Bytes data = hex("30310201010420");
  append(data, BytesView{kPrivate}.subspan(7, 32));
  append(data, hex("a00a06082a8648ce3d030107"));
  const auto key = PrivateKey::from_data(KeyType::kEcdsa, data);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->public_key().data(), kPublic);
}

TEST(Ecdsa, PrivateKeyWithAPublicHalfOfAnotherIsRefused) {
  Bytes data = kPrivate;
  const Bytes other = hex(test::vectors::kGoEcdsaPublic);
  std::ranges::copy(BytesView{other}.last(64), data.end() - 64);
  EXPECT_EQ(test::private_error(KeyType::kEcdsa, data), Errc::kMalformed);
}

TEST(Ecdsa, PrivateKeyZeroIsRefused) {
  Bytes data = hex("303102010104200000000000000000000000000000000000000000000000000000000000000000");
  append(data, hex("a00a06082a8648ce3d030107"));
  EXPECT_EQ(test::private_error(KeyType::kEcdsa, data), Errc::kMalformed);
}

TEST(Ecdsa, PrivateKeyOnP384IsUnsupported) {
  EXPECT_EQ(test::private_error(
                KeyType::kEcdsa,
                hex("3081a4020101043065d91afd82c179c768aca5a1ce0c3f46b8ecf4a4157839285e41a2a5f03c05bfb61889e87a7c1032"
                    "83b92fc522330f85a00706052b81040022a16403620004a82136178bd1824cd7f525a5ab0c9350e5f5437dd816fccad7"
                    "bd69d5b15363ad80e3184f970acf484ff788f56af11e8ab35972f69f75a7e4c63386aa070c33120d74f4fac4f93f9666"
                    "adcf5e1d912d3a9111f53726755d6660fcadcf1df6d13d")),
            Errc::kUnsupported);
}

TEST(Ecdsa, PrivateKeyInPkcs8IsRefused) {
  Bytes data = hex("30818a020100301306072a8648ce3d020106082a8648ce3d0301070470");
  append(data, BytesView{kPrivate});
  data[2] = static_cast<std::uint8_t>(data.size() - 3);
  data[28] = static_cast<std::uint8_t>(kPrivate.size());
  EXPECT_EQ(test::private_error(KeyType::kEcdsa, data), Errc::kMalformed);
}

TEST(Ecdsa, SignsInDer) {
  const Bytes signature = PrivateKey::from_data(KeyType::kEcdsa, kPrivate).value().sign(as_bytes("a")).value();
  ASSERT_GE(signature.size(), 8U);
  EXPECT_EQ(signature[0], 0x30);
  EXPECT_EQ(signature[1] + 2U, signature.size());
}

}  // namespace
}  // namespace pond::crypto
