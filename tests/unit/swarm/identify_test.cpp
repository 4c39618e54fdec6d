#include "pond/wire/identify.hpp"

#include <string>

#include <gtest/gtest.h>

#include "pond/wire/frame.hpp"
#include "pond/wire/peer_record.hpp"

#include "support/framed.hpp"
#include "support/swarm_pair.hpp"
#include "support/swarm_scripted.hpp"

namespace pond::swarm {
namespace {

using test::address;
using test::framed;
using test::ScriptedPeer;
using test::SwarmHost;
using test::SwarmNet;
using test::SwarmPair;
using Kind = ConnectionEvent::Kind;

constexpr std::string_view kIdentify = "/ipfs/id/1.0.0";
constexpr std::string_view kPush = "/ipfs/id/push/1.0.0";

struct SwarmIdentify : testing::Test, SwarmPair {};

TEST_F(SwarmIdentify, TellsBothSidesWhatTheOtherIs) {
  serve(b, {"/x", "/y"});
  connect();
  const IdentifyInfo* info = a.swarm().identified(b_in_a());
  ASSERT_NE(info, nullptr);
  EXPECT_TRUE(info->speaks("/x"));
  EXPECT_TRUE(info->speaks("/y"));
  EXPECT_TRUE(info->speaks(kIdentify));
  EXPECT_TRUE(info->speaks(kPush));
  EXPECT_TRUE(info->speaks("/ipfs/ping/1.0.0"));
  EXPECT_FALSE(info->speaks("/z"));
  EXPECT_EQ(info->agent_version, "pond/0.1.0");
  EXPECT_EQ(info->protocol_version, "ipfs/0.1.0");
  EXPECT_EQ(info->observed_address->to_string().substr(0, 14), "/ip4/10.1.1.1/");
  EXPECT_NE(b.swarm().identified(a_in_b()), nullptr);
}

TEST_F(SwarmIdentify, LeavesNoStreamBehind) {
  connect();
  net.run_for(1s);
  a.swarm().disconnect(b_in_a(), net.now);
  EXPECT_EQ(a.count<StreamFailed>() + a.count<StreamOpened>(), 0U);
}

TEST_F(SwarmIdentify, PutsSignedAddressesIntoTheBook) {
  b.swarm().set_announced_addresses({address("/ip4/5.5.5.5/tcp/4001")}, 1, net.now);
  connect();
  EXPECT_EQ(a.book.addresses(b_in_a(), net.now).front(), address("/ip4/5.5.5.5/tcp/4001"));
  EXPECT_EQ(a.swarm().identified(b_in_a())->listen_addresses, std::vector{address("/ip4/5.5.5.5/tcp/4001")});
}

TEST_F(SwarmIdentify, TellsPeersOfNewProtocols) {
  connect();
  serve(b, {"/new"});
  net.run_for(100ms);
  EXPECT_TRUE(a.swarm().identified(b_in_a())->speaks("/new"));
  EXPECT_EQ(a.count<PeerIdentified>(), 2U);
  serve(b, {});
  net.run_for(100ms);
  EXPECT_FALSE(a.swarm().identified(b_in_a())->speaks("/new"));
}

TEST_F(SwarmIdentify, TellsNobodyOfTheSameProtocolsAgain) {
  serve(b, {"/x"});
  connect();
  serve(b, {"/x"});
  net.run_for(100ms);
  EXPECT_EQ(a.count<PeerIdentified>(), 1U);
}

TEST_F(SwarmIdentify, TellsPeersOfNewAddresses) {
  connect();
  b.swarm().set_announced_addresses({address("/ip4/5.5.5.5/tcp/1")}, 7, net.now);
  b.pump();
  net.run_for(100ms);
  EXPECT_EQ(a.swarm().identified(b_in_a())->listen_addresses, std::vector{address("/ip4/5.5.5.5/tcp/1")});
}

TEST_F(SwarmIdentify, TellsAPeerOfWhatChangedWhileItWasBeingIdentified) {
  net.latency = 20ms;
  dial(a, b.full_address());
  // b answers a's question before it has a's own answer.
  for (int i = 0; i < 100 && b.count<PeerIdentified>() == 0; ++i) {
    net.run_for(5ms);
    if (b.swarm().connection_count() == 1 && b.count<PeerIdentified>() == 0) {
      serve(b, {"/late" + std::to_string(i)});
    }
  }
  serve(b, {"/late"});
  net.run_for(1s);
  EXPECT_TRUE(a.swarm().identified(b_in_a())->speaks("/late"));
}

TEST_F(SwarmIdentify, StaysWithinFourKibibytesWhateverItHasToSay) {
  std::vector<std::string> protocols;
  for (int i = 0; i < 100; ++i) {
    protocols.push_back("/a/rather/long/name/of/a/protocol/" + std::to_string(i) + std::string(100, 'p'));
  }
  std::vector<wire::Multiaddr> many;
  for (int i = 0; i < 60; ++i) {
    many.push_back(address("/dns4/" + std::string(60, 'n') + std::to_string(i) + ".example/tcp/4001"));
  }
  a.swarm().set_announced_addresses(many, 1, net.now);
  serve(a, protocols);
  ScriptedPeer peer{net, 7};
  peer.dial(a);
  net.run_for(100ms);
  const std::uint32_t stream = peer.open(kIdentify, {}, true);
  net.run_for(100ms);
  EXPECT_GT(peer.machine().peek(stream).size(), 2000U);
  EXPECT_LE(peer.machine().peek(stream).size(), 4096U);
}

/// A swarm and a peer whose answer to identify the test writes.
struct SwarmIdentifyAnswer : testing::Test {
  SwarmNet net;
  SwarmHost& host = net.add(config());
  ScriptedPeer peer{net, 7};
  std::uint32_t asked = 0;

  static Config config() { return {}; }

  void SetUp() override {
    peer.protocols = {kIdentify};
    peer.on_event = [this](const ConnectionEvent& event) {
      if (event.kind == Kind::kStreamOpened) {
        asked = event.stream;
      }
    };
    peer.dial(host);
    net.run_for(100ms);
    ASSERT_NE(asked, 0U);
  }
  peers::PeerHandle handle() { return host.handle_of(peer.id()); }
  wire::Identify info() {
    return {.public_key = peer.key().public_key(),
            .listen_addresses = std::vector{address("/ip4/6.6.6.6/tcp/1"), address("/ip4/192.168.0.1/tcp/1")},
            .protocols = std::vector<std::string>{"/p", std::string{kPush}},
            .agent_version = "test/1"};
  }
  Bytes record(std::uint64_t sequence, std::string_view where) {
    return wire::seal_peer_record(peer.key(), sequence, {address(where)}).value();
  }
  void answer(BytesView bytes, bool finish = true) {
    EXPECT_EQ(peer.machine().write(asked, bytes), bytes.size());
    if (finish) {
      peer.machine().finish(asked);
    }
    peer.pump();
    net.run_for(100ms);
  }
  void push(const wire::Identify& message) {
    (void)peer.open(kPush, framed(message), true);
    net.run_for(100ms);
  }
};

TEST_F(SwarmIdentifyAnswer, HasItsSideOfTheQuestionFinished) {
  EXPECT_EQ(peer.count(Kind::kStreamFinished), 1U);
}

TEST_F(SwarmIdentifyAnswer, IsTakenWithTheListedAddresses) {
  answer(framed(info()));
  ASSERT_EQ(host.count<PeerIdentified>(), 1U);
  EXPECT_EQ(host.last<PeerIdentified>()->info.agent_version, "test/1");
  EXPECT_EQ(host.book.addresses(handle(), net.now).size(), 2U);
  EXPECT_EQ(peer.machine().stream_count(), 0U);
}

TEST_F(SwarmIdentifyAnswer, IsTakenOnlyWhenThePeerHasFinished) {
  answer(framed(info()), false);
  EXPECT_EQ(host.count<PeerIdentified>(), 0U);
  net.run_for(5s);
  EXPECT_EQ(host.count<PeerIdentified>(), 1U) << "complete messages count at the end of the time";
  EXPECT_EQ(peer.machine().stream_count(), 0U);
}

TEST_F(SwarmIdentifyAnswer, IsNotAwaitedForMoreThanFiveSeconds) {
  net.run_for(4800ms);
  EXPECT_EQ(peer.machine().stream_count(), 1U);
  net.run_for(200ms);
  EXPECT_EQ(peer.machine().stream_count(), 0U);
  EXPECT_EQ(host.count<PeerIdentified>(), 0U);
  EXPECT_TRUE(host.swarm().connected(handle()));
}

TEST_F(SwarmIdentifyAnswer, MayComeInSeveralMessages) {
  Bytes bytes = framed({.protocols = std::vector<std::string>{"/one"}});
  append(bytes, framed({.protocols = std::vector<std::string>{"/two"}, .agent_version = "test/2"}));
  answer(bytes);
  EXPECT_TRUE(host.swarm().identified(handle())->speaks("/one"));
  EXPECT_TRUE(host.swarm().identified(handle())->speaks("/two"));
  EXPECT_EQ(host.swarm().identified(handle())->agent_version, "test/2");
}

TEST_F(SwarmIdentifyAnswer, MayComeInTenMessagesAndNoMore) {
  Bytes ten;
  for (int i = 0; i < 10; ++i) {
    append(ten, framed({.protocols = std::vector<std::string>{"/" + std::to_string(i)}}));
  }
  answer(ten);
  EXPECT_TRUE(host.swarm().identified(handle())->speaks("/9"));
}

TEST_F(SwarmIdentifyAnswer, IsDroppedWithItsEleventhMessage) {
  Bytes eleven;
  for (int i = 0; i < 11; ++i) {
    append(eleven, framed({.protocols = std::vector<std::string>{"/" + std::to_string(i)}}));
  }
  answer(eleven);
  EXPECT_EQ(host.count<PeerIdentified>(), 0U);
  EXPECT_EQ(peer.machine().stream_count(), 0U);
}

TEST_F(SwarmIdentifyAnswer, IsDroppedWhenAMessageIsTooLong) {
  Bytes bytes;
  wire::append_varint(bytes, 8 * 1024 + 1);
  answer(bytes, false);
  EXPECT_EQ(peer.count(Kind::kStreamFailed), 1U);
  EXPECT_EQ(host.count<PeerIdentified>(), 0U);
  EXPECT_TRUE(host.swarm().connected(handle()));
}

TEST_F(SwarmIdentifyAnswer, IsDroppedWhenItDoesNotParse) {
  answer(Bytes{3, 0xff, 0xff, 0xff}, false);
  EXPECT_EQ(peer.count(Kind::kStreamFailed), 1U);
  EXPECT_EQ(host.swarm().identified(handle()), nullptr);
}

TEST_F(SwarmIdentifyAnswer, IsDroppedWhenItCarriesAnotherPeersKey) {
  SeededRng rng{99};
  wire::Identify message = info();
  message.public_key = crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng)->public_key();
  answer(framed(message));
  EXPECT_EQ(host.count<PeerIdentified>(), 0U);
}

TEST_F(SwarmIdentifyAnswer, MeansNothingWhenItIsEmpty) {
  answer({});
  EXPECT_EQ(host.count<PeerIdentified>(), 0U);
  EXPECT_EQ(peer.machine().stream_count(), 0U);
}

TEST_F(SwarmIdentifyAnswer, PrefersTheSignedAddresses) {
  wire::Identify message = info();
  message.signed_peer_record = record(5, "/ip4/7.7.7.7/tcp/7");
  answer(framed(message));
  EXPECT_EQ(host.swarm().identified(handle())->listen_addresses, std::vector{address("/ip4/7.7.7.7/tcp/7")});
  EXPECT_EQ(host.book.addresses(handle(), net.now), std::vector{address("/ip4/7.7.7.7/tcp/7")});
}

TEST_F(SwarmIdentifyAnswer, IgnoresARecordThatIsOlderThanTheOneItHas) {
  wire::Identify message = info();
  message.signed_peer_record = record(5, "/ip4/7.7.7.7/tcp/7");
  answer(framed(message));
  message.signed_peer_record = record(4, "/ip4/8.8.8.8/tcp/8");
  push(message);
  EXPECT_EQ(host.count<PeerIdentified>(), 2U);
  const auto known = host.book.addresses(handle(), net.now);
  EXPECT_EQ(std::ranges::count(known, address("/ip4/8.8.8.8/tcp/8")), 0);
}

TEST_F(SwarmIdentifyAnswer, TakesARecordThatIsNewer) {
  wire::Identify message = info();
  message.signed_peer_record = record(5, "/ip4/7.7.7.7/tcp/7");
  answer(framed(message));
  message.signed_peer_record = record(6, "/ip4/8.8.8.8/tcp/8");
  push(message);
  EXPECT_EQ(host.book.addresses(handle(), net.now), std::vector{address("/ip4/8.8.8.8/tcp/8")});
}

TEST_F(SwarmIdentifyAnswer, YieldsToAPushThatListsOtherAddressesWithoutSigning) {
  wire::Identify message = info();
  message.signed_peer_record = record(5, "/ip4/7.7.7.7/tcp/7");
  answer(framed(message));
  push({.listen_addresses = std::vector{address("/ip4/9.9.9.9/tcp/9")}});
  EXPECT_EQ(host.swarm().identified(handle())->listen_addresses, std::vector{address("/ip4/9.9.9.9/tcp/9")});
  EXPECT_EQ(host.book.addresses(handle(), net.now), std::vector{address("/ip4/9.9.9.9/tcp/9")});
}

TEST_F(SwarmIdentifyAnswer, KeepsItsSignedAddressesWhenAPushNamesNone) {
  wire::Identify message = info();
  message.signed_peer_record = record(5, "/ip4/7.7.7.7/tcp/7");
  answer(framed(message));
  push({.protocols = std::vector<std::string>{"/q"}});
  EXPECT_EQ(host.swarm().identified(handle())->listen_addresses, std::vector{address("/ip4/7.7.7.7/tcp/7")});
  EXPECT_EQ(host.book.addresses(handle(), net.now), std::vector{address("/ip4/7.7.7.7/tcp/7")});
}

TEST_F(SwarmIdentifyAnswer, TakesANewerRecordAfterAListWithoutOne) {
  wire::Identify message = info();
  message.signed_peer_record = record(5, "/ip4/7.7.7.7/tcp/7");
  answer(framed(message));
  push({.listen_addresses = std::vector{address("/ip4/9.9.9.9/tcp/9")}});
  push({.signed_peer_record = record(6, "/ip4/8.8.8.8/tcp/8")});
  EXPECT_EQ(host.swarm().identified(handle())->listen_addresses, std::vector{address("/ip4/8.8.8.8/tcp/8")});
}

TEST_F(SwarmIdentifyAnswer, TakesTheListThatComesWithAnOlderRecord) {
  wire::Identify message = info();
  message.signed_peer_record = record(5, "/ip4/7.7.7.7/tcp/7");
  answer(framed(message));
  push({.listen_addresses = std::vector{address("/ip4/9.9.9.9/tcp/9")},
        .signed_peer_record = record(4, "/ip4/8.8.8.8/tcp/8")});
  EXPECT_EQ(host.swarm().identified(handle())->listen_addresses, std::vector{address("/ip4/9.9.9.9/tcp/9")});
}

TEST_F(SwarmIdentifyAnswer, IsUnchangedByAnOlderRecordAlone) {
  wire::Identify message = info();
  message.signed_peer_record = record(5, "/ip4/7.7.7.7/tcp/7");
  answer(framed(message));
  push({.signed_peer_record = record(4, "/ip4/8.8.8.8/tcp/8")});
  EXPECT_EQ(host.swarm().identified(handle())->listen_addresses, std::vector{address("/ip4/7.7.7.7/tcp/7")});
  EXPECT_EQ(host.book.addresses(handle(), net.now), std::vector{address("/ip4/7.7.7.7/tcp/7")});
}

TEST_F(SwarmIdentifyAnswer, IgnoresARecordOfAnotherPeer) {
  SeededRng rng{99};
  const auto other = crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng).value();
  wire::Identify message = info();
  message.signed_peer_record = wire::seal_peer_record(other, 9, {address("/ip4/8.8.8.8/tcp/8")}).value();
  answer(framed(message));
  EXPECT_EQ(host.swarm().identified(handle())->listen_addresses, *message.listen_addresses);
}

TEST_F(SwarmIdentifyAnswer, IgnoresARecordThatWasTamperedWith) {
  wire::Identify message = info();
  message.signed_peer_record = record(5, "/ip4/7.7.7.7/tcp/7");
  message.signed_peer_record->back() ^= 1;
  answer(framed(message));
  EXPECT_EQ(host.swarm().identified(handle())->listen_addresses, *message.listen_addresses);
}

TEST_F(SwarmIdentifyAnswer, LeavesWhatAPushDoesNotName) {
  answer(framed(info()));
  push({.protocols = std::vector<std::string>{"/q"}});
  EXPECT_FALSE(host.swarm().identified(handle())->speaks("/p"));
  EXPECT_TRUE(host.swarm().identified(handle())->speaks("/q"));
  EXPECT_EQ(host.swarm().identified(handle())->agent_version, "test/1");
  EXPECT_EQ(host.swarm().identified(handle())->listen_addresses.size(), 2U);
}

TEST_F(SwarmIdentifyAnswer, IsFollowedByTwoPushesAtOnceAndNoMore) {
  answer(framed(info()));
  for (int i = 0; i < 3; ++i) {
    (void)peer.open(kPush, {}, false);
  }
  net.run_for(100ms);
  EXPECT_EQ(peer.count(Kind::kStreamFailed), 1U);
  EXPECT_EQ(host.swarm().counters().streams_over_limit, 1U);
}

TEST_F(SwarmIdentifyAnswer, GetsNoPushWhenThePeerDoesNotSupportIt) {
  wire::Identify message = info();
  message.protocols = std::vector<std::string>{"/p"};
  answer(framed(message));
  const std::size_t before = peer.count(Kind::kStreamOpened);
  peer.protocols = {kIdentify, kPush};
  host.swarm().set_protocols({"/new"}, net.now);
  net.run_for(100ms);
  EXPECT_EQ(peer.count(Kind::kStreamOpened), before);
}

TEST_F(SwarmIdentifyAnswer, GetsAPushWhenThePeerSupportsIt) {
  answer(framed(info()));
  peer.protocols = {kIdentify, kPush};
  host.swarm().set_protocols({"/new"}, net.now);
  net.run_for(100ms);
  ASSERT_EQ(peer.count(Kind::kStreamOpened), 2U);
  BytesView bytes = peer.machine().peek(asked);
  wire::FrameReader reader{8192};
  const auto frame = reader.next(bytes);
  const auto message = wire::decode_identify(**frame, host.id());
  EXPECT_EQ(std::ranges::count(*message->protocols, "/new"), 1);
}

struct SwarmIdentifyFilter : SwarmIdentifyAnswer {
  SwarmHost& global = net.add({.address_filter = AddressFilter::kGlobalOnly});
};

TEST_F(SwarmIdentifyFilter, LearnsGlobalAddressesOnlyOnTheOpenInternet) {
  ScriptedPeer other{net, 8};
  other.protocols = {kIdentify};
  other.on_event = [&](const ConnectionEvent& event) {
    if (event.kind == Kind::kStreamOpened) {
      wire::Identify message = info();
      message.public_key = other.key().public_key();
      (void)other.machine().write(event.stream, framed(message));
      other.machine().finish(event.stream);
    }
  };
  other.dial(global);
  net.run_for(100ms);
  const auto peer_handle = global.handle_of(other.id());
  ASSERT_NE(global.swarm().identified(peer_handle), nullptr);
  EXPECT_EQ(global.swarm().identified(peer_handle)->listen_addresses, std::vector{address("/ip4/6.6.6.6/tcp/1")});
  EXPECT_EQ(global.book.addresses(peer_handle, net.now), std::vector{address("/ip4/6.6.6.6/tcp/1")});
}

}  // namespace
}  // namespace pond::swarm
