#include "pond/sim/event_queue.hpp"

#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"

namespace pond::sim {
namespace {

struct Event {
  std::uint64_t number;
  std::uint32_t more;
};

/// A queue, and the multimap that says what is right: it keeps equal keys in the order of their insertion.
class Pair {
 public:
  void push(Instant at) {
    queue.push(at, {.number = next_, .more = static_cast<std::uint32_t>(next_ * 7)});
    right.emplace(at, next_++);
  }
  /// Whether both gave the same.
  [[nodiscard]] bool pop() {
    const auto expected = right.begin();
    if (queue.next_at() != expected->first) {
      return false;
    }
    const auto [at, event] = queue.pop();
    const bool same = at == expected->first && event.number == expected->second &&
                      event.more == static_cast<std::uint32_t>(expected->second * 7);
    now = at;
    right.erase(expected);
    return same && queue.size() == right.size();
  }

  EventQueue<Event> queue;
  std::multimap<Instant, std::uint64_t> right;
  Instant now{};

 private:
  std::uint64_t next_ = 0;
};

TEST(EventQueue, GivesTheEarliestFirst) {
  EventQueue<Event> queue;
  EXPECT_EQ(queue.next_at(), std::nullopt);
  queue.push(Instant{3s}, {.number = 3, .more = 0});
  queue.push(Instant{1s}, {.number = 1, .more = 0});
  queue.push(Instant{2s}, {.number = 2, .more = 0});
  EXPECT_EQ(queue.next_at(), Instant{1s});
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const auto [at, event] = queue.pop();
    EXPECT_EQ(event.number, i);
    EXPECT_EQ(at, Instant{} + static_cast<int>(i) * 1s);
  }
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, KeepsTheOrderOfPushesAtOneInstant) {
  Pair pair;
  for (int i = 0; i < 500; ++i) {
    pair.push(Instant{1h});  // hangs far up
    pair.push(Instant{1h - 10us});
  }
  pair.push(Instant{});
  ASSERT_TRUE(pair.pop());
  pair.push(Instant{1h - 10us});  // hangs lower than those before it
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(pair.pop()) << i;
  }
  pair.push(Instant{1h - 10us});  // into the slot that is being emptied
  pair.push(Instant{1h});
  while (!pair.right.empty()) {
    ASSERT_TRUE(pair.pop());
  }
}

TEST(EventQueue, HoldsEveryInstantThereIs) {
  Pair pair;
  for (const Instant at : {Instant::max(), Instant{}, Instant::min(), Instant{1ns}, Instant{-1ns}, Instant::max()}) {
    pair.push(at);
  }
  while (!pair.right.empty()) {
    ASSERT_TRUE(pair.pop());
  }
}

TEST(EventQueue, TakesWhatIsEarlierThanWhatWasSeenNext) {
  Pair pair;
  pair.push(Instant{1h});
  EXPECT_EQ(pair.queue.next_at(), Instant{1h});
  pair.push(Instant{1s});
  pair.push(Instant{1h});
  pair.push(Instant{1s});
  while (!pair.right.empty()) {
    ASSERT_TRUE(pair.pop());
  }
}

TEST(EventQueue, UsesItsMemoryAgain) {
  EventQueue<Event> queue;
  for (int round = 0; round < 20; ++round) {
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      queue.push(Instant{} + static_cast<int>(i * 37 % 5000) * 1ms + round * 10s, {.number = i, .more = 0});
    }
    for (Instant last{}; !queue.empty();) {
      const Instant at = queue.pop().first;
      ASSERT_GE(at, last);
      last = at;
    }
  }
}

// Delays as simulations have them: none, some microseconds, a round trip, a timer, hours, years; the past too.
RC_GTEST_PROP(EventQueue, DoesAsAMultimapDoes, (std::uint64_t seed)) {
  static constexpr std::int64_t kLongest_ns[] = {
      1, 2'000, 100'000, 300'000'000, 60'000'000'000, 7'200'000'000'000, 100'000'000'000'000'000};
  SeededRng rng{seed};
  Pair pair;
  for (std::size_t rounds = 1 + rng.below(30); rounds > 0; --rounds) {
    for (std::uint64_t pushes = rng.below(200); pushes > 0; --pushes) {
      const auto delay = static_cast<std::int64_t>(
          rng.below(static_cast<std::uint64_t>(kLongest_ns[rng.below(std::size(kLongest_ns))])));
      pair.push(pair.now + Duration{rng.below(20) == 0 && pair.now > Instant{} ? -delay % 1'000'000 : delay});
    }
    for (std::uint64_t pops = rng.below(200); pops > 0 && !pair.right.empty(); --pops) {
      RC_ASSERT(pair.pop());
      if (rng.below(4) == 0) {
        pair.push(pair.now);
      }
    }
  }
  while (!pair.right.empty()) {
    RC_ASSERT(pair.pop());
  }
  RC_ASSERT(pair.queue.empty());
}

// Very many in few slots: these are sorted by counting.
RC_GTEST_PROP(EventQueue, SortsCrowdedSlots, (std::uint64_t seed)) {
  SeededRng rng{seed};
  Pair pair;
  for (int i = 0; i < 3000; ++i) {
    pair.push(Instant{} + 1s + Duration{static_cast<std::int64_t>(rng.below(200'000))});
  }
  while (!pair.right.empty()) {
    RC_ASSERT(pair.pop());
  }
}

}  // namespace
}  // namespace pond::sim
