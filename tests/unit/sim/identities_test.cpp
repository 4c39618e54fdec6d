#include "world/identities.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace pond::sim {
namespace {

TEST(Identities, RandomOnesAreDifferentValidPeers) {
  SeededRng rng{1};
  std::set<wire::PeerId> ids;
  for (int i = 0; i < 100; ++i) {
    const wire::PeerId id = random_peer_id(rng);
    EXPECT_EQ(id.bytes().size(), 34U);
    EXPECT_EQ(wire::PeerId::from_bytes(id.bytes()).value(), id);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 100U);
}

TEST(Identities, TheSameSeedGivesTheSame) {
  SeededRng one{5};
  SeededRng same{5};
  SeededRng another{6};
  EXPECT_EQ(random_peer_id(one), random_peer_id(same));
  EXPECT_NE(random_peer_id(one), random_peer_id(another));
}

TEST(Identities, MinedOnesAreNearerThanAllOfANetwork) {
  constexpr std::size_t kNodes = 500;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    SeededRng rng{seed};
    const wire::Key target = wire::Key::of(as_bytes("a key that somebody wants"));
    const auto mined = mined_peer_ids(target, 20, kNodes, rng);
    ASSERT_EQ(mined.size(), 20U);
    EXPECT_EQ((std::set<wire::PeerId>{mined.begin(), mined.end()}).size(), 20U);
    // That a single one of so many random keys is nearer than all mined ones has a chance of a half; that it is nearer
    // than the nearest of twenty mined ones a small one.
    wire::Distance nearest_mined = wire::Key::of(mined.front()).distance_to(target);
    for (const wire::PeerId& id : mined) {
      EXPECT_GE(wire::Key::of(id).common_prefix_bits(target), 10U);
      nearest_mined = std::min(nearest_mined, wire::Key::of(id).distance_to(target));
    }
    for (std::size_t i = 0; i < kNodes; ++i) {
      EXPECT_LT(nearest_mined, wire::Key::of(random_peer_id(rng)).distance_to(target));
    }
  }
}

TEST(Identities, NoneAreMinedForNobody) {
  SeededRng rng{1};
  EXPECT_TRUE(mined_peer_ids(wire::Key{}, 0, 100, rng).empty());
}

}  // namespace
}  // namespace pond::sim
