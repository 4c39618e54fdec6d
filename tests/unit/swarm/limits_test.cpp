#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/swarm_pair.hpp"
#include "support/swarm_scripted.hpp"

namespace pond::swarm {
namespace {

using test::expect_nothing_left;
using test::RawEnd;
using test::ScriptedPeer;
using test::SwarmHost;
using test::SwarmNet;
using test::SwarmPair;
using Kind = ConnectionEvent::Kind;

/// A server with room for three connections, and peers that come.
struct SwarmLimit : testing::Test {
  static Config config() {
    Config small;
    small.limits.max_connections = 3;
    small.limits.max_half_open = 4;
    return small;
  }

  SwarmNet net;
  SwarmHost& server = net.add(config());
  std::vector<std::unique_ptr<ScriptedPeer>> peers;

  ScriptedPeer& come() {
    peers.push_back(std::make_unique<ScriptedPeer>(net, 100 + peers.size()));
    peers.back()->protocols = {"/x"};
    peers.back()->dial(server);
    net.run_for(100ms);
    EXPECT_LE(server.swarm().connection_count(), 3U);
    return *peers.back();
  }
  peers::PeerHandle handle(const ScriptedPeer& peer) { return server.handle_of(peer.id()); }
  bool connected(const ScriptedPeer& peer) { return server.swarm().connected(handle(peer)); }
  void fill() {
    for (int i = 0; i < 3; ++i) {
      come();
    }
  }
};

TEST_F(SwarmLimit, RefusesANewcomerWhenNobodyIsIdleForLongEnough) {
  fill();
  net.run_for(50s);
  const ScriptedPeer& newcomer = come();
  EXPECT_FALSE(connected(newcomer));
  EXPECT_TRUE(newcomer.closed());
  EXPECT_EQ(server.swarm().counters().refused_at_limit, 1U);
  EXPECT_EQ(server.swarm().connection_count(), 3U);
}

TEST_F(SwarmLimit, SaysGoAwayToWhomItRefuses) {
  fill();
  const ScriptedPeer& newcomer = come();
  EXPECT_EQ(newcomer.count(Kind::kRemoteGoesAway), 1U);
}

TEST_F(SwarmLimit, TellsItsOwnerNothingOfWhomItRefuses) {
  fill();
  come();
  EXPECT_EQ(server.count<PeerConnected>(), 3U);
  EXPECT_EQ(server.count<PeerDisconnected>(), 0U);
}

TEST_F(SwarmLimit, ClosesTheConnectionThatWasIdleForLongest) {
  fill();
  net.run_for(30s);
  const auto stream = server.swarm().open_stream(handle(*peers[0]), "/x", net.now);
  net.run_for(1s);
  server.swarm().reset(*stream);
  server.pump();
  net.run_for(40s);
  const ScriptedPeer& newcomer = come();
  EXPECT_TRUE(connected(newcomer));
  EXPECT_TRUE(connected(*peers[0])) << "it was used since";
  EXPECT_FALSE(connected(*peers[1]));
  EXPECT_EQ(peers[1]->count(Kind::kRemoteGoesAway), 1U);
  EXPECT_EQ(server.swarm().counters().trimmed_for_newcomers, 1U);
  EXPECT_EQ(server.last<PeerDisconnected>()->why.code, Errc::kLimit);
}

TEST_F(SwarmLimit, NeverClosesAProtectedPeerForANewcomer) {
  fill();
  server.swarm().protect(handle(*peers[0]), Protection::kProtected);
  net.run_for(70s);
  come();
  EXPECT_TRUE(connected(*peers[0]));
  EXPECT_FALSE(connected(*peers[1]));
}

TEST_F(SwarmLimit, ClosesAPeerAgainThatIsNoLongerProtected) {
  fill();
  server.swarm().protect(handle(*peers[0]), Protection::kProtected);
  server.swarm().protect(handle(*peers[0]), Protection::kNone);
  net.run_for(70s);
  come();
  EXPECT_FALSE(connected(*peers[0]));
}

TEST_F(SwarmLimit, NeverClosesAConnectionWithAStreamForANewcomer) {
  fill();
  for (const auto& peer : peers) {
    EXPECT_TRUE(server.swarm().open_stream(handle(*peer), "/x", net.now).has_value());
  }
  server.pump();
  net.run_for(120s);
  const ScriptedPeer& newcomer = come();
  EXPECT_FALSE(connected(newcomer));
}

TEST_F(SwarmLimit, AnIdleConnectionOfAnyAgeGivesWayToAPeerThatWasDialed) {
  fill();
  SwarmHost& wanted = net.add({});
  const auto stream = server.swarm().open_stream(handle(*peers[0]), "/x", net.now);
  server.pump();
  const peers::PeerHandle peer = server.handle_of(wanted.id());
  (void)server.swarm().dial(peer, {wanted.address}, net.now + 5s, net.now);
  server.pump();
  net.run_for(1s);
  EXPECT_TRUE(server.swarm().connected(peer));
  EXPECT_TRUE(connected(*peers[0])) << "it is in use";
  EXPECT_FALSE(connected(*peers[1]));
  EXPECT_TRUE(connected(*peers[2]));
  EXPECT_TRUE(stream.has_value());
}

TEST_F(SwarmLimit, ProtectedPeersHaveHalfOfTheRoomForSure) {
  fill();
  server.swarm().protect(handle(*peers[0]), Protection::kProtected);
  for (const std::size_t busy : {1U, 2U}) {
    EXPECT_TRUE(server.swarm().open_stream(handle(*peers[busy]), "/x", net.now).has_value());
  }
  server.pump();
  net.run_for(120s);
  EXPECT_FALSE(connected(come()));
  EXPECT_TRUE(connected(*peers[0]));
}

TEST_F(SwarmLimit, ProtectedPeersGiveWayWhereTheyHaveMoreThanHalfOfTheRoom) {
  fill();
  for (const auto& peer : peers) {
    server.swarm().protect(handle(*peer), Protection::kProtected);
  }
  net.run_for(50s);
  EXPECT_FALSE(connected(come())) << "all are young";
  net.run_for(70s);
  EXPECT_TRUE(connected(come()));
  EXPECT_FALSE(connected(*peers[0])) << "quiet for longest";
  EXPECT_TRUE(connected(*peers[1]));
}

TEST_F(SwarmLimit, ClosesTheOldestHalfOpenConnectionForANewOne) {
  std::vector<RawEnd*> ends;
  for (int i = 0; i < 5; ++i) {
    ends.push_back(&net.raw_dial(server));
    net.run_for(10ms);
  }
  EXPECT_TRUE(ends[0]->closed);
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_FALSE(ends[i]->closed);
  }
  EXPECT_EQ(server.swarm().half_open_count(), 4U);
  EXPECT_EQ(server.swarm().counters().half_open_evicted, 1U);
}

TEST_F(SwarmLimit, AFloodOfHalfOpenConnectionsPushesNoEstablishedOneOut) {
  fill();
  net.run_for(120s);
  for (int i = 0; i < 100; ++i) {
    net.raw_dial(server);
  }
  net.run_for(100ms);
  EXPECT_EQ(server.swarm().connection_count(), 3U);
  EXPECT_EQ(server.swarm().half_open_count(), 4U);
  net.run_for(11s);
  EXPECT_EQ(server.swarm().half_open_count(), 0U);
}

TEST_F(SwarmLimit, ProtectionHoldsItsPeerInTheBook) {
  SwarmHost& small = net.add({}, {.max_peers = 1});
  const auto peer = small.book.intern(test::numbered_peer(1)).value();
  small.swarm().protect(peer, Protection::kProtected);
  EXPECT_FALSE(small.book.intern(test::numbered_peer(2)).has_value()) << "its handle must not become another's";
  small.swarm().protect(peer, Protection::kNone);
  EXPECT_TRUE(small.book.intern(test::numbered_peer(2)).has_value());
}

TEST_F(SwarmLimit, RefusesAPeerThatTheBookHasNoRoomFor) {
  SwarmHost& small = net.add({}, {.max_peers = 1});
  small.book.pin(small.book.intern(test::numbered_peer(1)).value());
  ScriptedPeer peer{net, 9};
  peer.dial(small);
  net.run_for(100ms);
  EXPECT_TRUE(peer.closed());
  expect_nothing_left(small);
}

TEST_F(SwarmLimit, PinsAPeerWhileItIsConnected) {
  SwarmHost& small = net.add({}, {.max_peers = 1});
  ScriptedPeer peer{net, 9};
  peer.dial(small);
  net.run_for(100ms);
  EXPECT_FALSE(small.book.intern(test::numbered_peer(1)).has_value());
  peer.raw().close();
  net.run_for(100ms);
  EXPECT_TRUE(small.book.intern(test::numbered_peer(1)).has_value());
}

RC_GTEST_PROP(SwarmLimitProperty, ConnectionsNeverExceedTheirLimit, ()) {
  SwarmNet net{*rc::gen::inRange<std::uint64_t>(1, 1000)};
  SwarmHost& server = net.add(SwarmLimit::config());
  std::vector<std::unique_ptr<ScriptedPeer>> peers;
  const int steps = *rc::gen::inRange(5, 25);
  for (int i = 0; i < steps; ++i) {
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        net.run_for(*rc::gen::inRange(0, 70) * 1s);
        break;
      case 1:
        net.raw_dial(server);
        break;
      case 2:
        if (!peers.empty()) {
          const auto handle = server.handle_of(peers[*rc::gen::inRange<std::size_t>(0, peers.size())]->id());
          if (const auto stream = server.swarm().open_stream(handle, "/x", net.now)) {
            server.pump();
          }
        }
        break;
      default:
        peers.push_back(std::make_unique<ScriptedPeer>(net, 1 + *rc::gen::inRange<std::uint64_t>(0, 8)));
        peers.back()->protocols = {"/x"};
        peers.back()->dial(server);
        break;
    }
    net.run_for(20ms);
    RC_ASSERT(server.swarm().connection_count() <= 3U);
    RC_ASSERT(server.swarm().half_open_count() <= 4U);
  }
}

// ---- streams and memory

struct SwarmStreamLimit : testing::Test, SwarmPair {
  static Config config() {
    Config small;
    small.limits.max_streams_per_connection = 5;
    small.limits.max_buffered_per_connection_bytes = 1U << 20;
    small.limits.max_buffered_bytes = 300U << 10;
    return small;
  }
  SwarmStreamLimit() : SwarmPair({}, config()) {}
  void SetUp() override {
    serve(b, {"/x"});
    connect();
    net.run_for(10s);  // identify is over
  }
};

TEST_F(SwarmStreamLimit, ResetsStreamsOverTheLimit) {
  for (int i = 0; i < 7; ++i) {
    (void)open("/x");
  }
  net.run_for(100ms);
  EXPECT_EQ(b.count<StreamOpened>(), 5U);
  EXPECT_EQ(a.count<StreamFailed>(), 2U);
  EXPECT_EQ(a.last<StreamFailed>()->why.code, Errc::kReset);
  EXPECT_EQ(b.swarm().counters().streams_over_limit, 2U);
}

TEST_F(SwarmStreamLimit, TakesNewStreamsWhenOldOnesAreGone) {
  std::vector<StreamRef> streams;
  for (int i = 0; i < 5; ++i) {
    streams.push_back(open("/x"));
  }
  net.run_for(100ms);
  reset(a, streams[0]);
  (void)open("/x");
  net.run_for(100ms);
  EXPECT_EQ(a.count<StreamReady>(), 6U);
}

TEST_F(SwarmStreamLimit, EndsANegotiationAfterTenSeconds) {
  ScriptedPeer mute{net, 7};
  mute.dial(b);
  net.run_for(100ms);
  mute.mute = true;
  const auto peer = b.handle_of(mute.id());
  const auto stream = b.swarm().open_stream(peer, "/x", net.now);
  b.pump();
  net.run_for(9900ms);
  EXPECT_EQ(b.count<StreamFailed>(), 0U);
  net.run_for(200ms);
  ASSERT_EQ(b.count<StreamFailed>(), 1U);
  EXPECT_EQ(b.last<StreamFailed>()->stream, *stream);
  EXPECT_EQ(b.last<StreamFailed>()->why.code, Errc::kTimeout);
  EXPECT_EQ(b.swarm().counters().negotiations_timed_out, 1U);
}

TEST_F(SwarmStreamLimit, ResetsTheLargestStreamWhenAllBuffersTogetherAreTooLarge) {
  const auto [small, small_there] = open_both("/x");
  const auto [large, large_there] = open_both("/x");
  write(a, small, std::string(50U << 10, 's'));
  for (int i = 0; i < 5; ++i) {
    write(a, large, std::string(51U << 10, 'l'));
    net.run_for(20ms);
  }
  net.run_for(100ms);
  EXPECT_EQ(b.swarm().counters().streams_reset_for_memory, 1U);
  ASSERT_EQ(b.count<StreamFailed>(), 1U);
  EXPECT_EQ(b.last<StreamFailed>()->stream, large_there);
  EXPECT_EQ(b.last<StreamFailed>()->why.code, Errc::kLimit);
  ASSERT_EQ(a.count<StreamFailed>(), 1U);
  EXPECT_EQ(a.last<StreamFailed>()->stream, large);
  EXPECT_EQ(read(b, small_there).size(), 50U << 10);
}

TEST_F(SwarmStreamLimit, ResetsAcrossConnectionsTheStreamThatHoldsMost) {
  SwarmHost& c = net.add();
  dial(c, b.full_address());
  net.run_for(10s);
  const auto [ours, there] = open_both("/x");
  for (int i = 0; i < 4; ++i) {
    write(a, ours, std::string(50U << 10, 'l'));
    net.run_for(20ms);
  }
  const auto other = c.swarm().open_stream(c.handle_of(b), "/x", net.now);
  c.pump();
  net.run_for(100ms);
  for (int i = 0; i < 3; ++i) {
    write(c, *other, std::string(40U << 10, 'c'));
    net.run_for(20ms);
  }
  net.run_for(100ms);
  ASSERT_EQ(b.count<StreamFailed>(), 1U);
  EXPECT_EQ(b.last<StreamFailed>()->stream, there);
  EXPECT_EQ(c.count<StreamFailed>(), 0U);
}

TEST_F(SwarmStreamLimit, ResetsTheLargestStreamOfAConnectionThatHoldsTooMuch) {
  Config config;
  config.limits.max_buffered_per_connection_bytes = 400U << 10;
  SwarmHost& c = net.add(config);
  serve(c, {"/x"});
  dial(a, c.full_address());
  net.run_for(1s);
  for (int k = 0; k < 2; ++k) {
    const auto stream = a.swarm().open_stream(a.handle_of(c), "/x", net.now);
    a.pump();
    for (int i = 0; i < 4; ++i) {
      write(a, *stream, std::string(50U << 10, 'x'));
      net.run_for(20ms);
    }
  }
  EXPECT_EQ(c.count<StreamFailed>(), 1U);
  EXPECT_EQ(c.swarm().counters().streams_reset_for_memory, 1U);
}

}  // namespace
}  // namespace pond::swarm
