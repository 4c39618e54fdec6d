#include "pond/base/fifo.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"

namespace pond {
namespace {

RC_GTEST_PROP(Fifo, DoesWhatADequeDoes, (std::uint64_t seed)) {
  SeededRng rng{seed};
  Fifo<std::string> fifo;
  std::deque<std::string> right;
  // Waves: it grows for a while, then shrinks, so that it is long at times and empty at others.
  std::uint64_t pushes_of_ten = 5;
  for (int i = 0; i < 500; ++i) {
    if (rng.below(60) == 0) {
      pushes_of_ten = 1 + rng.below(9);
    }
    if (right.empty() || rng.below(10) < pushes_of_ten) {
      const std::string text = "item " + std::to_string(i) + " of some length";
      if (rng.below(2) == 0) {
        fifo.push_back(text);
      } else {
        RC_ASSERT(fifo.emplace_back(text) == text);
      }
      right.push_back(text);
    } else {
      RC_ASSERT(fifo.front() == right.front());
      RC_ASSERT(fifo.pop() == right.front());
      right.pop_front();
    }
    RC_ASSERT(fifo.size() == right.size());
    RC_ASSERT(fifo.empty() == right.empty());
    RC_ASSERT(std::ranges::equal(fifo, right));
  }
}

TEST(Fifo, IsEmptyAtFirst) {
  const Fifo<int> fifo;
  EXPECT_TRUE(fifo.empty());
  EXPECT_EQ(fifo.size(), 0U);
  EXPECT_EQ(fifo.begin(), fifo.end());
}

TEST(Fifo, TakesWhatCanOnlyBeMoved) {
  Fifo<std::unique_ptr<int>> fifo;
  fifo.push_back(std::make_unique<int>(7));
  fifo.emplace_back(std::make_unique<int>(8));
  EXPECT_EQ(*fifo.pop(), 7);
  EXPECT_EQ(*fifo.pop(), 8);
  EXPECT_TRUE(fifo.empty());
}

TEST(Fifo, KeepsNothingOfWhatWasTakenOut) {
  Fifo<std::shared_ptr<int>> fifo;
  std::vector<std::weak_ptr<int>> watch;
  for (int i = 0; i < 100; ++i) {
    watch.emplace_back(fifo.emplace_back(std::make_shared<int>(i)));
  }
  for (const std::weak_ptr<int>& each : watch) {
    EXPECT_FALSE(each.expired());
    static_cast<void>(fifo.pop());
    EXPECT_TRUE(each.expired());
  }
}

/// An item that says how many of it there are, moved-from ones included.
struct Counted {
  static inline int there = 0;
  Counted() { ++there; }
  Counted(const Counted&) { ++there; }
  Counted(Counted&&) noexcept { ++there; }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&&) noexcept = default;
  ~Counted() { --there; }
};

TEST(Fifo, HoldsNoItemsWhenItIsEmptyNotEvenUsedOnes) {
  Fifo<Counted> fifo;
  for (int i = 0; i < 20; ++i) {
    fifo.emplace_back();
  }
  for (int i = 0; i < 20; ++i) {
    static_cast<void>(fifo.pop());
  }
  EXPECT_EQ(Counted::there, 0);
}

TEST(Fifo, HasNoMemoryWhenItIsEmpty) {
  Fifo<int> fifo;
  EXPECT_EQ(std::to_address(fifo.begin()), nullptr);
  fifo.push_back(7);
  EXPECT_NE(std::to_address(fifo.begin()), nullptr);
  EXPECT_EQ(fifo.pop(), 7);
  EXPECT_EQ(std::to_address(fifo.begin()), nullptr);
}

TEST(Fifo, ThatNeverRunsEmptyDoesNotGrow) {
  Fifo<Counted> fifo;
  fifo.emplace_back();
  for (int i = 0; i < 10'000; ++i) {
    fifo.emplace_back();
    static_cast<void>(fifo.pop());
    ASSERT_LE(Counted::there, 64);
  }
  EXPECT_EQ(fifo.size(), 1U);
}

}  // namespace
}  // namespace pond
