// A `pond bootstrap` that listens for WebSockets beside TCP: peers find each other over it, and what no honest client
// sends ends its connection and nothing else.

#include <vector>

#include <gtest/gtest.h>

#include "pond/wire/multiaddr.hpp"

#include "client.hpp"
#include "nodes.hpp"
#include "support/multistream_wire.hpp"

namespace pond::e2e {
namespace {

/// Masked with zeros: a mask must be there, not be random.
Bytes frame(std::uint8_t first, BytesView payload) {
  Bytes out{first, static_cast<std::uint8_t>(0x80 | payload.size()), 0, 0, 0, 0};
  append(out, payload);
  return out;
}

constexpr std::string_view kUpgrade =
    "GET / HTTP/1.1\r\nHost: pond.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: https://a.example\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

class WebSocket : public ::testing::Test {
 protected:
  WebSocket() : address(node.process().line("listening ")) {
    port = wire::tcp_target(wire::Multiaddr::parse(address).value()).value().port;
  }
  void TearDown() override {
    EXPECT_TRUE(serves(node));
    EXPECT_EQ(run({"ping", node.id().to_base58(), "--bootstrap", address}).exit, 0);
    EXPECT_LT(node.process().resident_kib(), 200'000U);
  }

  /// A connection that is upgraded.
  Tcp upgraded() const {
    Tcp tcp{port};
    tcp.send(as_bytes(kUpgrade));
    Bytes in;
    while (!to_string(in).contains("\r\n\r\n")) {
      tcp.wait(Tcp::Wait::kRead);
      EXPECT_TRUE(tcp.receive_some(in));
    }
    EXPECT_TRUE(to_string(in).starts_with("HTTP/1.1 101 "));
    return tcp;
  }
  /// Everything that the node still says to a client that sends that instead of the upgrade.
  [[nodiscard]] std::string answer(BytesView bytes) const {
    Tcp tcp{port};
    tcp.send(bytes);
    return to_string(tcp.read_to_end());
  }
  [[nodiscard]] static std::string answer(Tcp tcp, BytesView bytes) {
    tcp.send(bytes);
    return to_string(tcp.read_to_end());
  }

  Node node = Node::bootstrap({.more = {"--listen", "/ip4/127.0.0.1/tcp/0/ws"}});
  std::string address;
  std::uint16_t port = 0;
};

TEST_F(WebSocket, IsAnnouncedBesideTcp) {
  EXPECT_TRUE(address.contains("/ws/p2p/")) << address;
  EXPECT_FALSE(node.address().contains("/ws")) << node.address();
  Finished found = node.visit({"find-peer", node.id().to_base58()});
  EXPECT_TRUE(found.out.contains("/tcp/" + std::to_string(port) + "/ws")) << found.out << found.err;
}

TEST_F(WebSocket, AnAgentIsFoundByOneThatComesOverIt) {
  Node agent = Node::agent(address, {.key = 2});
  agent.process().line("ready");
  Finished found;
  const auto deadline = Clock::now() + kPatience;
  do {  // the record is published at about the time when the agent is ready
    found = run({"lookup", eth_key(2).address().to_checksummed(), "--bootstrap", address, "--json"});
  } while (found.exit == 3 && Clock::now() < deadline);
  EXPECT_EQ(found.exit, 0) << found.out << found.err;
}

TEST_F(WebSocket, APlainRequestIsToldToUpgrade) {
  EXPECT_TRUE(answer(as_bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).starts_with("HTTP/1.1 426 "));
  EXPECT_EQ(node.counter("swarm.handshakes_failed"), 1U);
}

TEST_F(WebSocket, WhatIsNoHttpIsRefused) {
  EXPECT_TRUE(answer(Bytes(1000, 0)).starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(node.counter("swarm.handshakes_failed"), 1U);
}

TEST_F(WebSocket, AHeaderWithoutAnEndIsRefused) {
  Tcp tcp{port};
  tcp.send(as_bytes("GET / HTTP/1.1\r\n"));
  Bytes lines;
  for (int i = 0; i < 100'000; ++i) {
    append(lines, as_bytes("A: b\r\n"));
  }
  tcp.send(lines);
  tcp.read_to_end();
  EXPECT_EQ(node.counter("swarm.handshakes_failed"), 1U);
}

TEST_F(WebSocket, ATextFrameEndsTheConnection) {
  EXPECT_TRUE(answer(upgraded(), frame(0x81, as_bytes("hello"))).ends_with("\x88\x02\x03\xeb"));
  EXPECT_EQ(node.counter("swarm.handshakes_failed"), 1U);
}

TEST_F(WebSocket, AnUnmaskedFrameEndsTheConnection) {
  EXPECT_TRUE(answer(upgraded(), Bytes{0x82, 0x01, 'x'}).ends_with("\x88\x02\x03\xea"));
}

TEST_F(WebSocket, ACloseFrameIsAnswered) {
  EXPECT_TRUE(answer(upgraded(), frame(0x88, Bytes{0x03, 0xe8})).ends_with("\x88\x02\x03\xe8"));
}

TEST_F(WebSocket, FramesAreCutAnywhere) {
  const Bytes proposal = test::messages("/multistream/1.0.0", "/noise");
  Bytes frames;
  for (std::size_t i = 0; i < proposal.size(); ++i) {  // one message in as many frames as it has octets
    const bool last = i + 1 == proposal.size();
    append(frames,
           frame(static_cast<std::uint8_t>((last ? 0x80 : 0) | (i == 0 ? 2 : 0)), BytesView{proposal}.subspan(i, 1)));
  }
  Tcp tcp = upgraded();
  for (const std::uint8_t& each : frames) {
    ASSERT_TRUE(tcp.send({&each, 1}));
  }
  Bytes in;
  while (!to_string(in).contains("/noise\n")) {
    tcp.wait(Tcp::Wait::kRead);
    ASSERT_TRUE(tcp.receive_some(in));
  }
}

TEST_F(WebSocket, AFrameOfTheLongestLengthIsReadAsItComes) {
  Bytes bytes{0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
  append(bytes, Bytes(1U << 20, 0xff));  // bad multistream, which ends the connection long before the frame
  Tcp tcp = upgraded();
  tcp.send(bytes);
  tcp.read_to_end();
  EXPECT_EQ(node.counter("swarm.handshakes_failed"), 1U);
}

TEST_F(WebSocket, TwoHundredConnectionsClosedAtOnce) {
  std::vector<Tcp> all;
  for (int i = 0; i < 200; ++i) {
    all.push_back(upgraded());
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    i % 2 == 0 ? all[i].reset() : all[i].half_close();
  }
  for (Tcp& each : all) {
    if (!each.ended()) {
      each.read_to_end();
    }
  }
  EXPECT_EQ(node.counter("swarm.handshakes_failed"), 200U);
}

/// All at once, because each takes the 10 s that a node waits.
TEST_F(WebSocket, SilentClientsAreClosed) {
  const auto begin = Clock::now();
  Tcp silent{port};
  Tcp inside_the_request{port};
  inside_the_request.send(as_bytes("GET / HTTP/1.1\r\nHost"));
  Tcp after_the_upgrade = upgraded();
  Tcp inside_a_frame = upgraded();
  inside_a_frame.send(Bytes{0x82});
  for (Tcp* each : {&silent, &inside_the_request, &after_the_upgrade, &inside_a_frame}) {
    each->read_to_end();
  }
  EXPECT_GE(Clock::now() - begin, std::chrono::seconds{9});
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds{30});
  EXPECT_EQ(node.counter("swarm.handshakes_timed_out"), 4U);
}

}  // namespace
}  // namespace pond::e2e
