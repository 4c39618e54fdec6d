#include "pond/sim/byte_link.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace pond::sim {
namespace {

using Kind = ByteLink::Arrival::Kind;

/// Round trips of 100 ms; a millisecond for 125 octets... of 1 Mbit/s.
NetworkSpec calm() {
  NetworkSpec spec;
  spec.latency = {.kind = LatencySpec::Kind::kUniform, .round_trip_min = 100ms, .round_trip_max = 100ms, .jitter = 0};
  spec.megabits_per_s = 1;
  return spec;
}

/// Two nodes, and a link from the one to the other.
struct Pair {
  explicit Pair(const NetworkSpec& spec = calm())
      : network(spec, 3, rng),
        up(spec.megabits_per_s),
        down(spec.megabits_per_s),
        link({.network = &network, .up = &up, .down = &down, .from = 0, .to = 1}) {}

  void write(std::size_t octets) { link.write(Bytes(octets, 7), now, rng); }
  /// Waits for what comes next.
  ByteLink::Arrival next(bool reachable = true) {
    for (;;) {
      const auto due = link.next_arrival();
      if (!due) {
        return {};
      }
      now = std::max(now, *due);
      ByteLink::Arrival arrival = link.read(reachable, now);
      if (arrival.kind != Kind::kNothing || !reachable) {
        return arrival;
      }
    }
  }

  SeededRng rng{3};
  LinkModel network;
  Line up;
  Line down;
  ByteLink link;
  Instant now{1h};
};

TEST(Line, SendsOneAfterTheOther) {
  Line line{8};  // a megabyte a second
  EXPECT_EQ(line.send(1000, Instant{1s}), Instant{1001ms});
  EXPECT_EQ(line.send(1000, Instant{1s}), Instant{1002ms});
  EXPECT_EQ(line.send(1000, Instant{5s}), Instant{5001ms});
}

TEST(Line, ReceivesWithoutDelayWhatComesAtItsSpeed) {
  Line line{8};
  EXPECT_EQ(line.receive(1000, Instant{1s}), Instant{1s});
  EXPECT_EQ(line.receive(1000, Instant{1001ms}), Instant{1001ms});
  EXPECT_EQ(line.receive(1000, Instant{1001ms}), Instant{1002ms});  // two senders at a time
  EXPECT_EQ(line.receive(1000, Instant{5s}), Instant{5s});
}

TEST(ByteLink, BringsOctetsAfterTheLatencyAndTheirTimeOnTheLine) {
  Pair pair;
  pair.link.write(to_bytes("hello"), pair.now, pair.rng);
  EXPECT_EQ(pair.link.next_arrival(), Instant{1h} + 50ms + 57 * 8us);
  EXPECT_EQ(pair.link.read(true, Instant{1h} + 50ms).kind, Kind::kNothing);
  const auto arrival = pair.next();
  EXPECT_EQ(arrival.kind, Kind::kBytes);
  EXPECT_EQ(to_string(arrival.bytes), "hello");
  EXPECT_EQ(pair.link.next_arrival(), std::nullopt);
}

TEST(ByteLink, EndsAfterWhatWasWritten) {
  Pair pair;
  pair.write(10'000);
  pair.link.finish(pair.now, pair.rng);
  EXPECT_EQ(pair.next().bytes.size(), 10'000U);
  EXPECT_EQ(pair.next().kind, Kind::kEnd);
  EXPECT_EQ(pair.next().kind, Kind::kNothing);
}

TEST(ByteLink, AResetOvertakesWhatWasWritten) {
  Pair pair;
  pair.write(100'000);  // 0.8 s on the line
  pair.link.reset(pair.now, pair.rng);
  EXPECT_EQ(pair.next().kind, Kind::kReset);
  EXPECT_EQ(pair.link.next_arrival(), std::nullopt);
}

TEST(ByteLink, TakesNoMoreThanTheSocketHolds) {
  Pair pair;
  EXPECT_EQ(pair.link.writable(), ByteLink::kSocketBytes);
  pair.write(ByteLink::kSocketBytes - 1000);
  EXPECT_EQ(pair.link.writable(), 1000U);
  pair.write(1000);
  EXPECT_EQ(pair.link.writable(), 0U);
  EXPECT_EQ(pair.next().kind, Kind::kBytes);
  EXPECT_EQ(pair.link.writable(), ByteLink::kSocketBytes - 1000);
}

TEST(ByteLink, SharesTheReceiversLine) {
  Pair pair;
  Line other_up{1};
  ByteLink other{{.network = &pair.network, .up = &other_up, .down = &pair.down, .from = 2, .to = 1}};
  pair.write(10'000);
  other.write(Bytes(10'000), pair.now, pair.rng);
  const Duration line = Duration{(10'000 + 7 * 52) * 8'000};
  const Instant both = Instant{1h} + line + 50ms;
  EXPECT_EQ(pair.link.read(true, both).kind, Kind::kBytes);
  EXPECT_EQ(other.read(true, both).kind, Kind::kNothing);
  EXPECT_EQ(other.next_arrival(), both + line);
  EXPECT_EQ(other.read(true, both + line).kind, Kind::kBytes);
}

TEST(ByteLink, LossMakesOctetsLateAndAllThatIsBehindThem) {
  NetworkSpec spec = calm();
  spec.loss = 0.3;
  spec.megabits_per_s = 1000;
  Pair pair{spec};
  std::size_t late = 0;
  for (int i = 0; i < 3000; ++i) {
    const Instant begin = pair.now;
    pair.write(100);
    ASSERT_EQ(pair.next().kind, Kind::kBytes);
    late += pair.now - begin >= 250ms ? 1U : 0U;
  }
  EXPECT_NEAR(static_cast<double>(late) / 3000, 0.3, 0.03);

  for (int i = 0; i < 100; ++i) {
    pair.write(1 + static_cast<std::size_t>(i));
  }
  for (std::size_t i = 0; i < 100; ++i) {
    ASSERT_EQ(pair.next().bytes.size(), 1 + i);
  }
}

TEST(ByteLink, LosesMoreOfWhatTakesMorePackets) {
  NetworkSpec spec = calm();
  spec.loss = 0.05;
  spec.megabits_per_s = 100'000;
  Pair pair{spec};
  std::size_t late = 0;
  for (int i = 0; i < 2000; ++i) {
    const Instant begin = pair.now;
    pair.write(20 * ByteLink::kPacketBytes - 1);
    ASSERT_EQ(pair.next().kind, Kind::kBytes);
    late += pair.now - begin >= 250ms ? 1U : 0U;
  }
  EXPECT_NEAR(static_cast<double>(late) / 2000, 0.64, 0.04);  // 1 - 0.95^20
}

TEST(ByteLink, StallsWhileTheReceiverIsAwayAndGoesOnThen) {
  Pair pair;
  pair.write(100);
  pair.write(200);
  std::vector<Duration> waits;
  while (pair.now < Instant{1h} + 1min) {
    const Instant before = pair.now;
    ASSERT_EQ(pair.next(false).kind, Kind::kNothing);
    waits.push_back(pair.now - before);
  }
  // One after the other took twice as long, from twice the round trip on.
  EXPECT_EQ(waits[1], 200ms);
  EXPECT_EQ(waits[2], 400ms);
  EXPECT_EQ(waits[5], 3200ms);
  EXPECT_EQ(pair.next().bytes.size(), 100U);
  const Instant first = pair.now;
  EXPECT_EQ(pair.next().bytes.size(), 200U);
  EXPECT_LT(pair.now - first, 5ms);
  pair.write(300);
  const Instant again = pair.now;
  EXPECT_EQ(pair.next().bytes.size(), 300U);
  EXPECT_LT(pair.now - again, 60ms);
}

TEST(ByteLink, BreaksWhenNothingGetsThroughForLong) {
  Pair pair;
  pair.write(100);
  pair.write(100);
  ByteLink::Arrival arrival;
  for (int i = 0; i < 100 && arrival.kind == Kind::kNothing; ++i) {
    arrival = pair.next(false);
  }
  EXPECT_EQ(arrival.kind, Kind::kBroken);
  EXPECT_GE(pair.now - Instant{1h}, 15min);
  EXPECT_LE(pair.now - Instant{1h}, 18min);
  EXPECT_EQ(pair.link.next_arrival(), std::nullopt);
  EXPECT_EQ(pair.link.writable(), ByteLink::kSocketBytes);
}

// Whatever happens on the way: all octets arrive, in order, and the end behind them.
RC_GTEST_PROP(ByteLink, KeepsTheOctetsAndTheirOrder, (std::uint64_t seed)) {
  SeededRng rng{seed};
  NetworkSpec spec;
  spec.loss = rng.below(2) == 0 ? 0 : 0.2;
  spec.megabits_per_s = rng.below(2) == 0 ? 0.5 : 100;
  Pair pair{spec};
  Bytes sent;
  Bytes got;
  Instant last{};
  bool ended = false;
  std::size_t writes = 40;
  while (!ended) {
    if (writes > 0 && rng.below(2) == 0) {
      Bytes piece(std::min<std::size_t>(1 + rng.below(5000), pair.link.writable()));
      rng.fill(piece);
      append(sent, piece);
      pair.link.write(std::move(piece), pair.now, pair.rng);
      if (--writes == 0) {
        pair.link.finish(pair.now, pair.rng);
      }
      pair.now += Duration{static_cast<std::int64_t>(rng.below(50'000'000))};
    } else if (const auto due = pair.link.next_arrival()) {
      pair.now = std::max(pair.now, *due);
      const auto arrival = pair.link.read(rng.below(10) != 0, pair.now);
      append(got, arrival.bytes);
      ended = arrival.kind == Kind::kEnd;
      RC_ASSERT(pair.now >= last);
      last = pair.now;
    }
  }
  RC_ASSERT(got == sent);
  RC_ASSERT(pair.link.writable() == ByteLink::kSocketBytes);
}

}  // namespace
}  // namespace pond::sim
