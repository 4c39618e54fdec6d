#include "pond/wire/frame.hpp"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace pond::wire {
namespace {

constexpr std::size_t kMax = 64 * 1024;

Bytes framed(BytesView message) {
  Bytes out;
  append_frame(out, message);
  return out;
}

/// Every message that `reader` finds in `input`, copied.
Result<std::vector<Bytes>> drain(FrameReader& reader, BytesView input) {
  std::vector<Bytes> messages;
  while (true) {
    POND_TRY(const auto message, reader.next(input));
    if (!message) {
      EXPECT_TRUE(input.empty());
      return messages;
    }
    messages.push_back(to_bytes(*message));
  }
}

Errc error_for(FrameReader& reader, BytesView input) {
  const auto result = reader.next(input);
  EXPECT_FALSE(result);
  return result ? Errc::kInternal : result.error().code;
}

TEST(Frame, PrefixIsTheLengthAsAVarint) {
  EXPECT_EQ(to_hex(framed(as_bytes("abc"))), "03616263");
  EXPECT_EQ(to_hex(framed({})), "00");
  EXPECT_EQ(to_hex(framed(Bytes(300, 1))).substr(0, 4), "ac02");
}

TEST(Frame, SizeIsKnownBeforehand) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 16'383U, 16'384U}) {
    EXPECT_EQ(framed(Bytes(size)).size(), frame_size(size));
  }
}

TEST(FrameReader, HandsOutAWholeMessageInPlace) {
  const Bytes stream = framed(as_bytes("hello"));
  FrameReader reader{kMax};
  BytesView input{stream};
  const auto message = reader.next(input);
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->data(), stream.data() + 1);
  EXPECT_EQ(reader.held_bytes(), 0U);
  EXPECT_TRUE(input.empty());
}

TEST(FrameReader, AnEmptyMessageIsAMessage) {
  FrameReader reader{kMax};
  const auto messages = drain(reader, Bytes{0, 0});
  ASSERT_TRUE(messages);
  EXPECT_EQ(messages->size(), 2U);
}

TEST(FrameReader, KeepsWhatFollowsForTheNextCall) {
  Bytes stream = framed(as_bytes("one"));
  append_frame(stream, as_bytes("two"));
  FrameReader reader{kMax};
  BytesView input{stream};
  const auto first = reader.next(input);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ(as_text(**first), "one");
  EXPECT_EQ(input.size(), 4U);
  const auto second = reader.next(input);
  ASSERT_TRUE(second && *second);
  EXPECT_EQ(as_text(**second), "two");
}

TEST(FrameReader, JoinsAMessageThatArrivesOctetByOctet) {
  const Bytes stream = framed(Bytes(300, 7));
  FrameReader reader{kMax};
  std::vector<Bytes> messages;
  for (const std::uint8_t octet : stream) {
    const auto some = drain(reader, Bytes{octet});
    ASSERT_TRUE(some);
    messages.insert(messages.end(), some->begin(), some->end());
  }
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0], Bytes(300, 7));
}

TEST(FrameReader, KnowsWhetherItIsInsideAMessage) {
  const Bytes stream = framed(Bytes(300, 7));
  FrameReader reader{kMax};
  EXPECT_FALSE(reader.mid_message());
  for (std::size_t i = 0; i + 1 < stream.size(); ++i) {
    ASSERT_TRUE(drain(reader, BytesView{stream}.subspan(i, 1)));
    EXPECT_TRUE(reader.mid_message()) << i;
  }
  ASSERT_TRUE(drain(reader, BytesView{stream}.last(1)));
  EXPECT_FALSE(reader.mid_message());
}

TEST(FrameReader, AcceptsTheLongestMessage) {
  FrameReader reader{100};
  const auto messages = drain(reader, framed(Bytes(100, 1)));
  ASSERT_TRUE(messages);
  EXPECT_EQ(messages->size(), 1U);
}

TEST(FrameReader, RefusesOneOctetMoreAsSoonAsItIsAnnounced) {
  FrameReader reader{100};
  EXPECT_EQ(error_for(reader, Bytes{101}), Errc::kTooLarge);
}

TEST(FrameReader, RefusesTheLargestLengthThereIs) {
  FrameReader reader{kMax};
  EXPECT_EQ(error_for(reader, Bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}), Errc::kTooLarge);
}

TEST(FrameReader, RefusesAPrefixThatNeverEnds) {
  FrameReader reader{kMax};
  EXPECT_EQ(error_for(reader, Bytes(9, 0xff)), Errc::kMalformed);
}

TEST(FrameReader, RefusesAPrefixThatNeverEndsAlsoOctetByOctet) {
  FrameReader reader{kMax};
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(drain(reader, Bytes{0xff}));
  }
  EXPECT_EQ(error_for(reader, Bytes{0xff}), Errc::kMalformed);
}

TEST(FrameReader, RefusesAPrefixThatIsNotMinimal) {
  FrameReader reader{kMax};
  EXPECT_EQ(error_for(reader, Bytes{0x81, 0x00}), Errc::kMalformed);
}

TEST(FrameReader, StaysFailed) {
  FrameReader reader{10};
  EXPECT_EQ(error_for(reader, Bytes{11}), Errc::kTooLarge);
  EXPECT_EQ(error_for(reader, framed(as_bytes("fine"))), Errc::kTooLarge);
  EXPECT_EQ(reader.held_bytes(), 0U);
}

TEST(FrameReader, AllocatesNothingForWhatIsOnlyAnnounced) {
  FrameReader reader{4U << 20};
  Bytes start;
  append_varint(start, 4U << 20);
  append(start, Bytes(10, 1));
  ASSERT_TRUE(drain(reader, start));
  EXPECT_LE(reader.held_bytes(), 64U);
}

TEST(FrameReader, HoldsAtMostTwiceWhatHasArrived) {
  FrameReader reader{1U << 20};
  Bytes prefix;
  append_varint(prefix, 1U << 20);
  ASSERT_TRUE(drain(reader, prefix));
  const Bytes chunk(1000, 3);
  for (std::size_t arrived = chunk.size(); arrived < (1U << 20); arrived += chunk.size()) {
    ASSERT_TRUE(drain(reader, chunk));
    ASSERT_LE(reader.held_bytes(), 2 * arrived);
  }
}

TEST(FrameReader, NeverHoldsMoreThanTheMessage) {
  FrameReader reader{1U << 20};
  const Bytes stream = framed(Bytes(10'000, 1));
  ASSERT_TRUE(drain(reader, BytesView{stream}.first(9'000)));
  BytesView rest = BytesView{stream}.subspan(9'000);
  ASSERT_TRUE(reader.next(rest));
  EXPECT_LE(reader.held_bytes(), 10'000U);
}

TEST(FrameReader, GivesALargeBufferBackOnceTheMessageIsDone) {
  FrameReader reader{1U << 20};
  const Bytes stream = framed(Bytes(100'000, 1));
  ASSERT_TRUE(drain(reader, BytesView{stream}.first(50'000)));
  EXPECT_GE(reader.held_bytes(), 49'000U);
  ASSERT_TRUE(drain(reader, BytesView{stream}.subspan(50'000)));
  EXPECT_LE(reader.held_bytes(), FrameReader::kKeptCapacity);
}

TEST(FrameReader, GivesALargeBufferBackWhenReleased) {
  FrameReader reader{1U << 20};
  const Bytes stream = framed(Bytes(100'000, 1));
  ASSERT_TRUE(drain(reader, BytesView{stream}.first(50'000)));
  BytesView rest = BytesView{stream}.subspan(50'000);
  ASSERT_TRUE(reader.next(rest).value());
  reader.release();
  EXPECT_EQ(reader.buffered_bytes(), 0U);
  EXPECT_LE(reader.held_bytes(), FrameReader::kKeptCapacity);
}

TEST(FrameReader, KeepsHalfAMessageWhenReleased) {
  FrameReader reader{kMax};
  const Bytes stream = framed(Bytes(1'000, 1));
  ASSERT_TRUE(drain(reader, BytesView{stream}.first(502)));
  reader.release();
  EXPECT_EQ(reader.buffered_bytes(), 500U);
  EXPECT_EQ(drain(reader, BytesView{stream}.subspan(502)).value().size(), 1U);
}

TEST(FrameReader, BuffersNothingOfAMessageThatComesWhole) {
  FrameReader reader{kMax};
  ASSERT_EQ(drain(reader, framed(Bytes(1'000, 1))).value().size(), 1U);
  EXPECT_EQ(reader.buffered_bytes(), 0U);
}

TEST(FrameReader, ReusesASmallBuffer) {
  FrameReader reader{kMax};
  const Bytes stream = framed(Bytes(1'000, 1));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(drain(reader, BytesView{stream}.first(500)));
    ASSERT_TRUE(drain(reader, BytesView{stream}.subspan(500)));
    EXPECT_EQ(reader.held_bytes(), 1'000U);
  }
}

RC_GTEST_PROP(FrameReaderProperty, FindsTheSameMessagesHoweverTheStreamIsCut,
              (const std::vector<Bytes>& messages, const std::vector<std::uint8_t>& cuts)) {
  Bytes stream;
  for (const Bytes& message : messages) {
    append_frame(stream, message);
  }
  FrameReader reader{kMax};
  std::vector<Bytes> found;
  BytesView rest{stream};
  for (const std::uint8_t cut : cuts) {
    const auto some = drain(reader, rest.first(std::min<std::size_t>(cut, rest.size())));
    rest = rest.subspan(std::min<std::size_t>(cut, rest.size()));
    RC_ASSERT(some.has_value());
    found.insert(found.end(), some->begin(), some->end());
  }
  const auto last = drain(reader, rest);
  RC_ASSERT(last.has_value());
  found.insert(found.end(), last->begin(), last->end());
  RC_ASSERT(found == messages);
  RC_ASSERT(!reader.mid_message());
}

RC_GTEST_PROP(FrameReaderProperty, AnyOctetsGiveMessagesWithinTheLimitOrAnError, (const Bytes& octets)) {
  FrameReader reader{50};
  BytesView input{octets};
  while (true) {
    const auto message = reader.next(input);
    if (!message || !*message) {
      break;
    }
    RC_ASSERT((*message)->size() <= 50U);
  }
  RC_ASSERT(reader.held_bytes() <= 50U);
}

}  // namespace
}  // namespace pond::wire
