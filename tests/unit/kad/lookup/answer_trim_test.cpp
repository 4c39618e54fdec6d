#include "pond/kad/lookup/answer_trim.hpp"

#include <gtest/gtest.h>

#include "support/tiny_key.hpp"

namespace pond::kad {
namespace {

using test::tiny_key;
using test::tiny_peer;

std::vector<wire::KadPeer> answer(std::initializer_list<std::uint8_t> octets) {
  std::vector<wire::KadPeer> peers;
  for (const auto octet : octets) {
    peers.push_back({.id = tiny_peer(octet), .addresses = {}});
  }
  return peers;
}

TEST(KeepNearest, PutsTheNearestFirst) {
  auto peers = answer({0x30, 0x10, 0x20});
  keep_nearest(peers, tiny_key(0), 40);
  EXPECT_EQ(peers, answer({0x10, 0x20, 0x30}));
}

TEST(KeepNearest, DropsTheFarthest) {
  auto peers = answer({0x30, 0x10, 0x20});
  keep_nearest(peers, tiny_key(0), 2);
  EXPECT_EQ(peers, answer({0x10, 0x20}));
}

TEST(KeepNearest, KeepsTheFirstOfARepeatedPeer) {
  auto peers = answer({0x10, 0x20, 0x10});
  peers[0].addresses.push_back(test::address("/ip4/1.1.1.1/tcp/1"));
  keep_nearest(peers, tiny_key(0), 40);
  ASSERT_EQ(peers.size(), 2U);
  EXPECT_EQ(peers[0].addresses.size(), 1U);
}

TEST(KeepNearest, DropsNobody) {
  std::vector<wire::KadPeer> peers(3);
  keep_nearest(peers, tiny_key(0), 40);
  EXPECT_TRUE(peers.empty());
}

}  // namespace
}  // namespace pond::kad
