#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "pond/crypto/keys.hpp"

#include "key_support.hpp"

namespace pond::crypto {
namespace {

using test::hex;

/// A DER element of any length.
Bytes element(std::uint8_t tag, BytesView content) {
  Bytes der = {tag};
  if (content.size() < 0x80) {
    der.push_back(static_cast<std::uint8_t>(content.size()));
  } else if (content.size() < 0x100) {
    append(der, Bytes{0x81, static_cast<std::uint8_t>(content.size())});
  } else {
    append(der, Bytes{0x82, static_cast<std::uint8_t>(content.size() >> 8), static_cast<std::uint8_t>(content.size())});
  }
  append(der, content);
  return der;
}

Bytes integer(BytesView magnitude) {
  Bytes content;
  if (magnitude[0] >= 0x80) {
    content.push_back(0);
  }
  append(content, magnitude);
  return element(0x02, content);
}

/// A SubjectPublicKeyInfo of these numbers, without a care whether they make a key.
Bytes spki(BytesView modulus, BytesView exponent) {
  Bytes numbers = integer(modulus);
  append(numbers, integer(exponent));
  Bytes bits = {0};
  append(bits, element(0x30, numbers));
  Bytes body = hex("300d06092a864886f70d0101010500");
  append(body, element(0x03, bits));
  return element(0x30, body);
}

/// An odd number of exactly that many bits.
Bytes odd_number(std::size_t bits) {
  Bytes number((bits + 7) / 8, 0xff);
  number[0] = static_cast<std::uint8_t>(0xff >> (number.size() * 8 - bits));
  return number;
}

const Bytes kUsualExponent = hex("010001");

TEST(Rsa, SignatureOfGoVerifies) {
  EXPECT_TRUE(test::verifies(KeyType::kRsa, hex(test::vectors::kGoRsaPublic), as_bytes(test::vectors::kGoMessage),
                             hex(test::vectors::kGoRsaSignature)));
}

TEST(Rsa, SignsDeterministically) {
  const PrivateKey key = PrivateKey::from_data(KeyType::kRsa, hex(test::vectors::kRsaPrivate)).value();
  EXPECT_EQ(key.sign(as_bytes("a")).value(), key.sign(as_bytes("a")).value());
}

TEST(Rsa, SizesFrom2048To8192BitsAreTaken) {
  for (const std::size_t bits : {2048U, 2049U, 3072U, 4096U, 8191U, 8192U}) {
    EXPECT_TRUE(PublicKey::from_data(KeyType::kRsa, spki(odd_number(bits), kUsualExponent))) << bits;
  }
}

TEST(Rsa, OtherSizesAreUnsupported) {
  for (const std::size_t bits : {512U, 1024U, 2047U, 8193U, 8200U, 16384U}) {
    EXPECT_EQ(test::public_error(KeyType::kRsa, spki(odd_number(bits), kUsualExponent)), Errc::kUnsupported) << bits;
  }
}

TEST(Rsa, ExponentsUpTo31BitsAreTaken) {
  for (const std::string_view exponent : {"03", "11", "010001", "7fffffff"}) {
    EXPECT_TRUE(PublicKey::from_data(KeyType::kRsa, spki(odd_number(2048), hex(exponent)))) << exponent;
  }
}

TEST(Rsa, LongerExponentsAreUnsupported) {
  EXPECT_EQ(test::public_error(KeyType::kRsa, spki(odd_number(2048), hex("80000001"))), Errc::kUnsupported);
  EXPECT_EQ(test::public_error(KeyType::kRsa, spki(odd_number(2048), odd_number(2047))), Errc::kUnsupported);
}

TEST(Rsa, ExponentsThatCannotBeOneAreRefused) {
  for (const std::string_view exponent : {"00", "01", "02", "010000"}) {
    EXPECT_EQ(test::public_error(KeyType::kRsa, spki(odd_number(2048), hex(exponent))), Errc::kMalformed) << exponent;
  }
}

TEST(Rsa, EvenModulusIsRefused) {
  Bytes even = odd_number(2048);
  even.back() = 0xfe;
  EXPECT_EQ(test::public_error(KeyType::kRsa, spki(even, kUsualExponent)), Errc::kMalformed);
}

TEST(Rsa, PublicKeyWithoutTheNullParameterIsRefused) {
  Bytes bits = hex(test::vectors::kRsaPublic);
  Bytes body = hex("300b06092a864886f70d010101");
  append(body, BytesView{bits}.subspan(19));
  EXPECT_EQ(test::public_error(KeyType::kRsa, element(0x30, body)), Errc::kMalformed);
}

TEST(Rsa, PublicKeyInPkcs1IsRefused) {
  Bytes numbers = integer(odd_number(2048));
  append(numbers, integer(kUsualExponent));
  EXPECT_EQ(test::public_error(KeyType::kRsa, element(0x30, numbers)), Errc::kMalformed);
}

TEST(Rsa, PublicKeyWithAZeroBeforeItsModulusIsRefused) {
  Bytes modulus = odd_number(2048);
  modulus.insert(modulus.begin(), 2, 0);
  EXPECT_EQ(test::public_error(KeyType::kRsa, spki(modulus, kUsualExponent)), Errc::kMalformed);
}

TEST(Rsa, PrivateKeyOf1024BitsIsUnsupported) {
  EVP_PKEY* key = EVP_RSA_gen(1024);
  unsigned char* buffer = nullptr;
  const int size = i2d_PrivateKey(key, &buffer);
  ASSERT_GT(size, 0);
  const Bytes data(buffer, buffer + size);
  OPENSSL_free(buffer);
  EVP_PKEY_free(key);
  EXPECT_EQ(test::private_error(KeyType::kRsa, data), Errc::kUnsupported);
}

TEST(Rsa, PrivateKeyWithAnotherModulusIsRefused) {
  Bytes data = hex(test::vectors::kRsaPrivate);
  data[100] ^= 1;  // inside the modulus
  EXPECT_EQ(test::private_error(KeyType::kRsa, data), Errc::kMalformed);
}

TEST(Rsa, PrivateKeyLongerThanAnyIsUnsupported) {
  EXPECT_EQ(test::private_error(KeyType::kRsa, Bytes(100'000, 0x30)), Errc::kUnsupported);
}

TEST(Rsa, SignatureLongerThanTheModulusIsRefused) {
  EXPECT_FALSE(test::verifies(KeyType::kRsa, hex(test::vectors::kGoRsaPublic), as_bytes("a"), Bytes(257, 1)));
  EXPECT_FALSE(test::verifies(KeyType::kRsa, hex(test::vectors::kGoRsaPublic), as_bytes("a"), Bytes(256, 0xff)));
}

}  // namespace
}  // namespace pond::crypto
