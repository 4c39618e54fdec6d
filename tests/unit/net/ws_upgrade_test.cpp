#include <string>

#include <gtest/gtest.h>

#include "ws_loopback.hpp"

namespace pond::net {
namespace {

TEST_F(WsListener, AnswersTheUpgradeOfTheSpecification) {
  accept();
  send(upgrade());
  ASSERT_TRUE(wait_for("\r\n\r\n"));
  EXPECT_TRUE(in.starts_with("HTTP/1.1 101 "));
  EXPECT_TRUE(in.contains("Sec-WebSocket-Accept: " + kAccept + "\r\n"));
}

TEST_F(WsListener, TakesARequestThatComesOctetByOctet) {
  accept();
  for (const char each : upgrade()) {
    send({&each, 1});
  }
  EXPECT_TRUE(wait_for(kAccept));
}

TEST_F(WsListener, TakesABrowsersOrigin) {
  accept();
  send(upgrade("Origin: https://agents.example\r\nCookie: " + std::string(3000, 'c') + "\r\n"));
  EXPECT_TRUE(wait_for(kAccept));
}

TEST_F(WsListener, TakesNoCompression) {
  accept();
  send(upgrade("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"));
  ASSERT_TRUE(wait_for("\r\n\r\n"));
  EXPECT_FALSE(in.contains("permessage-deflate"));
}

TEST_F(WsListener, TellsAPlainRequestToUpgrade) {
  accept();
  send("GET / HTTP/1.1\r\nHost: pond.example\r\n\r\n");
  ASSERT_TRUE(wait_closed());
  EXPECT_TRUE(in.starts_with("HTTP/1.1 426 "));
  EXPECT_TRUE(in.contains("\r\nUpgrade: websocket\r\n"));
  EXPECT_TRUE(ended(Errc::kProtocol));
}

TEST_F(WsListener, TellsAnotherVersionWhichOneItSpeaks) {
  accept();
  std::string request = upgrade();
  request.replace(request.find("Version: 13"), 11, "Version: 12");
  send(request);
  ASSERT_TRUE(wait_closed());
  EXPECT_TRUE(in.starts_with("HTTP/1.1 426 "));
  EXPECT_TRUE(in.contains("Sec-WebSocket-Version: 13\r\n"));
  EXPECT_TRUE(ended(Errc::kProtocol));
}

TEST_F(WsListener, RefusesAnUpgradeWithoutAKey) {
  accept();
  send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n");
  ASSERT_TRUE(wait_closed());
  EXPECT_TRUE(in.starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ended(Errc::kProtocol));
}

TEST_F(WsListener, RefusesWhatIsNoUpgrade) {
  accept();
  send("POST / HTTP/1.1\r\nHost: pond.example\r\nContent-Length: 9999999\r\n\r\nabc");
  ASSERT_TRUE(wait_closed());
  EXPECT_TRUE(in.starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ended(Errc::kProtocol));
}

TEST_F(WsListener, RefusesWhatIsNoHttp) {
  accept();
  send("\x13/multistream/1.0.0\n\r\n\r\n");
  ASSERT_TRUE(wait_closed());
  EXPECT_TRUE(in.starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ended(Errc::kProtocol));
}

TEST_F(WsListener, RefusesAnUpgradeWithABody) {
  accept();
  send(upgrade("Content-Length: 4\r\n"));
  ASSERT_TRUE(wait_closed());
  EXPECT_TRUE(in.starts_with("HTTP/1.1 400 "));
}

TEST_F(WsListener, RefusesFramesThatDoNotWaitForTheAnswer) {
  accept();
  send(upgrade() + frame(kFin | kBinary, "early"));
  ASSERT_TRUE(wait_closed());
  EXPECT_TRUE(in.starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(host().got, "");
}

TEST_F(WsListener, RefusesAHeaderThatIsTooLarge) {
  accept();
  send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(9000, 'x') + "\r\n\r\n");
  ASSERT_TRUE(wait_closed());
  EXPECT_TRUE(in.starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(ended(Errc::kProtocol));
}

TEST_F(WsListener, RefusesAHeaderWithoutAnEnd) {
  accept();
  send("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 2000 && !host().end; ++i) {
    send("A: b\r\n");
  }
  EXPECT_TRUE(ended(Errc::kProtocol));
}

TEST_F(WsListener, IsToldThatAClientLeftInTheMiddleOfItsRequest) {
  accept();
  send("GET / HTTP/1.1\r\nHost");
  far().close();
  EXPECT_TRUE(ended(Errc::kReset));
}

TEST_F(WsListener, ClosedByTheNodeBeforeTheUpgradeIsClosedAtOnce) {
  accept();
  send("GET /");
  host().link->close(to_bytes("never sent"));
  host().link.reset();
  ASSERT_TRUE(wait_closed());
  EXPECT_EQ(in, "");
  EXPECT_TRUE(host().lingering().none());
}

}  // namespace
}  // namespace pond::net
