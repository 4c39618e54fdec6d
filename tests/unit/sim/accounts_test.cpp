#include <set>

#include <gtest/gtest.h>

#include "pond/kad/records/eth_record.hpp"

#include "support/numbered_peers.hpp"
#include "workload/workload.hpp"

namespace pond::sim {
namespace {

using test::address;
using test::numbered_peer;

constexpr WallTime kNow{1'763'800'000'000};

Bytes sign(Account& account, WallTime now = kNow) {
  return Workload::sign(account,
                        {.id = numbered_peer(1), .addresses = {address("/ip4/32.0.0.1/tcp/4001")}, .wall = now});
}

TEST(Accounts, ARecordVerifiesUnderItsKey) {
  Workload workload{1};
  Account& account = workload.account_of(7);
  const Bytes value = sign(account);
  const auto record = kad::verify_eth_record(account.record_key, value, "sim", kNow);
  ASSERT_TRUE(record) << record.error().what;
  EXPECT_EQ(record->agent.peer_id, numbered_peer(1));
  EXPECT_EQ(record->agent.multiaddrs, std::vector{address("/ip4/32.0.0.1/tcp/4001")});
}

TEST(Accounts, ARecordDoesNotVerifyUnderTheKeyOfAnother) {
  Workload workload{1};
  const Bytes value = sign(workload.account_of(7));
  EXPECT_FALSE(kad::verify_eth_record(workload.account_of(8).record_key, value, "sim", kNow));
}

TEST(Accounts, ARecordIsNewerThanTheOneBeforeEvenAtTheSameMoment) {
  Workload workload{1};
  Account& account = workload.account_of(7);
  Bytes before = sign(account);
  for (const WallTime now : {kNow, kNow, kNow - 5min, kNow + 1s}) {
    const Bytes value = sign(account, now);
    EXPECT_GT(kad::eth_rank_of(value), kad::eth_rank_of(before));
    EXPECT_EQ(account.last_value, value);
    EXPECT_EQ(account.last_timestamp, kad::eth_rank_of(value).timestamp);
    before = value;
  }
}

TEST(Accounts, TheFirstRecordIsKeptForForgers) {
  Workload workload{1};
  Account& account = workload.account_of(7);
  const Bytes first = sign(account);
  static_cast<void>(sign(account));
  EXPECT_EQ(account.first_value, first);
}

TEST(Accounts, OneOfANodeIsMadeOnce) {
  Workload workload{1};
  EXPECT_EQ(&workload.account_of(7), &workload.account_of(7));
  EXPECT_EQ(&workload.account_of("victim"), &workload.account_of("victim"));
}

TEST(Accounts, NodesAndNamesHaveDifferentOnes) {
  Workload workload{1};
  const std::set<Bytes> keys{workload.account_of(7).record_key, workload.account_of(8).record_key,
                             workload.account_of("7").record_key, workload.account_of("victim").record_key};
  EXPECT_EQ(keys.size(), 4U);
}

TEST(Accounts, AreFoundByTheirRecordsKey) {
  Workload workload{1};
  Account& account = workload.account_of("victim");
  EXPECT_EQ(workload.account_with(account.record_key), &account);
  EXPECT_EQ(workload.account_with({}), nullptr);
}

TEST(Accounts, TheSameSeedGivesTheSameKeys) {
  Workload one{1};
  Workload same{1};
  Workload another{2};
  EXPECT_EQ(one.account_of(7).record_key, same.account_of(7).record_key);
  EXPECT_EQ(one.account_of("victim").record_key, same.account_of("victim").record_key);
  EXPECT_NE(one.account_of(7).record_key, another.account_of(7).record_key);
}

}  // namespace
}  // namespace pond::sim
