#include "workload/workload.hpp"

#include <gtest/gtest.h>

#include "support/numbered_peers.hpp"

namespace pond::sim {
namespace {

using Kind = LoadSpec::Kind;
using test::numbered_peer;

constexpr Instant kNow{1h};
constexpr WallTime kWall{1'763'800'000'000};

struct Network {
  Workload workload{1};
  SeededRng rng{1};
  std::uint64_t next_op = 1;

  [[nodiscard]] static Actor actor(std::uint32_t node) {
    return {.node = node, .id = numbered_peer(node), .addresses = {}, .wall = kWall};
  }
  [[nodiscard]] std::optional<Workload::Task> begin(Kind kind, std::uint32_t node, const std::string& key = {}) {
    return workload.begin({.kind = kind, .group = {}, .key = key}, actor(node), kNow, rng);
  }
  /// Lets it run and end with that result.
  Workload::Verdict finish(const Workload::Task& task, std::uint32_t node, const kad::OpResult& result) {
    const kad::OpId op{next_op++};
    workload.started(node, op, task.running);
    return workload.judge(workload.ended(node, op).value(), result, actor(node), kNow + 1s);
  }
  /// A record that so many took.
  Bytes publish(std::uint32_t node, std::size_t holders = 1) {
    const Workload::Task task = *begin(Kind::kPublish, node);
    static_cast<void>(finish(task, node, stored(holders)));
    return std::get<kad::PutValue>(task.operation).value;
  }
  [[nodiscard]] static kad::OpResult stored(std::size_t holders) {
    kad::OpResult result;
    result.reports.resize(holders, kad::PeerReport{.id = {}, .outcome = kad::PeerOutcome::kStored});
    return result;
  }
  [[nodiscard]] static kad::OpResult found(const Bytes& value) {
    kad::OpResult result;
    result.value = value;
    result.verified = true;
    return result;
  }
};

TEST(Workload, NothingIsLookedForBeforeItIsThere) {
  Network network;
  EXPECT_FALSE(network.begin(Kind::kFind, 1));
  EXPECT_FALSE(network.begin(Kind::kFindProviders, 1));
  network.publish(2, 0);
  EXPECT_FALSE(network.begin(Kind::kFind, 1)) << "nobody took it";
  const Bytes value = network.publish(2);
  const auto find = network.begin(Kind::kFind, 1);
  ASSERT_TRUE(find);
  EXPECT_EQ(find->running.key, network.workload.account_of(2).record_key);
  EXPECT_TRUE(network.finish(*find, 1, Network::found(value)).outcome.succeeded);
}

TEST(Workload, ARecordIsAsStaleAsTheNewestThatWasAcknowledgedWhenTheReaderBegan) {
  Network network;
  const Bytes first = network.publish(2);
  const auto find = network.begin(Kind::kFind, 1, {});
  const Bytes second = network.publish(2);
  const auto later = network.begin(Kind::kFind, 1, {});
  ASSERT_TRUE(find && later);
  EXPECT_EQ(network.finish(*find, 1, Network::found(first)).outcome.staleness, Duration{});
  EXPECT_EQ(network.finish(*find, 1, Network::found(second)).outcome.staleness, Duration{});
  EXPECT_EQ(network.finish(*later, 1, Network::found(second)).outcome.staleness, Duration{});
  EXPECT_EQ(network.finish(*later, 1, Network::found(first)).outcome.staleness, 1ms);
}

TEST(Workload, AReaderThatTakesAForgedRecordIsWrong) {
  Network network;
  Bytes value = network.publish(2);
  network.publish(2);
  const auto find = network.begin(Kind::kFind, 1);
  ASSERT_TRUE(find);
  EXPECT_FALSE(network.finish(*find, 1, Network::found(value)).wrong);
  value[40] ^= 1;
  EXPECT_TRUE(network.finish(*find, 1, Network::found(value)).wrong);
}

TEST(Workload, OneRecordOfAnAccountIsUnderWayAtATime) {
  Network network;
  const auto first = network.begin(Kind::kPublish, 1, "victim");
  ASSERT_TRUE(first);
  network.workload.started(1, kad::OpId{77}, first->running);
  EXPECT_FALSE(network.begin(Kind::kPublish, 2, "victim"));
  EXPECT_TRUE(network.begin(Kind::kPublish, 2));
  network.workload.forget(2);
  EXPECT_FALSE(network.begin(Kind::kPublish, 2, "victim"));
  network.workload.forget(1);
  EXPECT_TRUE(network.begin(Kind::kPublish, 2, "victim")) << "whoever published it is gone";
  EXPECT_FALSE(network.workload.ended(1, kad::OpId{77}));
}

TEST(Workload, ProvidersAreThoseWhoAnnounced) {
  Network network;
  const auto provide = network.begin(Kind::kProvide, 5);
  ASSERT_TRUE(provide);
  static_cast<void>(network.finish(*provide, 5, Network::stored(3)));
  const auto find = network.begin(Kind::kFindProviders, 1);
  ASSERT_TRUE(find);
  EXPECT_EQ(find->running.key, provide->running.key);
  kad::OpResult result;
  EXPECT_FALSE(network.finish(*find, 1, result).outcome.succeeded);
  result.peers = {{.id = numbered_peer(6)}};
  EXPECT_FALSE(network.finish(*find, 1, result).outcome.succeeded);
  result.peers.push_back({.id = numbered_peer(5)});
  EXPECT_TRUE(network.finish(*find, 1, result).outcome.succeeded);
}

TEST(Workload, PresenceIsNothingForLoadsToLookFor) {
  Network network;
  const Account& account = network.workload.account_of(3U);
  const auto task = network.workload.provider(account, Network::actor(3), kNow, Workload::Cause::kUpkeep);
  static_cast<void>(network.finish(task, 3, Network::stored(3)));
  EXPECT_FALSE(network.begin(Kind::kFindProviders, 1));
}

TEST(Workload, WhatIsUnderWayForTooLongIsOverdue) {
  Network network;
  const auto task = network.begin(Kind::kClosest, 4);
  ASSERT_TRUE(task);
  network.workload.started(4, kad::OpId{1}, task->running);
  EXPECT_EQ(network.workload.overdue(kNow + 30s).count, 0U);
  EXPECT_EQ(network.workload.overdue(kNow + 36s).count, 1U);
  EXPECT_EQ(network.workload.overdue(kNow + 36s).node, 4U);
  network.workload.forget(4);
  EXPECT_EQ(network.workload.overdue(kNow + 36s).count, 0U);
}

}  // namespace
}  // namespace pond::sim
