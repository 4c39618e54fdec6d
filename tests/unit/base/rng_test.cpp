#include "pond/base/rng.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace pond {
namespace {

/// Gives the numbers it was given, in their order.
class ScriptedRng final : public Rng {
 public:
  explicit ScriptedRng(std::vector<std::uint64_t> numbers) : numbers_(std::move(numbers)) {}
  void fill(std::span<std::uint8_t> out) override {
    std::uint64_t number = numbers_.at(next_++);
    for (std::uint8_t& octet : out) {
      octet = static_cast<std::uint8_t>(number);
      number >>= 8;
    }
  }
  [[nodiscard]] std::size_t used() const { return next_; }

 private:
  std::vector<std::uint64_t> numbers_;
  std::size_t next_ = 0;
};

// The first outputs of xoshiro256** when SplitMix64 seeds it from 0, as its other implementations give them.
TEST(SeededRng, IsXoshiro256StarStar) {
  SeededRng rng{0};
  EXPECT_EQ(rng.next_u64(), 0x99ec5f36cb75f2b4U);
  EXPECT_EQ(rng.next_u64(), 0xbf6e1f784956452aU);
  EXPECT_EQ(rng.next_u64(), 0x1a5f849d4933e6e0U);
}

TEST(SeededRng, RepeatsForTheSameSeedAndDiffersForAnother) {
  SeededRng a{5};
  SeededRng b{5};
  SeededRng c{6};
  const std::uint64_t first = a.next_u64();
  EXPECT_EQ(first, b.next_u64());
  EXPECT_NE(first, c.next_u64());
}

TEST(SeededRng, FillsEveryOctetOfAnyLength) {
  for (std::size_t size = 0; size < 40; ++size) {
    std::vector<std::uint8_t> seen(size, 0);
    SeededRng rng{size};
    for (int round = 0; round < 20; ++round) {
      std::vector<std::uint8_t> out(size, 0);
      rng.fill(out);
      for (std::size_t i = 0; i < size; ++i) {
        seen[i] |= out[i];
      }
    }
    EXPECT_EQ(std::ranges::count(seen, 0), 0) << size;
  }
}

RC_GTEST_PROP(Rng, BelowStaysBelow, (std::uint64_t seed, std::uint64_t bound)) {
  SeededRng rng{seed};
  const std::uint64_t number = rng.below(bound);
  RC_ASSERT(number < bound || (bound == 0 && number == 0));
}

TEST(Rng, BelowZeroAsksForNothing) {
  ScriptedRng rng{{}};
  EXPECT_EQ(rng.below(0), 0U);
  EXPECT_EQ(rng.used(), 0U);
}

TEST(Rng, BelowOneIsZero) {
  ScriptedRng rng{{77}};
  EXPECT_EQ(rng.below(1), 0U);
}

// 2^64 leaves 1 when divided by 3, so exactly one number, zero, would favour the remainder 0.
TEST(Rng, BelowThrowsAwayWhatWouldFavourARemainder) {
  ScriptedRng rng{{0, 1}};
  EXPECT_EQ(rng.below(3), 1U);
  EXPECT_EQ(rng.used(), 2U);
}

TEST(Rng, BelowReachesEveryNumberAboutEquallyOften) {
  SeededRng rng{1};
  std::array<int, 6> counts{};
  for (int i = 0; i < 6000; ++i) {
    ++counts[rng.below(6)];
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, 1000, 150);
  }
}

TEST(Rng, UnitSpansZeroToJustBelowOne) {
  ScriptedRng rng{{0, std::numeric_limits<std::uint64_t>::max(), 1ULL << 63}};
  EXPECT_EQ(rng.unit(), 0.0);
  const double highest = rng.unit();
  EXPECT_LT(highest, 1.0);
  EXPECT_GT(highest, 0.9999999);
  EXPECT_EQ(rng.unit(), 0.5);
}

}  // namespace
}  // namespace pond
