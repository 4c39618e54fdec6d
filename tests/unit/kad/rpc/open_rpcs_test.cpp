#include "rpc/open_rpcs.hpp"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"

namespace pond::kad {
namespace {

OpenRpcs::Rpc rpc(std::uint64_t id) {
  return {.id = RpcId{id},
          .to = PeerHandle{static_cast<std::uint32_t>(id % 7)},
          .type = static_cast<wire::KadType>(id % 6),
          .op = id % 2 == 0 ? std::optional{OpId{id / 3}} : std::nullopt,
          .sent = Instant{} + std::chrono::milliseconds{id}};
}

bool same(const OpenRpcs::Rpc& a, const OpenRpcs::Rpc& b) {
  return a.id == b.id && a.to == b.to && a.type == b.type && a.op == b.op && a.sent == b.sent;
}

RC_GTEST_PROP(OpenRpcs, FindsWhatIsOpenAndNothingElse, (std::uint64_t seed)) {
  SeededRng rng{seed};
  OpenRpcs open;
  std::map<RpcId, OpenRpcs::Rpc> right;
  std::uint64_t next = 1;
  // Waves of more requests, and of more outcomes; those come in nearly the order of the requests.
  std::uint64_t begins_of_ten = 5;
  for (int i = 0; i < 600; ++i) {
    if (rng.below(50) == 0) {
      begins_of_ten = 1 + rng.below(9);
    }
    if (right.empty() || rng.below(10) < begins_of_ten) {
      next += 1 + rng.below(3);  // numbers of others lie between
      open.add(rpc(next));
      right.emplace(RpcId{next}, rpc(next));
    } else {
      const std::uint64_t reach = rng.below(4) == 0 ? right.size() : std::min<std::size_t>(right.size(), 4);
      const auto some = std::next(right.begin(), static_cast<std::ptrdiff_t>(rng.below(reach)));
      const auto ended = open.end(some->first);
      RC_ASSERT(ended.has_value());
      RC_ASSERT(same(*ended, some->second));
      RC_ASSERT(!open.end(some->first));
      right.erase(some);
    }
    RC_ASSERT(open.size() == right.size());
    for (std::uint64_t id = next > 40 ? next - 40 : 0; id <= next + 1; ++id) {
      const OpenRpcs::Rpc* found = open.find(RpcId{id});
      const auto expected = right.find(RpcId{id});
      RC_ASSERT((found != nullptr) == (expected != right.end()));
      RC_ASSERT((found == nullptr || same(*found, expected->second)));
    }
  }
  for (const auto& [id, expected] : right) {
    RC_ASSERT(open.find(id) != nullptr);
    RC_ASSERT(same(*open.find(id), expected));
  }
}

TEST(OpenRpcs, AnOutcomeThatComesTwiceIsOneTheFirstTime) {
  OpenRpcs open;
  open.add(rpc(1));
  open.add(rpc(2));
  open.add(rpc(3));
  EXPECT_TRUE(open.end(RpcId{2}));
  EXPECT_FALSE(open.end(RpcId{2}));
  EXPECT_EQ(open.find(RpcId{2}), nullptr);
  EXPECT_EQ(open.size(), 2U);
}

TEST(OpenRpcs, MayBeChangedInPlace) {
  OpenRpcs open;
  open.add(rpc(2));
  open.find(RpcId{2})->op.reset();
  EXPECT_FALSE(open.find(RpcId{2})->op);
  EXPECT_FALSE(open.end(RpcId{2})->op);
}

TEST(OpenRpcs, AreKnownAgainAfterAllHaveEnded) {
  OpenRpcs open;
  for (std::uint64_t id = 1; id <= 5; ++id) {
    open.add(rpc(id));
  }
  for (std::uint64_t id = 5; id >= 1; --id) {
    EXPECT_TRUE(open.end(RpcId{id}));
  }
  EXPECT_EQ(open.size(), 0U);
  open.add(rpc(6));
  EXPECT_NE(open.find(RpcId{6}), nullptr);
  EXPECT_EQ(open.find(RpcId{5}), nullptr);
}

}  // namespace
}  // namespace pond::kad
