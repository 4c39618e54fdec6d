#include "pond/sim/slab.hpp"

#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"

namespace pond::sim {
namespace {

RC_GTEST_PROP(Slab, GivesBackWhatWasPutUnderANumber, (std::uint64_t seed)) {
  SeededRng rng{seed};
  Slab<std::string> slab;
  std::map<std::uint32_t, std::string> right;
  for (int i = 0; i < 3000; ++i) {
    if (right.empty() || rng.below(5) < 3) {
      std::string text = "message " + std::to_string(i) + " of some length";
      const std::uint32_t index = slab.put(text);
      RC_ASSERT(right.emplace(index, std::move(text)).second);
    } else {
      const auto some = std::next(right.begin(), static_cast<std::ptrdiff_t>(rng.below(right.size())));
      RC_ASSERT(slab[some->first] == some->second);
      RC_ASSERT(slab.take(some->first) == some->second);
      right.erase(some);
    }
    RC_ASSERT(slab.size() == right.size());
  }
}

TEST(Slab, UsesANumberAgain) {
  Slab<int> slab;
  EXPECT_EQ(slab.put(7), 0U);  // never idle
  for (int i = 0; i < 100'000; ++i) {
    const std::uint32_t index = slab.put(i);
    ASSERT_EQ(slab.take(index), i);
  }
  EXPECT_LE(slab.capacity(), 1024U);
}

TEST(Slab, KeepsNothingOfWhatWasTaken) {
  Slab<std::shared_ptr<int>> slab;
  auto thing = std::make_shared<int>(7);
  const std::weak_ptr<int> watch = thing;
  const std::uint32_t index = slab.put(std::move(thing));
  EXPECT_EQ(*slab.take(index), 7);
  EXPECT_TRUE(watch.expired());
}

TEST(Slab, GivesMemoryBackWhenIdle) {
  Slab<int> slab;
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(slab.put(i), static_cast<std::uint32_t>(i));
  }
  const int& first = slab[0];
  EXPECT_GE(slab.capacity(), 10'000U);
  EXPECT_EQ(first, 0);
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    EXPECT_EQ(slab.take(i), static_cast<int>(i));
  }
  EXPECT_LE(slab.capacity(), 1024U);
  EXPECT_EQ(slab.put(5), 0U);
}

}  // namespace
}  // namespace pond::sim
