#include "pond/kad/records/test_record.hpp"

#include <gtest/gtest.h>

#include "unit/kad/records/fixture.hpp"

namespace pond::kad::testing {
namespace {

RejectReason reason_of(BytesView key, std::string_view value, WallTime now = kNow) {
  const auto judged = verify_test_record(key, as_bytes(value), now);
  EXPECT_FALSE(judged) << value;
  return judged ? RejectReason::kUnknownNamespace : judged.error().reason;
}

TEST(TestRecord, WhatIsMadeVerifies) {
  const auto timestamp = verify_test_record(test_key(agent_peer()), make_test_record(kNow), kNow);
  ASSERT_TRUE(timestamp);
  EXPECT_EQ(*timestamp, kNow.ms);
}

TEST(TestRecord, IsWhatJsonStringifyMakes) {
  EXPECT_EQ(as_text(make_test_record(kNow)), R"({"timestamp":1763800000000})");
}

TEST(TestRecord, TheKeyNamesItsOwner) {
  EXPECT_EQ(test_owner_of(test_key(agent_peer())), agent_peer());
  EXPECT_EQ(test_owner_of(test_key(other_peer())), other_peer());
}

TEST(TestRecord, OtherKeysAreRefused) {
  const std::string good = "/test/" + agent_peer().to_base58();
  for (const std::string& key : {std::string{"/test/"}, good + "x", good + "/", "/Test/" + agent_peer().to_base58(),
                                 "/test/" + agent_peer().to_cid(), std::string{"/test/abc"}}) {
    EXPECT_EQ(reason_of(as_bytes(key), as_text(make_test_record(kNow))), RejectReason::kBadKey) << key;
  }
}

TEST(TestRecord, OtherMembersAreIgnored) {
  EXPECT_TRUE(verify_test_record(test_key(agent_peer()), as_bytes(R"({"a":[1],"timestamp":1763800000000})"), kNow));
}

TEST(TestRecord, TheClockMayDifferBy10MinutesEitherWay) {
  const Bytes key = test_key(agent_peer());
  const Bytes value = make_test_record(kNow);
  EXPECT_TRUE(verify_test_record(key, value, kNow - 10min));
  EXPECT_TRUE(verify_test_record(key, value, kNow + 10min));
  EXPECT_EQ(reason_of(key, as_text(value), kNow - 10min - 1ms), RejectReason::kFromTheFuture);
  EXPECT_EQ(reason_of(key, as_text(value), kNow + 10min + 1ms), RejectReason::kExpired);
}

TEST(TestRecord, OtherShapesAreRefused) {
  const Bytes key = test_key(agent_peer());
  EXPECT_EQ(reason_of(key, ""), RejectReason::kMalformed);
  EXPECT_EQ(reason_of(key, "hello"), RejectReason::kMalformed);
  EXPECT_EQ(reason_of(key, "1763800000000"), RejectReason::kMalformed);
  EXPECT_EQ(reason_of(key, "{}"), RejectReason::kBadMember);
  EXPECT_EQ(reason_of(key, R"({"timestamp":"1763800000000"})"), RejectReason::kBadMember);
  EXPECT_EQ(reason_of(key, R"({"timestamp":1763800000000.0})"), RejectReason::kBadMember);
  EXPECT_EQ(reason_of(key, R"({"timestamp":1763800000000,"timestamp":1763800000000})"), RejectReason::kMalformed);
}

TEST(TestRecord, IsAtMost256OctetsLong) {
  const auto padded = [](std::size_t length) {
    const std::string head = R"({"timestamp":1763800000000,"x":")";
    return head + std::string(length - head.size() - 2, 'x') + "\"}";
  };
  EXPECT_TRUE(verify_test_record(test_key(agent_peer()), as_bytes(padded(256)), kNow));
  EXPECT_EQ(reason_of(test_key(agent_peer()), padded(257)), RejectReason::kTooLarge);
}

}  // namespace
}  // namespace pond::kad::testing
