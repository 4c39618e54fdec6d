#include "truth.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/numbered_peers.hpp"

namespace pond::sim {
namespace {

using peers::PeerBook;
using peers::PeerHandle;
using test::numbered_peer;

using Peers = std::vector<PeerHandle>;

Peers some_peers(PeerBook& book, std::uint32_t count) {
  Peers out;
  for (std::uint32_t number = 0; number < count; ++number) {
    out.push_back(book.intern(numbered_peer(number)).value());
  }
  return out;
}

/// Anywhere, or one of the peers' own.
wire::Key some_key(const PeerBook& book, const Peers& all) {
  if (!all.empty() && *rc::gen::inRange(0, 2) == 0) {
    return book.key(*rc::gen::elementOf(all));
  }
  return wire::Key::of(*rc::gen::container<Bytes>(4, rc::gen::arbitrary<std::uint8_t>()));
}

bool is_odd(PeerHandle peer) {
  return (static_cast<std::uint32_t>(peer) & 1) != 0;
}

RC_GTEST_PROP(Truth, TheClosestAreTheFirstWhenAllAreSorted, ()) {
  PeerBook book;
  const Peers all = some_peers(book, *rc::gen::inRange(0U, 120U));
  const wire::Key key = some_key(book, all);
  const auto n = *rc::gen::inRange<std::size_t>(1, 40);
  Peers expected = all;
  std::erase_if(expected, [](PeerHandle peer) { return !is_odd(peer); });
  std::ranges::sort(expected, {}, [&](PeerHandle peer) { return book.key(peer).distance_to(key); });
  expected.resize(std::min(n, expected.size()));
  RC_ASSERT(Truth{book}.closest(all, key, n, &is_odd) == expected);
}

RC_GTEST_PROP(KeyOrder, FindsExactlyThoseThatShareAPrefix, ()) {
  PeerBook book;
  const Peers all = some_peers(book, *rc::gen::inRange(0U, 200U));
  const wire::Key key = some_key(book, all);
  const KeyOrder order{book, all};
  for (unsigned prefix = 0; prefix < wire::Key::kBits; ++prefix) {
    Peers expected;
    std::ranges::copy_if(all, std::back_inserter(expected),
                         [&](PeerHandle peer) { return key.common_prefix_bits(book.key(peer)) == prefix; });
    const auto found = order.sharing_exactly(key, prefix);
    RC_ASSERT((std::set<PeerHandle>{found.begin(), found.end()}) ==
              (std::set<PeerHandle>{expected.begin(), expected.end()}));
    RC_ASSERT(found.size() == expected.size());
  }
}

RC_GTEST_PROP(KeyOrder, KnowsFromWhichPrefixOnAKeyIsAlone, ()) {
  PeerBook book;
  const Peers all = some_peers(book, *rc::gen::inRange(0U, 200U));
  const wire::Key key = some_key(book, all);
  const KeyOrder order{book, all};
  for (unsigned prefix = 0; prefix < wire::Key::kBits; ++prefix) {
    const bool accompanied = std::ranges::any_of(all, [&](PeerHandle peer) {
      const unsigned shared = key.common_prefix_bits(book.key(peer));
      return shared > prefix && shared < wire::Key::kBits;
    });
    RC_ASSERT(order.alone(key, prefix) == !accompanied);
  }
}

RC_GTEST_PROP(KeyOrder, ASampleIsOfDifferentMembers, (std::uint64_t seed)) {
  PeerBook book;
  const Peers all = some_peers(book, *rc::gen::inRange(2U, 60U));
  const auto count = *rc::gen::inRange<std::size_t>(0, all.size());
  SeededRng rng{seed};
  Peers out{PeerHandle{12345}};
  KeyOrder::sample(all, count, rng, out);
  RC_ASSERT(out.size() == count + 1);
  RC_ASSERT(out.front() == PeerHandle{12345});  // what was there stays
  const std::set<PeerHandle> different{out.begin() + 1, out.end()};
  RC_ASSERT(different.size() == count);
  for (const PeerHandle peer : different) {
    RC_ASSERT(std::ranges::find(all, peer) != all.end());
  }
}

TEST(KeyOrder, ASampleTakesEveryMemberEquallyOften) {
  PeerBook book;
  const Peers all = some_peers(book, 20);
  SeededRng rng{1};
  std::vector<int> taken(20);
  constexpr int kRounds = 8000;
  constexpr int kEach = 5;
  for (int i = 0; i < kRounds; ++i) {
    Peers out;
    KeyOrder::sample(all, kEach, rng, out);
    for (const PeerHandle peer : out) {
      ++taken[static_cast<std::size_t>(std::ranges::find(all, peer) - all.begin())];
    }
  }
  // Binomial with a deviation of 39: five of them either way.
  for (const int times : taken) {
    EXPECT_NEAR(times, kRounds * (kEach / 20.0), 195);
  }
}

}  // namespace
}  // namespace pond::sim
