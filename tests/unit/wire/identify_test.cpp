#include "pond/wire/identify.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/wire/frame.hpp"
#include "pond/wire/peer_record.hpp"

#include "oracle.pb.h"
#include "wire_samples.hpp"

namespace pond::wire {
namespace {

using test::address;
using test::long_address;
using test::numbered_addresses;
using test::numbered_peer;

crypto::PrivateKey some_key() {
  return test::ed25519_key(1);
}
PeerId sender() {
  return PeerId::from_public_key(some_key().public_key());
}

std::string text(BytesView octets) {
  return to_string(octets);
}

Bytes encoded(const Identify& message) {
  Bytes out;
  encode_identify(message, out);
  return out;
}

Identify decoded(BytesView protobuf) {
  return decode_identify(protobuf, sender()).value();
}

Identify decoded(const oracle::Identify& protoc) {
  return decoded(as_bytes(protoc.SerializeAsString()));
}

Errc decode_error(BytesView protobuf) {
  const auto message = decode_identify(protobuf, sender());
  EXPECT_FALSE(message);
  return message ? Errc::kInternal : message.error().code;
}

/// What a bootstrap node with that many addresses and protocols says.
Identify sample(std::size_t addresses = 2, std::size_t protocols = 4) {
  Identify message{.public_key = some_key().public_key(),
                   .listen_addresses = numbered_addresses(addresses),
                   .protocols = std::vector<std::string>{},
                   .observed_address = address("/ip4/198.51.100.1/tcp/4001"),
                   .protocol_version = "ipfs/0.1.0",
                   .agent_version = "pond/0.1.0",
                   .signed_peer_record = seal_peer_record(some_key(), 1, numbered_addresses(addresses)).value()};
  for (std::size_t i = 0; i < protocols; ++i) {
    message.protocols->push_back("/protocol/" + std::to_string(i) + "/1.0.0");
  }
  return message;
}

oracle::Identify to_oracle(const Identify& message) {
  oracle::Identify out;
  if (message.public_key) {
    out.set_public_key(text(encode_public_key(*message.public_key)));
  }
  for (const Multiaddr& one : message.listen_addresses.value_or(std::vector<Multiaddr>{})) {
    out.add_listen_addrs(text(one.bytes()));
  }
  for (const std::string& protocol : message.protocols.value_or(std::vector<std::string>{})) {
    out.add_protocols(protocol);
  }
  if (message.observed_address) {
    out.set_observed_addr(text(message.observed_address->bytes()));
  }
  if (message.protocol_version) {
    out.set_protocol_version(*message.protocol_version);
  }
  if (message.agent_version) {
    out.set_agent_version(*message.agent_version);
  }
  if (message.signed_peer_record) {
    out.set_signed_peer_record(text(*message.signed_peer_record));
  }
  return out;
}

/// Any subset of the fields, as a push may carry; lists are absent or not empty, since the wire knows nothing else.
Identify draw_identify() {
  const Identify all = sample(*rc::gen::inRange<std::size_t>(1, 5), *rc::gen::inRange<std::size_t>(1, 5));
  Identify message;
  const auto maybe = [](auto& to, const auto& from) {
    if (*rc::gen::arbitrary<bool>()) {
      to = from;
    }
  };
  maybe(message.public_key, all.public_key);
  maybe(message.listen_addresses, all.listen_addresses);
  maybe(message.protocols, all.protocols);
  maybe(message.observed_address, all.observed_address);
  maybe(message.protocol_version, all.protocol_version);
  maybe(message.agent_version, all.agent_version);
  maybe(message.signed_peer_record, all.signed_peer_record);
  return message;
}

RC_GTEST_PROP(IdentifyProperty, WritesTheSameOctetsAsProtoc, ()) {
  const Identify message = draw_identify();
  RC_ASSERT(encoded(message) == to_bytes(to_oracle(message).SerializeAsString()));
}

RC_GTEST_PROP(IdentifyProperty, ReadsWhatProtocWrites, ()) {
  const Identify message = draw_identify();
  RC_ASSERT(decoded(to_oracle(message)) == message);
}

RC_GTEST_PROP(IdentifyProperty, UnknownFieldsChangeNothing, ()) {
  const Identify message = draw_identify();
  Bytes octets = test::unknown_fields();
  append(octets, encoded(message));
  append(octets, test::unknown_fields());
  RC_ASSERT(decoded(octets) == message);
}

RC_GTEST_PROP(IdentifyProperty, NoTruncationIsMistakenForTheWhole, ()) {
  const Identify message = draw_identify();
  const Bytes whole = encoded(message);
  RC_PRE(!whole.empty());
  const auto read = decode_identify(BytesView{whole}.first(*rc::gen::inRange<std::size_t>(0, whole.size())), sender());
  RC_ASSERT((!read || *read != message));
}

RC_GTEST_PROP(IdentifyProperty, SurvivesAnyOctets, (const Bytes& octets)) {
  [[maybe_unused]] const auto read = decode_identify(octets, sender());
}

RC_GTEST_PROP(IdentifyProperty, StaysWithinFourKibibytesWhateverItIsGiven, ()) {
  Identify message = sample(0, *rc::gen::inRange<std::size_t>(0, 300));
  message.protocol_version = std::string(*rc::gen::inRange<std::size_t>(0, 5'000), 'v');
  message.agent_version = std::string(*rc::gen::inRange<std::size_t>(0, 5'000), 'a');
  message.observed_address = long_address(*rc::gen::inRange<std::size_t>(1, 1'000));
  message.signed_peer_record = Bytes(*rc::gen::inRange<std::size_t>(0, 5'000), 1);
  const auto count = *rc::gen::inRange<std::size_t>(0, 40);
  const auto size = *rc::gen::inRange<std::size_t>(1, 1'000);
  message.listen_addresses->assign(count, long_address(size));
  Bytes frame;
  append_frame(frame, encoded(message));
  RC_ASSERT(frame.size() <= 4'096U);
}

// Trap: rust-libp2p reads exactly one identify message, of at most 4,096 octets.
TEST(IdentifyTraps, ANodeWithManyAddressesAndProtocolsSendsOneMessageOfTwoKibibytes) {
  Identify message = sample(40, 12);
  const Bytes octets = encoded(message);
  EXPECT_LE(octets.size(), kIdentifyComfortableBytes);
  const Identify read = decoded(octets);
  EXPECT_EQ(read.protocols, message.protocols);
  EXPECT_EQ(read.signed_peer_record, message.signed_peer_record);
  EXPECT_EQ(read.listen_addresses, numbered_addresses(16));
}

TEST(IdentifyTraps, LongAddressesNeverPushItOverFourKibibytes) {
  Identify message = sample(0, 12);
  for (char c = 'a'; c < 'a' + 16; ++c) {
    message.listen_addresses->push_back(long_address(400, c));
  }
  const Bytes octets = encoded(message);
  EXPECT_LE(octets.size(), kMaxIdentifySentBytes);
  EXPECT_EQ(decoded(octets).listen_addresses->size(), kIdentifyAssuredAddresses);
  EXPECT_EQ(decoded(octets).protocols, message.protocols);
}

TEST(Identify, SaysWhenSomethingWasLeftOut) {
  Bytes out;
  EXPECT_TRUE(encode_identify(sample(16), out));
  EXPECT_FALSE(encode_identify(sample(17), out));
  EXPECT_FALSE(encode_identify({.signed_peer_record = Bytes(5'000)}, out));
  EXPECT_FALSE(encode_identify({.agent_version = std::string(kMaxIdentifyTextBytes + 1, 'a')}, out));
}

TEST(Identify, AnOverlongSignedRecordDoesNotCostTheRest) {
  Identify message = sample();
  message.signed_peer_record = Bytes(4'000, 1);
  const Identify read = decoded(encoded(message));
  message.signed_peer_record.reset();
  EXPECT_EQ(read, message);
}

TEST(Identify, AppendsToWhatIsThere) {
  Bytes out = to_bytes("before");
  encode_identify({.agent_version = "x"}, out);
  EXPECT_EQ(to_hex(out), to_hex(as_bytes("before")) + "320178");
}

TEST(Identify, AnEmptyMessageHasNoFieldAtAll) {
  EXPECT_EQ(decoded(Bytes{}), Identify{});
}

TEST(Identify, AnEmptyTextIsThere) {
  EXPECT_EQ(decoded(*from_hex("3200")).agent_version, "");
  EXPECT_EQ(to_hex(encoded({.agent_version = ""})), "3200");
}

TEST(Identify, AListOfUnusableEntriesIsThereAndEmpty) {
  const Identify read =
      decoded(*from_hex("1203ffffff"
                        "1a0101"));
  EXPECT_EQ(read.listen_addresses, std::vector<Multiaddr>{});
  EXPECT_EQ(read.protocols, std::vector<std::string>{});
}

TEST(Identify, TheKeyOfAnotherPeerIsWrongPeer) {
  oracle::Identify protoc;
  protoc.set_public_key(text(encode_public_key(test::ed25519_key(2).public_key())));
  EXPECT_EQ(decode_error(as_bytes(protoc.SerializeAsString())), Errc::kWrongPeer);
}

TEST(Identify, AKeyOfAnUnknownKindCountsAsAbsent) {
  EXPECT_FALSE(decoded(*from_hex("0a05"
                                 "0809120101"))
                   .public_key);
}

TEST(Identify, AKeyThatDoesNotParseIsMalformed) {
  EXPECT_EQ(decode_error(*from_hex("0a03"
                                   "ffffff")),
            Errc::kMalformed);
}

TEST(Identify, ListenAddressesLoseTheSendersId) {
  oracle::Identify protoc;
  protoc.add_listen_addrs(text(address("/ip4/1.2.3.4/tcp/5").with_peer_id(sender()).bytes()));
  EXPECT_EQ(decoded(protoc).listen_addresses, std::vector{address("/ip4/1.2.3.4/tcp/5")});
}

TEST(Identify, ListenAddressesOfAnotherPeerAreDropped) {
  oracle::Identify protoc;
  protoc.add_listen_addrs(text(address("/ip4/1.2.3.4/tcp/5").with_peer_id(numbered_peer(1)).bytes()));
  EXPECT_EQ(decoded(protoc).listen_addresses, std::vector<Multiaddr>{});
}

TEST(Identify, TheObservedAddressLosesTheReceiversId) {
  oracle::Identify protoc;
  protoc.set_observed_addr(text(address("/ip4/1.2.3.4/tcp/5").with_peer_id(numbered_peer(1)).bytes()));
  EXPECT_EQ(decoded(protoc).observed_address, address("/ip4/1.2.3.4/tcp/5"));
}

TEST(Identify, AnObservedAddressThatDoesNotParseCountsAsAbsent) {
  oracle::Identify protoc;
  protoc.set_observed_addr("rubbish");
  EXPECT_FALSE(decoded(protoc).observed_address);
  protoc.set_observed_addr("");
  EXPECT_FALSE(decoded(protoc).observed_address);
}

TEST(Identify, VersionsAreCleanedOfControlCharacters) {
  oracle::Identify protoc;
  protoc.set_agent_version("evil\x1b[2J\xff");
  protoc.set_protocol_version("line\nbreak");
  EXPECT_EQ(decoded(protoc).agent_version, "evil?[2J?");
  EXPECT_EQ(decoded(protoc).protocol_version, "line?break");
}

TEST(Identify, VersionsAreCutToTheirBound) {
  oracle::Identify protoc;
  protoc.set_agent_version(std::string(kMaxIdentifyTextBytes + 1, 'a'));
  EXPECT_EQ(decoded(protoc).agent_version, std::string(kMaxIdentifyTextBytes, 'a'));
}

TEST(Identify, ProtocolsThatAreOverlongOrUncleanAreDropped) {
  oracle::Identify protoc;
  protoc.add_protocols(std::string(kMaxIdentifyTextBytes + 1, 'p'));
  protoc.add_protocols("/with\ncontrol");
  protoc.add_protocols("\xff");
  protoc.add_protocols("");
  protoc.add_protocols("/good");
  EXPECT_EQ(decoded(protoc).protocols, std::vector<std::string>{"/good"});
}

TEST(Identify, DoubledEntriesAreKeptOnce) {
  oracle::Identify protoc;
  for (int i = 0; i < 2; ++i) {
    protoc.add_protocols("/p");
    protoc.add_listen_addrs(text(address("/ip4/1.2.3.4/tcp/5").bytes()));
  }
  EXPECT_EQ(decoded(protoc).protocols->size(), 1U);
  EXPECT_EQ(decoded(protoc).listen_addresses->size(), 1U);
}

TEST(Identify, KeepsAtMostTheBoundOfProtocols) {
  oracle::Identify protoc;
  for (std::size_t i = 0; i <= kMaxIdentifyProtocols; ++i) {
    protoc.add_protocols("/p/" + std::to_string(i));
  }
  EXPECT_EQ(decoded(protoc).protocols->size(), kMaxIdentifyProtocols);
}

TEST(Identify, KeepsAtMostTheBoundOfAddresses) {
  oracle::Identify protoc;
  for (const Multiaddr& one : numbered_addresses(kMaxIdentifyAddresses + 1)) {
    protoc.add_listen_addrs(text(one.bytes()));
  }
  EXPECT_EQ(decoded(protoc).listen_addresses, numbered_addresses(kMaxIdentifyAddresses));
}

TEST(Identify, AnOverlongMessageIsTooLarge) {
  oracle::Identify protoc;
  protoc.set_agent_version(std::string(kMaxIdentifyBytes - 3, 'a'));
  ASSERT_EQ(protoc.ByteSizeLong(), kMaxIdentifyBytes);
  EXPECT_TRUE(decode_identify(as_bytes(protoc.SerializeAsString()), sender()));
  protoc.set_agent_version(std::string(kMaxIdentifyBytes - 2, 'a'));
  EXPECT_EQ(decode_error(as_bytes(protoc.SerializeAsString())), Errc::kTooLarge);
}

TEST(Identify, KnownFieldsOfTheWrongWireTypeAreMalformed) {
  for (const auto* hex : {"0801", "1001", "1801", "2001", "2801", "3001", "4001"}) {
    EXPECT_EQ(decode_error(*from_hex(hex)), Errc::kMalformed) << hex;
  }
}

TEST(IdentifyMerge, ASecondMessageWithTheSignedRecordAddsIt) {
  const Identify all = sample();
  Identify first = all;
  first.signed_peer_record.reset();
  merge_identify(first, {.signed_peer_record = all.signed_peer_record});
  EXPECT_EQ(first, all);
}

TEST(IdentifyMerge, ListsGrowWithEachEntryOnce) {
  Identify merged{.listen_addresses = numbered_addresses(2), .protocols = std::vector<std::string>{"/a", "/b"}};
  merge_identify(merged,
                 {.listen_addresses = numbered_addresses(3), .protocols = std::vector<std::string>{"/b", "/c"}});
  EXPECT_EQ(merged.listen_addresses, numbered_addresses(3));
  EXPECT_EQ(merged.protocols, (std::vector<std::string>{"/a", "/b", "/c"}));
}

TEST(IdentifyMerge, ALaterSingleFieldReplaces) {
  Identify merged{.protocol_version = "p", .agent_version = "a"};
  merge_identify(merged, {.agent_version = "b"});
  EXPECT_EQ(merged.agent_version, "b");
  EXPECT_EQ(merged.protocol_version, "p");
}

TEST(IdentifyMerge, ListsStayWithinTheirBounds) {
  Identify merged;
  for (std::uint32_t round = 0; round < kMaxIdentifyMessages; ++round) {
    Identify more{.listen_addresses = numbered_addresses(60, 1 + round * 60), .protocols = std::vector<std::string>{}};
    for (int i = 0; i < 100; ++i) {
      more.protocols->push_back("/" + std::to_string(round) + "/" + std::to_string(i));
    }
    merge_identify(merged, more);
  }
  EXPECT_EQ(merged.listen_addresses->size(), kMaxIdentifyAddresses);
  EXPECT_EQ(merged.protocols->size(), kMaxIdentifyProtocols);
}

TEST(IdentifyPush, AbsentFieldsStayAsTheyWere) {
  const Identify known = sample();
  Identify after = known;
  apply_identify_push(after, {});
  EXPECT_EQ(after, known);
}

TEST(IdentifyPush, TheProtocolListIsReplaced) {
  Identify known = sample();
  apply_identify_push(known, {.protocols = std::vector<std::string>{"/only"}});
  EXPECT_EQ(known.protocols, std::vector<std::string>{"/only"});
  EXPECT_EQ(known.listen_addresses, sample().listen_addresses);
}

TEST(IdentifyPush, TheAddressesAreReplaced) {
  Identify known = sample();
  apply_identify_push(known, {.listen_addresses = numbered_addresses(1, 99)});
  EXPECT_EQ(known.listen_addresses, numbered_addresses(1, 99));
}

}  // namespace
}  // namespace pond::wire
