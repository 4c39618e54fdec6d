#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/wire/multiaddr.hpp"

namespace pond::wire {
namespace {

using Host = TcpTarget::Host;
using Transport = TcpTarget::Transport;

const std::string kId = "/p2p/12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV";

std::optional<TcpTarget> target(std::string_view text) {
  return tcp_target(Multiaddr::parse(text).value());
}

TEST(TcpTarget, EveryKindOfHostIsDialed) {
  EXPECT_EQ(target("/ip4/1.2.3.4/tcp/4001"), (TcpTarget{Host::kIp4, "1.2.3.4", 4001}));
  EXPECT_EQ(target("/ip6/2001:db8::1/tcp/65535"), (TcpTarget{Host::kIp6, "2001:db8::1", 65535}));
  EXPECT_EQ(target("/dns/example.com/tcp/1"), (TcpTarget{Host::kDns, "example.com", 1}));
  EXPECT_EQ(target("/dns4/example.com/tcp/1"), (TcpTarget{Host::kDns4, "example.com", 1}));
  EXPECT_EQ(target("/dns6/example.com/tcp/1"), (TcpTarget{Host::kDns6, "example.com", 1}));
}

TEST(TcpTarget, AnIdMayFollow) {
  EXPECT_EQ(target("/ip4/1.2.3.4/tcp/4001" + kId), (TcpTarget{Host::kIp4, "1.2.3.4", 4001}));
}

TEST(TcpTarget, AWebSocketIsAnotherTransportToTheSamePlace) {
  EXPECT_EQ(target("/ip4/1.2.3.4/tcp/80/ws"), (TcpTarget{Host::kIp4, "1.2.3.4", 80, Transport::kWs}));
  EXPECT_EQ(target("/dns6/example.com/tcp/80/ws" + kId), (TcpTarget{Host::kDns6, "example.com", 80, Transport::kWs}));
}

TEST(TcpTarget, AWebSocketInAnyOtherShapeIsNotDialed) {
  for (const auto& text :
       {std::string{"/ip4/1.2.3.4/ws"}, std::string{"/ip4/1.2.3.4/tcp/1/wss"}, std::string{"/ip4/1.2.3.4/tcp/1/tls/ws"},
        std::string{"/ip4/1.2.3.4/tcp/1/ws/ws"}, "/ip4/1.2.3.4/tcp/1" + kId + "/ws",
        "/ip4/1.2.3.4/tcp/1/ws" + kId + "/ws", "/ip4/1.2.3.4/tcp/1/ws" + kId + kId,
        "/ip4/1.2.3.4/tcp/1/ws" + kId + "/p2p-circuit", std::string{"/ip4/1.2.3.4/tcp/1/ws/http-path/a"}}) {
    EXPECT_FALSE(target(text)) << text;
  }
}

TEST(TcpTarget, OtherShapesAreNotDialed) {
  for (const auto& text : {std::string{"/ip4/1.2.3.4"}, std::string{"/tcp/1"}, std::string{"/ip4/1.2.3.4/udp/1"},
                           std::string{"/dnsaddr/a/tcp/1"}, "/ip4/1.2.3.4/tcp/1" + kId + "/p2p-circuit",
                           "/ip4/1.2.3.4/tcp/1" + kId + "/p2p-circuit" + kId, "/ip4/1.2.3.4/tcp/1" + kId + kId,
                           "/ip4/1.2.3.4" + kId, kId, std::string{"/ip6zone/eth0/ip6/fe80::1/tcp/1"},
                           std::string{"/ip4/1.2.3.4/tcp/1/tcp/2"}, std::string{"/ip4/1.2.3.4/ipcidr/8/tcp/1"}}) {
    EXPECT_FALSE(target(text)) << text;
  }
  EXPECT_FALSE(tcp_target(Multiaddr{}));
}

TEST(TcpMultiaddr, LiteralsBecomeAddresses) {
  EXPECT_EQ(tcp_multiaddr("127.0.0.1", 4001)->to_string(), "/ip4/127.0.0.1/tcp/4001");
  EXPECT_EQ(tcp_multiaddr("::1", 0)->to_string(), "/ip6/::1/tcp/0");
  EXPECT_EQ(tcp_multiaddr("2001:DB8::0:1", 65535)->to_string(), "/ip6/2001:db8::1/tcp/65535");
}

TEST(TcpMultiaddr, AWebSocketIsSaidBehindThePort) {
  EXPECT_EQ(tcp_multiaddr("127.0.0.1", 80, Transport::kWs)->to_string(), "/ip4/127.0.0.1/tcp/80/ws");
  EXPECT_EQ(tcp_multiaddr("fe80::1%eth0", 1, Transport::kWs)->to_string(), "/ip6zone/eth0/ip6/fe80::1/tcp/1/ws");
}

TEST(TcpMultiaddr, AZoneGoesInFront) {
  EXPECT_EQ(tcp_multiaddr("fe80::1%eth0", 1)->to_string(), "/ip6zone/eth0/ip6/fe80::1/tcp/1");
}

TEST(TcpMultiaddr, WhatIsNoLiteralIsAnInvalidArgument) {
  for (const auto* ip : {"", "localhost", "1.2.3", "1.2.3.4%eth0", "fe80::1%", "fe80::1%a/b", "%eth0", "[::1]"}) {
    const auto address = tcp_multiaddr(ip, 1);
    ASSERT_FALSE(address) << ip;
    EXPECT_EQ(address.error().code, Errc::kInvalidArgument) << ip;
  }
}

RC_GTEST_PROP(TcpTargetProperty, WhatIsMadeOfALiteralIsDialedThere,
              (std::uint8_t a, std::uint8_t b, std::uint16_t port, bool ws)) {
  const std::string ip = std::to_string(a) + ".0.0." + std::to_string(b);
  const Transport transport = ws ? Transport::kWs : Transport::kTcp;
  const auto address = tcp_multiaddr(ip, port, transport);
  RC_ASSERT(address.has_value());
  RC_ASSERT((tcp_target(*address) == TcpTarget{Host::kIp4, ip, port, transport}));
}

}  // namespace
}  // namespace pond::wire
