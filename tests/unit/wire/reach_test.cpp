#include <initializer_list>
#include <string>

#include <gtest/gtest.h>

#include "pond/wire/multiaddr.hpp"

namespace pond::wire {
namespace {

void expect_ip4(Reach reach, std::initializer_list<std::string_view> ips) {
  for (const auto ip : ips) {
    EXPECT_EQ(reach_of(Multiaddr::parse("/ip4/" + std::string{ip} + "/tcp/1").value()), reach) << ip;
  }
}

void expect_ip6(Reach reach, std::initializer_list<std::string_view> ips) {
  for (const auto ip : ips) {
    EXPECT_EQ(reach_of(Multiaddr::parse("/ip6/" + std::string{ip} + "/tcp/1").value()), reach) << ip;
  }
}

TEST(Reach, Ip4Loopback) {
  expect_ip4(Reach::kLoopback, {"127.0.0.1", "127.0.0.0", "127.255.255.255"});
}

TEST(Reach, Ip4Private) {
  expect_ip4(Reach::kPrivate, {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
                               "192.168.255.255", "100.64.0.0", "100.127.255.255", "169.254.0.0", "169.254.255.255"});
}

TEST(Reach, Ip4Unusable) {
  expect_ip4(Reach::kUnusable,
             {"0.0.0.0", "0.255.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.0", "198.19.255.255",
              "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.0", "255.255.255.255"});
}

TEST(Reach, Ip4GlobalRightBesideTheRanges) {
  expect_ip4(Reach::kGlobal,
             {"1.0.0.0",         "1.1.1.1",     "9.255.255.255",   "11.0.0.0",    "100.63.255.255", "100.128.0.0",
              "126.255.255.255", "128.0.0.0",   "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
              "192.0.1.0",       "192.0.3.0",   "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
              "203.0.112.255",   "203.0.114.0", "223.255.255.255"});
}

TEST(Reach, Ip6Loopback) {
  expect_ip6(Reach::kLoopback, {"::1"});
}

TEST(Reach, Ip6Private) {
  expect_ip6(Reach::kPrivate, {"fc00::", "fd12:3456::1", "fdff:ffff::", "fe80::1", "febf:ffff::"});
}

TEST(Reach, Ip6Unusable) {
  expect_ip6(Reach::kUnusable,
             {"::", "::2", "::1.2.3.4", "2001:db8::42", "2001:db8:ffff:ffff::", "3fff::1", "3fff:fff::", "2001::1",
              "2001:1ff:ffff::", "100::1", "fec0::1", "ff02::1", "fe00::", "4000::", "1fff::"});
}

TEST(Reach, Ip6GlobalRightBesideTheRanges) {
  expect_ip6(Reach::kGlobal, {"2400::1", "2606:4700::1111", "2001:200::", "2001:db7:ffff::", "2001:db9::", "2000::",
                              "3ffe:ffff::", "3fff:1000::", "2003::1"});
}

TEST(Reach, AMappedIp4CountsAsThatIp4) {
  expect_ip6(Reach::kLoopback, {"::ffff:127.0.0.1"});
  expect_ip6(Reach::kPrivate, {"::ffff:192.168.1.1"});
  expect_ip6(Reach::kGlobal, {"::ffff:1.1.1.1"});
  expect_ip6(Reach::kUnusable, {"::ffff:0.0.0.0"});
}

TEST(Reach, ATranslatedIp4IsGlobalOrUnusable) {
  expect_ip6(Reach::kGlobal, {"64:ff9b::1.1.1.1", "2002:101:101::1"});
  expect_ip6(Reach::kUnusable,
             {"64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "2002:a00:1::1", "2002:7f00:1::", "64:ff9b:1::1"});
}

TEST(Reach, NamesCountAsGlobal) {
  for (const auto* text : {"/dns/node.example/tcp/1", "/dns4/a/tcp/1", "/dns6/a/tcp/1", "/dnsaddr/node.example"}) {
    EXPECT_EQ(reach_of(Multiaddr::parse(text).value()), Reach::kGlobal) << text;
  }
}

TEST(Reach, AZoneDoesNotHideItsAddress) {
  EXPECT_EQ(reach_of(Multiaddr::parse("/ip6zone/eth0/ip6/fe80::1/tcp/1").value()), Reach::kPrivate);
  EXPECT_EQ(reach_of(Multiaddr::parse("/ip6zone/eth0").value()), Reach::kUnusable);
}

TEST(Reach, TheFirstPartDecides) {
  EXPECT_EQ(reach_of(Multiaddr::parse("/tcp/80/ip4/1.1.1.1").value()), Reach::kUnusable);
  EXPECT_EQ(reach_of(Multiaddr::parse("/ip4/10.0.0.1/tcp/1/ip4/1.1.1.1").value()), Reach::kPrivate);
}

TEST(Reach, WithoutIpOrNameAnAddressIsUnusable) {
  for (const auto* text : {"/unix/a", "/memory/1", "/p2p-circuit", "/onion/timaq4ygg2iegci7:80"}) {
    EXPECT_EQ(reach_of(Multiaddr::parse(text).value()), Reach::kUnusable) << text;
  }
  EXPECT_EQ(reach_of(Multiaddr{}), Reach::kUnusable);
}

}  // namespace
}  // namespace pond::wire
