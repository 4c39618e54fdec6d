#include <string>

#include <gtest/gtest.h>

#include "ws_loopback.hpp"

namespace pond::net {
namespace {

TEST_F(WsDialer, AsksForAnUpgradeOfTheRootAtTheHost) {
  dial();
  ASSERT_TRUE(wait_for("\r\n\r\n"));
  EXPECT_TRUE(in.starts_with("GET / HTTP/1.1\r\n"));
  EXPECT_TRUE(in.contains("\r\nHost: 127.0.0.1:" + std::to_string(port()) + "\r\n"));
  EXPECT_TRUE(in.contains("\r\nSec-WebSocket-Version: 13\r\n"));
  EXPECT_FALSE(in.contains("Extensions"));
}

TEST_F(WsDialer, AsksForTheNameThatTheAddressWasFoundBy) {
  dial("pond.example");
  EXPECT_TRUE(wait_for("\r\nHost: pond.example:" + std::to_string(port()) + "\r\n"));
}

TEST(WsDial, FailsWhereNobodyListens) {
  asio::io_context io;
  FakeHost host{io};
  tcp::acceptor closed{io, {asio::ip::address_v4::loopback(), 0}};
  const tcp::endpoint nobody = closed.local_endpoint();
  closed.close();
  host.link = make_ws_link(host, ConnId{1}, tcp::socket{io});
  host.link->dial(nobody, {});
  io.run();
  ASSERT_TRUE(host.dial);
  ASSERT_FALSE(*host.dial);
  EXPECT_EQ(host.dial->error().code, Errc::kUnreachable);
}

TEST_F(WsDialer, FailsAtOnceWhenTheAnswerIsNot101) {
  for (const auto* answer : {"HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n", "HTTP/1.1 302 Found\r\n",
                             "\x13/multistream/1.0.0\n", "SSH-2.0-OpenSSH"}) {
    Loopback each;
    each.dial();
    ASSERT_TRUE(each.wait_for("\r\n\r\n"));
    each.send(answer);
    EXPECT_TRUE(each.dial_failed(Errc::kProtocol)) << answer;
    EXPECT_TRUE(each.wait_closed());
  }
}

TEST_F(WsDialer, FailsWhenTheAnswerIsToAnotherKey) {
  dial();
  ASSERT_TRUE(wait_for("\r\n\r\n"));
  send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " +
       kAccept + "\r\n\r\n");
  EXPECT_TRUE(dial_failed(Errc::kProtocol));
}

TEST_F(WsDialer, FailsWhenTheAnswerHasNoEnd) {
  dial();
  ASSERT_TRUE(wait_for("\r\n\r\n"));
  send("HTTP/1.1 101 Switching Protocols\r\n");
  for (int i = 0; i < 2000 && !host().dial; ++i) {
    send("A: b\r\n");
  }
  EXPECT_TRUE(dial_failed(Errc::kMalformed));
}

TEST_F(WsDialer, FailsWhenTheServerLeavesInTheMiddleOfItsAnswer) {
  dial();
  ASSERT_TRUE(wait_for("\r\n\r\n"));
  send("HTTP/1.1 10");
  far().close();
  EXPECT_TRUE(dial_failed(Errc::kReset));
}

TEST_F(WsDialer, GivenUpByTheNodeTellsNobody) {
  dial();
  ASSERT_TRUE(wait_for("\r\n\r\n"));
  host().link->close({});
  host().link.reset();
  EXPECT_TRUE(wait_closed());
  EXPECT_FALSE(host().dial);
}

/// A link that dials and one that accepts.
TEST(WsPair, BytesGoBothWays) {
  asio::io_context io;
  FakeHost near{io};
  FakeHost far{io};
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  near.link = make_ws_link(near, ConnId{1}, tcp::socket{io});
  near.link->dial(acceptor.local_endpoint(), "pond.example");
  far.link = make_ws_link(far, ConnId{2}, acceptor.accept());
  far.link->accept();
  const auto run_until = [&](const auto& done) {
    while (!done() && io.run_one_for(std::chrono::seconds{20}) != 0) {
    }
    return done();
  };
  ASSERT_TRUE(run_until([&] { return near.dial.has_value(); }));
  ASSERT_TRUE(*near.dial);
  EXPECT_TRUE((*near.dial)->to_string().ends_with("/ws"));
  std::string said;
  for (int i = 0; i < 300'000; ++i) {
    said += static_cast<char>('a' + i % 23);
  }
  near.to_say = said;
  far.to_say = said;
  near.link->write();
  far.link->write();
  EXPECT_TRUE(run_until([&] { return near.got.size() == said.size() && far.got.size() == said.size(); }));
  EXPECT_EQ(near.got, said);
  EXPECT_EQ(far.got, said);
  near.link->close(to_bytes("bye"));
  near.link.reset();
  EXPECT_TRUE(run_until([&] { return far.end && near.lingering().none(); }));
  EXPECT_EQ(far.got, said + "bye");
  EXPECT_EQ(far.end->code, Errc::kReset);
}

}  // namespace
}  // namespace pond::net
