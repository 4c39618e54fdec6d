#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/kad_streams_host.hpp"

namespace pond::node {
namespace {

using test::find_node_frame;
using test::HandPeer;
using test::KadStreamsHost;

std::vector<std::uint32_t> open_many(KadStreamsHost& host, HandPeer& peer, std::size_t count) {
  std::vector<std::uint32_t> opened;
  for (std::size_t i = 0; i < count; ++i) {
    opened.push_back(host.open(peer, find_node_frame("k")));
  }
  return opened;
}

/// A node with room for ten streams, all of them taken by one peer: 0 has been silent for longest.
struct KadStreamsFairness : testing::Test {
  KadStreamsHost host{{.max_inbound = 10, .max_inbound_per_connection = 12}};
  HandPeer& greedy = host.connect();
  std::vector<std::uint32_t> taken = open_many(host, greedy, 10);

  /// A stream of that peer, asked at once: whether it was answered.
  bool served(HandPeer& peer) {
    const auto stream = host.open(peer, find_node_frame("new"));
    return peer.streams[stream].take_keys() == "new";
  }
  std::size_t open_streams(HandPeer& peer) {
    return static_cast<std::size_t>(
        std::ranges::count_if(peer.streams, [](const auto& stream) { return stream.second.open(); }));
  }
};

TEST_F(KadStreamsFairness, GivesANewcomerAPlaceOfWhoHoldsMost) {
  EXPECT_TRUE(served(host.connect()));
  EXPECT_EQ(open_streams(greedy), 9U);
  EXPECT_EQ(host.counters().inbound_now, 10U);
}

TEST_F(KadStreamsFairness, CountsWhomItDisplacedAndNoRefusal) {
  served(host.connect());
  EXPECT_EQ(host.counters().inbound_displaced, 1U);
  EXPECT_EQ(host.counters().inbound_over_limit, 0U);
}

TEST_F(KadStreamsFairness, DisplacesNobodyBelowTheLimit) {
  greedy.reset(taken[3]);
  host.settle();
  EXPECT_TRUE(served(host.connect()));
  EXPECT_EQ(host.counters().inbound_displaced, 0U);
}

TEST_F(KadStreamsFairness, ResetsTheStreamThatHasBeenSilentForLongest) {
  greedy.write(taken[0], find_node_frame("again"));
  host.settle();
  served(host.connect());
  EXPECT_TRUE(greedy.streams[taken[0]].open());
  EXPECT_TRUE(greedy.streams[taken[1]].failed);
}

TEST_F(KadStreamsFairness, TakesHalfAMessageForSilence) {
  greedy.write(taken[0], BytesView{find_node_frame("half")}.first(3));
  host.settle();
  served(host.connect());
  EXPECT_TRUE(greedy.streams[taken[0]].failed);
}

TEST_F(KadStreamsFairness, LeavesAStreamAloneWhoseRequestIsWorkedOn) {
  host.hold = true;
  greedy.write(taken[0], find_node_frame("slow"));
  host.settle();
  for (std::size_t i = 1; i < 10; ++i) {
    host.open(host.connect());
  }
  EXPECT_EQ(open_streams(greedy), 1U);
  host.answer_held("slow");
  EXPECT_EQ(greedy.streams[taken[0]].take_keys(), "k slow");
}

TEST_F(KadStreamsFairness, RefusesANewcomerWhileEveryStreamOfTheLargestIsWorkedOn) {
  host.hold = true;
  for (const std::uint32_t stream : taken) {
    greedy.write(stream, find_node_frame("slow"));
  }
  host.settle();
  HandPeer& newcomer = host.connect();
  EXPECT_TRUE(newcomer.streams[host.open(newcomer)].failed);
  EXPECT_EQ(host.counters().inbound_over_limit, 1U);
  EXPECT_EQ(open_streams(greedy), 10U);
}

TEST_F(KadStreamsFairness, TakesAStreamWhosePeerDoesNotReadItsAnswers) {
  greedy.reads = false;
  host.hold = true;
  for (int i = 0; i < 20; ++i) {  // more than its window
    greedy.write(taken[0], find_node_frame("a"));
    host.settle();
    if (!host.held.empty()) {
      host.answer_held(std::string(15'000, 'k'));
    }
  }
  for (std::size_t i = 1; i < 10; ++i) {
    greedy.write(taken[i], find_node_frame("a"));
    host.settle();
    host.answer_held("a");
  }
  host.open(host.connect());
  EXPECT_TRUE(greedy.streams[taken[0]].failed);
}

TEST_F(KadStreamsFairness, RefusesTheLargest) {
  EXPECT_FALSE(served(greedy));
  EXPECT_EQ(host.counters().inbound_over_limit, 1U);
  EXPECT_EQ(host.counters().inbound_displaced, 0U);
}

TEST_F(KadStreamsFairness, RefusesOneOfTheLargest) {
  HandPeer& second = host.connect();
  open_many(host, second, 5);
  EXPECT_EQ(open_streams(greedy), 5U);
  EXPECT_FALSE(served(second));
  EXPECT_FALSE(served(greedy));
  EXPECT_EQ(open_streams(greedy) + open_streams(second), 10U);
}

TEST_F(KadStreamsFairness, GivesBackNothingToWhoWasDisplaced) {
  HandPeer& newcomer = host.connect();
  EXPECT_TRUE(served(newcomer));
  for (int i = 0; i < 30; ++i) {
    EXPECT_FALSE(served(greedy));
  }
  EXPECT_EQ(open_streams(newcomer), 1U);
}

TEST_F(KadStreamsFairness, HasNothingToGainForWhoClosesAndOpensAnew) {
  HandPeer& newcomer = host.connect();
  EXPECT_TRUE(served(newcomer));
  for (std::size_t i = 1; i < 10; ++i) {
    greedy.reset(taken[i]);
    host.open(greedy, find_node_frame("k"));
  }
  EXPECT_TRUE(served(newcomer));
  EXPECT_EQ(open_streams(newcomer), 2U);
  EXPECT_EQ(host.counters().inbound_now, 10U);
}

TEST_F(KadStreamsFairness, CountsAllConnectionsOfAPeerTogether) {
  HandPeer& one = host.connect(1000);
  HandPeer& two = host.connect(1000);
  open_many(host, one, 3);
  open_many(host, two, 2);
  EXPECT_EQ(open_streams(greedy), 5U);
  EXPECT_FALSE(served(two)) << "five of its peer's are open, and nobody holds more";
  EXPECT_EQ(open_streams(one), 3U);
}

TEST_F(KadStreamsFairness, GivesNoPlaceToAConnectionThatHasItsOwnFill) {
  KadStreamsHost small{{.max_inbound = 6, .max_inbound_per_connection = 2}};
  open_many(small, small.connect(1), 2);
  open_many(small, small.connect(1), 2);
  HandPeer& full = small.connect(2);
  open_many(small, full, 2);
  EXPECT_TRUE(full.streams[small.open(full)].failed);
  EXPECT_EQ(small.counters().inbound_over_connection_limit, 1U);
  EXPECT_EQ(small.counters().inbound_displaced, 0U);
}

TEST(KadStreamsFairnessUnderAttack, ServesEveryNewcomerWhileAFewKeepAllPlacesBusy) {
  KadStreamsHost host{{.max_inbound = 300}};
  std::vector<std::pair<HandPeer*, std::vector<std::uint32_t>>> attackers;
  for (int i = 0; i < 12; ++i) {
    HandPeer& attacker = host.connect();
    attackers.emplace_back(&attacker, open_many(host, attacker, 25));
  }
  ASSERT_EQ(host.counters().inbound_now, 300U);
  for (int round = 0; round < 10; ++round) {
    host.run_for(22s);
    for (auto& [attacker, streams] : attackers) {
      for (std::uint32_t& stream : streams) {
        if (!attacker->streams[stream].open()) {
          stream = host.open(*attacker);
        }
        attacker->write(stream, find_node_frame("k"));
      }
    }
    host.settle();
    ASSERT_EQ(host.counters().inbound_now, 300U);
    HandPeer& newcomer = host.connect();
    for (int i = 0; i < 20; ++i) {  // as many lookups at once as a peer makes
      const auto stream = host.open(newcomer, find_node_frame("new"));
      ASSERT_EQ(newcomer.streams[stream].take_keys(), "new") << "round " << round;
    }
    host.disconnect(newcomer);
  }
}

}  // namespace
}  // namespace pond::node
