#include "pond/kad/records/put_policy.hpp"

#include <gtest/gtest.h>

#include "pond/kad/records/test_record.hpp"

#include "unit/kad/records/fixture.hpp"

namespace pond::kad::testing {
namespace {

using Action = PutDecision::Action;

/// A server's PUT as far as the policy goes: validated against what stands, decided, and stored.
struct Server {
  PutDecision put(const Bytes& key, const Bytes& value, const wire::PeerId& sender, WallTime now = kNow) {
    ValidationContext c{.now = now,
                        .network = kNetwork,
                        .sender = sender,
                        .accept_unsigned = accept_unsigned,
                        .standing = std::nullopt};
    if (standing.authentic) {
      c.standing = standing.authentic->value;
    }
    const Verdict verdict = validators.validate(key, value, c);
    PutDecision decision = decide_put(
        validators, {.key = key, .value = value, .sender = sender, .now = now, .verdict = verdict}, standing);
    answered = to_bytes(decision.answer);
    if (decision.record) {
      if (decision.record->authentic) {
        standing.authentic = decision.record;
      } else {
        std::erase_if(standing.unsigned_records, [&](const store::Record& r) { return r.sender == sender; });
        standing.unsigned_records.insert(standing.unsigned_records.begin(), *decision.record);
      }
    }
    return decision;
  }

  Validators validators = Validators::openpond();
  store::Records standing;
  Bytes answered;
  bool accept_unsigned = false;
};

TEST(PutPolicy, TheFirstRecordIsStoredAndEchoed) {
  Server s;
  const auto decision = s.put(key_of_signer(), eth_value(), other_peer());
  EXPECT_EQ(decision.action, Action::kStore);
  EXPECT_EQ(s.answered, eth_value());
  EXPECT_EQ(s.standing.authentic->sender, other_peer());
  EXPECT_EQ(s.standing.authentic->received, kNow);
  EXPECT_EQ(s.standing.authentic->expires, kNow + 24h);
}

TEST(PutPolicy, ABetterRecordReplaces) {
  Server s;
  (void)s.put(key_of_signer(), eth_value(0), agent_peer());
  EXPECT_EQ(s.put(key_of_signer(), eth_value(1), other_peer()).action, Action::kStore);
  EXPECT_EQ(s.standing.authentic->value, eth_value(1));
}

TEST(PutPolicy, AValidRecordThatLosesLearnsWhatStands) {
  Server s;
  (void)s.put(key_of_signer(), eth_value(1), agent_peer());
  EXPECT_EQ(s.put(key_of_signer(), eth_value(0), agent_peer()).action, Action::kKeep);
  EXPECT_EQ(s.answered, eth_value(1));
  EXPECT_EQ(s.standing.authentic->value, eth_value(1));
}

TEST(PutPolicy, ALoserOfTheSameTimestampLearnsWhatStands) {
  Server s;
  EthDraft better = draft();
  better.agent_name = "agent-2";
  const Bytes standing = *sign_eth_record(better, eth_signer());
  (void)s.put(key_of_signer(), standing, agent_peer());
  EXPECT_EQ(s.put(key_of_signer(), eth_value(), agent_peer()).action, Action::kKeep);
  EXPECT_EQ(s.answered, standing);
}

TEST(PutPolicy, TheSameOctetsRenewTheStayAndChangeNoQuota) {
  Server s;
  (void)s.put(key_of_signer(), eth_value(), agent_peer());
  EXPECT_EQ(s.put(key_of_signer(), eth_value(), other_peer(), kNow + 1h).action, Action::kRenew);
  EXPECT_EQ(s.standing.authentic->sender, agent_peer());
  EXPECT_EQ(s.standing.authentic->received, kNow + 1h);
  EXPECT_EQ(s.standing.authentic->expires, kNow + 24h);
}

TEST(PutPolicy, AForgeryIsRefusedAndHarmsNothing) {
  Server s;
  (void)s.put(key_of_signer(), eth_value(0), agent_peer());
  const auto decision = s.put(key_of_signer(), forged_eth_value(1), other_peer());
  EXPECT_EQ(decision.action, Action::kRefuse);
  EXPECT_TRUE(s.answered.empty());
  EXPECT_EQ(s.standing.authentic->value, eth_value(0));
}

TEST(PutPolicy, AnUnknownNamespaceIsRefused) {
  Server s;
  EXPECT_EQ(s.put(to_bytes("/ipns/x"), to_bytes("v"), other_peer()).action, Action::kRefuse);
}

// Unsigned.

TEST(PutPolicyUnsigned, IsRefusedByDefault) {
  Server s;
  EXPECT_EQ(s.put(key_of_signer(), unsigned_value(), agent_peer()).action, Action::kRefuse);
}

TEST(PutPolicyUnsigned, IsStoredForItsOwnPeerWhenAllowed) {
  Server s{.accept_unsigned = true};
  const auto decision = s.put(key_of_signer(), unsigned_value(), agent_peer());
  EXPECT_EQ(decision.action, Action::kStore);
  EXPECT_FALSE(decision.record->authentic);
  EXPECT_EQ(decision.record->expires, kNow + 1h);
}

TEST(PutPolicyUnsigned, IsRefusedFromAnotherPeer) {
  Server s{.accept_unsigned = true};
  EXPECT_EQ(s.put(key_of_signer(), unsigned_value(), other_peer()).action, Action::kRefuse);
}

TEST(PutPolicyUnsigned, TheNewerOfASenderReplacesAndTheOlderDoesNot) {
  Server s{.accept_unsigned = true};
  (void)s.put(key_of_signer(), unsigned_value(kNow.ms), agent_peer());
  EXPECT_EQ(s.put(key_of_signer(), unsigned_value(kNow.ms + 1), agent_peer()).action, Action::kStore);
  EXPECT_EQ(s.put(key_of_signer(), unsigned_value(kNow.ms), agent_peer()).action, Action::kKeep);
  EXPECT_EQ(s.answered, unsigned_value(kNow.ms + 1));
}

TEST(PutPolicyUnsigned, TheSameOctetsStayAnotherHour) {
  Server s{.accept_unsigned = true};
  (void)s.put(key_of_signer(), unsigned_value(), agent_peer());
  const auto decision = s.put(key_of_signer(), unsigned_value(), agent_peer(), kNow + 30min);
  EXPECT_EQ(decision.action, Action::kRenew);
  EXPECT_EQ(decision.record->expires, kNow + 90min);
}

TEST(PutPolicyUnsigned, LosesAgainstASignedOneHoweverOld) {
  Server s{.accept_unsigned = true};
  (void)s.put(key_of_signer(), eth_value(), agent_peer());
  EXPECT_EQ(s.put(key_of_signer(), unsigned_value(kNow.ms + 1000), agent_peer()).action, Action::kKeep);
  EXPECT_EQ(s.answered, eth_value());
}

TEST(PutPolicyUnsigned, DoesNotKeepASignedOneOut) {
  Server s{.accept_unsigned = true};
  (void)s.put(key_of_signer(), unsigned_value(kNow.ms + 1000), agent_peer());
  EXPECT_EQ(s.put(key_of_signer(), eth_value(), other_peer()).action, Action::kStore);
  EXPECT_TRUE(s.standing.authentic);
}

// Records with an owner.

struct TestPut : ::testing::Test {
  PutDecision put(WallTime dated, const wire::PeerId& sender) {
    return server.put(test_key(agent_peer()), make_test_record(dated), sender);
  }
  bool stands(WallTime dated) const { return server.standing.authentic->value == make_test_record(dated); }
  Server server;
  const wire::PeerId third = *wire::PeerId::parse("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N");
};
using PutPolicyTestRecord = TestPut;

TEST_F(PutPolicyTestRecord, TheOwnersAlwaysReplaces) {
  (void)put(kNow + 5min, other_peer());
  EXPECT_EQ(put(kNow, agent_peer()).action, Action::kStore);
  EXPECT_TRUE(stands(kNow));
  EXPECT_EQ(put(kNow - 1min, agent_peer()).action, Action::kStore);
  EXPECT_TRUE(stands(kNow - 1min));
}

TEST_F(PutPolicyTestRecord, NobodyElseReplacesTheOwnersButIsAcknowledged) {
  (void)put(kNow, agent_peer());
  EXPECT_EQ(put(kNow + 1min, other_peer()).action, Action::kAcknowledge);
  EXPECT_EQ(server.answered, make_test_record(kNow + 1min));
  EXPECT_TRUE(stands(kNow));
}

TEST_F(PutPolicyTestRecord, WithoutAnOwnersAnybodysIsTaken) {
  EXPECT_EQ(put(kNow, other_peer()).action, Action::kStore);
}

TEST_F(PutPolicyTestRecord, AmongStrangersTheNewestWins) {
  (void)put(kNow, other_peer());
  EXPECT_EQ(put(kNow + 1min, third).action, Action::kStore);
  EXPECT_EQ(put(kNow, other_peer()).action, Action::kAcknowledge);
  EXPECT_TRUE(stands(kNow + 1min));
}

TEST_F(PutPolicyTestRecord, AStrangersRepetitionLeavesTheOwnersItsOwn) {
  (void)put(kNow, agent_peer());
  EXPECT_EQ(put(kNow, other_peer()).action, Action::kRenew);
  EXPECT_EQ(server.standing.authentic->sender, agent_peer());
}

TEST_F(PutPolicyTestRecord, TheOwnersRepetitionMakesAStrangersItsOwn) {
  (void)put(kNow, other_peer());
  EXPECT_EQ(put(kNow, agent_peer()).action, Action::kStore);
  EXPECT_EQ(server.standing.authentic->sender, agent_peer());
}

}  // namespace
}  // namespace pond::kad::testing
