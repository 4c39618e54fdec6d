#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "pond/base/rng.hpp"

#include "support/golden_files.hpp"
#include "support/golden_replay.hpp"

// What each peer sent when tests/golden was recorded, fed to the product again: tests/golden/README.md.

namespace pond::test {
namespace {

using Chunks = std::vector<Bytes>;

constexpr std::size_t kRandomCuts = 8;
constexpr std::size_t kRandomFlips = 150;
constexpr std::size_t kRandomEnds = 60;
constexpr std::size_t kPlainOctets = 400;  ///< of the beginning: there multistream-select and Noise are not encrypted

std::size_t size_of(const Chunks& chunks) {
  std::size_t size = 0;
  for (const Bytes& chunk : chunks) {
    size += chunk.size();
  }
  return size;
}

std::uint8_t& octet_at(Chunks& chunks, std::size_t at) {
  std::size_t i = 0;
  for (; at >= chunks[i].size(); ++i) {
    at -= chunks[i].size();
  }
  return chunks[i][at];
}

Chunks beginning(const Chunks& chunks, std::size_t octets) {
  Chunks kept;
  for (const Bytes& chunk : chunks) {
    const std::size_t take = std::min(octets, chunk.size());
    kept.push_back(to_bytes(BytesView{chunk}.first(take)));
    octets -= take;
    if (octets == 0) {
      break;
    }
  }
  return kept;
}

/// Where Noise begins.
std::size_t end_of_proposals(const Chunks& chunks) {
  std::string all;
  for (const Bytes& chunk : chunks) {
    all += as_text(chunk);
  }
  constexpr std::string_view kNoise = "/noise\n";
  return all.find(kNoise) + kNoise.size();
}

class Golden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto loaded = load_golden(GetParam());
    ASSERT_TRUE(loaded) << loaded.error();
    capture_ = *std::move(loaded);
  }

  /// Nothing from the flipped bit on may be believed: no more is seen than of a connection that was cut there. What was
  /// proposed before /noise is vouched for by nobody (a proposal that is refused may be any): there the same is seen,
  /// or less.
  void expect_nothing_behind_flip(std::size_t at, std::uint8_t bit) const {
    Chunks flipped = capture_.chunks;
    octet_at(flipped, at) ^= bit;
    const bool vouched_for = at >= end_of_proposals(capture_.chunks);
    const GoldenReplay bound = replay_to_peer(capture_, vouched_for ? beginning(capture_.chunks, at) : capture_.chunks);
    const GoldenReplay replayed = replay_to_peer(capture_, flipped);
    EXPECT_TRUE(replayed.peer->transcript().begins(bound.peer->transcript())) << "octet " << at << ", bit " << int{bit};
  }

  GoldenCapture capture_;
};

TEST_P(Golden, IsSeenAsWhenItWasRecorded) {
  const GoldenReplay replayed = replay_to_peer(capture_, capture_.chunks);
  EXPECT_TRUE(replayed.result) << replayed.result.error().what;
  EXPECT_EQ(replayed.peer->transcript().lines(), capture_.transcript);
  EXPECT_EQ(replayed.peer->remote_agent(), capture_.agent);
}

TEST_P(Golden, ThePeerDidItsWholePart) {
  EXPECT_TRUE(replay_to_peer(capture_, capture_.chunks).peer->done());
}

TEST_P(Golden, SingleOctetsAreSeenTheSame) {
  const GoldenReplay replayed = replay_to_peer(capture_, cut_golden(capture_.chunks, [] { return 1; }));
  EXPECT_TRUE(replayed.result) << replayed.result.error().what;
  EXPECT_EQ(replayed.peer->transcript().lines(), capture_.transcript);
}

TEST_P(Golden, ChunksOfAnySizeAreSeenTheSame) {
  SeededRng rng{7};
  for (std::size_t i = 0; i < kRandomCuts; ++i) {
    const GoldenReplay replayed =
        replay_to_peer(capture_, cut_golden(capture_.chunks, [&] { return 1 + rng.below(100); }));
    EXPECT_TRUE(replayed.result) << replayed.result.error().what;
    EXPECT_EQ(replayed.peer->transcript().lines(), capture_.transcript);
  }
}

TEST_P(Golden, NothingBehindAFlippedBitOfTheHandshakeIsSeen) {
  SeededRng rng{8};
  for (std::size_t at = 0; at < std::min(kPlainOctets, size_of(capture_.chunks)); ++at) {
    expect_nothing_behind_flip(at, static_cast<std::uint8_t>(1U << rng.below(8)));
  }
}

TEST_P(Golden, NothingBehindAFlippedBitIsSeen) {
  SeededRng rng{9};
  for (std::size_t i = 0; i < kRandomFlips; ++i) {
    const std::size_t at = rng.below(size_of(capture_.chunks));
    expect_nothing_behind_flip(at, static_cast<std::uint8_t>(1U << rng.below(8)));
  }
}

TEST_P(Golden, AConnectionCutAnywhereShowsNoMoreThanItsBeginning) {
  const GoldenReplay whole = replay_to_peer(capture_, capture_.chunks);
  SeededRng rng{10};
  for (std::size_t i = 0; i < kRandomEnds; ++i) {
    const std::size_t octets = rng.below(size_of(capture_.chunks));
    const GoldenReplay replayed = replay_to_peer(capture_, beginning(capture_.chunks, octets));
    EXPECT_TRUE(replayed.result) << "after " << octets << ": " << replayed.result.error().what;
    EXPECT_TRUE(replayed.peer->transcript().begins(whole.peer->transcript())) << "after " << octets;
  }
}

TEST_P(Golden, AnotherPeerThanTheExpectedOneIsRefused) {
  GoldenCapture other = capture_;
  other.settings.remote = GoldenPeer{capture_.settings}.id();
  const GoldenReplay replayed = replay_to_peer(other, other.chunks);
  ASSERT_FALSE(replayed.result.has_value());
  EXPECT_EQ(replayed.result.error().code, Errc::kWrongPeer);
  EXPECT_EQ(replayed.peer->transcript().lines(), std::vector<std::string>{"[connection]"});
}

TEST_P(Golden, WithoutOurKeysNothingIsSeen) {
  GoldenCapture other = capture_;
  ++other.settings.seed;
  const GoldenReplay replayed = replay_to_peer(other, other.chunks);
  EXPECT_FALSE(replayed.result);
  EXPECT_EQ(replayed.peer->transcript().lines(), std::vector<std::string>{"[connection]"});
}

TEST_P(Golden, TheFileIsWhatTheRecorderWrites) {
  const auto again = parse_golden(golden_text(capture_));
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(again->chunks, capture_.chunks);
  EXPECT_EQ(again->transcript, capture_.transcript);
  EXPECT_EQ(again->said, capture_.said);
  EXPECT_EQ(again->settings.wall, capture_.settings.wall);
  EXPECT_EQ(again->settings.remote, capture_.settings.remote);
}

INSTANTIATE_TEST_SUITE_P(Captures, Golden, testing::ValuesIn(golden_names()), [](const auto& chosen) {
  std::string name = chosen.param;
  std::ranges::replace(name, '.', '_');
  return name;
});

}  // namespace
}  // namespace pond::test
