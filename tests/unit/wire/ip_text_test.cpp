// Private to the layer, hence the path.
#include "../../../src/wire/ip_text.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace pond::wire {
namespace {

std::string canonical(std::string_view text) {
  const auto ip = parse_ip6(text);
  return ip ? print_ip6(*ip) : "refused";
}

// RFC 5952, sections 4 and 5.
TEST(IpText, LeadingZerosOfAGroupAreLeftOut) {
  EXPECT_EQ(canonical("2001:0db8::0001"), "2001:db8::1");
}

TEST(IpText, TheLongestRunOfZerosIsShortened) {
  EXPECT_EQ(canonical("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");
  EXPECT_EQ(canonical("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
}

TEST(IpText, OfEqualRunsTheFirstIsShortened) {
  EXPECT_EQ(canonical("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
}

TEST(IpText, ASingleZeroGroupIsWritten) {
  EXPECT_EQ(canonical("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
}

TEST(IpText, LettersAreLowercase) {
  EXPECT_EQ(canonical("2001:DB8::AAAA"), "2001:db8::aaaa");
}

TEST(IpText, RunsAtTheEdges) {
  EXPECT_EQ(canonical("0:0:0:0:0:0:0:0"), "::");
  EXPECT_EQ(canonical("0:0:0:0:0:0:0:1"), "::1");
  EXPECT_EQ(canonical("1:0:0:0:0:0:0:0"), "1::");
  EXPECT_EQ(canonical("0:0:1:2:3:4:5:6"), "::1:2:3:4:5:6");
  EXPECT_EQ(canonical("1:2:3:4:5:6:0:0"), "1:2:3:4:5:6::");
}

TEST(IpText, MappedAddressesEndInDottedDecimals) {
  EXPECT_EQ(canonical("::ffff:c000:0201"), "::ffff:192.0.2.1");
  EXPECT_EQ(canonical("::192.0.2.1"), "::c000:201");
}

TEST(IpText, WhatIsNoAddressIsRefused) {
  for (const auto* text : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.4 ", "a.b.c.d", "::1"}) {
    EXPECT_FALSE(parse_ip4(text)) << text;
  }
  for (const auto* text :
       {"", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "::1%lo", "1.2.3.4"}) {
    EXPECT_FALSE(parse_ip6(text)) << text;
  }
}

TEST(IpText, AZeroOctetOrExcessiveLengthIsRefused) {
  EXPECT_FALSE(parse_ip4(std::string_view{"1.2.3.4\0", 8}));
  EXPECT_FALSE(parse_ip6(std::string_view{"::1\0", 4}));
  EXPECT_FALSE(parse_ip6(std::string(100, '0') + "::1"));
}

RC_GTEST_PROP(IpTextProperty, Ip4RoundTrips, (const Ip4& ip)) {
  RC_ASSERT((parse_ip4(print_ip4(ip)) == ip));
}

RC_GTEST_PROP(IpTextProperty, Ip6RoundTripsAndIsNoLongerThanTheSystems, ()) {
  Ip6 ip{};
  for (std::size_t group = 0; group < 8; ++group) {
    const auto value = *rc::gen::element<unsigned>(0, 0, 0, 1, 0xffff, 0x0a0b);
    ip[2 * group] = static_cast<std::uint8_t>(value >> 8);
    ip[2 * group + 1] = static_cast<std::uint8_t>(value & 0xff);
  }
  const std::string text = print_ip6(ip);
  RC_ASSERT((parse_ip6(text) == ip));
  char system[INET6_ADDRSTRLEN];
  RC_ASSERT(inet_ntop(AF_INET6, ip.data(), system, sizeof system) != nullptr);
  // The system writes IPv4-compatible addresses, which RFC 4291 has deprecated, with dots.
  RC_ASSERT((text == system || std::string_view{system}.find('.') != std::string_view::npos));
}

}  // namespace
}  // namespace pond::wire
