#include "world/connections.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"

namespace pond::sim {
namespace {

constexpr Instant kNow = Instant{} + 1h;

Connection to(std::uint32_t peer, Duration used = {}, Duration ready = {}) {
  Connection connection = Connection::to(peer, kNow + ready);
  connection.used_at = kNow + used;
  return connection;
}
Connections::Age since(Instant stands) {
  return {.stands_since = stands, .quiet_since = Instant::max()};
}
constexpr auto kAnybody = [](std::uint32_t) { return true; };

using Peers = std::vector<std::uint32_t>;

RC_GTEST_PROP(Connections, AreAMapByPeer, (std::uint64_t seed)) {
  SeededRng rng{seed};
  Connections connections;
  std::map<std::uint32_t, Connection> right;
  // Numbers of few and of many, so that places collide; it grows and shrinks in waves.
  const std::uint64_t numbers = rng.below(2) == 0 ? 40 : 1'000'000'000;
  std::uint64_t additions_of_ten = 5;
  Peers tried;
  for (int i = 0; i < 250; ++i) {
    if (rng.below(40) == 0) {
      additions_of_ten = 1 + rng.below(9);
    }
    auto peer = static_cast<std::uint32_t>(rng.below(numbers));
    if (rng.below(10) < additions_of_ten) {
      if (right.contains(peer)) {
        continue;
      }
      const Duration used = 1s * static_cast<int>(rng.below(20));
      const Connection added = to(peer, used, 1s * static_cast<int>(rng.below(40)));
      RC_ASSERT(connections.add(added).peer == peer);
      right.emplace(peer, added);
      tried.push_back(peer);
    } else {
      if (!right.empty() && rng.below(8) != 0) {
        peer = std::next(right.begin(), static_cast<std::ptrdiff_t>(rng.below(right.size())))->first;
      }
      connections.remove(peer);
      right.erase(peer);
    }
    if (!right.empty()) {
      const auto some = std::next(right.begin(), static_cast<std::ptrdiff_t>(rng.below(right.size())));
      some->second.used_at = Instant{some->second.used_at} + 3s;
      connections.find(some->first)->used_at = some->second.used_at;
    }
    RC_ASSERT(connections.size() == right.size());
    for (const std::uint32_t each : tried) {
      const Connection* found = connections.find(each);
      const auto expected = right.find(each);
      RC_ASSERT((found != nullptr) == (expected != right.end()));
      RC_ASSERT((found == nullptr || (found->peer == each && found->used_at == Instant{expected->second.used_at})));
    }
    Peers all;
    Peers idle;
    const Instant before = kNow + 1s * static_cast<int>(rng.below(30));
    const auto may_go = [](std::uint32_t each) { return each % 3 != 0; };
    std::optional<std::uint32_t> idlest;
    for (const auto& [number, connection] : right) {
      all.push_back(number);
      if (connection.used_at < before) {
        idle.push_back(number);
      }
      const bool eligible = connection.ready_at < before && may_go(number);
      if (eligible && (!idlest || connection.used_at < Instant{right.at(*idlest).used_at})) {
        idlest = number;
      }
    }
    RC_ASSERT(connections.peers() == all);
    RC_ASSERT(connections.idle_since(before) == idle);
    RC_ASSERT(connections.idlest(since(before), may_go) == idlest);
  }
}

TEST(Connections, AreNoneAtFirst) {
  Connections connections;
  EXPECT_EQ(connections.size(), 0U);
  EXPECT_EQ(connections.find(0), nullptr);
  EXPECT_TRUE(connections.peers().empty());
  EXPECT_EQ(connections.idlest(since(Instant::max()), kAnybody), std::nullopt);
  connections.remove(0);
  EXPECT_EQ(connections.size(), 0U);
}

TEST(Connections, TheIdlestIsTheOneSilentLongest) {
  Connections connections;
  connections.add(to(1, 5s));
  connections.add(to(2, 3s));
  connections.add(to(3, 4s));
  EXPECT_EQ(connections.idlest(since(kNow + 1min), kAnybody), 2U);
  connections.find(2)->used_at = kNow + 20s;
  EXPECT_EQ(connections.idlest(since(kNow + 1min), kAnybody), 3U);
}

TEST(Connections, OfEquallyIdleOnesTheLowestPeerIsTheIdlest) {
  Connections connections;
  for (const std::uint32_t peer : {9U, 4U, 7U}) {
    connections.add(to(peer));
  }
  EXPECT_EQ(connections.idlest(since(kNow + 1s), kAnybody), 4U);
}

TEST(Connections, WhatWasUsedSinceIsNotIdle) {
  Connections connections;
  connections.add(to(1, 5s));
  EXPECT_TRUE(connections.idle_since(kNow + 5s).empty());
  EXPECT_EQ(connections.idle_since(kNow + 5s + 1ms), Peers{1});
}

TEST(Connections, TheIdlestIsNoYoungOneAndNoneThatMayNotGo) {
  Connections connections;
  connections.add(to(1, 5s));
  connections.add(to(2, 3s));
  connections.add(to(3, 1s, 1s));
  EXPECT_EQ(connections.idlest(since(kNow), kAnybody), std::nullopt);
  EXPECT_EQ(connections.idlest(since(kNow + 1ms), kAnybody), 2U) << "the third is too young";
  EXPECT_EQ(connections.idlest(since(kNow + 1ms), [](std::uint32_t peer) { return peer != 2; }), 1U);
}

TEST(Connections, TheIdlestHasBeenQuietForAsLongAsIsAsked) {
  Connections connections;
  connections.add(to(1, 5s));
  EXPECT_EQ(connections.idlest({.stands_since = Instant::max(), .quiet_since = kNow + 5s - 1ms}, kAnybody),
            std::nullopt);
  EXPECT_EQ(connections.idlest({.stands_since = Instant::max(), .quiet_since = kNow + 5s}, kAnybody), 1U);
}

TEST(Connections, AreListedByPeer) {
  Connections connections;
  Peers expected;
  for (std::uint32_t peer = 0; peer < 100; ++peer) {
    connections.add(to((peer * 37) % 100));
    expected.push_back(peer);
  }
  EXPECT_EQ(connections.peers(), expected);
}

}  // namespace
}  // namespace pond::sim
