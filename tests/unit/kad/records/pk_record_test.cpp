#include "pond/kad/records/pk_record.hpp"

#include <gtest/gtest.h>

#include "pond/base/rng.hpp"

#include "unit/kad/records/fixture.hpp"

namespace pond::kad::testing {
namespace {

crypto::PublicKey public_key(std::uint64_t seed = 1) {
  SeededRng rng{seed};
  return crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng)->public_key();
}

TEST(PkRecord, TheKeyOfThePeerIsAccepted) {
  const auto id = wire::PeerId::from_public_key(public_key());
  EXPECT_EQ(verify_pk_record(pk_key(id), wire::encode_public_key(public_key())), id);
}

TEST(PkRecord, TheKeyOfAnotherPeerIsRefused) {
  const auto id = wire::PeerId::from_public_key(public_key(2));
  EXPECT_EQ(verify_pk_record(pk_key(id), wire::encode_public_key(public_key(1))).error().reason,
            RejectReason::kWrongKey);
}

TEST(PkRecord, WhatIsNoKeyIsRefused) {
  const auto id = wire::PeerId::from_public_key(public_key());
  EXPECT_EQ(verify_pk_record(pk_key(id), {}).error().reason, RejectReason::kMalformed);
  EXPECT_EQ(verify_pk_record(pk_key(id), as_bytes("key")).error().reason, RejectReason::kMalformed);
  EXPECT_EQ(verify_pk_record(pk_key(id), Bytes(4097)).error().reason, RejectReason::kTooLarge);
}

TEST(PkRecord, AnotherEncodingOfTheKeyIsRefused) {
  const auto id = wire::PeerId::from_public_key(public_key());
  Bytes value = wire::encode_public_key(public_key());
  append(value, Bytes{0x18, 0x01});  // an unknown field 3
  EXPECT_FALSE(verify_pk_record(pk_key(id), value));
}

TEST(PkRecord, TheKeyOfTheRecordIsABinaryPeerId) {
  const Bytes value = wire::encode_public_key(public_key());
  const auto id = wire::PeerId::from_public_key(public_key());
  EXPECT_EQ(verify_pk_record(as_bytes("/pk/" + id.to_base58()), value).error().reason, RejectReason::kBadKey);
  EXPECT_EQ(verify_pk_record(as_bytes("/pk/"), value).error().reason, RejectReason::kBadKey);
  EXPECT_EQ(verify_pk_record({}, value).error().reason, RejectReason::kBadKey);
}

}  // namespace
}  // namespace pond::kad::testing
