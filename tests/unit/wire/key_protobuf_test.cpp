#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/wire/peer_id.hpp"

#include "support/libp2p_key_vectors.hpp"

namespace pond::wire {
namespace {

using test::kLibp2pKeyVectors;

TEST(KeyProtobuf, PublicKeysOfEveryTypeComeBackTheSame) {
  for (const auto& vector : kLibp2pKeyVectors) {
    const auto key = decode_public_key(*from_hex(vector.public_hex));
    ASSERT_TRUE(key) << vector.base58;
    EXPECT_EQ(key->type(), vector.type);
    EXPECT_EQ(to_hex(encode_public_key(*key)), vector.public_hex);
  }
}

TEST(KeyProtobuf, PrivateKeysOfEveryTypeComeBackTheSame) {
  for (const auto& vector : kLibp2pKeyVectors) {
    const auto key = decode_private_key(*from_hex(vector.private_hex));
    ASSERT_TRUE(key) << vector.base58;
    EXPECT_EQ(to_hex(encode_private_key(*key)), vector.private_hex);
  }
}

TEST(KeyProtobuf, ThePublishedPublicKeyFollowsFromThePrivateOne) {
  for (const auto& vector : kLibp2pKeyVectors) {
    const auto key = decode_private_key(*from_hex(vector.private_hex));
    ASSERT_TRUE(key) << vector.base58;
    EXPECT_EQ(to_hex(encode_public_key(key->public_key())), vector.public_hex);
  }
}

TEST(KeyProtobuf, TheLegacyEd25519FormIsReadAndWrittenAnew) {
  const std::string_view usual = kLibp2pKeyVectors[0].private_hex;
  const std::string legacy = "08011260" + std::string{usual.substr(8)} + std::string{usual.substr(8 + 64)};
  const auto key = decode_private_key(*from_hex(legacy));
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(encode_private_key(*key)), usual);
}

TEST(KeyProtobuf, UnknownFieldsAreSkipped) {
  const std::string_view usual = kLibp2pKeyVectors[0].public_hex;
  const auto key = decode_public_key(*from_hex("1801" + std::string{usual} + "2203616263"));
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(encode_public_key(*key)), usual);
}

TEST(KeyProtobuf, OfARepeatedFieldTheLastCounts) {
  const auto key = decode_public_key(*from_hex("0800" + std::string{kLibp2pKeyVectors[0].public_hex}));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->type(), crypto::KeyType::kEd25519);
}

TEST(KeyProtobuf, AMissingFieldIsMalformed) {
  for (const auto* hex : {"", "0801", "12021234"}) {
    const auto key = decode_public_key(*from_hex(hex));
    ASSERT_FALSE(key) << hex;
    EXPECT_EQ(key.error().code, Errc::kMalformed);
  }
}

TEST(KeyProtobuf, AMissingTypeIsNotTakenForRsa) {
  const std::string_view rsa = kLibp2pKeyVectors[3].public_hex;
  ASSERT_EQ(rsa.substr(0, 4), "0800");
  const auto key = decode_public_key(*from_hex(rsa.substr(4)));
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, Errc::kMalformed);
}

TEST(KeyProtobuf, AWrongWireTypeIsMalformed) {
  for (const auto* hex : {"0a0101120161", "08011001"}) {
    const auto key = decode_public_key(*from_hex(hex));
    ASSERT_FALSE(key) << hex;
    EXPECT_EQ(key.error().code, Errc::kMalformed);
  }
}

TEST(KeyProtobuf, AnUnknownTypeIsUnsupported) {
  for (const auto* hex : {"0804120161", "08ffffffffffffffffff01120161"}) {
    const auto key = decode_public_key(*from_hex(hex));
    ASSERT_FALSE(key) << hex;
    EXPECT_EQ(key.error().code, Errc::kUnsupported);
  }
}

TEST(KeyProtobuf, EveryProperPrefixOfAKeyIsRefused) {
  for (const auto& vector : kLibp2pKeyVectors) {
    const Bytes whole = *from_hex(vector.public_hex);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      ASSERT_FALSE(decode_public_key(BytesView{whole}.first(size))) << vector.base58 << " " << size;
    }
  }
}

RC_GTEST_PROP(KeyProtobufProperty, RandomOctetsNeverCrash, (const Bytes& random)) {
  const auto key = decode_public_key(random);
  RC_ASSERT((!key || decode_public_key(encode_public_key(*key)) == key));
}

}  // namespace
}  // namespace pond::wire
