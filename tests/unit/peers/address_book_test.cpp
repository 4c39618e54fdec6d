#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/peers/peer_book.hpp"
#include "pond/wire/kad_message.hpp"

#include "fixture.hpp"

namespace pond::peers {
namespace {

using test::address;
using test::numbered_peer;

class AddressBook : public testing::Test {
 protected:
  void add(std::string_view text, AddressSource source, Instant now = kStart) {
    book.add_addresses(peer, std::vector{address(text)}, source, now);
  }
  std::vector<std::string> texts(Instant now = kStart) const {
    std::vector<std::string> out;
    for (const auto& known : book.addresses(peer, now)) {
      out.push_back(known.to_string());
    }
    return out;
  }
  using Texts = std::vector<std::string>;

  PeerBook book;
  PeerHandle peer = interned(book, 1);
};

TEST_F(AddressBook, OrdersUntriedAddressesBySource) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  add("/ip4/1.1.1.1/tcp/2", AddressSource::kConfigured);
  add("/ip4/1.1.1.1/tcp/3", AddressSource::kIdentified);
  add("/ip4/1.1.1.1/tcp/4", AddressSource::kCertified);
  EXPECT_EQ(texts(), (Texts{"/ip4/1.1.1.1/tcp/2", "/ip4/1.1.1.1/tcp/4", "/ip4/1.1.1.1/tcp/3", "/ip4/1.1.1.1/tcp/1"}));
}

TEST_F(AddressBook, KeepsTheOrderAmongEquals) {
  add("/ip4/1.1.1.1/tcp/9", AddressSource::kHint);
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  EXPECT_EQ(texts(), (Texts{"/ip4/1.1.1.1/tcp/9", "/ip4/1.1.1.1/tcp/1"}));
}

TEST_F(AddressBook, PutsAReachedAddressFirst) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kCertified);
  add("/ip4/1.1.1.1/tcp/2", AddressSource::kHint);
  book.note_dial(peer, address("/ip4/1.1.1.1/tcp/2"), true);
  add("/ip4/1.1.1.1/tcp/3", AddressSource::kConfigured);
  EXPECT_EQ(texts(), (Texts{"/ip4/1.1.1.1/tcp/2", "/ip4/1.1.1.1/tcp/3", "/ip4/1.1.1.1/tcp/1"}));
}

TEST_F(AddressBook, PutsAFailedAddressLast) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kConfigured);
  add("/ip4/1.1.1.1/tcp/2", AddressSource::kHint);
  book.note_dial(peer, address("/ip4/1.1.1.1/tcp/1"), false);
  add("/ip4/1.1.1.1/tcp/3", AddressSource::kHint);
  EXPECT_EQ(texts(), (Texts{"/ip4/1.1.1.1/tcp/2", "/ip4/1.1.1.1/tcp/3", "/ip4/1.1.1.1/tcp/1"}));
}

TEST_F(AddressBook, IgnoresADialOfAnUnknownAddress) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  book.note_dial(peer, address("/ip4/9.9.9.9/tcp/9"), true);
  EXPECT_EQ(texts(), (Texts{"/ip4/1.1.1.1/tcp/1"}));
}

TEST_F(AddressBook, ADialMayNameThePeerBehindTheAddress) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  add("/ip4/1.1.1.1/tcp/2", AddressSource::kHint);
  book.note_dial(peer, address("/ip4/1.1.1.1/tcp/2").with_peer_id(book.id(peer)), true);
  EXPECT_EQ(texts().front(), "/ip4/1.1.1.1/tcp/2");
}

TEST_F(AddressBook, CutsOffItsOwnPeerId) {
  add("/ip4/1.1.1.1/tcp/1/p2p/" + book.id(peer).to_base58(), AddressSource::kHint);
  EXPECT_EQ(texts(), (Texts{"/ip4/1.1.1.1/tcp/1"}));
}

TEST_F(AddressBook, DropsAnAddressOfAnotherPeer) {
  add("/ip4/1.1.1.1/tcp/1/p2p/" + numbered_peer(2).to_base58(), AddressSource::kHint);
  EXPECT_TRUE(texts().empty());
}

TEST_F(AddressBook, DropsAnAddressThatIsOnlyAPeerId) {
  add("/p2p/" + book.id(peer).to_base58(), AddressSource::kHint);
  EXPECT_TRUE(texts().empty());
}

TEST_F(AddressBook, DropsAndCountsAnAddressThatIsTooLong) {
  add("/dns4/" + std::string(300, 'a') + "/tcp/1", AddressSource::kCertified);
  EXPECT_TRUE(texts().empty());
  EXPECT_EQ(book.counters().addresses_dropped, 1U);
}

TEST_F(AddressBook, HoldsAnAddressOnce) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kIdentified);
  EXPECT_EQ(texts(), (Texts{"/ip4/1.1.1.1/tcp/1"}));
}

TEST_F(AddressBook, ABetterSourceMovesAnAddressUp) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kIdentified);
  add("/ip4/1.1.1.1/tcp/2", AddressSource::kHint);
  add("/ip4/1.1.1.1/tcp/2", AddressSource::kCertified);
  EXPECT_EQ(texts().front(), "/ip4/1.1.1.1/tcp/2");
}

TEST_F(AddressBook, HintsExpireSoonerThanIdentifiedAddresses) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  add("/ip4/1.1.1.1/tcp/2", AddressSource::kIdentified);
  EXPECT_EQ(texts(kStart + 30min - 1ns).size(), 2U);
  EXPECT_EQ(texts(kStart + 30min), (Texts{"/ip4/1.1.1.1/tcp/2"}));
  EXPECT_TRUE(texts(kStart + 24h).empty());
}

TEST_F(AddressBook, ConfiguredAddressesNeverExpire) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kConfigured);
  EXPECT_EQ(texts(kStart + 1000h).size(), 1U);
}

TEST_F(AddressBook, AHintDoesNotShortenTheLifeOfABetterAddress) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kIdentified);
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  EXPECT_EQ(texts(kStart + 23h).size(), 1U);
}

TEST_F(AddressBook, SeeingAHintAgainRenewsIt) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint, kStart + 20min);
  EXPECT_EQ(texts(kStart + 40min).size(), 1U);
}

TEST_F(AddressBook, AnEndlessLifetimeDoesNotOverflow) {
  PeerBook eternal{{.hint_ttl = Duration::max()}};
  const PeerHandle first = interned(eternal, 1);
  eternal.add_addresses(first, tcp_ports(1, 1), AddressSource::kHint, kStart);
  EXPECT_EQ(eternal.addresses(first, kStart + 1000h).size(), 1U);
}

TEST_F(AddressBook, HintsBeyondTheLimitAreDroppedAndCounted) {
  book.add_addresses(peer, tcp_ports(1, 20), AddressSource::kHint, kStart);
  EXPECT_EQ(texts().size(), 16U);
  EXPECT_EQ(texts().back(), "/ip4/10.0.0.1/tcp/16");
  EXPECT_EQ(book.counters().addresses_dropped, 4U);
}

TEST_F(AddressBook, ABetterSourceDisplacesAHintWhenFull) {
  book.add_addresses(peer, tcp_ports(1, 16), AddressSource::kHint, kStart);
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kIdentified);
  EXPECT_EQ(texts().size(), 16U);
  EXPECT_EQ(texts().front(), "/ip4/1.1.1.1/tcp/1");
}

TEST_F(AddressBook, AHintDisplacesAFailedHintWhenFull) {
  book.add_addresses(peer, tcp_ports(1, 16), AddressSource::kHint, kStart);
  book.note_dial(peer, address("/ip4/10.0.0.1/tcp/5"), false);
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  EXPECT_EQ(std::ranges::count(texts(), "/ip4/10.0.0.1/tcp/5"), 0);
  EXPECT_EQ(std::ranges::count(texts(), "/ip4/1.1.1.1/tcp/1"), 1);
}

TEST_F(AddressBook, AHintNeverDisplacesABetterAddress) {
  book.add_addresses(peer, tcp_ports(1, 16), AddressSource::kIdentified, kStart);
  book.note_dial(peer, address("/ip4/10.0.0.1/tcp/5"), false);
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  EXPECT_EQ(std::ranges::count(texts(), "/ip4/1.1.1.1/tcp/1"), 0);
}

TEST_F(AddressBook, ExpiredAddressesMakeRoom) {
  book.add_addresses(peer, tcp_ports(1, 16), AddressSource::kHint, kStart);
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint, kStart + 31min);
  EXPECT_EQ(texts(kStart + 31min), (Texts{"/ip4/1.1.1.1/tcp/1"}));
}

TEST_F(AddressBook, WhatAPeerSaysReplacesWhatItSaid) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kIdentified);
  add("/ip4/1.1.1.1/tcp/2", AddressSource::kCertified);
  book.set_addresses(peer, std::vector{address("/ip4/1.1.1.1/tcp/3")}, AddressSource::kIdentified, kStart);
  EXPECT_EQ(texts(), (Texts{"/ip4/1.1.1.1/tcp/3"}));
}

TEST_F(AddressBook, WhatAPeerSaysLeavesHintsAndConfiguredAddresses) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kConfigured);
  add("/ip4/1.1.1.1/tcp/2", AddressSource::kHint);
  book.set_addresses(peer, {}, AddressSource::kIdentified, kStart);
  EXPECT_EQ(texts(), (Texts{"/ip4/1.1.1.1/tcp/1", "/ip4/1.1.1.1/tcp/2"}));
}

TEST_F(AddressBook, WhatAPeerSaysAgainKeepsItsDialHistory) {
  const std::vector said{address("/ip4/1.1.1.1/tcp/1"), address("/ip4/1.1.1.1/tcp/2")};
  book.set_addresses(peer, said, AddressSource::kIdentified, kStart);
  book.note_dial(peer, said[1], true);
  book.set_addresses(peer, said, AddressSource::kIdentified, kStart);
  EXPECT_EQ(texts().front(), "/ip4/1.1.1.1/tcp/2");
}

TEST_F(AddressBook, WhatAPeerSaysMayEndInItsId) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kIdentified);
  const auto full = address("/ip4/1.1.1.1/tcp/1").with_peer_id(book.id(peer));
  book.set_addresses(peer, std::vector{full}, AddressSource::kIdentified, kStart);
  EXPECT_EQ(texts(), (Texts{"/ip4/1.1.1.1/tcp/1"}));
}

class EncodedPeer : public AddressBook {
 protected:
  /// What `encoded` should be when the book says these addresses.
  Bytes expected(const std::vector<std::string>& named) const {
    std::vector<wire::Multiaddr> parsed;
    parsed.reserve(named.size());
    for (const auto& text : named) {
      parsed.push_back(address(text));
    }
    return wire::encode_kad_peer(book.id(peer), parsed, wire::KadConnection::kNotConnected);
  }
  Bytes encoded(Instant now = kStart) { return to_bytes(book.encoded(peer, now)); }
};

TEST_F(EncodedPeer, IsEmptyWithoutAnAddress) {
  EXPECT_TRUE(encoded().empty());
}

TEST_F(EncodedPeer, NamesTheAddresses) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  EXPECT_EQ(encoded(), expected({"/ip4/1.1.1.1/tcp/1"}));
}

TEST_F(EncodedPeer, IsMadeOnce) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  const auto* first = book.encoded(peer, kStart).data();
  EXPECT_EQ(book.encoded(peer, kStart + 1min).data(), first);
}

TEST_F(EncodedPeer, FollowsNewAddresses) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  (void)encoded();
  add("/ip4/1.1.1.1/tcp/2", AddressSource::kHint);
  EXPECT_EQ(encoded(), expected({"/ip4/1.1.1.1/tcp/1", "/ip4/1.1.1.1/tcp/2"}));
}

TEST_F(EncodedPeer, FollowsFailedDials) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  add("/ip4/1.1.1.1/tcp/2", AddressSource::kHint);
  (void)encoded();
  book.note_dial(peer, address("/ip4/1.1.1.1/tcp/1"), false);
  EXPECT_EQ(encoded(), expected({"/ip4/1.1.1.1/tcp/2", "/ip4/1.1.1.1/tcp/1"}));
}

TEST_F(EncodedPeer, DropsExpiredAddresses) {
  add("/ip4/1.1.1.1/tcp/1", AddressSource::kHint);
  add("/ip4/1.1.1.1/tcp/2", AddressSource::kIdentified);
  (void)encoded();
  EXPECT_EQ(encoded(kStart + 30min), expected({"/ip4/1.1.1.1/tcp/2"}));
  EXPECT_TRUE(encoded(kStart + 24h).empty());
}

TEST_F(EncodedPeer, NamesAtMostFourAddresses) {
  book.add_addresses(peer, tcp_ports(1, 10), AddressSource::kHint, kStart);
  EXPECT_EQ(encoded(),
            expected({"/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/2", "/ip4/10.0.0.1/tcp/3", "/ip4/10.0.0.1/tcp/4"}));
}

RC_GTEST_PROP(PeerBook, HoldsItsAddressBoundsUnderAnySequence, ()) {
  PeerBook book{{.max_addresses_per_peer = 4}};
  const PeerHandle peer = interned(book, 1);
  Instant now = kStart;
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
      rc::gen::tuple(rc::gen::inRange(0, 4), rc::gen::inRange(0, 12), rc::gen::inRange(0, 4)));
  for (const auto& [action, port, source] : steps) {
    now += 5min;
    const auto one = tcp_ports(port + 1, 1);
    if (action == 0) {
      book.note_dial(peer, one.front(), source % 2 == 0);
    } else if (action == 1) {
      book.set_addresses(peer, tcp_ports(port + 1, 3), AddressSource::kIdentified, now);
    } else {
      book.add_addresses(peer, one, static_cast<AddressSource>(source), now);
    }
    auto known = book.addresses(peer, now);
    RC_ASSERT(known.size() <= 4U);
    RC_ASSERT(book.encoded(peer, now).empty() == known.empty());
    std::ranges::sort(known);
    RC_ASSERT(std::ranges::adjacent_find(known) == known.end());
  }
}

}  // namespace
}  // namespace pond::peers
