#include "pond/node/inbound_shares.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace pond::node {
namespace {

using swarm::ConnId;
using swarm::PeerHandle;
using swarm::StreamRef;

StreamRef ref(std::uint32_t stream) {
  return {.conn = ConnId{1}, .stream = stream};
}

constexpr PeerHandle kLarge{1};
constexpr PeerHandle kSmall{2};
constexpr PeerHandle kNewcomer{3};

/// One holder of three places and one of one.
struct InboundSharesOfTwo : testing::Test {
  InboundShares shares;
  InboundShares::Place first = shares.add(kLarge, ref(1));
  InboundShares::Place second = shares.add(kLarge, ref(2));
  InboundShares::Place third = shares.add(kLarge, ref(3));
  InboundShares::Place other = shares.add(kSmall, ref(4));
};

TEST(InboundShares, HaveNoPlaceToGiveWhenNobodyHoldsAny) {
  EXPECT_FALSE(InboundShares{}.place_for(kNewcomer));
}

TEST_F(InboundSharesOfTwo, GiveThatOfTheLargestHolderToANewcomer) {
  EXPECT_EQ(shares.place_for(kNewcomer), ref(1));
}

TEST_F(InboundSharesOfTwo, GiveThatOfTheLargestHolderToASmallerOne) {
  EXPECT_EQ(shares.place_for(kSmall), ref(1));
}

TEST_F(InboundSharesOfTwo, GiveTheLargestHolderNothing) {
  EXPECT_FALSE(shares.place_for(kLarge));
}

TEST_F(InboundSharesOfTwo, GiveOneThatHoldsAsManyNothing) {
  (void)shares.add(kSmall, ref(5));
  EXPECT_TRUE(shares.place_for(kSmall));
  (void)shares.add(kSmall, ref(6));
  EXPECT_FALSE(shares.place_for(kSmall));
}

TEST_F(InboundSharesOfTwo, TakeTheStreamThatHasBeenSilentForLongest) {
  shares.begin(first);
  shares.end(first);
  EXPECT_EQ(shares.place_for(kNewcomer), ref(2));
}

TEST_F(InboundSharesOfTwo, NeverTakeAStreamWhoseRequestIsWorkedOn) {
  shares.begin(first);
  shares.begin(second);
  EXPECT_EQ(shares.place_for(kNewcomer), ref(3));
}

TEST_F(InboundSharesOfTwo, GiveNothingWhileTheLargestHolderIsAllBusy) {
  shares.begin(first);
  shares.begin(second);
  shares.begin(third);
  EXPECT_FALSE(shares.place_for(kNewcomer));
  shares.end(second);
  EXPECT_EQ(shares.place_for(kNewcomer), ref(2));
}

TEST_F(InboundSharesOfTwo, CountBusyStreamsAsHeld) {
  shares.begin(first);
  EXPECT_EQ(shares.held_by(kLarge), 3U);
}

TEST_F(InboundSharesOfTwo, TakeABeginOrEndThatComesTwiceForOne) {
  shares.begin(first);
  shares.begin(first);
  shares.end(first);
  shares.end(first);
  EXPECT_EQ(shares.held_by(kLarge), 3U);
  EXPECT_EQ(shares.place_for(kNewcomer), ref(2));
}

TEST_F(InboundSharesOfTwo, ForgetWhatIsRemoved) {
  shares.begin(second);
  shares.remove(first);
  shares.remove(second);
  shares.remove(third);
  EXPECT_EQ(shares.held_by(kLarge), 0U);
  EXPECT_EQ(shares.place_for(kNewcomer), ref(4));
  shares.remove(other);
  EXPECT_FALSE(shares.place_for(kNewcomer));
}

TEST_F(InboundSharesOfTwo, TakeFromTheHighestHandleOfEquals) {
  (void)shares.add(kSmall, ref(5));
  (void)shares.add(kSmall, ref(6));
  EXPECT_EQ(shares.place_for(kNewcomer), ref(4));
}

// ---- against a list of everything

struct Known {
  PeerHandle holder;
  StreamRef stream;
  bool busy = false;
  std::uint64_t silent_since = 0;
  InboundShares::Place place{};
};

std::size_t count(const std::vector<Known>& all, PeerHandle holder) {
  return static_cast<std::size_t>(std::ranges::count(all, holder, &Known::holder));
}

std::optional<StreamRef> expected(const std::vector<Known>& all, PeerHandle newcomer) {
  std::map<PeerHandle, std::size_t> sizes;
  for (const Known& known : all) {
    ++sizes[known.holder];
  }
  std::optional<PeerHandle> largest;
  for (const auto& [holder, size] : sizes) {
    if (!largest || size >= sizes[*largest]) {
      largest = holder;
    }
  }
  if (!largest || sizes[*largest] <= count(all, newcomer)) {
    return std::nullopt;
  }
  const Known* best = nullptr;
  for (const Known& known : all) {
    if (known.holder == *largest && !known.busy && (best == nullptr || known.silent_since < best->silent_since)) {
      best = &known;
    }
  }
  return best == nullptr ? std::nullopt : std::optional{best->stream};
}

RC_GTEST_PROP(InboundSharesProperty, AgreeWithAScanOfEverything, ()) {
  InboundShares shares;
  std::vector<Known> all;
  std::uint64_t clock = 0;
  for (std::uint32_t step = 0; step < 200; ++step) {
    const PeerHandle holder{*rc::gen::inRange<std::uint32_t>(0, 5)};
    const std::size_t which = all.empty() ? 0 : *rc::gen::inRange<std::size_t>(0, all.size());
    ++clock;
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
      case 1:
        all.push_back({.holder = holder, .stream = ref(step), .silent_since = clock});
        all.back().place = shares.add(holder, ref(step));
        break;
      case 2:
        if (!all.empty()) {
          shares.remove(all[which].place);
          all.erase(all.begin() + static_cast<std::ptrdiff_t>(which));
        }
        break;
      case 3:
        if (!all.empty()) {
          shares.begin(all[which].place);
          all[which].busy = true;
        }
        break;
      default:
        if (!all.empty() && all[which].busy) {
          shares.end(all[which].place);
          all[which].busy = false;
          all[which].silent_since = clock;
        }
        break;
    }
    RC_ASSERT(shares.held_by(holder) == count(all, holder));
    RC_ASSERT(shares.place_for(holder) == expected(all, holder));
  }
}

}  // namespace
}  // namespace pond::node
