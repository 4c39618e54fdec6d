// A WebSocket link against a peer that writes its octets by hand, over the loopback interface.

#include "ws_link.hpp"

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"

namespace pond::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using swarm::ConnId;

/// RFC 6455, 1.3.
const std::string kKey = "dGhlIHNhbXBsZSBub25jZQ==";
const std::string kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A node that keeps what it is told and says what it is given to say.
class FakeHost final : public LinkHost {
 public:
  explicit FakeHost(asio::io_context& io) : lingering_(io, [] {}) {}

  void enter() override { ++entered; }
  void leave() override { --entered; }
  void dialed(ConnId, Result<wire::Multiaddr> local) override {
    EXPECT_EQ(entered, 1);
    if (!local) {
      link.reset();
    }
    dial = std::move(local);
  }
  void received(ConnId, BytesView bytes) override {
    EXPECT_EQ(entered, 1);
    EXPECT_FALSE(bytes.empty());
    got += to_string(bytes);
    longest = std::max(longest, bytes.size());
  }
  void lost(ConnId, const Error& why) override {
    EXPECT_EQ(entered, 1);
    end = why;
    link.reset();
  }
  std::size_t produce(ConnId, Bytes& out) override {
    ++pulls;
    const std::size_t size = std::min(kWriteBytes, to_say.size());
    append(out, as_bytes(to_say.substr(0, size)));
    to_say.erase(0, size);
    return size;
  }
  std::span<std::uint8_t> read_buffer() override { return {}; }
  LingeringSockets& lingering() override { return lingering_; }

  std::shared_ptr<Link> link;
  std::string got;
  std::string to_say;
  std::size_t longest = 0;
  std::optional<Error> end;
  std::optional<Result<wire::Multiaddr>> dial;
  int entered = 0;
  int pulls = 0;

 private:
  LingeringSockets lingering_;
};

/// A frame as a client sends it, masked; `first`: FIN, reserved bits and opcode.
std::string frame(std::uint8_t first, std::string_view payload, std::uint8_t mask_bit = 0x80) {
  std::string out{static_cast<char>(first)};
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | payload.size());
  } else {
    out += static_cast<char>(mask_bit | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xff);
  }
  if (mask_bit == 0) {
    return out.append(payload);
  }
  const std::string key = "\x12\x34\x56\x78";
  out += key;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(payload[i] ^ key[i % 4]);
  }
  return out;
}

constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kBinary = 2;
constexpr std::uint8_t kClose = 8;
constexpr std::uint8_t kPing = 9;

std::string upgrade(const std::string& more = {}) {
  return "GET /any/path HTTP/1.1\r\nHost: pond.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
         kKey + "\r\n" + more + "\r\n";
}

class Loopback {
 public:
  Loopback() : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), far_(io_), host_(io_) {}

  /// The link accepts; the far end is the client.
  void accept() {
    far_.connect(acceptor_.local_endpoint());
    host_.link = make_ws_link(host_, ConnId{1}, acceptor_.accept());
    far_.non_blocking(true);
    host_.link->accept();
  }
  /// The link dials; the far end is the server.
  void dial(const std::string& name = {}) {
    host_.link = make_ws_link(host_, ConnId{1}, tcp::socket{io_});
    host_.link->dial(acceptor_.local_endpoint(), name);
    far_ = acceptor_.accept();
    far_.non_blocking(true);
  }
  void accept_upgraded() {
    accept();
    send(upgrade());
    wait_for("\r\n\r\n");
    in.clear();
  }

  /// Sends, while the link reads, as much as it takes.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      error_code error;
      const std::size_t sent = far_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
      bytes.remove_prefix(sent);
      if (error && error != asio::error::would_block) {
        return;
      }
      io_.restart();
      io_.poll();
    }
  }

  template <typename Done>
  bool run_until(Done done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      receive();
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds{1});
    }
    return done();
  }
  bool wait_for(std::string_view text) {
    return run_until([&] { return in.contains(text); });
  }
  bool wait_closed() {
    return run_until([&] { return closed; });
  }
  bool got(std::string_view bytes) {
    return run_until([&] { return host_.got.size() >= bytes.size(); }) && host_.got == bytes;
  }
  bool ended(Errc code) {
    return run_until([&] { return host_.end.has_value(); }) && host_.end->code == code;
  }
  bool dial_failed(Errc code) {
    return run_until([&] { return host_.dial.has_value(); }) && !*host_.dial && host_.dial->error().code == code;
  }

  FakeHost& host() { return host_; }
  tcp::socket& far() { return far_; }
  std::uint16_t port() { return acceptor_.local_endpoint().port(); }

  std::string in;  ///< what the far end has got
  bool closed = false;

 private:
  void receive() {
    std::array<char, 65536> chunk;
    error_code error;
    const std::size_t bytes = far_.is_open() ? far_.read_some(asio::buffer(chunk), error) : 0;
    in.append(chunk.data(), bytes);
    closed = closed || (error && error != asio::error::would_block);
  }

  asio::io_context io_;
  tcp::acceptor acceptor_;
  tcp::socket far_;
  FakeHost host_;
};

class WsListener : public ::testing::Test, protected Loopback {};
class WsDialer : public ::testing::Test, protected Loopback {};

// ---- The upgrade, accepting

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

// ---- Frames in

TEST_F(WsListener, HandsOverTheBytesOfBinaryMessages) {
  accept_upgraded();
  send(frame(kFin | kBinary, "hello ") + frame(kFin | kBinary, "") + frame(kFin | kBinary, "world"));
  EXPECT_TRUE(got("hello world"));
}

TEST_F(WsListener, HandsOverFragmentsBeforeTheirMessageEnds) {
  accept_upgraded();
  send(frame(kBinary, "one ") + frame(kFin | kPing, "?") + frame(0, "two ") + frame(0, ""));
  EXPECT_TRUE(got("one two "));
  EXPECT_TRUE(wait_for("\x8a\x01?"));
}

TEST_F(WsListener, HandsOverTheBeginningOfAFrameOfAnyAnnouncedLength) {
  accept_upgraded();
  send(std::string{"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14} + std::string(50'000, 'x'));
  EXPECT_TRUE(got(std::string(50'000, 'x')));
  EXPECT_LE(host().longest, 8192U);
  EXPECT_FALSE(host().end);
}

TEST_F(WsListener, EndsAtATextMessage) {
  accept_upgraded();
  send(frame(kFin | kText, "hello"));
  EXPECT_TRUE(ended(Errc::kProtocol));
  EXPECT_TRUE(wait_for("\x88\x02\x03\xeb")) << "1003: cannot accept that kind of data";
  EXPECT_EQ(host().got, "");
}

TEST_F(WsListener, EndsAtAFrameThatBreaksTheRules) {
  for (const std::string& bad : {frame(kFin | kBinary, "not masked", 0), frame(0xc0 | kBinary, "a reserved bit"),
                                 frame(kFin | 3, "an opcode"), frame(kFin | 0, "a continuation of nothing"),
                                 frame(kPing, "a fragmented ping"), frame(kFin | kPing, std::string(126, 'x'))}) {
    Loopback each;
    each.accept_upgraded();
    each.send(bad);
    EXPECT_TRUE(each.wait_for("\x88\x02\x03\xea")) << "1002: protocol error";
    each.far().close();
    EXPECT_TRUE(each.ended(Errc::kProtocol));
    EXPECT_EQ(each.host().got, "");
  }
}

TEST_F(WsListener, AnswersACloseFrame) {
  accept_upgraded();
  send(frame(kFin | kClose, "\x03\xe8"));
  EXPECT_TRUE(wait_for("\x88\x02\x03\xe8"));
  ASSERT_TRUE(wait_closed());
  far().close();
  EXPECT_TRUE(ended(Errc::kReset));
}

TEST_F(WsListener, IsToldThatThePeerIsGone) {
  accept_upgraded();
  far().close();
  EXPECT_TRUE(ended(Errc::kReset));
}

RC_GTEST_PROP(WsFrames, BytesArriveAsTheyWereSentHoweverTheyAreCut, (const std::string& bytes, std::uint64_t seed)) {
  SeededRng rng{seed};
  Loopback each;
  each.accept_upgraded();
  std::string cut;
  bool inside = false;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::string_view piece = rest.substr(0, rng.below(6));
    const bool ends = rng.below(2) == 0;
    cut += frame(static_cast<std::uint8_t>((ends ? kFin : 0) | (inside ? 0 : kBinary)), piece);
    inside = !ends;
    rest.remove_prefix(piece.size());
  }
  const std::size_t step = 1 + rng.below(20);
  for (std::size_t at = 0; at < cut.size(); at += step) {
    each.send(std::string_view{cut}.substr(at, step));
  }
  RC_ASSERT(each.got(bytes));
}

// ---- Frames out

TEST_F(WsListener, SaysWhatTheNodeHadToSayBeforeTheUpgrade) {
  accept();
  host().to_say = "early";
  host().link->write();
  EXPECT_EQ(host().pulls, 0) << "nothing is pulled before it can be sent";
  send(upgrade());
  EXPECT_TRUE(
      wait_for("\r\n\r\n\x82\x05"
               "early"));
}

TEST_F(WsListener, SendsWhatIsPulledAtOnceAsOneFrame) {
  accept_upgraded();
  host().to_say = std::string(60'000, 'y');
  host().link->write();
  ASSERT_TRUE(run_until([&] { return in.size() >= 60'004; }));
  EXPECT_EQ(in, std::string("\x82\x7e\xea\x60") + std::string(60'000, 'y'));
}

TEST_F(WsListener, PullsNoMoreThanThePeerReads) {
  accept_upgraded();
  host().to_say = std::string(16U << 20, 'y');
  host().link->write();
  for (int i = 0; i < 1000; ++i) {
    host().link->write();
    send({});
  }
  EXPECT_GT(host().to_say.size(), 4U << 20);
  EXPECT_TRUE(run_until([&] { return in.size() > (16U << 20); })) << "it goes on when the peer reads";
}

TEST_F(WsListener, SaysItsLastWordsAndCloses) {
  accept_upgraded();
  host().to_say = std::string(200'000, 'y');
  host().link->write();
  host().link->close(to_bytes("bye"));
  host().link.reset();
  EXPECT_TRUE(
      wait_for(std::string("\x82\x03"
                           "bye\x88\x02\x03\xe8")));
  EXPECT_FALSE(host().lingering().none());
  send(frame(kFin | kBinary, "too late") + frame(kFin | kClose, "\x03\xe8"));
  ASSERT_TRUE(wait_closed());
  far().close();
  EXPECT_TRUE(run_until([&] { return host().lingering().none(); }));
  EXPECT_EQ(host().got, "");
  EXPECT_FALSE(host().end);
}

TEST_F(WsListener, DoesNotWaitForeverForThePeersCloseFrame) {
  accept_upgraded();
  host().link->close({});
  host().link.reset();
  EXPECT_TRUE(wait_closed());
  EXPECT_TRUE(run_until([&] { return host().lingering().none(); }));
}

TEST_F(WsListener, ALinkThatIsDestroyedClosesAndTellsNobody) {
  accept_upgraded();
  host().to_say = std::string(8U << 20, 'y');
  host().link->write();
  host().link.reset();
  EXPECT_TRUE(wait_closed());
  EXPECT_FALSE(host().end);
}

// ---- Dialing

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
