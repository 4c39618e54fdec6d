#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "pond/kad/kad.hpp"
#include "pond/store/memory_store.hpp"

#include "support/numbered_peers.hpp"

namespace pond::kad {
namespace {

using test::numbered_peer;

/// One machine whose requests all time out with nobody's fault: what it sends, and when, is taken down.
class RestoreTable : public testing::Test {
 protected:
  struct Sent {
    Instant at;
    Bytes key;
  };

  std::vector<PeerHandle> some_peers(std::uint32_t count) {
    std::vector<PeerHandle> out;
    for (std::uint32_t number = 1; number <= count; ++number) {
      out.push_back(book.intern(numbered_peer(number)).value());
      book.pin(out.back());
    }
    return out;
  }

  void drain() {
    while (std::optional<Output> output = kad.poll(now)) {
      if (const auto* changed = std::get_if<TableChanged>(&*output)) {
        changes.push_back(*changed);
      } else if (const auto* send = std::get_if<SendRpc>(&*output)) {
        sent.push_back({.at = now, .key = send->request->key});
        kad.handle(RpcAnswered{.rpc = send->rpc, .answer = {.type = send->request->type, .key = send->request->key}},
                   now);
      }
    }
  }

  void run_for(Duration time) {
    const Instant end = now + time;
    while (true) {
      drain();
      const std::optional<Instant> due = kad.next_deadline();
      if (!due || *due > end) {
        break;
      }
      now = std::max(now, *due);
      kad.handle_timeout(now);
    }
    now = end;
  }

  Instant now = Instant{} + 1h;
  wire::PeerId self = numbered_peer(0);
  peers::PeerBook book;
  SeededRng rng{1};
  store::MemoryStore store{store::Limits{}, self};
  Kad kad{Config{}, self, book, store, Validators::openpond(), rng, WallAnchor{now, WallTime{1'763'800'000'000}}, now};
  std::vector<TableChanged> changes;
  std::vector<Sent> sent;
};

TEST_F(RestoreTable, TakesPeersInAndReportsEach) {
  const auto peers = some_peers(10);
  kad.restore_table(peers, now);
  drain();
  EXPECT_EQ(kad.table_size(), 10U);
  ASSERT_EQ(changes.size(), 10U);
  for (std::size_t i = 0; i < peers.size(); ++i) {
    EXPECT_EQ(changes[i].peer, peers[i]);
    EXPECT_TRUE(changes[i].inside);
    EXPECT_TRUE(kad.in_table(peers[i]));
  }
  EXPECT_EQ(kad.counters().verified_into_table, 10U);
}

TEST_F(RestoreTable, TakesNoMoreThanThereIsRoom) {
  kad.restore_table(some_peers(400), now);
  drain();
  EXPECT_LT(kad.table_size(), 200U);
  for (std::size_t bucket = 0; bucket < kad.table().bucket_count(); ++bucket) {
    EXPECT_LE(kad.table().bucket_size(bucket), 20U);
  }
  EXPECT_EQ(changes.size(), kad.table_size()) << "those that were not taken are not reported";
}

TEST_F(RestoreTable, TakesNobodyTwiceNorItself) {
  auto peers = some_peers(3);
  peers.push_back(peers[0]);
  peers.push_back(book.find(self).value());
  kad.restore_table(peers, now);
  drain();
  EXPECT_EQ(kad.table_size(), 3U);
  EXPECT_EQ(changes.size(), 3U);
}

TEST_F(RestoreTable, AsksNobodyAtOnce) {
  kad.restore_table(some_peers(100), now);
  drain();
  kad.handle_timeout(now);
  drain();
  EXPECT_TRUE(sent.empty());
}

TEST_F(RestoreTable, SpreadsItsRefreshesOverTheInterval) {
  kad.restore_table(some_peers(200), now);
  const Instant restored = now;
  run_for(10min);
  std::set<Bytes> targets;
  std::vector<std::size_t> by_minute(10);
  for (const Sent& each : sent) {
    if (targets.insert(each.key).second) {
      ++by_minute[std::min<std::size_t>(static_cast<std::size_t>((each.at - restored) / 1min), 9)];
    }
  }
  EXPECT_GE(targets.size(), kad.table().bucket_count() / 2);
  EXPECT_LE(std::ranges::max(by_minute), targets.size() / 2) << "not all in one minute";
}

TEST_F(RestoreTable, LooksItselfUpWithinTheInterval) {
  kad.restore_table(some_peers(50), now);
  run_for(10min);
  const Bytes own = to_bytes(self.bytes());
  EXPECT_TRUE(std::ranges::any_of(sent, [&](const Sent& each) { return each.key == own; }));
}

}  // namespace
}  // namespace pond::kad
