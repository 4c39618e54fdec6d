// Two sessions over a pipe that cuts bytes at random, and sessions that are fed noise.
#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"
#include "pond/upgrade/yamux.hpp"

#include "support/yamux_wire.hpp"

namespace pond::upgrade {
namespace {

using namespace testing;

/// What one application has written and read on one stream, and how it ended.
struct Ledger {
  Bytes written;
  Bytes read;
  bool finish_called = false;
  bool finished = false;
  bool reset = false;
};

/// One side: a session, the ledgers of its application, and the bytes that are on their way to it.
struct End {
  End(YamuxSide side, YamuxLimits bounds) : yamux(side, bounds), limits(bounds) {}
  Yamux yamux;
  YamuxLimits limits;
  std::map<StreamId, Ledger> streams;
  Bytes arriving;
};

struct Pair {
  Pair(std::uint64_t seed, YamuxLimits limits)
      : rng(seed), ends{End{YamuxSide::kInitiator, limits}, End{YamuxSide::kResponder, limits}} {}

  SeededRng rng;
  std::array<End, 2> ends;
  Instant now{};

  void poll(End& end) {
    while (const auto event = end.yamux.poll()) {
      switch (event->kind) {
        case YamuxEvent::Kind::kOpened:
          RC_ASSERT(!end.streams.contains(event->stream));
          end.streams[event->stream] = {};
          break;
        case YamuxEvent::Kind::kFinished:
          RC_ASSERT(!end.streams.at(event->stream).finished);
          end.streams.at(event->stream).finished = true;
          break;
        case YamuxEvent::Kind::kReset:
          end.streams.at(event->stream).reset = true;
          RC_ASSERT(!end.yamux.contains(event->stream));
          break;
        default:
          break;
      }
    }
  }

  void check_bounds(const End& end) const {
    const YamuxStats stats = end.yamux.stats();
    RC_ASSERT(stats.buffered_in <= end.limits.max_receive_bytes);
    RC_ASSERT(stats.buffered_out <= end.limits.max_send_bytes);
    RC_ASSERT(stats.unacknowledged <= end.limits.ack_backlog);
    RC_ASSERT(stats.inbound_streams <= end.limits.max_inbound_streams);
    RC_ASSERT(stats.window_growth <= end.limits.max_receive_bytes / 2);
    RC_ASSERT(stats.inbound_streams + stats.outbound_streams == end.yamux.stream_count());
  }

  /// Lets up to `max` bytes leave `from` and up to `max` of those on their way arrive, in random pieces.
  void carry(End& from, End& to, std::size_t max) {
    from.yamux.produce(to.arriving, max);
    std::size_t left = std::min(to.arriving.size(), max);
    std::size_t at = 0;
    while (left > 0) {
      const std::size_t n = 1 + rng.below(std::min<std::size_t>(left, 1 + rng.below(40000)));
      RC_ASSERT(to.yamux.handle(BytesView{to.arriving}.subspan(at, n), now).has_value());
      check_bounds(to);
      poll(to);
      at += n;
      left -= n;
    }
    to.arriving.erase(to.arriving.begin(), to.arriving.begin() + static_cast<std::ptrdiff_t>(at));
    poll(from);
  }

  void read(End& end, StreamId id, std::size_t max) {
    const BytesView view = end.yamux.peek(id);
    const std::size_t n = std::min(view.size(), max);
    append(end.streams.at(id).read, view.first(n));
    end.yamux.consume(id, n, now);
    poll(end);
  }

  void write(End& end, StreamId id, std::size_t size) {
    Ledger& ledger = end.streams.at(id);
    Bytes more(size);
    rng.fill(more);
    const std::size_t n = end.yamux.write(id, more);
    append(ledger.written, BytesView{more}.first(n));
  }

  void step(bool resets) {
    End& end = ends[rng.below(2)];
    now += Duration{rng.below(20'000'000)};
    const auto any = [&]() -> std::optional<StreamId> {
      if (end.streams.empty()) {
        return std::nullopt;
      }
      return std::next(end.streams.begin(), static_cast<std::ptrdiff_t>(rng.below(end.streams.size())))->first;
    };
    switch (rng.below(10)) {
      case 0:
        if (const auto id = end.yamux.open()) {
          end.streams[*id] = {};
        }
        break;
      case 1:
      case 2:
      case 3:
        if (const auto id = any()) {
          write(end, *id, rng.below(100'000));
        }
        break;
      case 4:
      case 5:
        if (const auto id = any()) {
          read(end, *id, rng.below(200'000));
        }
        break;
      case 6:
        if (const auto id = any(); id && rng.below(3) == 0) {
          end.yamux.finish(*id);
          end.streams.at(*id).finish_called = true;
        }
        break;
      case 7:
        if (const auto id = any(); resets && id && rng.below(4) == 0) {
          end.yamux.reset(*id);
          end.streams.at(*id).reset = true;
        } else {
          end.yamux.ping(now);
        }
        break;
      default:
        carry(end, &end == &ends[0] ? ends[1] : ends[0], 64 + rng.below(200'000));
        break;
    }
    check_bounds(end);
  }

  /// Everybody reads everything and finishes, until nothing moves.
  void settle() {
    for (int round = 0; round < 400; ++round) {
      for (End& end : ends) {
        for (auto& [id, ledger] : end.streams) {
          read(end, id, SIZE_MAX);
          end.yamux.finish(id);
          ledger.finish_called = true;
        }
        carry(end, &end == &ends[0] ? ends[1] : ends[0], 1'000'000);
      }
    }
  }
};

/// What one side read is a beginning of what the other wrote; all of it when neither tore the stream down.
void compare(const Pair& pair, bool resets) {
  for (std::size_t side = 0; side < 2; ++side) {
    for (const auto& [id, reader] : pair.ends[side].streams) {
      const auto found = pair.ends[1 - side].streams.find(id);
      if (found == pair.ends[1 - side].streams.end()) {
        RC_ASSERT(resets || reader.reset);
        RC_ASSERT(reader.read.empty());
        continue;
      }
      const Ledger& writer = found->second;
      RC_ASSERT(reader.read.size() <= writer.written.size());
      RC_ASSERT(std::equal(reader.read.begin(), reader.read.end(), writer.written.begin()));
      if (!reader.reset && !writer.reset) {
        RC_ASSERT(reader.finished);
        RC_ASSERT(reader.read.size() == writer.written.size());
      }
    }
  }
}

RC_GTEST_PROP(YamuxPair, DeliversWhatWasWrittenInOrder, (std::uint64_t seed)) {
  Pair pair{seed, {.max_receive_bytes = 64 * 1024 * 1024}};
  const int steps = *rc::gen::inRange(1, 300);
  for (int i = 0; i < steps; ++i) {
    pair.step(false);
  }
  pair.settle();
  compare(pair, false);
  for (const End& end : pair.ends) {
    RC_ASSERT(end.yamux.stream_count() == 0U);
    RC_ASSERT(end.yamux.buffered_bytes() == 0U);
    RC_ASSERT(end.yamux.stats().window_growth == 0U);
    RC_ASSERT(end.yamux.stats().unacknowledged == 0U);
    RC_ASSERT(end.yamux.counters().stray_frames == 0U);
    RC_ASSERT(end.yamux.counters().pongs_unexpected == 0U);
  }
}

RC_GTEST_PROP(YamuxPair, StaysWithinTightBoundsAndDeliversWhatSurvives, (std::uint64_t seed)) {
  Pair pair{seed,
            {.max_receive_bytes = 400'000,
             .max_send_bytes = 100'000,
             .max_stream_send_bytes = 40'000,
             .max_window_bytes = 400'000,
             .max_inbound_streams = 6,
             .max_outbound_streams = 8,
             .accept_backlog = 3,
             .ack_backlog = 5}};
  const int steps = *rc::gen::inRange(1, 400);
  for (int i = 0; i < steps; ++i) {
    pair.step(true);
  }
  pair.settle();
  compare(pair, true);
  for (const End& end : pair.ends) {
    RC_ASSERT(end.yamux.stream_count() == 0U);
    RC_ASSERT(end.yamux.buffered_bytes() == 0U);
    RC_ASSERT(!end.yamux.has_output());
  }
}

TEST(YamuxPairs, ASlowReaderStopsTheSenderAndLetsItGoOn) {
  Pair pair{1, {}};
  End& sender = pair.ends[0];
  End& reader = pair.ends[1];
  const StreamId id = sender.yamux.open().value();
  sender.streams[id] = {};
  for (int i = 0; i < 50; ++i) {
    pair.write(sender, id, 100'000);
    pair.carry(sender, reader, 1'000'000);
    pair.carry(reader, sender, 1'000'000);
  }
  EXPECT_EQ(sender.streams[id].written.size(), kYamuxInitialWindow);
  EXPECT_EQ(reader.yamux.peek(id).size(), kYamuxInitialWindow);
  EXPECT_EQ(sender.yamux.buffered_bytes(), 0U);

  std::size_t writable = 0;
  while (sender.streams[id].written.size() < 3'000'000) {
    pair.now += 100ms;
    pair.read(reader, id, 150'000);
    pair.carry(reader, sender, 1'000'000);
    const std::size_t before = sender.streams[id].written.size();
    pair.write(sender, id, 100'000);
    writable += sender.streams[id].written.size() > before ? 1U : 0U;
    pair.carry(sender, reader, 1'000'000);
    EXPECT_LE(reader.yamux.stats().buffered_in, reader.limits.max_window_bytes);
  }
  EXPECT_GT(writable, 0U);
  pair.settle();
  EXPECT_EQ(reader.streams[id].read, sender.streams[id].written);
}

/// The writer trusts kWritable alone: no event may be missed.
TEST(YamuxPairs, AWriterThatOnlyFollowsEventsFinishes) {
  for (const std::size_t session_bound : {std::size_t{1'000'000}, std::size_t{20'000}}) {
    Yamux writer{YamuxSide::kInitiator, {.max_send_bytes = session_bound}};
    Yamux reader{YamuxSide::kResponder};
    const Bytes whole = pattern(2'000'000);
    std::map<StreamId, std::size_t> written;
    std::map<StreamId, Bytes> read;
    const auto push = [&](StreamId id) {
      written[id] += writer.write(id, BytesView{whole}.subspan(written[id]));
      if (written[id] == whole.size()) {
        writer.finish(id);
      }
    };
    for (int i = 0; i < 3; ++i) {
      push(writer.open().value());
    }
    bool moved = true;
    while (moved) {
      Bytes there;
      Bytes back;
      moved = writer.produce(there, 30'000) > 0;
      ASSERT_TRUE(reader.handle(there, {}));
      while (const auto event = reader.poll()) {
        const std::string piece = read_all(reader, event->stream);
        append(read[event->stream], as_bytes(piece));
      }
      moved = reader.produce(back, 30'000) > 0 || moved;
      ASSERT_TRUE(writer.handle(back, {}));
      while (const auto event = writer.poll()) {
        if (event->kind == YamuxEvent::Kind::kWritable) {
          push(event->stream);
          moved = true;
        }
      }
    }
    for (const StreamId id : {1U, 3U, 5U}) {
      EXPECT_EQ(read[id].size(), whole.size());
      EXPECT_EQ(read[id], whole);
    }
  }
}

/// Plausible frames: small ids, all types and flags, now and then nonsense.
Bytes hostile_frame(Rng& rng) {
  static constexpr std::array<std::uint32_t, 8> kLengths{0, 1, 5, 100, 5000, 262144, 262145, 0xffffffff};
  const YamuxType type = static_cast<YamuxType>(rng.below(20) == 0 ? rng.below(4) : rng.below(2));
  const auto flags = static_cast<std::uint16_t>(rng.below(3) == 0 ? rng.below(16) : rng.below(3) == 0 ? 1 : 0);
  const bool session = type == YamuxType::kPing || type == YamuxType::kGoAway;
  const auto id = static_cast<StreamId>(session ? 0 : 1 + rng.below(rng.below(100) == 0 ? 6000 : 40));
  const std::uint32_t length = kLengths[rng.below(rng.below(50) == 0 ? kLengths.size() : 5)];
  Bytes payload;
  if (type == YamuxType::kData && length <= 300'000) {
    payload = pattern(length);
  }
  return frame(type, flags, id, length, payload);
}

RC_GTEST_PROP(YamuxHostile, PlausibleFramesNeverBreakBoundsAndEndInAGoAwayIfAtAll, (std::uint64_t seed)) {
  SeededRng rng{seed};
  const YamuxLimits limits{.max_receive_bytes = 50'000, .max_inbound_streams = 10, .max_queued_resets = 50};
  Yamux yamux{YamuxSide::kResponder, limits};
  Bytes out;
  for (int i = 0; i < 400; ++i) {
    const bool alive = yamux.handle(hostile_frame(rng), Instant{} + i * 1ms).has_value();
    const YamuxStats stats = yamux.stats();
    RC_ASSERT(stats.buffered_in <= limits.max_receive_bytes);
    RC_ASSERT(stats.inbound_streams <= limits.max_inbound_streams);
    if (!alive) {
      RC_ASSERT(sent(yamux) == "goaway 1");
      RC_ASSERT(yamux.stream_count() == 0U);
      return;
    }
    if (rng.below(3) == 0) {
      while (const auto event = yamux.poll()) {
        if (event->kind == YamuxEvent::Kind::kReadable && rng.below(2) == 0) {
          yamux.consume(event->stream, rng.below(6000), Instant{});
        }
        if (event->kind == YamuxEvent::Kind::kOpened) {
          (void)yamux.write(event->stream, pattern(rng.below(3000)));
        }
      }
    }
    if (rng.below(4) == 0) {
      out.clear();
      (void)yamux.produce(out, rng.below(5000));
      (void)cut(out);
    }
    if (rng.below(10) == 0) {
      (void)yamux.open();
    }
  }
}

RC_GTEST_PROP(YamuxHostile, NoiseNeverCrashesAndHoldsNoMemory, (const std::vector<std::uint8_t>& noise)) {
  Yamux yamux{YamuxSide::kInitiator};
  for (int i = 0; i < 20; ++i) {
    (void)yamux.handle(noise, Instant{});
    while (yamux.poll()) {
    }
  }
  RC_ASSERT(yamux.buffered_bytes() <= 20 * noise.size());
}

RC_GTEST_PROP(YamuxHostile, ChunkBoundariesChangeNothing, (std::uint64_t seed)) {
  SeededRng rng{seed};
  Bytes stream;
  for (int i = 0; i < 30; ++i) {
    append(stream, hostile_frame(rng));
  }
  Yamux whole{YamuxSide::kResponder};
  Yamux pieces{YamuxSide::kResponder};
  const bool alive = whole.handle(stream, Instant{}).has_value();
  bool pieces_alive = true;
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t n = std::min<std::size_t>(1 + rng.below(300), stream.size() - at);
    pieces_alive = pieces.handle(BytesView{stream}.subspan(at, n), Instant{}).has_value();
    at += n;
  }
  RC_ASSERT(alive == pieces_alive);
  RC_ASSERT(whole.buffered_bytes() == pieces.buffered_bytes());
  RC_ASSERT(events(whole) == events(pieces));
  RC_ASSERT(sent(whole) == sent(pieces));
}

}  // namespace
}  // namespace pond::upgrade
