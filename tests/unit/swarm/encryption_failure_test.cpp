#include <gtest/gtest.h>

#include "../../../src/swarm/swarm_impl.hpp"
#include "support/swarm_pair.hpp"

namespace pond::swarm {

struct SwarmTestAccess {
  /// The keys of that connection's own direction are used up.
  static void use_up_nonces(Swarm& swarm, ConnId conn) {
    constexpr std::uint64_t kReservedNonce = ~std::uint64_t{0};
    const crypto::Digest key{};
    swarm.impl_->find(conn)->machine.session_.emplace(
        upgrade::NoiseSession{upgrade::CipherState{key, kReservedNonce}, upgrade::CipherState{key}});
  }
};

namespace {

using test::expect_nothing_left;
using test::SwarmPair;

struct SwarmEncryptionFailure : testing::Test, SwarmPair {
  void SetUp() override {
    connect();
    serve(b, {"/x"});
    stream = open("/x");
    net.run_for(100ms);
    SwarmTestAccess::use_up_nonces(a.swarm(), stream.conn);
  }
  StreamRef stream{};
};

TEST_F(SwarmEncryptionFailure, ClosesTheConnectionAndSaysWhy) {
  EXPECT_EQ(write(a, stream, "a secret"), 8U);
  ASSERT_EQ(a.closed.size(), 1U);
  EXPECT_EQ(a.closed[0].conn, stream.conn);
  ASSERT_EQ(a.count<PeerDisconnected>(), 1U);
  EXPECT_EQ(a.last<PeerDisconnected>()->why.code, Errc::kLimit);
  ASSERT_EQ(a.count<StreamFailed>(), 1U);
  EXPECT_EQ(a.last<StreamFailed>()->why.code, Errc::kLimit);
  expect_nothing_left(a);
}

TEST_F(SwarmEncryptionFailure, SendsNothingInTheClear) {
  const std::size_t before = net.octets_delivered;
  write(a, stream, "a secret");
  net.run_for(1min);
  EXPECT_EQ(net.octets_delivered, before);
  EXPECT_TRUE(a.closed[0].last_bytes.empty());
  EXPECT_FALSE(b.swarm().connected(a_in_b()));
}

}  // namespace
}  // namespace pond::swarm
