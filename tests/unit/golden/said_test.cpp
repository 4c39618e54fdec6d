#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pond/base/rng.hpp"

#include "support/golden_files.hpp"
#include "support/golden_replay.hpp"

// What our end says to each peer's octets, in the clear and octet for octet: multistream-select, Noise, Yamux,
// identify, ping, Kademlia. Where it listens it is a whole node, and its Kademlia server the product's.

namespace pond::test {
namespace {

using Chunks = std::vector<Bytes>;
using Written = std::map<std::uint32_t, Bytes>;

constexpr std::size_t kRandomCuts = 8;
constexpr std::size_t kRandomFlips = 100;
constexpr std::size_t kRandomEnds = 60;

/// Whether each stream here is the beginning of the same stream there.
bool begins(const Written& part, const Written& whole) {
  return std::ranges::all_of(part, [&](const auto& entry) {
    const auto found = whole.find(entry.first);
    return found != whole.end() && entry.second.size() <= found->second.size() &&
           std::equal(entry.second.begin(), entry.second.end(), found->second.begin());
  });
}

std::vector<std::string> names_of(GoldenRole role) {
  std::vector<std::string> names;
  for (const std::string& name : golden_names()) {
    if (const auto capture = load_golden(name); capture && capture->settings.role == role) {
      names.push_back(name);
    }
  }
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& chosen) {
  std::string name = chosen.param;
  std::ranges::replace(name, '.', '_');
  return name;
}

class GoldenSaid : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto loaded = load_golden(GetParam());
    ASSERT_TRUE(loaded) << loaded.error();
    capture_ = *std::move(loaded);
  }

  GoldenCapture capture_;
};

TEST_P(GoldenSaid, EveryOctetIsTheOneOfTheFile) {
  EXPECT_EQ(golden_said(capture_), capture_.said);
}

INSTANTIATE_TEST_SUITE_P(Captures, GoldenSaid, testing::ValuesIn(golden_names()), test_name);

class GoldenNodeSaid : public GoldenSaid {
 protected:
  /// Of the node, given all that the peer sent as it came.
  [[nodiscard]] GoldenNodeReplay whole() const { return replay_to_node(capture_, capture_.chunks); }
};

TEST_P(GoldenNodeSaid, TheNodeTakesTheWholeConversation) {
  const GoldenNodeReplay replay = whole();
  EXPECT_FALSE(replay.node->closed());
  EXPECT_EQ(replay.tap->trouble(), "");
  EXPECT_TRUE(replay.node->pinged());
}

TEST_P(GoldenNodeSaid, TheNodeKeepsTheRecordAndTheProvider) {
  const node::Status status = whole().node->status();
  EXPECT_EQ(status.connections, 1U);
  EXPECT_EQ(status.records, 1U);
  EXPECT_EQ(status.providers, 1U);
}

TEST_P(GoldenNodeSaid, TheSameIsWrittenHoweverTheOctetsAreCut) {
  const GoldenNodeReplay uncut = whole();
  SeededRng rng{11};
  for (std::size_t i = 0; i < kRandomCuts; ++i) {
    const std::size_t longest = i == 0 ? 1 : 100;
    const GoldenNodeReplay replay =
        replay_to_node(capture_, cut_golden(capture_.chunks, [&] { return 1 + rng.below(longest); }));
    EXPECT_EQ(replay.tap->greeting(), uncut.tap->greeting());
    EXPECT_EQ(replay.tap->written(), uncut.tap->written());
  }
}

TEST_P(GoldenNodeSaid, AConnectionCutAnywhereIsAnsweredUpToThere) {
  const GoldenNodeReplay uncut = whole();
  const Chunks single = cut_golden(capture_.chunks, [] { return 1; });
  SeededRng rng{12};
  for (std::size_t i = 0; i < kRandomEnds; ++i) {
    const auto octets = static_cast<std::ptrdiff_t>(rng.below(single.size()));
    const GoldenNodeReplay replay = replay_to_node(capture_, {single.begin(), single.begin() + octets});
    EXPECT_EQ(replay.tap->trouble(), "") << "after " << octets;
    EXPECT_TRUE(begins(replay.tap->written(), uncut.tap->written())) << "after " << octets;
  }
}

TEST_P(GoldenNodeSaid, NothingBehindAFlippedBitIsAnswered) {
  const GoldenNodeReplay uncut = whole();
  SeededRng rng{13};
  for (std::size_t i = 0; i < kRandomFlips; ++i) {
    Chunks flipped = capture_.chunks;
    Bytes& chunk = flipped[rng.below(flipped.size())];
    chunk[rng.below(chunk.size())] ^= static_cast<std::uint8_t>(1U << rng.below(8));
    const GoldenNodeReplay replay = replay_to_node(capture_, flipped);
    EXPECT_TRUE(begins(replay.tap->written(), uncut.tap->written()));
  }
}

INSTANTIATE_TEST_SUITE_P(Captures, GoldenNodeSaid, testing::ValuesIn(names_of(GoldenRole::kListener)), test_name);

}  // namespace
}  // namespace pond::test
