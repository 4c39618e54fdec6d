#include "pond/wire/peer_record.hpp"

#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/wire/envelope.hpp"

#include "oracle.pb.h"
#include "wire_samples.hpp"

namespace pond::wire {
namespace {

using test::address;
using test::numbered_addresses;
using test::numbered_peer;

// A record that go-libp2p sealed, published among js-libp2p's tests: key protobuf and envelope.
constexpr std::string_view kGoKey =
    "0801124085fbe72b6064289004a531f967898df5319ee02992fdd84021fa5052434bf6ee11bba3ed1721948cefb4e50b0a0b"
    "b5cad8a6b52dc7b1a40f4f6652105c91e2c4";
constexpr std::string_view kGoEnvelope =
    "0a240801122011bba3ed1721948cefb4e50b0a0bb5cad8a6b52dc7b1a40f4f6652105c91e2c4120203011aaa010a26002408"
    "01122011bba3ed1721948cefb4e50b0a0bb5cad8a6b52dc7b1a40f4f6652105c91e2c410d8b8e0bf9391b697161a0a0a0804"
    "010203040600001a0a0a0804010203040600011a0a0a0804010203040600021a0a0a0804010203040600031a0a0a08040102"
    "03040600041a0a0a0804010203040600051a0a0a0804010203040600061a0a0a0804010203040600071a0a0a080401020304"
    "0600081a0a0a0804010203040600092a40b197f76b9f288af2b467fe666f774476287049b424b73975c8860efb02372d026a"
    "799584541ad72f2654346485bca3ece36462b7d1b1391c8d276dc4ab8bca0b";
constexpr std::uint64_t kGoSeq = 1598453001624231000U;

std::vector<Multiaddr> go_addresses() {
  std::vector<Multiaddr> addresses;
  for (int port = 0; port < 10; ++port) {
    addresses.push_back(address("/ip4/1.2.3.4/tcp/" + std::to_string(port)));
  }
  return addresses;
}

crypto::PrivateKey some_key() {
  return test::ed25519_key(1);
}
PeerId some_id() {
  return PeerId::from_public_key(some_key().public_key());
}

std::string text(BytesView octets) {
  return to_string(octets);
}

/// An envelope of `some_key` around what `record` gives.
Bytes sealed(const oracle::PeerRecord& record, std::string_view domain = kPeerRecordDomain) {
  return seal_envelope(some_key(), domain, kPeerRecordPayloadType, as_bytes(record.SerializeAsString())).value();
}

oracle::PeerRecord to_oracle(const PeerRecord& record) {
  oracle::PeerRecord out;
  out.set_peer_id(text(record.id.bytes()));
  if (record.seq != 0) {
    out.set_seq(record.seq);
  }
  for (const Multiaddr& one : record.addresses) {
    out.add_addresses()->set_multiaddr(text(one.bytes()));
  }
  return out;
}

PeerRecord draw_record() {
  return {.id = numbered_peer(*rc::gen::arbitrary<std::uint32_t>()),
          .seq = *rc::gen::arbitrary<std::uint64_t>(),
          .addresses = *test::any_addresses()};
}

TEST(PeerRecordVector, ARecordOfGoIsOpened) {
  const auto record = open_peer_record(*from_hex(kGoEnvelope));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->seq, kGoSeq);
  EXPECT_EQ(record->addresses, go_addresses());
  EXPECT_EQ(record->id, PeerId::from_public_key(decode_private_key(*from_hex(kGoKey))->public_key()));
}

TEST(PeerRecordVector, SealingTheSameRecordGivesTheSameOctets) {
  const auto key = decode_private_key(*from_hex(kGoKey));
  ASSERT_TRUE(key);
  const auto envelope = seal_peer_record(*key, kGoSeq, go_addresses());
  ASSERT_TRUE(envelope);
  EXPECT_EQ(to_hex(*envelope), kGoEnvelope);
}

RC_GTEST_PROP(PeerRecordProperty, WritesTheSameOctetsAsProtoc, ()) {
  const PeerRecord record = draw_record();
  RC_ASSERT(encode_peer_record(record) == to_bytes(to_oracle(record).SerializeAsString()));
}

RC_GTEST_PROP(PeerRecordProperty, ReadsWhatProtocWrites, ()) {
  const PeerRecord record = draw_record();
  const auto read = decode_peer_record(as_bytes(to_oracle(record).SerializeAsString()));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == record);
}

RC_GTEST_PROP(PeerRecordProperty, NoTruncationIsMistakenForTheWhole, ()) {
  const PeerRecord record = draw_record();
  const Bytes whole = encode_peer_record(record);
  const auto read = decode_peer_record(BytesView{whole}.first(*rc::gen::inRange<std::size_t>(0, whole.size())));
  RC_ASSERT((!read || *read != record));
}

RC_GTEST_PROP(PeerRecordProperty, SurvivesAnyOctets, (const Bytes& octets)) {
  [[maybe_unused]] const auto read = decode_peer_record(octets);
}

TEST(PeerRecord, KeepsTheLargestSequenceNumber) {
  const auto envelope = seal_peer_record(some_key(), std::numeric_limits<std::uint64_t>::max(), {});
  ASSERT_TRUE(envelope);
  const auto record = open_peer_record(*envelope);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->seq, std::numeric_limits<std::uint64_t>::max());
}

TEST(PeerRecord, OfAnotherPeerIsWrongPeer) {
  const auto record = open_peer_record(sealed(to_oracle({.id = numbered_peer(1)})));
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, Errc::kWrongPeer);
}

TEST(PeerRecord, WithoutAPeerIdIsMalformed) {
  const auto record = open_peer_record(sealed({}));
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, Errc::kMalformed);
}

TEST(PeerRecord, SealedForTheDomainOfTheSpecificationsTextIsABadSignature) {
  const auto record = open_peer_record(sealed(to_oracle({.id = some_id()}), "libp2p-routing-state"));
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, Errc::kBadSignature);
}

TEST(PeerRecord, OfAnotherPayloadTypeIsUnsupported) {
  const auto envelope = seal_envelope(some_key(), kPeerRecordDomain, as_bytes("/libp2p/routing-state-record"),
                                      encode_peer_record({.id = some_id()}));
  const auto record = open_peer_record(*envelope);
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, Errc::kUnsupported);
}

TEST(PeerRecord, BadAddressesAreDroppedAndTheRecordStands) {
  const Multiaddr good = address("/ip4/1.2.3.4/tcp/5");
  auto protoc = to_oracle(
      {.id = some_id(), .addresses = {good.with_peer_id(numbered_peer(9)), good.with_peer_id(some_id()), good}});
  protoc.add_addresses()->set_multiaddr("rubbish");
  protoc.add_addresses();
  const auto record = open_peer_record(sealed(protoc));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->addresses, std::vector{good});
}

TEST(PeerRecord, KeepsAtMostTheBoundOfAddresses) {
  const auto record = open_peer_record(
      sealed(to_oracle({.id = some_id(), .addresses = numbered_addresses(kMaxPeerRecordAddresses + 1)})));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->addresses, numbered_addresses(kMaxPeerRecordAddresses));
}

TEST(PeerRecord, SealsAtMostSixteenAddresses) {
  const auto envelope = seal_peer_record(some_key(), 1, numbered_addresses(17));
  ASSERT_TRUE(envelope);
  const auto record = open_peer_record(*envelope);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->addresses, numbered_addresses(kMaxSealedPeerRecordAddresses));
}

TEST(PeerRecord, UnknownFieldsAreSkipped) {
  Bytes payload = encode_peer_record({.id = some_id(), .seq = 5});
  append(payload, test::unknown_fields());
  const auto record = decode_peer_record(payload);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->seq, 5U);
}

TEST(PeerRecord, KnownFieldsOfTheWrongWireTypeAreMalformed) {
  for (const auto* hex : {"0801", "1200", "1801", "1a020801"}) {
    Bytes payload = encode_peer_record({.id = some_id()});
    append(payload, *from_hex(hex));
    EXPECT_FALSE(decode_peer_record(payload)) << hex;
  }
}

}  // namespace
}  // namespace pond::wire
