// A peer that resets a stream right behind what it said there, so that both come in one read.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

#include "support/swarm_pair.hpp"

namespace pond::swarm {
namespace {

constexpr std::string_view kEcho = "/echo/1";
constexpr std::size_t kBound = 64 * 1024;

Config small() {
  Config config;
  config.limits.max_buffered_per_connection_bytes = kBound;
  return config;
}

struct SwarmLastWords : testing::Test, test::SwarmPair {
  SwarmLastWords() : SwarmPair(small()) {}

  void SetUp() override {
    serve(b, {std::string{kEcho}});
    connect();
  }

  /// Everything that a host has for a socket.
  Bytes produced(test::SwarmHost& host, ConnId conn) {
    Bytes bytes;
    while (host.swarm().produce(conn, bytes, kBound, net.now) != 0) {
    }
    return bytes;
  }
  /// `b` says `text` and resets its end; nothing has been told to the owner of `a` yet.
  void say_and_reset(const std::pair<StreamRef, StreamRef>& stream, std::string_view text) {
    const auto& [ours, theirs] = stream;
    Bytes bytes;
    while (!text.empty()) {
      text.remove_prefix(b.swarm().write(theirs, as_bytes(text)));
      append(bytes, produced(b, theirs.conn));
    }
    b.swarm().reset(theirs);
    append(bytes, produced(b, theirs.conn));
    a.swarm().handle(Received{.conn = ours.conn, .bytes = bytes}, net.now);
  }
  /// The next event of a stream.
  template <typename Event>
  bool next_is(StreamRef stream) {
    while (const auto output = a.swarm().poll()) {
      if (const auto* event = std::get_if<Event>(&*output)) {
        return event->stream == stream;
      }
      if (std::holds_alternative<StreamReadable>(*output) || std::holds_alternative<StreamFailed>(*output)) {
        return false;
      }
    }
    return false;
  }
};

TEST_F(SwarmLastWords, CanBeReadUntilTheOwnerIsToldOfTheReset) {
  const auto stream = open_both(kEcho);
  say_and_reset(stream, "good-bye");
  ASSERT_TRUE(next_is<StreamReadable>(stream.first));
  EXPECT_EQ(to_string(a.swarm().peek(stream.first)), "good-bye");
  ASSERT_TRUE(next_is<StreamFailed>(stream.first));
  EXPECT_TRUE(a.swarm().peek(stream.first).empty());
}

TEST_F(SwarmLastWords, CanBeReadPieceByPiece) {
  const auto stream = open_both(kEcho);
  say_and_reset(stream, "good-bye");
  ASSERT_TRUE(next_is<StreamReadable>(stream.first));
  a.swarm().consume(stream.first, 5);
  EXPECT_EQ(to_string(a.swarm().peek(stream.first)), "bye");
  a.swarm().consume(stream.first, 100);
  EXPECT_TRUE(a.swarm().peek(stream.first).empty());
  EXPECT_TRUE(next_is<StreamFailed>(stream.first));
}

TEST_F(SwarmLastWords, MayComeWithTheAgreementOnTheProtocol) {
  const ConnId conn = open_both(kEcho).second.conn;
  const StreamRef ours = a.swarm().open_stream(b_in_a(), kEcho, net.now).value();
  b.swarm().handle(Received{.conn = conn, .bytes = produced(a, ours.conn)}, net.now);
  std::optional<StreamRef> theirs;
  while (const auto output = b.swarm().poll()) {
    if (const auto* opened = std::get_if<StreamOpened>(&*output)) {
      theirs = opened->stream;
    }
  }
  ASSERT_TRUE(theirs);
  say_and_reset({ours, *theirs}, "good-bye");
  ASSERT_TRUE(next_is<StreamReadable>(ours));
  EXPECT_EQ(to_string(a.swarm().peek(ours)), "good-bye");
}

TEST_F(SwarmLastWords, AreGoneWhenTheOwnerResetsTheStreamToo) {
  const auto stream = open_both(kEcho);
  say_and_reset(stream, "good-bye");
  ASSERT_TRUE(next_is<StreamReadable>(stream.first));
  a.swarm().reset(stream.first);
  EXPECT_TRUE(a.swarm().peek(stream.first).empty());
}

TEST_F(SwarmLastWords, CountAsBuffered) {
  const auto first = open_both(kEcho);
  const auto second = open_both(kEcho);
  say_and_reset(first, std::string(40 * 1024, 'x'));
  say_and_reset(second, std::string(40 * 1024, 'y'));
  EXPECT_EQ(a.swarm().counters().streams_reset_for_memory, 1U);
  EXPECT_TRUE(a.swarm().peek(first.first).empty() != a.swarm().peek(second.first).empty()) << "one of them had to go";
}

TEST_F(SwarmLastWords, MakeRoomOnceTheOwnerHasBeenTold) {
  for (int i = 0; i < 10; ++i) {
    const auto stream = open_both(kEcho);
    say_and_reset(stream, std::string(40 * 1024, 'x'));
    ASSERT_TRUE(next_is<StreamReadable>(stream.first));
    EXPECT_EQ(a.swarm().peek(stream.first).size(), 40U * 1024);
    ASSERT_TRUE(next_is<StreamFailed>(stream.first));
  }
  EXPECT_EQ(a.swarm().counters().streams_reset_for_memory, 0U);
}

}  // namespace
}  // namespace pond::swarm
