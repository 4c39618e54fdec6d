#include <string>

#include <gtest/gtest.h>

#include "support/swarm_pair.hpp"
#include "support/swarm_scripted.hpp"

namespace pond::swarm {
namespace {

using test::address;
using test::expect_nothing_left;
using test::numbered_peer;
using test::SwarmHost;
using test::SwarmPair;

struct SwarmDial : testing::Test, SwarmPair {
  const wire::Multiaddr nowhere = address("/ip4/10.7.7.7/tcp/1");

  void know_b(std::vector<wire::Multiaddr> addresses) {
    a.book.add_addresses(b_in_a(), addresses, peers::AddressSource::kConfigured, net.now);
  }
  DialId dial_peer(peers::PeerHandle peer, Duration deadline = 30s) {
    const DialId id = a.swarm().dial(peer, net.now + deadline, net.now);
    a.pump();
    return id;
  }
  Result<peers::PeerHandle> outcome() {
    const auto done = a.last<DialDone>();
    return done ? done->peer : fail(Errc::kInternal, "not done");
  }
};

TEST_F(SwarmDial, ConnectsToAnAddressThatNamesItsPeer) {
  const DialId id = dial(a, b.full_address());
  net.run_for(100ms);
  EXPECT_EQ(a.last<DialDone>()->dial, id);
  EXPECT_EQ(outcome(), b_in_a());
  EXPECT_TRUE(a.swarm().connected(b_in_a()));
  EXPECT_TRUE(b.swarm().connected(a_in_b()));
}

TEST_F(SwarmDial, ConnectsToWhoeverAnswersAtAnAddressWithoutAPeer) {
  dial(a, b.address);
  net.run_for(100ms);
  EXPECT_EQ(outcome(), b_in_a());
}

TEST_F(SwarmDial, SaysInWhichDirectionAPeerConnected) {
  dial(a, b.address);
  net.run_for(100ms);
  EXPECT_EQ(a.last<PeerConnected>()->direction, Direction::kOutbound);
  EXPECT_EQ(a.last<PeerConnected>()->remote, b.address);
  EXPECT_EQ(b.last<PeerConnected>()->direction, Direction::kInbound);
}

TEST_F(SwarmDial, FailsWhenAnotherPeerAnswers) {
  dial(a, b.address.with_peer_id(numbered_peer(1)));
  net.run_for(100ms);
  EXPECT_EQ(outcome().error().code, Errc::kWrongPeer);
  net.run_for(60s);
  expect_nothing_left(a);
  expect_nothing_left(b);
}

TEST_F(SwarmDial, FailsWhenTheConnectionIsRefused) {
  b.listening = false;
  dial(a, b.full_address());
  net.run_for(100ms);
  EXPECT_EQ(outcome().error().code, Errc::kUnreachable);
  EXPECT_EQ(a.swarm().counters().dial_failures, 1U);
  expect_nothing_left(a);
}

TEST_F(SwarmDial, UsesTheAddressesOfTheBook) {
  know_b({b.address});
  dial_peer(b_in_a());
  net.run_for(100ms);
  EXPECT_EQ(outcome(), b_in_a());
}

TEST_F(SwarmDial, FailsAtOnceWhenTheBookHasNoAddress) {
  dial_peer(b_in_a());
  EXPECT_EQ(outcome().error().code, Errc::kUnreachable);
}

TEST_F(SwarmDial, TriesAddressesOneAfterTheOtherInTheGivenStagger) {
  net.black_holes = {address("/ip4/10.7.7.1/tcp/1"), address("/ip4/10.7.7.2/tcp/1")};
  (void)a.swarm().dial(b_in_a(), {address("/ip4/10.7.7.1/tcp/1"), address("/ip4/10.7.7.2/tcp/1"), b.address},
                       net.now + 30s, net.now);
  net.run_for(249ms);
  EXPECT_EQ(a.opened.size(), 1U);
  net.run_for(2ms);
  EXPECT_EQ(a.opened.size(), 2U);
  net.run_for(250ms);
  EXPECT_EQ(a.opened.size(), 3U);
  net.run_for(100ms);
  EXPECT_EQ(outcome(), b_in_a());
}

TEST_F(SwarmDial, DropsItsOtherAttemptsWhenOneHasWon) {
  net.black_holes = {nowhere};
  (void)a.swarm().dial(b_in_a(), {nowhere, b.address}, net.now + 30s, net.now);
  net.run_for(500ms);
  EXPECT_EQ(outcome(), b_in_a());
  ASSERT_EQ(a.closed.size(), 1U);
  EXPECT_EQ(a.closed[0].conn, a.opened[0].conn);
  EXPECT_TRUE(a.closed[0].last_bytes.empty()) << "its socket was never open";
}

TEST_F(SwarmDial, TriesTheAddressThatWorkedFirstTheNextTime) {
  know_b({nowhere, b.address});
  dial_peer(b_in_a());
  net.run_for(1s);
  EXPECT_EQ(a.book.addresses(b_in_a(), net.now).front(), b.address);
}

TEST_F(SwarmDial, TriesAnAddressThatFailedLastTheNextTime) {
  const auto other = address("/ip4/10.7.7.8/tcp/1");
  net.black_holes = {other};
  know_b({nowhere, other});
  dial_peer(b_in_a(), 100ms);
  net.run_for(1s);
  EXPECT_EQ(a.book.addresses(b_in_a(), net.now).front(), other);
}

TEST_F(SwarmDial, GivesOneAttemptUpAfterItsTimeAndReportsIt) {
  net.black_holes = {nowhere};
  (void)a.swarm().dial(b_in_a(), {nowhere}, net.now + 1h, net.now);
  net.run_for(9s);
  EXPECT_EQ(a.count<DialDone>(), 0U);
  net.run_for(2s);
  EXPECT_EQ(outcome().error().code, Errc::kTimeout);
  expect_nothing_left(a);
}

TEST_F(SwarmDial, GivesUpAtItsDeadline) {
  net.black_holes = {b.address};
  dial(a, b.full_address(), 2s);
  net.run_for(1999ms);
  EXPECT_EQ(a.count<DialDone>(), 0U);
  net.run_for(1ms);
  EXPECT_EQ(outcome().error().code, Errc::kTimeout);
  EXPECT_EQ(a.closed.size(), 1U);
  expect_nothing_left(a);
}

TEST_F(SwarmDial, SharesOneAttemptAmongAllWhoWantThePeer) {
  net.black_holes = {};
  const DialId one = dial(a, b.full_address());
  const DialId two = dial(a, b.full_address());
  net.run_for(100ms);
  EXPECT_EQ(a.opened.size(), 1U);
  ASSERT_EQ(a.count<DialDone>(), 2U);
  EXPECT_EQ(a.all<DialDone>()[0].dial, one);
  EXPECT_EQ(a.all<DialDone>()[1].dial, two);
}

TEST_F(SwarmDial, KeepsEachWaitersOwnDeadline) {
  net.black_holes = {b.address};
  const DialId patient = dial(a, b.full_address(), 5s);
  const DialId hasty = dial(a, b.full_address(), 1s);
  net.run_for(2s);
  ASSERT_EQ(a.count<DialDone>(), 1U);
  EXPECT_EQ(a.last<DialDone>()->dial, hasty);
  net.run_for(4s);
  ASSERT_EQ(a.count<DialDone>(), 2U);
  EXPECT_EQ(a.last<DialDone>()->dial, patient);
}

TEST_F(SwarmDial, SucceedsAtOnceWhenConnected) {
  connect();
  const DialId again = dial(a, b.full_address());
  EXPECT_EQ(a.last<DialDone>()->dial, again);
  EXPECT_EQ(outcome(), b_in_a());
  EXPECT_EQ(a.opened.size(), 1U);
}

TEST_F(SwarmDial, SucceedsWhenThePeerConnectsFromItsSide) {
  net.black_holes = {b.address};
  dial(a, b.full_address());
  dial(b, a.full_address());
  net.run_for(100ms);
  EXPECT_EQ(outcome(), b_in_a());
  EXPECT_EQ(a.closed.size(), 1U) << "its own attempt is not needed any more";
}

TEST_F(SwarmDial, SaysNothingMoreOnceCancelled) {
  const DialId id = dial(a, b.full_address());
  a.swarm().cancel_dial(id, net.now);
  a.swarm().cancel_dial(id, net.now);
  net.run_for(60s);
  EXPECT_EQ(a.count<DialDone>(), 0U);
  EXPECT_EQ(a.closed.size(), 1U);
  expect_nothing_left(a);
}

TEST_F(SwarmDial, GoesOnForOthersWhenOneIsCancelled) {
  const DialId one = dial(a, b.full_address());
  const DialId two = dial(a, b.full_address());
  a.swarm().cancel_dial(one, net.now);
  net.run_for(100ms);
  ASSERT_EQ(a.count<DialDone>(), 1U);
  EXPECT_EQ(a.last<DialDone>()->dial, two);
}

TEST_F(SwarmDial, RefusesToDialItself) {
  dial(a, address("/ip4/10.7.7.7/tcp/1").with_peer_id(a.id()));
  EXPECT_EQ(outcome().error().code, Errc::kInvalidArgument);
}

TEST_F(SwarmDial, NoticesWhenAnAddressIsItsOwn) {
  dial(a, a.address);
  net.run_for(100ms);
  EXPECT_EQ(outcome().error().code, Errc::kWrongPeer);
  EXPECT_EQ(a.count<PeerConnected>(), 0U);
  net.run_for(60s);
  expect_nothing_left(a);
}

TEST_F(SwarmDial, ResolvesNames) {
  a.names.emplace("b.example", std::vector<std::string>{"10.0.0.2"});
  dial(a, address("/dns4/b.example/tcp/4001"));
  net.run_for(100ms);
  EXPECT_EQ(outcome(), b_in_a());
}

TEST_F(SwarmDial, ResolvesDnsaddr) {
  a.names.emplace("_dnsaddr.b.example", std::vector<std::string>{"dnsaddr=" + b.full_address().to_string()});
  dial(a, address("/dnsaddr/b.example").with_peer_id(b.id()));
  net.run_for(100ms);
  EXPECT_EQ(outcome(), b_in_a());
}

TEST_F(SwarmDial, EndsAtItsDeadlineWhenANameIsNeverResolved) {
  dial(a, address("/dns4/b.example/tcp/4001"), 3s);
  net.run_for(4s);
  EXPECT_EQ(outcome().error().code, Errc::kTimeout);
  a.swarm().handle(Resolved{.query = a.resolves.at(0).query, .answers = std::vector<std::string>{"10.0.0.2"}}, net.now);
  net.run_for(1s);
  EXPECT_TRUE(a.opened.empty()) << "the answer came too late";
}

TEST_F(SwarmDial, NeverTakesAnotherPeerForTheNamedOneWhenTheBookIsFull) {
  SwarmHost& small = net.add({}, {.max_peers = 1});
  small.book.pin(small.book.intern(numbered_peer(1)).value());
  const DialId id = dial(small, b.full_address());
  EXPECT_EQ(small.last<DialDone>()->dial, id);
  EXPECT_EQ(small.last<DialDone>()->peer.error().code, Errc::kLimit);
  EXPECT_TRUE(small.opened.empty());
}

TEST_F(SwarmDial, PinsThePeerWhileItLasts) {
  SwarmHost& small = net.add({}, {.max_peers = 1});
  net.black_holes = {b.address};
  dial(small, b.full_address(), 2s);
  EXPECT_FALSE(small.book.intern(numbered_peer(1)).has_value());
  net.run_for(3s);
  EXPECT_TRUE(small.book.intern(numbered_peer(1)).has_value());
}

TEST_F(SwarmDial, FiltersTheBooksAddressesOnTheOpenInternet) {
  SwarmHost& global = net.add({.address_filter = AddressFilter::kGlobalOnly});
  const auto peer = global.handle_of(b);
  global.book.add_addresses(peer, std::vector{b.address}, peers::AddressSource::kHint, net.now);
  (void)global.swarm().dial(peer, net.now + 5s, net.now);
  global.pump();
  EXPECT_TRUE(global.opened.empty());
  EXPECT_FALSE(global.last<DialDone>()->peer.has_value());
}

TEST_F(SwarmDial, DoesNotFilterWhatTheCallerNames) {
  SwarmHost& global = net.add({.address_filter = AddressFilter::kGlobalOnly});
  dial(global, b.full_address());
  net.run_for(100ms);
  EXPECT_TRUE(global.last<DialDone>()->peer.has_value());
}

struct FewDials : testing::Test, SwarmPair {
  static Config few() {
    Config config;
    config.limits.max_parallel_dials = 2;
    config.limits.max_queued_dials = 5;
    return config;
  }
  FewDials() : SwarmPair(few()) {
    for (int i = 1; i <= 9; ++i) {
      holes.push_back(address("/ip4/10.7.7." + std::to_string(i) + "/tcp/1"));
      net.black_holes.insert(holes.back());
    }
  }
  std::vector<wire::Multiaddr> holes;
};

using SwarmDialQueue = FewDials;

TEST_F(SwarmDialQueue, OpensNoMoreSocketsThanItsLimitAtOnce) {
  for (int i = 0; i < 4; ++i) {
    dial(a, holes[static_cast<std::size_t>(i)], 60s);
  }
  net.run_for(1s);
  EXPECT_EQ(a.opened.size(), 2U);
}

TEST_F(SwarmDialQueue, CountsEveryAddressOfADial) {
  (void)a.swarm().dial(b_in_a(), holes, net.now + 5s, net.now);
  net.run_for(4s);
  EXPECT_EQ(a.opened.size(), 2U);
}

TEST_F(SwarmDialQueue, GoesOnInOrderAsSocketsComeFree) {
  dial(a, holes[0], 60s);
  dial(a, holes[1], 60s);
  dial(a, b.full_address(), 60s);
  net.run_for(9s);
  EXPECT_EQ(a.count<DialDone>(), 0U);
  net.run_for(2s);
  EXPECT_TRUE(a.swarm().connected(b_in_a()));
}

TEST_F(SwarmDialQueue, GoesOnWhenARunningDialIsCancelled) {
  const DialId first = dial(a, holes[0], 60s);
  dial(a, holes[1], 60s);
  dial(a, b.full_address(), 60s);
  a.swarm().cancel_dial(first, net.now);
  net.run_for(100ms);
  EXPECT_TRUE(a.swarm().connected(b_in_a()));
}

TEST_F(SwarmDialQueue, KeepsTheDeadlineOfADialThatWaits) {
  dial(a, holes[0], 60s);
  dial(a, holes[1], 60s);
  const DialId waiting = dial(a, b.full_address(), 1s);
  net.run_for(2s);
  ASSERT_EQ(a.count<DialDone>(), 1U);
  EXPECT_EQ(a.last<DialDone>()->dial, waiting);
  EXPECT_EQ(a.last<DialDone>()->peer.error().code, Errc::kTimeout);
}

TEST_F(SwarmDialQueue, RefusesMoreThanItHolds) {
  for (std::size_t i = 0; i < 5; ++i) {
    dial(a, holes[i], 60s);
  }
  EXPECT_EQ(a.count<DialDone>(), 0U);
  dial(a, holes[5], 60s);
  EXPECT_EQ(a.last<DialDone>()->peer.error().code, Errc::kLimit);
  EXPECT_EQ(a.swarm().counters().dials_refused, 1U);
}

TEST_F(SwarmDialQueue, ComesToAnEndOfAllDials) {
  for (std::size_t i = 0; i < 5; ++i) {
    dial(a, holes[i], 60s);
  }
  net.run_for(61s);
  EXPECT_EQ(a.count<DialDone>(), 5U);
  expect_nothing_left(a);
}

}  // namespace
}  // namespace pond::swarm
