#include "pond/kad/records/verdict_cache.hpp"

#include <gtest/gtest.h>

namespace pond::kad {
namespace {

crypto::Digest numbered(std::uint8_t number) {
  crypto::Digest out{};
  out[31] = number;
  return out;
}

TEST(VerdictCache, KnowsNothingAtFirst) {
  VerdictCache cache;
  EXPECT_FALSE(cache.genuine(numbered(1)));
  EXPECT_FALSE(cache.is_forged(numbered(1)));
}

TEST(VerdictCache, RemembersBothVerdictsApart) {
  VerdictCache cache;
  cache.remember_genuine(numbered(1), {10, 20});
  cache.remember_forged(numbered(2));
  EXPECT_EQ(cache.genuine(numbered(1)), (VerdictCache::Genuine{10, 20}));
  EXPECT_FALSE(cache.is_forged(numbered(1)));
  EXPECT_TRUE(cache.is_forged(numbered(2)));
  EXPECT_FALSE(cache.genuine(numbered(2)));
}

TEST(VerdictCache, ForgetsTheLeastRecentlyUsed) {
  VerdictCache cache{2};
  cache.remember_genuine(numbered(1), {1, 1});
  cache.remember_genuine(numbered(2), {2, 2});
  EXPECT_TRUE(cache.genuine(numbered(1)));
  cache.remember_genuine(numbered(3), {3, 3});
  EXPECT_TRUE(cache.genuine(numbered(1)));
  EXPECT_FALSE(cache.genuine(numbered(2)));
  EXPECT_TRUE(cache.genuine(numbered(3)));
  EXPECT_EQ(cache.size(), 2U);
}

TEST(VerdictCache, AFloodOfForgeriesLeavesTheGenuine) {
  VerdictCache cache{4};
  cache.remember_genuine(numbered(1), {1, 1});
  for (std::uint8_t i = 2; i < 200; ++i) {
    cache.remember_forged(numbered(i));
  }
  EXPECT_TRUE(cache.genuine(numbered(1)));
  EXPECT_EQ(cache.size(), 5U);
}

TEST(VerdictCache, TwiceIsOnce) {
  VerdictCache cache{2};
  cache.remember_forged(numbered(1));
  cache.remember_forged(numbered(1));
  EXPECT_EQ(cache.size(), 1U);
}

TEST(VerdictCache, OneOfNoCapacityRemembersNothing) {
  VerdictCache cache{0};
  cache.remember_forged(numbered(1));
  EXPECT_FALSE(cache.is_forged(numbered(1)));
}

TEST(VerdictCache, NamesDifferByNetworkKeyAndValue) {
  const auto name = [](std::string_view network, std::string_view key, std::string_view value) {
    return VerdictCache::name(network, as_bytes(key), as_bytes(value));
  };
  EXPECT_EQ(name("n", "k", "v"), name("n", "k", "v"));
  EXPECT_NE(name("n", "k", "v"), name("m", "k", "v"));
  EXPECT_NE(name("n", "k", "v"), name("n", "l", "v"));
  EXPECT_NE(name("n", "k", "v"), name("n", "k", "w"));
  EXPECT_NE(name("n", "kv", ""), name("n", "k", "v"));
  EXPECT_NE(name("nk", "", "v"), name("n", "k", "v"));
}

}  // namespace
}  // namespace pond::kad
