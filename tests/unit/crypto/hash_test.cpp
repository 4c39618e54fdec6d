#include "pond/crypto/hash.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "hex.hpp"

namespace pond::crypto {
namespace {

using test::hex;

std::string sha256_hex(std::string_view text) {
  return to_hex(sha256(as_bytes(text)));
}
std::string keccak_hex(std::string_view text) {
  return to_hex(keccak256(as_bytes(text)));
}

// FIPS 180-4 examples.

TEST(Sha256, OfNothing) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, OfOneBlock) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfTwoBlocks) {
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, OfAMillionLetters) {
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

RC_GTEST_PROP(Sha256, OfTwoPartsIsThatOfTheirJoin, (const Bytes& a, const Bytes& b)) {
  Bytes joined = a;
  append(joined, b);
  RC_ASSERT(sha256(a, b) == sha256(joined));
}

TEST(Keccak256, OfNothing) {
  EXPECT_EQ(keccak_hex(""), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
}

TEST(Keccak256, OfAbc) {
  EXPECT_EQ(keccak_hex("abc"), "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
}

TEST(Keccak256, OfTesting) {
  EXPECT_EQ(keccak_hex("testing"), "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02");
}

TEST(Keccak256, IsNotSha3) {
  EXPECT_NE(keccak_hex(""), "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
}

RC_GTEST_PROP(Keccak256, OfTwoPartsIsThatOfTheirJoin, (const Bytes& a, const Bytes& b)) {
  Bytes joined = a;
  append(joined, b);
  RC_ASSERT(keccak256(a, b) == keccak256(joined));
}

// RFC 4231.

std::string hmac_hex(const Bytes& key, const Bytes& data) {
  return to_hex(hmac_sha256(key, data));
}

TEST(HmacSha256, Rfc4231Case1) {
  EXPECT_EQ(hmac_hex(Bytes(20, 0x0b), to_bytes("Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(HmacSha256, Rfc4231Case2KeyShorterThanTheOutput) {
  EXPECT_EQ(hmac_hex(to_bytes("Jefe"), to_bytes("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(HmacSha256, Rfc4231Case3) {
  EXPECT_EQ(hmac_hex(Bytes(20, 0xaa), Bytes(50, 0xdd)),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
}

TEST(HmacSha256, Rfc4231Case4) {
  EXPECT_EQ(hmac_hex(hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), Bytes(50, 0xcd)),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
}

TEST(HmacSha256, Rfc4231Case5) {
  const std::string all = hmac_hex(Bytes(20, 0x0c), to_bytes("Test With Truncation"));
  EXPECT_EQ(all.substr(0, 32), "a3b6167473100ee06e0c796c2955552b");
}

TEST(HmacSha256, Rfc4231Case6KeyLongerThanABlock) {
  EXPECT_EQ(hmac_hex(Bytes(131, 0xaa), to_bytes("Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, Rfc4231Case7KeyAndDataLongerThanABlock) {
  EXPECT_EQ(hmac_hex(Bytes(131, 0xaa), to_bytes("This is a test using a larger than block-size key and a larger than "
                                                "block-size data. The key needs to be hashed before being used by "
                                                "the HMAC algorithm.")),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(HmacSha256, OfNothingUnderAnEmptyKey) {
  EXPECT_EQ(hmac_hex({}, {}), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HmacSha256, AnEmptyKeyIsNotTheKeyOfTheCallBefore) {
  const std::string expected = hmac_hex({}, to_bytes("data"));
  (void)hmac_hex(Bytes(32, 7), to_bytes("data"));
  EXPECT_EQ(hmac_hex({}, to_bytes("data")), expected);
}

// RFC 5869, test case 3: no salt (which is a salt of zeros), no info: exactly Noise's HKDF.
TEST(NoiseHkdf, Rfc5869Case3) {
  std::array<Digest, 2> outputs;
  noise_hkdf(Digest{}, Bytes(22, 0x0b), outputs);
  EXPECT_EQ(to_hex(outputs[0]) + to_hex(outputs[1]).substr(0, 20),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(NoiseHkdf, TheThirdOutputFollowsTheSecond) {
  const Digest chaining_key = sha256(as_bytes("chaining key"));
  const Bytes material(32, 9);
  std::array<Digest, 3> outputs;
  noise_hkdf(chaining_key, material, outputs);

  Bytes block = to_bytes(outputs[1]);
  block.push_back(3);
  EXPECT_EQ(outputs[2], hmac_sha256(hmac_sha256(chaining_key, material), block));
}

TEST(NoiseHkdf, TwoOutputsAreTheFirstOfThree) {
  std::array<Digest, 2> two;
  std::array<Digest, 3> three;
  noise_hkdf(Digest{1}, Bytes(32, 2), two);
  noise_hkdf(Digest{1}, Bytes(32, 2), three);
  EXPECT_EQ(two[0], three[0]);
  EXPECT_EQ(two[1], three[1]);
}

TEST(NoiseHkdf, TakesNoInputKeyMaterial) {
  std::array<Digest, 2> outputs;
  noise_hkdf(Digest{1}, {}, outputs);
  EXPECT_EQ(outputs[0], hmac_sha256(hmac_sha256(Digest{1}, {}), Bytes{1}));
}

TEST(NoiseHkdf, OutputsMayReplaceTheChainingKey) {
  std::array<Digest, 2> expected;
  noise_hkdf(Digest{1}, Bytes(32, 2), expected);
  std::array<Digest, 2> outputs = {Digest{1}, Digest{}};
  noise_hkdf(outputs[0], Bytes(32, 2), outputs);
  EXPECT_EQ(outputs, expected);
}

}  // namespace
}  // namespace pond::crypto
