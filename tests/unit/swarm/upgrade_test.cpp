#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/multistream_wire.hpp"
#include "support/swarm_pair.hpp"
#include "support/swarm_scripted.hpp"

namespace pond::swarm {
namespace {

using test::Chunking;
using test::expect_nothing_left;
using test::RawEnd;
using test::ScriptedPeer;
using test::SwarmPair;
using Kind = ConnectionEvent::Kind;

const std::string kMultistream = "/multistream/1.0.0";

struct SwarmUpgrade : testing::Test, SwarmPair {};

/// The same with a peer that agrees on the muxer inside Noise or behind it.
struct Muxers : testing::TestWithParam<bool>, SwarmPair {
  std::vector<std::string> muxers() const {
    return GetParam() ? std::vector<std::string>{"/yamux/1.0.0"} : std::vector<std::string>{};
  }
};

TEST_P(Muxers, AcceptsAPeer) {
  ScriptedPeer peer{net, 7, muxers()};
  peer.dial(a);
  net.run_for(100ms);
  EXPECT_TRUE(peer.established());
  EXPECT_TRUE(a.swarm().connected(a.handle_of(peer.id())));
}

TEST_P(Muxers, DialsAPeer) {
  ScriptedPeer peer{net, 7, muxers()};
  peer.listen(test::address("/ip4/10.5.5.5/tcp/1"));
  dial(a, test::address("/ip4/10.5.5.5/tcp/1").with_peer_id(peer.id()));
  net.run_for(100ms);
  EXPECT_TRUE(peer.established());
  EXPECT_TRUE(a.swarm().connected(a.handle_of(peer.id())));
}

TEST_P(Muxers, OpensStreamsBothWaysOverSingleOctets) {
  net.chunking = Chunking::kSingleOctets;
  serve(a, {"/x"});
  ScriptedPeer peer{net, 7, muxers()};
  peer.protocols = {"/y"};
  peer.dial(a);
  net.run_for(100ms);
  ASSERT_TRUE(peer.established());
  (void)peer.open("/x");
  EXPECT_TRUE(a.swarm().open_stream(a.handle_of(peer.id()), "/y", net.now).has_value());
  net.run_for(100ms);
  EXPECT_EQ(peer.count(Kind::kStreamReady), 1U);
  EXPECT_EQ(peer.count(Kind::kStreamOpened), 1U);
  EXPECT_EQ(a.count<StreamOpened>(), 1U);
  EXPECT_EQ(a.count<StreamReady>(), 1U);
}

INSTANTIATE_TEST_SUITE_P(SwarmUpgrade, Muxers, testing::Bool(), [](const auto& muxers) {
  return muxers.param ? std::string{"EarlyMuxer"} : std::string{"NegotiatedMuxer"};
});

TEST_F(SwarmUpgrade, ConnectsTwoSwarmsOverSingleOctets) {
  net.chunking = Chunking::kSingleOctets;
  connect();
  EXPECT_EQ(a.swarm().connection_count(), 1U);
  EXPECT_EQ(b.swarm().connection_count(), 1U);
}

TEST_F(SwarmUpgrade, SendsTheProposalAndNoiseInOneGo) {
  net.raw_listen(test::address("/ip4/10.5.5.5/tcp/1"), [](RawEnd&) {});
  std::size_t first = 0;
  net.raw_listen(test::address("/ip4/10.5.5.5/tcp/1"),
                 [&](RawEnd& raw) { raw.on_bytes = [&] { first = first == 0 ? raw.received.size() : first; }; });
  dial(a, test::address("/ip4/10.5.5.5/tcp/1"));
  net.run_for(10ms);
  EXPECT_EQ(first, test::messages(kMultistream, "/noise").size() + 34);
}

TEST_F(SwarmUpgrade, AnswersNaToOtherSecurityProtocolsAndThenTakesNoise) {
  RawEnd& raw = net.raw_dial(a);
  raw.send(test::messages(kMultistream, "/plaintext/2.0.0"));
  net.run_for(10ms);
  EXPECT_EQ(raw.received, test::messages(kMultistream, "na"));
  raw.send(test::message("/noise"));
  net.run_for(10ms);
  EXPECT_EQ(raw.received, test::messages(kMultistream, "na", "/noise"));
  EXPECT_EQ(a.swarm().half_open_count(), 1U);
}

TEST_F(SwarmUpgrade, GivesAListenerUpThatSpeaksNoSecurityProtocolOfOurs) {
  net.raw_listen(test::address("/ip4/10.5.5.5/tcp/1"),
                 [](RawEnd& raw) { raw.send(test::messages(kMultistream, "na")); });
  dial(a, test::address("/ip4/10.5.5.5/tcp/1"));
  net.run_for(10ms);
  EXPECT_EQ(a.last<DialDone>()->peer.error().code, Errc::kUnsupported);
  EXPECT_EQ(a.swarm().counters().handshakes_failed, 2U) << "once for each protocol";
  expect_nothing_left(a);
}

/// Octets that put the listener into a stage, and garbage for that stage.
struct Garbage {
  std::string name;
  Bytes before;
  Bytes garbage;
};

Bytes joined(Bytes first, BytesView second) {
  append(first, second);
  return first;
}

struct GarbageTest : testing::TestWithParam<Garbage>, SwarmPair {};

TEST_P(GarbageTest, ClosesTheConnection) {
  RawEnd& raw = net.raw_dial(a);
  raw.send(GetParam().before);
  net.run_for(10ms);
  EXPECT_FALSE(raw.closed);
  raw.send(GetParam().garbage);
  net.run_for(10ms);
  EXPECT_TRUE(raw.closed);
  EXPECT_EQ(a.swarm().counters().handshakes_failed, 1U);
  EXPECT_TRUE(a.events.empty());
  expect_nothing_left(a);
}

INSTANTIATE_TEST_SUITE_P(
    SwarmUpgrade, GarbageTest,
    testing::Values(Garbage{"Http", {}, to_bytes("GET / HTTP/1.1\r\n" + std::string(80, 'x'))},
                    Garbage{"WrongHeader", {}, test::message("/multistream/2.0.0")},
                    Garbage{"HugeLength", {}, Bytes{0xff, 0xff, 0xff, 0x7f}},
                    Garbage{"BadProposal", test::message("/multistream/1.0.0"), test::message("noise")},
                    Garbage{"ShortNoise", test::messages("/multistream/1.0.0", "/noise"), Bytes{0, 1, 0}},
                    Garbage{"HugeNoise", test::messages("/multistream/1.0.0", "/noise"), Bytes{0xff, 0xff}},
                    Garbage{"LowOrderKey", test::messages("/multistream/1.0.0", "/noise"),
                            joined({0, 32}, Bytes(32, 0))},
                    Garbage{"BadThirdMessage",
                            joined(test::messages("/multistream/1.0.0", "/noise"), joined({0, 32}, Bytes(32, 9))),
                            joined({0, 200}, Bytes(200, 7))}),
    [](const auto& garbage) { return garbage.param.name; });

TEST_F(SwarmUpgrade, ClosesAConnectionWhoseFramesDoNotVerify) {
  ScriptedPeer peer{net, 7};
  peer.dial(a);
  net.run_for(100ms);
  ASSERT_TRUE(peer.established());
  peer.raw().send(joined({0, 32}, Bytes(32, 0xaa)));
  net.run_for(100ms);
  EXPECT_TRUE(peer.closed());
  EXPECT_EQ(a.last<PeerDisconnected>()->why.code, Errc::kBadSignature);
  expect_nothing_left(a);
}

/// A dial that is secured, to a peer that has not answered the proposal of the muxer.
struct SwarmMuxerStage : SwarmUpgrade {
  ScriptedPeer peer{net, 7, {}};
  void SetUp() override {
    net.latency = 10ms;
    const auto where = test::address("/ip4/10.5.5.5/tcp/1");
    peer.listen(where);
    dial(a, where.with_peer_id(peer.id()), 60s);
    net.run_for(35ms);
    peer.mute = true;
    net.run_for(100ms);
    ASSERT_EQ(peer.machine().remote_peer(), a.id());
    ASSERT_EQ(a.count<PeerConnected>(), 0U);
  }
};

TEST_F(SwarmMuxerStage, EndsWithAnErrorOnGarbage) {
  peer.raw().send(joined({0, 32}, Bytes(32, 0xaa)));
  net.run_for(100ms);
  EXPECT_TRUE(peer.closed());
  EXPECT_EQ(a.last<DialDone>()->peer.error().code, Errc::kBadSignature);
  expect_nothing_left(a);
}

TEST_F(SwarmMuxerStage, EndsTenSecondsAfterTheDialOnSilence) {
  net.run_for(9800ms);
  EXPECT_FALSE(peer.closed());
  net.run_for(200ms);
  EXPECT_TRUE(peer.closed());
  EXPECT_EQ(a.last<DialDone>()->peer.error().code, Errc::kTimeout);
  expect_nothing_left(a);
}

/// What a listener has heard when silence falls.
struct SilenceTest : testing::TestWithParam<Garbage>, SwarmPair {};

TEST_P(SilenceTest, EndsTenSecondsAfterTheSocket) {
  RawEnd& raw = net.raw_dial(a);
  net.run_for(3s);
  raw.send(GetParam().before);
  net.run_for(6900ms);
  EXPECT_FALSE(raw.closed);
  EXPECT_EQ(a.swarm().half_open_count(), 1U);
  net.run_for(200ms);
  EXPECT_TRUE(raw.closed);
  EXPECT_EQ(a.swarm().counters().handshakes_timed_out, 1U);
  expect_nothing_left(a);
}

INSTANTIATE_TEST_SUITE_P(
    SwarmUpgrade, SilenceTest,
    testing::Values(Garbage{"AtOnce", {}, {}}, Garbage{"InTheHeader", Bytes{19, '/'}, {}},
                    Garbage{"AfterTheHeader", test::message("/multistream/1.0.0"), {}},
                    Garbage{"BeforeNoise", test::messages("/multistream/1.0.0", "/noise"), {}},
                    Garbage{"InNoise", joined(test::messages("/multistream/1.0.0", "/noise"), Bytes{0, 32, 1, 2}), {}},
                    Garbage{"AfterNoisesFirstMessage",
                            joined(test::messages("/multistream/1.0.0", "/noise"), joined({0, 32}, Bytes(32, 9))),
                            {}}),
    [](const auto& silence) { return silence.param.name; });

TEST_F(SwarmUpgrade, EndsADialedConnectionThatStaysSilent) {
  net.raw_listen(test::address("/ip4/10.5.5.5/tcp/1"), [](RawEnd&) {});
  dial(a, test::address("/ip4/10.5.5.5/tcp/1"), 60s);
  net.run_for(11s);
  EXPECT_EQ(a.last<DialDone>()->peer.error().code, Errc::kTimeout);
  expect_nothing_left(a);
}

TEST_F(SwarmUpgrade, IsNotKeptOpenByOctetsThatTrickleIn) {
  RawEnd& raw = net.raw_dial(a);
  const Bytes bytes = test::messages("/multistream/1.0.0", "/noise");
  for (const std::uint8_t octet : bytes) {
    raw.send(Bytes{octet});
    net.run_for(1s);
  }
  EXPECT_TRUE(raw.closed);
}

/// Everything that a connection does in its first seconds: identify both ways, a ping, a stream with an echo.
void use(SwarmPair& pair) {
  pair.serve(pair.b, {"/echo/1"});
  pair.dial(pair.a, pair.b.full_address(), 20s);
  pair.net.run_for(1s);
  if (pair.a.swarm().connected(pair.b_in_a())) {
    pair.a.swarm().ping(pair.b_in_a(), pair.net.now);
    const auto stream = pair.a.swarm().open_stream(pair.b_in_a(), "/echo/1", pair.net.now);
    if (stream) {
      pair.write(pair.a, *stream, std::string(3000, 'x'));
    }
  }
  pair.net.run_for(1s);
}

void expect_forgotten(SwarmPair& pair) {
  for (test::SwarmHost* host : {&pair.a, &pair.b}) {
    RC_ASSERT(host->swarm().connection_count() == 0U);
    RC_ASSERT(host->swarm().half_open_count() == 0U);
    RC_ASSERT(!host->swarm().next_deadline().has_value());
    RC_ASSERT(host->count<PeerConnected>() == host->count<PeerDisconnected>());
  }
  RC_ASSERT(pair.a.count<DialDone>() == 1U);
  // Only pins keep a handle: a book of one peer has room again when none is left.
  RC_ASSERT(pair.a.book.intern(test::numbered_peer(99)).has_value());
}

std::size_t octets_of_a_whole_use() {
  static const std::size_t kOctets = [] {
    SwarmPair pair;
    use(pair);
    return pair.net.octets_delivered;
  }();
  return kOctets;
}

RC_GTEST_PROP(SwarmUpgradeProperty, ACutAtAnyOctetLeavesNothingBehind, ()) {
  SwarmPair pair{{}, {}, *rc::gen::inRange<std::uint64_t>(1, 1000)};
  pair.net.chunking = *rc::gen::element(Chunking::kWhole, Chunking::kRandom, Chunking::kSingleOctets);
  pair.net.plan.cut_after = *rc::gen::inRange<std::size_t>(0, octets_of_a_whole_use());
  use(pair);
  expect_forgotten(pair);
}

RC_GTEST_PROP(SwarmUpgradeProperty, SilenceAfterAnyOctetEndsTheConnection, ()) {
  SwarmPair pair{{}, {}, *rc::gen::inRange<std::uint64_t>(1, 1000)};
  pair.net.chunking = *rc::gen::element(Chunking::kWhole, Chunking::kRandom);
  pair.net.plan.silent_after = *rc::gen::inRange<std::size_t>(0, octets_of_a_whole_use());
  use(pair);
  pair.net.run_for(90s);
  expect_forgotten(pair);
}

RC_GTEST_PROP(SwarmUpgradeProperty, OctetsOutOfPlaceDoNoHarm, ()) {
  SwarmPair pair{{}, {}, *rc::gen::inRange<std::uint64_t>(1, 1000)};
  ScriptedPeer peer{pair.net, 7,
                    *rc::gen::element(std::vector<std::string>{}, std::vector<std::string>{"/yamux/1.0.0"})};
  peer.dial(pair.a);
  pair.net.run_for(*rc::gen::inRange(0, 8) * 1ms);
  peer.mute = true;
  peer.raw().send(
      *rc::gen::container<Bytes>(*rc::gen::inRange<std::size_t>(1, 300), rc::gen::arbitrary<std::uint8_t>()));
  pair.net.run_for(90s);
  RC_ASSERT(pair.a.swarm().connection_count() == 0U);
  RC_ASSERT(pair.a.swarm().half_open_count() == 0U);
  RC_ASSERT(!pair.a.swarm().next_deadline().has_value());
}

}  // namespace
}  // namespace pond::swarm
