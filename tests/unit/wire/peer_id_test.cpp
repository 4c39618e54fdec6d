#include "pond/wire/peer_id.hpp"

#include <unordered_set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/libp2p_key_vectors.hpp"

namespace pond::wire {
namespace {

using test::kLibp2pKeyVectors;

constexpr std::string_view kEd25519Id = "0024080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";

Result<PeerId> from_hex_bytes(std::string_view hex) {
  return PeerId::from_bytes(*from_hex(hex));
}

void expect_refused(std::string_view hex) {
  const auto id = from_hex_bytes(hex);
  ASSERT_FALSE(id) << hex;
  EXPECT_EQ(id.error().code, Errc::kMalformed) << hex;
}

TEST(PeerId, EachKeyTypeHasThePublishedId) {
  for (const auto& vector : kLibp2pKeyVectors) {
    const auto key = decode_public_key(*from_hex(vector.public_hex));
    ASSERT_TRUE(key) << vector.base58;
    EXPECT_EQ(PeerId::from_public_key(*key).to_base58(), vector.base58);
    EXPECT_EQ(PeerId::from_public_key(*key).to_cid(), vector.cid);
  }
}

TEST(PeerId, BothTextFormsAreRead) {
  for (const auto& vector : kLibp2pKeyVectors) {
    const auto base58 = PeerId::parse(vector.base58);
    const auto cid = PeerId::parse(vector.cid);
    ASSERT_TRUE(base58 && cid) << vector.base58;
    EXPECT_EQ(*base58, *cid);
    EXPECT_EQ(base58->to_base58(), vector.base58);
    EXPECT_EQ(base58->to_cid(), vector.cid);
  }
}

TEST(PeerId, TheExamplesOfTheSpecificationAreRead) {
  for (const auto* text :
       {"bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
        "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA"}) {
    EXPECT_TRUE(PeerId::parse(text)) << text;
  }
  EXPECT_EQ(PeerId::parse("bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe")->to_base58(),
            "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N");
}

TEST(PeerId, ACidIsReadInAnyMultibase) {
  // One sha2-256 id in base36 and base32, one Ed25519 id in base36 and base32 (go-multiaddr's vectors).
  EXPECT_EQ(PeerId::parse("k2k4r8oqamigqdo6o7hsbfwd45y70oyynp98usk7zmyfrzpqxh1pohl7"),
            PeerId::parse("bafzbeigvf25ytwc3akrijfecaotc74udrhcxzh2cx3we5qqnw5vgrei4bm"));
  EXPECT_EQ(PeerId::parse("k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs"),
            PeerId::parse("bafzaajaiaejcalj543iwv2d7pkjt7ykvefrkfu7qjfi6sduakhso4lay6abn2d5u"));
}

TEST(PeerId, BinaryFormIsTheMultihash) {
  const auto id = from_hex_bytes(kEd25519Id);
  ASSERT_TRUE(id);
  EXPECT_EQ(to_hex(id->bytes()), kEd25519Id);
  EXPECT_EQ(id->to_base58(), kLibp2pKeyVectors[0].base58);
}

TEST(PeerId, TheKeyIsTakenOutOfAnInlinedId) {
  for (const auto& vector : kLibp2pKeyVectors) {
    const bool inlined = vector.type == crypto::KeyType::kEd25519 || vector.type == crypto::KeyType::kSecp256k1;
    const auto key = PeerId::parse(vector.base58)->public_key();
    ASSERT_EQ(key.has_value(), inlined) << vector.base58;
    if (inlined) {
      EXPECT_EQ(to_hex(encode_public_key(*key)), vector.public_hex);
    }
  }
}

TEST(PeerId, ThePointOfAnInlinedKeyIsNotLookedAt) {
  // 33 octets of ff are no point of secp256k1: a valid id, of a key that can never be used.
  const auto id = from_hex_bytes("002508021221" + std::string(66, 'f'));
  ASSERT_TRUE(id);
  EXPECT_FALSE(id->public_key());
}

TEST(PeerId, AnInlinedKeyInAnotherEncodingIsAnotherId) {
  const std::string key = "1220" + std::string(kEd25519Id.substr(12));
  const auto usual = from_hex_bytes(std::string{"00240801"} + key);
  const auto swapped = from_hex_bytes("0024" + key + "0801");
  const auto extended = from_hex_bytes("00260801" + key + "1801");
  ASSERT_TRUE(usual && swapped && extended);
  EXPECT_NE(*usual, *swapped);
  EXPECT_EQ(swapped->public_key(), usual->public_key());
  EXPECT_EQ(PeerId::from_public_key(*swapped->public_key()), *usual);
}

TEST(PeerId, WhatIsNoMultihashIsRefused) {
  for (const auto* hex : {"", "00", "12", "0000", "1220", "122000"}) {
    expect_refused(hex);
  }
}

TEST(PeerId, ALengthThatDisagreesIsRefused) {
  std::string shorter{kEd25519Id};
  shorter.resize(shorter.size() - 2);
  expect_refused(shorter);
  expect_refused(std::string{kEd25519Id} + "00");
  expect_refused("1220" + std::string(66, 'a'));
  expect_refused("1220" + std::string(62, 'a'));
}

TEST(PeerId, ALengthThatIsNotMinimalIsRefused) {
  expect_refused("00a400" + std::string(kEd25519Id.substr(4)));
}

TEST(PeerId, ASha256OfAnotherSizeIsRefused) {
  expect_refused("1214" + std::string(40, 'a'));
  expect_refused("1221" + std::string(66, 'a'));
}

TEST(PeerId, OtherHashesAreRefused) {
  expect_refused("1114" + std::string(40, 'a'));
  expect_refused("1340" + std::string(128, 'a'));
  expect_refused("1620" + std::string(64, 'a'));
}

TEST(PeerId, AnInlinedKeyThatIsNoneIsRefused) {
  expect_refused("0003616263");                           // no protobuf
  expect_refused("00020801");                             // no data
  expect_refused("00221220" + std::string(64, 'a'));      // no type
  expect_refused("00230801121f" + std::string(62, 'a'));  // Ed25519 of 31 octets
  expect_refused("002408021220" + std::string(64, 'a'));  // secp256k1 of 32
  expect_refused("002408001220" + std::string(64, 'a'));  // an RSA key is never so short
  expect_refused("002408041220" + std::string(64, 'a'));  // unknown type
}

TEST(PeerId, AnInlinedKeyOver42OctetsIsRefused) {
  // Ed25519 with unknown fields: 42 octets pass, 43 have to be hashed.
  const std::string key = "08011220" + std::string(64, 'a');
  EXPECT_TRUE(from_hex_bytes("002a" + key + "1a0461626364"));
  expect_refused("002b" + key + "1a056162636465");
}

TEST(PeerId, TextThatIsNoIdIsRefused) {
  for (const auto* text :
       {"", "1", "Qm", "Qmx", "12D3KooW", "hello", "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5S0",
        " 12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA",
        "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA\n", "QmxoHT6iViN5xAjoz1VZ553cL31U9F94ht3QvWR1FrEbZY"}) {
    EXPECT_FALSE(PeerId::parse(text)) << text;
  }
}

TEST(PeerId, ACidOfContentIsNoId) {
  const auto id = PeerId::parse("bafkreie5qrjvaw64n4tjm6hbnm7fnqvcssfed4whsjqxzslbd3jwhsk3mm");
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().code, Errc::kMalformed);
}

TEST(PeerId, OverlongTextIsRefusedUnread) {
  const auto id = PeerId::parse(std::string(100'000, '1'));
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().code, Errc::kTooLarge);
}

TEST(PeerId, TheIdOfNobodyIsEmptyAndLeast) {
  const PeerId nobody;
  EXPECT_TRUE(nobody.empty());
  EXPECT_EQ(nobody.to_base58(), "");
  EXPECT_FALSE(nobody.public_key());
  EXPECT_LT(nobody, *from_hex_bytes(kEd25519Id));
}

TEST(PeerId, EqualIdsHashAlike) {
  std::unordered_set<PeerId> ids;
  for (const auto& vector : kLibp2pKeyVectors) {
    ids.insert(*PeerId::parse(vector.base58));
    ids.insert(*PeerId::parse(vector.cid));
  }
  EXPECT_EQ(ids.size(), std::size(kLibp2pKeyVectors));
}

RC_GTEST_PROP(PeerIdProperty, RandomOctetsNeverCrash, (const Bytes& random)) {
  const auto id = PeerId::from_bytes(random);
  RC_ASSERT((!id || equal(id->bytes(), random)));
}

RC_GTEST_PROP(PeerIdProperty, RandomTextNeverCrashes, (const std::string& random)) {
  const auto id = PeerId::parse(random);
  RC_ASSERT((!id || id->to_base58() == random || id->to_cid() == random));
}

RC_GTEST_PROP(PeerIdProperty, TextFormsRoundTrip, ()) {
  const auto digest = *rc::gen::container<Bytes>(32, rc::gen::arbitrary<std::uint8_t>());
  const bool inlined = *rc::gen::arbitrary<bool>();
  Bytes multihash = *from_hex(inlined ? "002408011220" : "1220");
  append(multihash, digest);
  const auto id = PeerId::from_bytes(multihash);
  RC_ASSERT(id.has_value());
  RC_ASSERT((PeerId::parse(id->to_base58()) == id));
  RC_ASSERT((PeerId::parse(id->to_cid()) == id));
}

RC_GTEST_PROP(PeerIdProperty, OneWrongOctetInTheHeaderIsNeverTaken, ()) {
  Bytes multihash = *from_hex(kEd25519Id);
  const auto at = *rc::gen::inRange<std::size_t>(0, 6);
  const auto flip = *rc::gen::inRange<int>(1, 256);
  multihash[at] ^= static_cast<std::uint8_t>(flip);
  RC_ASSERT(!PeerId::from_bytes(multihash).has_value());
}

}  // namespace
}  // namespace pond::wire
