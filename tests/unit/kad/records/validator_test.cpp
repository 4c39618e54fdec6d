#include "pond/kad/records/validator.hpp"

#include <set>

#include <gtest/gtest.h>

#include "pond/kad/records/pk_record.hpp"
#include "pond/kad/records/test_record.hpp"

#include "unit/kad/records/fixture.hpp"

namespace pond::kad::testing {
namespace {

using Kind = Verdict::Kind;

/// Takes everything; the longer value is the better.
class TakesAll final : public Validator {
 public:
  Verdict validate(BytesView, BytesView, const ValidationContext& context) override {
    return {.kind = Kind::kAuthentic, .rejection = {}, .expires = context.now + 1h};
  }
  std::weak_ordering select(BytesView, BytesView a, BytesView b) const override { return a.size() <=> b.size(); }
};

RejectReason reason_of(const Verdict& verdict) {
  EXPECT_EQ(verdict.kind, Kind::kInvalid);
  return verdict.rejection ? verdict.rejection->reason : RejectReason::kUnsigned;
}

TEST(Validators, ANamespaceIsWhatStandsBetweenTheFirstTwoSlashes) {
  EXPECT_EQ(namespace_of(as_bytes("/eth/0x")), "eth");
  EXPECT_EQ(namespace_of(as_bytes("/a/b/c")), "a");
  for (const std::string_view key : {"", "/", "//", "eth/0x", "/eth", "/eth/", "//x"}) {
    EXPECT_FALSE(namespace_of(as_bytes(key))) << key;
  }
}

TEST(Validators, AnUnknownNamespaceIsRefused) {
  Validators validators = Validators::openpond();
  EXPECT_EQ(reason_of(validators.validate(as_bytes("/ipns/x"), as_bytes("v"), context())),
            RejectReason::kUnknownNamespace);
  EXPECT_EQ(reason_of(validators.validate(as_bytes("nonsense"), as_bytes("v"), context())),
            RejectReason::kUnknownNamespace);
  EXPECT_EQ(validators.max_value_bytes(as_bytes("/ipns/x")), 0U);
}

TEST(Validators, KnowWhatOpenPondNeeds) {
  Validators validators = Validators::openpond();
  EXPECT_EQ(validators.validate(key_of_signer(), eth_value(), context()).kind, Kind::kAuthentic);
  EXPECT_EQ(validators.validate(test_key(agent_peer()), make_test_record(kNow), context()).kind, Kind::kAuthentic);
  EXPECT_EQ(
      validators.validate(pk_key(agent_peer()), wire::encode_public_key(*agent_peer().public_key()), context()).kind,
      Kind::kAuthentic);
}

TEST(Validators, EachNamespaceHasItsBound) {
  Validators validators = Validators::openpond();
  EXPECT_EQ(validators.max_value_bytes(as_bytes("/eth/x")), 8192U);
  EXPECT_EQ(validators.max_value_bytes(as_bytes("/test/x")), 256U);
  EXPECT_EQ(validators.max_value_bytes(as_bytes("/pk/x")), 4096U);
  EXPECT_EQ(reason_of(validators.validate(test_key(agent_peer()), Bytes(257), context())), RejectReason::kTooLarge);
}

TEST(Validators, ANamespaceCanBeAdded) {
  Validators validators;
  ASSERT_TRUE(validators.add("example", 10, std::make_unique<TakesAll>()));
  EXPECT_EQ(validators.validate(as_bytes("/example/x"), as_bytes("v"), context()).kind, Kind::kAuthentic);
  EXPECT_EQ(reason_of(validators.validate(as_bytes("/example/x"), Bytes(11), context())), RejectReason::kTooLarge);
  EXPECT_EQ(reason_of(validators.validate(key_of_signer(), eth_value(), context())), RejectReason::kUnknownNamespace);
  EXPECT_TRUE(std::is_gt(validators.select(as_bytes("/example/x"), as_bytes("aa"), as_bytes("b"))));
}

TEST(Validators, ABadAdditionIsRefused) {
  Validators validators = Validators::openpond();
  EXPECT_FALSE(validators.add("eth", 10, std::make_unique<TakesAll>()));
  EXPECT_FALSE(validators.add("", 10, std::make_unique<TakesAll>()));
  EXPECT_FALSE(validators.add("a/b", 10, std::make_unique<TakesAll>()));
  EXPECT_FALSE(validators.add("new", 10, nullptr));
}

TEST(Validators, OnlyTestRecordsHaveAnOwner) {
  const Validators validators = Validators::openpond();
  EXPECT_EQ(validators.owner_of(test_key(agent_peer())), agent_peer());
  EXPECT_FALSE(validators.owner_of(key_of_signer()));
  EXPECT_FALSE(validators.owner_of(as_bytes("/test/nobody")));
}

TEST(Validators, EveryReasonHasItsOwnName) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kRejectReasons; ++i) {
    names.insert(name_of(static_cast<RejectReason>(i)));
  }
  EXPECT_EQ(names.size(), kRejectReasons);
  EXPECT_FALSE(names.contains("unknown"));
}

// Verdicts.

TEST(EthValidator, AnAuthenticRecordStaysUntilItExpires) {
  EthValidator validator;
  const Verdict verdict = validator.validate(key_of_signer(), eth_value(), context());
  EXPECT_EQ(verdict.kind, Kind::kAuthentic);
  EXPECT_EQ(verdict.expires, kNow + 24h);
  EXPECT_EQ(verdict.timestamp, kNow.ms);
}

TEST(EthValidator, AnUnsignedRecordStaysAnHourFromReceipt) {
  EthValidator validator;
  ValidationContext c = context(kNow + 5h);
  c.accept_unsigned = true;
  const Verdict verdict = validator.validate(key_of_signer(), unsigned_value(), c);
  EXPECT_EQ(verdict.kind, Kind::kUnsigned);
  EXPECT_EQ(verdict.expires, kNow + 6h);
}

TEST(EthValidator, TheSecondLookCostsNoRecovery) {
  EthValidator validator;
  (void)validator.validate(key_of_signer(), eth_value(), context());
  EXPECT_EQ(validator.validate(key_of_signer(), eth_value(), context()).kind, Kind::kAuthentic);
  EXPECT_EQ(validator.counters().recoveries, 1U);
  EXPECT_EQ(validator.counters().remembered, 1U);
}

TEST(EthValidator, TheSecondLookAtAForgeryCostsNoRecovery) {
  EthValidator validator;
  EXPECT_EQ(reason_of(validator.validate(key_of_signer(), forged_eth_value(), context())), RejectReason::kBadSignature);
  EXPECT_EQ(reason_of(validator.validate(key_of_signer(), forged_eth_value(), context())), RejectReason::kBadSignature);
  EXPECT_EQ(validator.counters().recoveries, 1U);
}

TEST(EthValidator, ARememberedRecordExpiresAllTheSame) {
  EthValidator validator;
  (void)validator.validate(key_of_signer(), eth_value(), context());
  EXPECT_EQ(reason_of(validator.validate(key_of_signer(), eth_value(), context(kNow + 24h))), RejectReason::kExpired);
  EXPECT_EQ(reason_of(validator.validate(key_of_signer(), eth_value(), context(kNow - 11min))),
            RejectReason::kFromTheFuture);
}

TEST(EthValidator, ARememberedRecordIsNotTakenForAnotherNetworkOrKey) {
  EthValidator validator;
  (void)validator.validate(key_of_signer(), eth_value(), context());
  ValidationContext c = context();
  c.network = "base";
  EXPECT_EQ(reason_of(validator.validate(key_of_signer(), eth_value(), c)), RejectReason::kWrongNetwork);
  EXPECT_EQ(reason_of(validator.validate(eth_key(other_eth_signer().address()), eth_value(), context())),
            RejectReason::kWrongKey);
}

TEST(EthValidator, OneOlderThanWhatStandsIsStaleWithoutRecovery) {
  EthValidator validator;
  const Bytes standing = eth_value(1);
  ValidationContext c = context();
  c.standing = standing;
  EXPECT_EQ(validator.validate(key_of_signer(), eth_value(0), c).kind, Kind::kStale);
  EXPECT_EQ(validator.validate(key_of_signer(), forged_eth_value(0), c).kind, Kind::kStale);
  EXPECT_EQ(validator.counters().recoveries, 0U);
}

TEST(EthValidator, AForgeryAsOldAsWhatStandsIsInvalid) {
  EthValidator validator;
  const Bytes standing = eth_value();
  ValidationContext c = context();
  c.standing = standing;
  EXPECT_EQ(reason_of(validator.validate(key_of_signer(), forged_eth_value(), c)), RejectReason::kBadSignature);
}

TEST(EthValidator, TheSameOctetsAsWhatStandsNeedNoRecovery) {
  EthValidator validator;
  const Bytes standing = eth_value();
  ValidationContext c = context();
  c.standing = standing;
  EXPECT_EQ(validator.validate(key_of_signer(), eth_value(), c).kind, Kind::kAuthentic);
  EXPECT_EQ(validator.counters().recoveries, 0U);
}

TEST(EthValidator, AStaleRecordForAnotherNetworkIsStillInvalid) {
  EthValidator validator;
  const Bytes standing = eth_value(1);
  ValidationContext c = context();
  c.standing = standing;
  c.network = "base";
  EXPECT_EQ(reason_of(validator.validate(key_of_signer(), eth_value(0), c)), RejectReason::kWrongNetwork);
}

// Selection.

TEST(EthSelector, TheHigherTimestampWins) {
  const EthValidator validator;
  EXPECT_TRUE(std::is_gt(validator.select(key_of_signer(), eth_value(1), eth_value(0))));
  EXPECT_TRUE(std::is_lt(validator.select(key_of_signer(), eth_value(0), eth_value(1))));
}

TEST(EthSelector, ThenTheHigherExpiry) {
  const EthValidator validator;
  EthDraft d = draft();
  d.expires += 1;
  d.agent_name = "aaa";
  EXPECT_TRUE(std::is_gt(validator.select(key_of_signer(), *sign_eth_record(d, eth_signer()), eth_value())));
}

TEST(EthSelector, ThenTheGreaterOctets) {
  const EthValidator validator;
  EthDraft d = draft();
  d.agent_name = "agent-2";
  EXPECT_TRUE(std::is_gt(validator.select(key_of_signer(), *sign_eth_record(d, eth_signer()), eth_value())));
  EXPECT_TRUE(std::is_eq(validator.select(key_of_signer(), eth_value(), eth_value())));
}

TEST(EthSelector, ASignedOneWinsAgainstANewerUnsignedOne) {
  const EthValidator validator;
  EXPECT_TRUE(std::is_gt(validator.select(key_of_signer(), eth_value(), unsigned_value(kNow.ms + 1000))));
}

TEST(TestSelector, TheNewestWins) {
  const TestValidator validator;
  const Bytes key = test_key(agent_peer());
  EXPECT_TRUE(std::is_gt(validator.select(key, make_test_record(kNow + 1ms), make_test_record(kNow))));
  EXPECT_TRUE(std::is_eq(validator.select(key, make_test_record(kNow), make_test_record(kNow))));
}

TEST(TestValidator, ARecordIsKept10MinutesFromReceipt) {
  TestValidator validator;
  const Verdict verdict = validator.validate(test_key(agent_peer()), make_test_record(kNow), context(kNow + 3min));
  EXPECT_EQ(verdict.kind, Kind::kAuthentic);
  EXPECT_EQ(verdict.expires, kNow + 13min);
}

/// Counts how often it is asked.
class Counts final : public Validator {
 public:
  explicit Counts(int& asked) : asked_(asked) {}
  Verdict validate(BytesView, BytesView, const ValidationContext& context) override {
    ++asked_;
    return {.kind = Kind::kAuthentic, .rejection = {}, .expires = context.now + 1h};
  }
  std::weak_ordering select(BytesView, BytesView, BytesView) const override { return std::weak_ordering::equivalent; }

 private:
  int& asked_;
};

TEST(Validators, CopiesShareWhatTheyRemember) {
  int asked = 0;
  Validators one;
  ASSERT_TRUE(one.add("n", 10, std::make_unique<Counts>(asked)));
  Validators copy = one;
  EXPECT_EQ(copy.validate(as_bytes("/n/k"), as_bytes("v"), context()).kind, Kind::kAuthentic);
  EXPECT_EQ(one.validate(as_bytes("/n/k"), as_bytes("v"), context()).kind, Kind::kAuthentic);
  EXPECT_EQ(asked, 2) << "it is the same validator";
}

TEST(Validators, CopiesAreTheSameSet) {
  Validators one;
  const Validators copy = one;
  ASSERT_TRUE(one.add("n", 10, std::make_unique<TakesAll>()));
  EXPECT_TRUE(copy.knows(as_bytes("/n/k")));
}

TEST(Validators, SetsThatWereMadeApartShareNothing) {
  Validators one;
  const Validators other;
  ASSERT_TRUE(one.add("n", 10, std::make_unique<TakesAll>()));
  EXPECT_FALSE(other.knows(as_bytes("/n/k")));
}

}  // namespace
}  // namespace pond::kad::testing
