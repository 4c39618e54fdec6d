#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"

#include "ws_loopback.hpp"

namespace pond::net {
namespace {

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

}  // namespace
}  // namespace pond::net
