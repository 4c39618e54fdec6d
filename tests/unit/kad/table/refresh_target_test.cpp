#include "pond/kad/table/refresh_target.hpp"

#include <gtest/gtest.h>

#include "support/tiny_key.hpp"

namespace pond::kad {
namespace {

using test::tiny_key;

TEST(RefreshTarget, FallsIntoEveryBucketWithinReach) {
  SeededRng rng{1};
  const wire::Key own = tiny_key(0x5a);
  for (unsigned prefix = 0; prefix <= kMaxRefreshPrefix; ++prefix) {
    const auto target = refresh_target(own, prefix, rng);
    ASSERT_TRUE(target);
    EXPECT_EQ(own.common_prefix_bits(target->key), prefix);
  }
}

TEST(RefreshTarget, TravelsAsAPeerIdThatHashesToIt) {
  SeededRng rng{2};
  const auto target = refresh_target(tiny_key(0), 3, rng);
  ASSERT_TRUE(target);
  EXPECT_EQ(wire::Key::of(target->preimage), target->key);
  EXPECT_TRUE(wire::PeerId::from_bytes(target->preimage));
}

TEST(RefreshTarget, IsAnotherEachTime) {
  SeededRng rng{3};
  EXPECT_NE(refresh_target(tiny_key(0), 0, rng)->key, refresh_target(tiny_key(0), 0, rng)->key);
}

TEST(RefreshTarget, IsTheSameForTheSameSeed) {
  SeededRng first{4};
  SeededRng second{4};
  EXPECT_EQ(refresh_target(tiny_key(0), 5, first)->key, refresh_target(tiny_key(0), 5, second)->key);
}

TEST(RefreshTarget, ThereIsNoneBeyondReach) {
  SeededRng rng{5};
  EXPECT_FALSE(refresh_target(tiny_key(0), kMaxRefreshPrefix + 1, rng));
}

}  // namespace
}  // namespace pond::kad
