#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "adversaries/adversary.hpp"

namespace pond::sim {
namespace {

using wire::KadType;

/// A world in which accomplices have the numbers from 100, honest servers those from 200, and anybody those from 300.
class MadeUpHost final : public AdversaryHost {
 public:
  std::vector<PeerHandle> accomplices(const wire::Key& /*key*/, std::size_t n) const override { return from(100, n); }
  std::vector<PeerHandle> honest(const wire::Key& /*key*/, std::size_t n) const override { return from(200, n); }
  PeerHandle anybody() override { return PeerHandle{300 + next_++}; }
  Bytes oldest_value(const Bytes& key) const override { return key == known ? oldest : Bytes{}; }
  Rng& rng() override { return rng_; }

  Bytes known = to_bytes("/eth/known");
  Bytes oldest = to_bytes("the first value of all");

 private:
  static std::vector<PeerHandle> from(std::uint32_t first, std::size_t n) {
    std::vector<PeerHandle> out;
    for (std::uint32_t i = 0; i < n; ++i) {
      out.push_back(PeerHandle{first + i});
    }
    return out;
  }

  SeededRng rng_{1};
  std::uint32_t next_ = 0;
};

class AdversaryAnswers : public testing::Test {
 protected:
  /// What that kind answers where an honest node would answer with a record, a provider and a closer peer.
  std::optional<Lie> ask(AdversarySpec::Kind kind, KadType type, BytesView key = as_bytes("/eth/known")) {
    AdversarySpec spec;
    spec.kind = kind;
    request.type = type;
    request.key = to_bytes(key);
    request.record = wire::KadRecord{.key = request.key, .value = to_bytes("put"), .time_received = {}};
    honest = {.type = type, .key = request.key, .record = {}, .providers = {}, .closer = {}};
    honest.record = wire::KadRecord{.key = request.key, .value = to_bytes("true"), .time_received = {}};
    honest.providers.push_back({});
    static_cast<void>(honest.closer.push_back(PeerHandle{200}));
    return make_adversary(spec)->answer({.request = request, .key = wire::Key::of(key), .honest = &honest}, host);
  }
  static std::vector<std::uint32_t> named(const Lie& lie) {
    std::vector<std::uint32_t> out;
    for (const PeerHandle peer : lie.answer.closer.view()) {
      out.push_back(static_cast<std::uint32_t>(peer));
    }
    return out;
  }

  MadeUpHost host;
  wire::KadMessage request;
  kad::Answer honest;
};

TEST_F(AdversaryAnswers, AnEclipseNamesTwentyAccomplicesAndHasNothing) {
  for (const KadType type : {KadType::kFindNode, KadType::kGetValue, KadType::kGetProviders}) {
    const auto lie = ask(AdversarySpec::Kind::kEclipse, type);
    ASSERT_TRUE(lie);
    ASSERT_EQ(named(*lie).size(), 20U);
    EXPECT_EQ(named(*lie).front(), 100U);
    EXPECT_EQ(named(*lie).back(), 119U);
    EXPECT_FALSE(lie->answer.record);
    EXPECT_TRUE(lie->answer.providers.empty());
    EXPECT_EQ(lie->answer.type, type);
  }
}

TEST_F(AdversaryAnswers, WhoForgetsRecordsConfirmsThem) {
  for (const auto kind : {AdversarySpec::Kind::kEclipse, AdversarySpec::Kind::kRandomPeers}) {
    const auto lie = ask(kind, KadType::kPutValue);
    ASSERT_TRUE(lie && lie->answer.record);
    EXPECT_EQ(lie->answer.record->value, to_bytes("put"));
  }
}

TEST_F(AdversaryAnswers, RandomPeersAreTwentyOfAnybody) {
  const auto lie = ask(AdversarySpec::Kind::kRandomPeers, KadType::kFindNode);
  ASSERT_TRUE(lie);
  ASSERT_EQ(named(*lie).size(), 20U);
  EXPECT_EQ(named(*lie).front(), 300U);
  EXPECT_EQ(named(*lie).back(), 319U);
}

TEST_F(AdversaryAnswers, AForgersRecordIsTheOldestHalfOfThemSpoilt) {
  std::size_t spoilt = 0;
  for (int i = 0; i < 200; ++i) {
    const auto lie = ask(AdversarySpec::Kind::kForge, KadType::kGetValue);
    ASSERT_TRUE(lie && lie->answer.record);
    EXPECT_EQ(named(*lie), std::vector{200U}) << "it routes as it should";
    const Bytes& value = lie->answer.record->value;
    ASSERT_EQ(value.size(), host.oldest.size());
    spoilt += value == host.oldest ? 0U : 1U;
  }
  EXPECT_GT(spoilt, 60U);
  EXPECT_LT(spoilt, 140U);
}

TEST_F(AdversaryAnswers, AForgerIsHonestWhereThereIsNothingToForge) {
  const auto other = ask(AdversarySpec::Kind::kForge, KadType::kGetValue, as_bytes("/eth/other"));
  ASSERT_TRUE(other && other->answer.record);
  EXPECT_EQ(other->answer.record->value, to_bytes("true"));
  const auto put = ask(AdversarySpec::Kind::kForge, KadType::kPutValue);
  ASSERT_TRUE(put && put->answer.record);
  EXPECT_EQ(put->answer.record->value, to_bytes("true"));
}

TEST_F(AdversaryAnswers, WhoWithholdsLeavesOutRecordsAndProviders) {
  const auto value = ask(AdversarySpec::Kind::kWithhold, KadType::kGetValue);
  ASSERT_TRUE(value);
  EXPECT_FALSE(value->answer.record);
  EXPECT_EQ(named(*value), std::vector{200U});
  const auto providers = ask(AdversarySpec::Kind::kWithhold, KadType::kGetProviders);
  ASSERT_TRUE(providers);
  EXPECT_TRUE(providers->answer.providers.empty());
  const auto put = ask(AdversarySpec::Kind::kWithhold, KadType::kPutValue);
  ASSERT_TRUE(put);
  EXPECT_TRUE(put->answer.record) << "it says that it took it";
}

TEST_F(AdversaryAnswers, TheSlowOneIsHonestAndLate) {
  const auto lie = ask(AdversarySpec::Kind::kSlow, KadType::kGetValue);
  ASSERT_TRUE(lie && lie->answer.record);
  EXPECT_EQ(lie->answer.record->value, to_bytes("true"));
  EXPECT_EQ(lie->delay, AdversarySpec{}.delay);
}

TEST_F(AdversaryAnswers, TheSilentOneSaysNothing) {
  EXPECT_FALSE(ask(AdversarySpec::Kind::kSilent, KadType::kFindNode));
}

TEST_F(AdversaryAnswers, AFloodIsAnEclipseThatSeeksTables) {
  const auto lie = ask(AdversarySpec::Kind::kFlood, KadType::kFindNode);
  ASSERT_TRUE(lie);
  EXPECT_EQ(named(*lie).front(), 100U);
  EXPECT_TRUE(make_flood()->seeks_tables());
  EXPECT_FALSE(make_eclipse()->seeks_tables());
}

}  // namespace
}  // namespace pond::sim
