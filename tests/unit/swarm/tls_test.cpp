#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/multistream_wire.hpp"
#include "support/swarm_pair.hpp"
#include "support/swarm_scripted.hpp"

namespace pond::swarm {
namespace {

using test::Chunking;
using test::expect_nothing_left;
using test::ScriptedPeer;
using test::SwarmPair;

Config tls_only() {
  return {.security = {Security::kTls}};
}
Config noise_only() {
  return {.security = {Security::kNoise}};
}

struct Both : testing::Test, SwarmPair {};
struct TlsOnly : testing::Test, SwarmPair {
  TlsOnly() : SwarmPair(tls_only(), tls_only()) {}
};
using SwarmTls = TlsOnly;
using SwarmSecurity = Both;

TEST_F(SwarmTls, ConnectsAndIdentifies) {
  connect();
  EXPECT_EQ(a.swarm().connection_count(), 1U);
  EXPECT_EQ(b.swarm().connection_count(), 1U);
}

TEST_F(SwarmTls, ConnectsOverSingleOctets) {
  net.chunking = Chunking::kSingleOctets;
  connect();
  EXPECT_EQ(b.swarm().connection_count(), 1U);
}

TEST_F(SwarmTls, SendsTheProposalAndTheClientHelloInOneGo) {
  Bytes first;
  net.raw_listen(test::address("/ip4/10.5.5.5/tcp/1"),
                 [&](test::RawEnd& raw) { raw.on_bytes = [&] { first = first.empty() ? raw.received : first; }; });
  dial(a, test::address("/ip4/10.5.5.5/tcp/1"));
  net.run_for(10ms);
  const Bytes proposal = test::messages("/multistream/1.0.0", "/tls/1.0.0");
  ASSERT_GT(first.size(), proposal.size() + 3);
  EXPECT_EQ(to_hex(BytesView{first}.subspan(proposal.size(), 3)), "160301") << "a handshake record";
}

TEST_F(SwarmTls, CarriesMoreThanOneWindow) {
  connect();
  serve(b, {"/echo/1"});
  const auto [ours, theirs] = open_both("/echo/1");
  const std::string text(100'000, 'x');
  std::string seen;
  for (std::size_t sent = 0; sent < 10 * text.size();) {
    sent += write(a, ours, text);
    net.run_for(5ms);
    seen += read(b, theirs);
  }
  net.run_for(50ms);
  seen += read(b, theirs);
  EXPECT_GE(seen.size(), 10 * text.size());
}

TEST_F(SwarmTls, APeerOfAnotherIdIsTheWrongOne) {
  const auto other = test::numbered_peer(7);
  dial(a, b.address.with_peer_id(other));
  net.run_for(1s);
  EXPECT_EQ(a.last<DialDone>()->peer.error().code, Errc::kWrongPeer);
  EXPECT_EQ(a.swarm().counters().handshakes_failed, 1U);
}

TEST_F(SwarmTls, ACertificateFromAnotherCenturyIsRefused) {
  a.swarm().set_wall(WallAnchor{net.now, WallTime{} + 200 * 365 * 24h});
  dial(a, b.full_address());
  net.run_for(1s);
  EXPECT_EQ(a.last<DialDone>()->peer.error().code, Errc::kProtocol);
  expect_nothing_left(a);
}

TEST_F(SwarmSecurity, ADialerWithNoiseAloneIsServed) {
  ScriptedPeer peer{net, 9, {"/yamux/1.0.0"}, {Security::kNoise}};
  peer.dial(a);
  net.run_for(100ms);
  EXPECT_TRUE(peer.established());
}

TEST_F(SwarmSecurity, ADialerWithTlsAloneIsServed) {
  ScriptedPeer peer{net, 9, {"/yamux/1.0.0"}, {Security::kTls}};
  peer.dial(a);
  net.run_for(100ms);
  EXPECT_TRUE(peer.established());
  EXPECT_EQ(a.swarm().connection_count(), 1U);
}

TEST_F(SwarmSecurity, ADialerWithTlsAndALaterMuxerIsServed) {
  ScriptedPeer peer{net, 9, {}, {Security::kTls}};
  peer.dial(a);
  net.run_for(100ms);
  EXPECT_TRUE(peer.established());
}

TEST_F(SwarmSecurity, AListenerWithTlsAloneIsReachedAtTheSecondTry) {
  ScriptedPeer peer{net, 9, {"/yamux/1.0.0"}, {Security::kTls}};
  peer.listen(test::address("/ip4/10.5.5.5/tcp/1"));
  dial(a, test::address("/ip4/10.5.5.5/tcp/1"));
  net.run_for(100ms);
  EXPECT_TRUE(peer.established());
  EXPECT_TRUE(a.last<DialDone>()->peer.has_value());
  EXPECT_EQ(a.swarm().counters().dialed, 2U);
}

TEST(SwarmSecurityConfig, PeersWithoutAProtocolInCommonDoNotMeet) {
  SwarmPair pair{noise_only(), tls_only()};
  pair.dial(pair.a, pair.b.full_address());
  pair.net.run_for(1s);
  EXPECT_EQ(pair.a.last<DialDone>()->peer.error().code, Errc::kUnsupported);
  expect_nothing_left(pair.a);
  expect_nothing_left(pair.b);
}

TEST(SwarmSecurityConfig, NothingOfferedIsNoSwarm) {
  SeededRng rng{1};
  peers::PeerBook book{{}};
  const auto made = Swarm::make({.security = {}}, crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng).value(),
                                book, rng, Instant{});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, Errc::kInvalidArgument);
}

RC_GTEST_PROP(SwarmTlsProperty, ACutAtAnyOctetLeavesNothingBehind, ()) {
  SwarmPair pair{tls_only(), tls_only(), *rc::gen::inRange<std::uint64_t>(1, 1000)};
  pair.net.chunking = *rc::gen::element(Chunking::kWhole, Chunking::kRandom);
  pair.net.plan.cut_after = *rc::gen::inRange<std::size_t>(0, 5000);
  pair.dial(pair.a, pair.b.full_address(), 20s);
  pair.net.run_for(1s);
  for (test::SwarmHost* host : {&pair.a, &pair.b}) {
    if (host->swarm().connection_count() == 0U) {
      RC_ASSERT(host->swarm().half_open_count() == 0U);
      RC_ASSERT(host->count<PeerConnected>() == host->count<PeerDisconnected>());
    }
  }
  RC_ASSERT(pair.a.count<DialDone>() == 1U);
}

}  // namespace
}  // namespace pond::swarm
