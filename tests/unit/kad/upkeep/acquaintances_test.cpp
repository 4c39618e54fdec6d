#include "upkeep/acquaintances.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/numbered_peers.hpp"

namespace pond::kad {
namespace {

using peers::PeerBook;
using test::numbered_peer;

constexpr Instant kNow = Instant{} + 1h;

class AcquaintancesOfANode : public testing::Test {
 protected:
  PeerHandle peer(std::uint32_t number) { return book.intern(numbered_peer(number)).value(); }

  PeerBook book;
  Acquaintances met{book};
};

TEST_F(AcquaintancesOfANode, KnowNobodyAtFirst) {
  EXPECT_FALSE(met.knows(peer(1)));
  EXPECT_FALSE(met.is_server(peer(1)));
  EXPECT_FALSE(met.is_connected_client(peer(1)));
  EXPECT_TRUE(met.servers().empty());
}

TEST_F(AcquaintancesOfANode, AConnectedServerIsKnownUntilItGoes) {
  met.up(peer(1), true);
  EXPECT_TRUE(met.knows(peer(1)));
  EXPECT_TRUE(met.is_server(peer(1)));
  EXPECT_FALSE(met.is_connected_client(peer(1)));
  met.down(peer(1), kNow);
  EXPECT_FALSE(met.knows(peer(1)));
  EXPECT_TRUE(met.servers().empty());
}

TEST_F(AcquaintancesOfANode, AClientIsKnownAfterItHasGoneToo) {
  met.up(peer(1), false);
  EXPECT_TRUE(met.knows(peer(1)));
  EXPECT_TRUE(met.is_connected_client(peer(1)));
  EXPECT_FALSE(met.is_server(peer(1)));
  met.down(peer(1), kNow);
  EXPECT_TRUE(met.knows(peer(1)));
  EXPECT_FALSE(met.is_connected_client(peer(1)));
}

TEST_F(AcquaintancesOfANode, AClientThatComesBackIsConnectedAgain) {
  met.up(peer(1), false);
  met.down(peer(1), kNow);
  met.up(peer(1), false);
  EXPECT_TRUE(met.is_connected_client(peer(1)));
}

TEST_F(AcquaintancesOfANode, AServerThatBecomesAClientIsOnlyThat) {
  met.up(peer(1), true);
  met.up(peer(1), false);
  EXPECT_FALSE(met.is_server(peer(1)));
  EXPECT_TRUE(met.is_connected_client(peer(1)));
  EXPECT_TRUE(met.servers().empty());
}

TEST_F(AcquaintancesOfANode, AClientThatBecomesAServerIsForgottenWhenItGoes) {
  met.up(peer(1), false);
  met.up(peer(1), true);
  EXPECT_TRUE(met.is_server(peer(1)));
  EXPECT_FALSE(met.is_connected_client(peer(1)));
  met.down(peer(1), kNow);
  EXPECT_FALSE(met.knows(peer(1)));
}

TEST_F(AcquaintancesOfANode, ServersAreListedByTheirHandlesOnceEach) {
  std::vector<PeerHandle> expected{peer(1), peer(2), peer(3)};
  for (const std::uint32_t number : {3U, 1U, 2U, 3U}) {
    met.up(peer(number), true);
  }
  met.up(peer(4), false);
  std::ranges::sort(expected);
  EXPECT_EQ((std::vector<PeerHandle>{met.servers().begin(), met.servers().end()}), expected);
}

TEST_F(AcquaintancesOfANode, WhoWasNeverThereCannotGo) {
  met.down(peer(1), kNow);
  EXPECT_FALSE(met.knows(peer(1)));
}

TEST_F(AcquaintancesOfANode, RememberSoManyThatLeftAndForgetTheFirstOfThem) {
  constexpr auto kMost = static_cast<std::uint32_t>(Acquaintances::kMaxDeparted);
  // They leave in another order than that of their handles.
  for (std::uint32_t number = 0; number <= kMost; ++number) {
    met.up(peer(number), false);
  }
  for (std::uint32_t i = 0; i < kMost; ++i) {
    met.down(peer(kMost - i), kNow + std::chrono::seconds{i});
  }
  EXPECT_TRUE(met.knows(peer(kMost)));
  met.down(peer(0), kNow + 10h);
  EXPECT_FALSE(met.knows(peer(kMost)));
  EXPECT_TRUE(met.knows(peer(kMost - 1)));
  EXPECT_TRUE(met.knows(peer(0)));
}

TEST_F(AcquaintancesOfANode, WhoComesBackMakesRoomForAnother) {
  constexpr auto kMost = static_cast<std::uint32_t>(Acquaintances::kMaxDeparted);
  for (std::uint32_t number = 0; number <= kMost; ++number) {
    met.up(peer(number), false);
  }
  for (std::uint32_t number = 0; number < kMost; ++number) {
    met.down(peer(number), kNow + std::chrono::seconds{number});
  }
  met.up(peer(5), false);
  met.down(peer(kMost), kNow + 10h);
  EXPECT_TRUE(met.knows(peer(0)));
}

TEST(AcquaintancesPins, WhoHasLeftIsNotForgottenByTheBook) {
  PeerBook book{{.max_peers = 2}};
  Acquaintances met{book};
  const PeerHandle client = book.intern(numbered_peer(1)).value();
  met.up(client, false);
  met.down(client, kNow);
  for (std::uint32_t number = 2; number < 10; ++number) {
    ASSERT_TRUE(book.intern(numbered_peer(number)));
  }
  EXPECT_EQ(book.find(numbered_peer(1)), client);
}

TEST(AcquaintancesPins, ConnectedPeersArePinnedByWhoeverReportsThem) {
  PeerBook book{{.max_peers = 1}};
  Acquaintances met{book};
  met.up(book.intern(numbered_peer(1)).value(), true);
  EXPECT_TRUE(book.intern(numbered_peer(2)));
}

TEST(AcquaintancesPins, AClientThatCameBackIsPinnedNoLonger) {
  PeerBook book{{.max_peers = 1}};
  Acquaintances met{book};
  const PeerHandle client = book.intern(numbered_peer(1)).value();
  met.up(client, false);
  met.down(client, kNow);
  EXPECT_FALSE(book.intern(numbered_peer(2)));
  met.up(client, false);
  EXPECT_TRUE(book.intern(numbered_peer(2)));
}

TEST(AcquaintancesPins, WhoGoesTwiceIsPinnedOnce) {
  PeerBook book{{.max_peers = 1}};
  Acquaintances met{book};
  const PeerHandle client = book.intern(numbered_peer(1)).value();
  met.up(client, false);
  met.down(client, kNow);
  met.down(client, kNow);
  met.up(client, true);
  EXPECT_TRUE(book.intern(numbered_peer(2)));
}

RC_GTEST_PROP(AcquaintancesPins, BalanceWhateverHappens, ()) {
  constexpr std::uint32_t kPeers = 8;
  PeerBook book{{.max_peers = kPeers}};
  std::vector<PeerHandle> everybody;
  everybody.reserve(kPeers);
  for (std::uint32_t number = 0; number < kPeers; ++number) {
    everybody.push_back(book.intern(numbered_peer(number)).value());
  }
  {
    Acquaintances met{book};
    const auto steps = *rc::gen::container<std::vector<std::pair<int, std::uint32_t>>>(
        rc::gen::pair(rc::gen::inRange(0, 3), rc::gen::inRange(0U, kPeers)));
    for (const auto& [action, number] : steps) {
      if (action == 0) {
        met.down(everybody[number], kNow);
      } else {
        met.up(everybody[number], action == 1);
      }
    }
  }
  for (std::uint32_t number = 0; number < kPeers; ++number) {
    RC_ASSERT(book.intern(numbered_peer(1000 + number)).has_value());
  }
  RC_ASSERT(!book.find(numbered_peer(0)));
}

}  // namespace
}  // namespace pond::kad
