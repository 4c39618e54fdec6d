#include "pond/peers/peer_book.hpp"

#include <algorithm>
#include <list>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "fixture.hpp"

namespace pond::peers {
namespace {

using test::numbered_peer;

TEST(PeerBook, GivesTheSamePeerTheSameHandle) {
  PeerBook book;
  EXPECT_EQ(interned(book, 7), interned(book, 7));
  EXPECT_EQ(book.size(), 1U);
}

TEST(PeerBook, GivesDifferentPeersDifferentHandles) {
  PeerBook book;
  EXPECT_NE(interned(book, 7), interned(book, 8));
}

TEST(PeerBook, KnowsIdAndKeyOfAHandle) {
  PeerBook book;
  const PeerHandle peer = interned(book, 3);
  EXPECT_EQ(book.id(peer), numbered_peer(3));
  EXPECT_EQ(book.key(peer), wire::Key::of(numbered_peer(3)));
}

TEST(PeerBook, DoesNotFindAStranger) {
  const PeerBook book;
  EXPECT_FALSE(book.find(numbered_peer(1)));
}

TEST(PeerBook, TakesNobody) {
  PeerBook book;
  EXPECT_FALSE(book.intern(wire::PeerId{}));
  EXPECT_EQ(book.size(), 0U);
}

TEST(PeerBook, ForgetsTheLeastRecentlyTouchedWhenFull) {
  PeerBook book{{.max_peers = 2}};
  (void)interned(book, 1);
  (void)interned(book, 2);
  (void)interned(book, 1);
  (void)interned(book, 3);
  EXPECT_TRUE(book.find(numbered_peer(1)));
  EXPECT_FALSE(book.find(numbered_peer(2)));
  EXPECT_EQ(book.counters().evicted, 1U);
}

TEST(PeerBook, NewAddressesTouchAPeer) {
  PeerBook book{{.max_peers = 2}};
  const PeerHandle first = interned(book, 1);
  (void)interned(book, 2);
  book.add_addresses(first, tcp_ports(1, 1), AddressSource::kHint, kStart);
  (void)interned(book, 3);
  EXPECT_TRUE(book.find(numbered_peer(1)));
}

TEST(PeerBook, NeverForgetsAPinnedPeer) {
  PeerBook book{{.max_peers = 2}};
  book.pin(interned(book, 1));
  (void)interned(book, 2);
  (void)interned(book, 3);
  EXPECT_TRUE(book.find(numbered_peer(1)));
  EXPECT_FALSE(book.find(numbered_peer(2)));
}

TEST(PeerBook, RefusesNewcomersWhenAllArePinned) {
  PeerBook book{{.max_peers = 1}};
  book.pin(interned(book, 1));
  EXPECT_FALSE(book.intern(numbered_peer(2)));
  EXPECT_EQ(book.counters().refused, 1U);
}

TEST(PeerBook, CountsPins) {
  PeerBook book{{.max_peers = 1}};
  const PeerHandle peer = interned(book, 1);
  book.pin(peer);
  book.pin(peer);
  book.unpin(peer);
  EXPECT_FALSE(book.intern(numbered_peer(2)));
  book.unpin(peer);
  EXPECT_TRUE(book.intern(numbered_peer(2)));
}

TEST(PeerBook, IgnoresAnUnpinTooMany) {
  PeerBook book{{.max_peers = 2}};
  book.unpin(interned(book, 1));
  (void)interned(book, 2);
  (void)interned(book, 3);
  EXPECT_EQ(book.size(), 2U);
}

TEST(PeerBook, AForgottenPeerTakesItsAddressesAlong) {
  PeerBook book{{.max_peers = 1}};
  const PeerHandle peer = interned(book, 1);
  book.add_addresses(peer, tcp_ports(1, 1), AddressSource::kConfigured, kStart);
  const PeerHandle other = interned(book, 2);
  EXPECT_TRUE(book.addresses(other, kStart).empty());
  EXPECT_TRUE(book.encoded(other, kStart).empty());
}

TEST(PeerBook, APinnedGuardUnpinsWhenItGoes) {
  PeerBook book{{.max_peers = 1}};
  {
    const Pinned guard{book, interned(book, 1)};
    EXPECT_FALSE(book.intern(numbered_peer(2)));
  }
  EXPECT_TRUE(book.intern(numbered_peer(2)));
}

TEST(PeerBook, AMovedGuardPinsOnce) {
  PeerBook book{{.max_peers = 1}};
  Pinned outer;
  {
    Pinned inner{book, interned(book, 1)};
    outer = std::move(inner);
  }
  EXPECT_FALSE(book.intern(numbered_peer(2)));
  outer = Pinned{};
  EXPECT_TRUE(book.intern(numbered_peer(2)));
}

/// The same rules, kept in a plain list.
class NaiveBook {
 public:
  explicit NaiveBook(std::size_t max) : max_(max) {}

  bool intern(std::uint32_t number) {
    if (const auto known = find(number); known != peers_.end()) {
      if (known->second == 0) {
        peers_.splice(peers_.end(), peers_, known);
      }
      return true;
    }
    if (peers_.size() >= max_) {
      const auto victim = std::ranges::find(peers_, 0, &std::pair<std::uint32_t, int>::second);
      if (victim == peers_.end()) {
        return false;
      }
      peers_.erase(victim);
    }
    peers_.emplace_back(number, 0);
    return true;
  }
  void pin(std::uint32_t number, int by) {
    const auto known = find(number);
    known->second += by;
    if (known->second == 0) {
      peers_.splice(peers_.end(), peers_, known);
    }
  }
  bool has(std::uint32_t number) { return find(number) != peers_.end(); }
  int pins(std::uint32_t number) { return find(number)->second; }

 private:
  std::list<std::pair<std::uint32_t, int>>::iterator find(std::uint32_t number) {
    return std::ranges::find(peers_, number, &std::pair<std::uint32_t, int>::first);
  }
  std::size_t max_;
  std::list<std::pair<std::uint32_t, int>> peers_;
};

TEST(PeerBook, DoesTheSameWhateverItsHashKey) {
  SeededRng rng{1};
  PeerBook plain{{.max_peers = 300}};
  PeerBook keyed{{.max_peers = 300}, crypto::KeyedHash{rng}};
  for (std::uint32_t number = 0; number < 1000; ++number) {
    ASSERT_EQ(plain.intern(numbered_peer(number)), keyed.intern(numbered_peer(number)));
  }
  for (std::uint32_t number = 0; number < 1000; ++number) {
    ASSERT_EQ(plain.find(numbered_peer(number)), keyed.find(numbered_peer(number)));
  }
  EXPECT_EQ(keyed.size(), 300U);
  EXPECT_EQ(keyed.counters().evicted, 700U);
}

RC_GTEST_PROP(PeerBook, RemembersWhatAPlainListWouldRemember, ()) {
  constexpr std::uint32_t kPeers = 10;
  PeerBook book{{.max_peers = 5}};
  NaiveBook naive{5};
  const auto steps = *rc::gen::container<std::vector<std::pair<int, std::uint32_t>>>(
      rc::gen::pair(rc::gen::inRange(0, 4), rc::gen::inRange(0U, kPeers)));
  for (const auto& [action, number] : steps) {
    if (action < 2) {
      RC_ASSERT(book.intern(numbered_peer(number)).has_value() == naive.intern(number));
    } else if (const auto peer = book.find(numbered_peer(number))) {
      if (action == 2) {
        book.pin(*peer);
        naive.pin(number, 1);
      } else if (naive.pins(number) > 0) {
        book.unpin(*peer);
        naive.pin(number, -1);
      }
    }
    for (std::uint32_t i = 0; i < kPeers; ++i) {
      const auto found = book.find(numbered_peer(i));
      RC_ASSERT(found.has_value() == naive.has(i));
      if (found) {
        RC_ASSERT(book.id(*found) == numbered_peer(i));
      }
    }
  }
}

}  // namespace
}  // namespace pond::peers
