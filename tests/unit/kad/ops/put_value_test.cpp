#include <algorithm>

#include <gtest/gtest.h>

#include "support/kad_network.hpp"
#include "unit/kad/records/fixture.hpp"

namespace pond::kad {
namespace {

using test::KadNetwork;
using testing::eth_value;
using testing::key_of_signer;
using Member = KadNetwork::Member;

PutValue put(std::int64_t later = 0) {
  return {.key = key_of_signer(), .value = eth_value(later)};
}

std::size_t stored(const OpResult& result) {
  return static_cast<std::size_t>(std::ranges::count(result.reports, PeerOutcome::kStored, &PeerReport::outcome));
}

/// The servers nearest to the key, among all but `except`.
std::vector<wire::PeerId> nearest(KadNetwork& network, BytesView key, std::size_t n, const Member& except) {
  std::vector<wire::PeerId> ids;
  for (std::size_t i = 0; i < network.size(); ++i) {
    if (network[i].number != except.number) {
      ids.push_back(network[i].id);
    }
  }
  std::ranges::sort(ids, {}, [&](const wire::PeerId& id) { return wire::Key::of(id).distance_to(wire::Key::of(key)); });
  ids.resize(std::min(ids.size(), n));
  return ids;
}

TEST(PutValueOperation, StoresAtTheTwentyClosestAndReportsEach) {
  const auto network = KadNetwork::of_servers(25);
  Member& agent = network->add({.mode = Mode::kClient});
  network->connect(agent, (*network)[0]);
  network->run_for(5s);
  const OpResult result = network->run(agent, put());
  EXPECT_FALSE(result.error);
  EXPECT_EQ(stored(result), 20U);
  std::vector<wire::PeerId> where;
  for (const PeerReport& report : result.reports) {
    where.push_back(report.id);
  }
  auto expected = nearest(*network, key_of_signer(), 20, agent);
  std::ranges::sort(where);
  std::ranges::sort(expected);
  EXPECT_EQ(where, expected);
}

TEST(PutValueOperation, HonoursTheReplicationFactor) {
  const auto network = KadNetwork::of_servers(15, {.replication = 4});
  EXPECT_EQ(stored(network->run((*network)[3], put())), 4U);
}

TEST(PutValueOperation, OfAServerIsStoredAtHomeToo) {
  const auto network = KadNetwork::of_servers(1);
  static_cast<void>(network->run((*network)[0], put()));
  const OpResult result = network->run((*network)[0], GetValue{.key = key_of_signer()});
  EXPECT_EQ(result.value, eth_value());
  EXPECT_EQ(result.holders, std::vector{(*network)[0].id});
}

TEST(PutValueOperation, WithAnEmptyTableEndsAtOnceWithNoPeers) {
  KadNetwork network;
  Member& alone = network.add({.mode = Mode::kClient});
  const OpId op = network.start(alone, put());
  ASSERT_TRUE(alone.results.contains(op));
  ASSERT_TRUE(alone.results.at(op).error);
  EXPECT_EQ(alone.results.at(op).error->code, Errc::kNoPeers);
}

TEST(PutValueOperation, OfAnInvalidValueSendsNothing) {
  const auto network = KadNetwork::of_servers(3);
  const std::size_t before = network->messages;
  const OpId op = network->start((*network)[1], PutValue{key_of_signer(), testing::forged_eth_value()});
  ASSERT_TRUE((*network)[1].results.contains(op));
  EXPECT_EQ((*network)[1].results.at(op).error->code, Errc::kInvalidRecord);
  EXPECT_EQ(network->messages, before);
}

TEST(PutValueOperation, InAnUnknownNamespaceSaysSo) {
  const auto network = KadNetwork::of_servers(2);
  const OpResult result = network->run((*network)[0], PutValue{to_bytes("/ipns/x"), to_bytes("v")});
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::kInvalidRecord);
  EXPECT_TRUE(result.error->what.starts_with("unknown-namespace")) << result.error->what;
}

TEST(PutValueOperation, ReportsWhoRefusedAndWhoTookIt) {
  const auto network = KadNetwork::of_servers(6);
  Member& publisher = (*network)[1];
  Member& dissenter = (*network)[4];
  static_cast<void>(network->run(dissenter, put(50)));
  const OpResult result = network->run(publisher, put(10));
  // The others were told of the newer record by the dissenter: all know better.
  EXPECT_EQ(stored(result), 0U);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::kRefused);
  ASSERT_TRUE(result.value);
  EXPECT_EQ(*result.value, eth_value(50));
}

TEST(PutValueOperation, GoesOnPastDeadHoldersAndReportsThem) {
  const auto network = KadNetwork::of_servers(12);
  Member& publisher = (*network)[0];
  (*network)[5].alive = false;
  (*network)[6].closed = true;
  const OpResult result = network->run(publisher, put());
  EXPECT_FALSE(result.error);
  EXPECT_EQ(stored(result), 9U);
}

/// Six servers, the first of which publishes; the last has just answered its lookup, and nothing is stored yet.
struct BetweenLookupAndStore {
  std::unique_ptr<KadNetwork> network = KadNetwork::of_servers(6);
  Member& publisher = (*network)[0];
  Member& holder = (*network)[5];
  Instant began = network->now;
  OpId op{};

  BetweenLookupAndStore() {
    holder.received.clear();
    op = network->start(publisher, put());
    while (holder.received.empty() || holder.received.back().key != key_of_signer()) {
      network->step();
    }
    EXPECT_EQ(holder.received.back().type, wire::KadType::kFindNode);
  }
  /// Runs to the end of the operation. What it says of the holder.
  PeerReport of_holder() {
    while (!publisher.results.contains(op)) {
      network->step();
    }
    const auto& reports = publisher.results.at(op).reports;
    EXPECT_EQ(reports.size(), 5U);
    const auto report = std::ranges::find(reports, holder.id, &PeerReport::id);
    return report == reports.end() ? PeerReport{holder.id, PeerOutcome::kAnswered, {}} : *report;
  }
};

TEST(PutValueOperation, ReportsAHolderThatFallsSilentBetweenLookupAndStore) {
  BetweenLookupAndStore moment;
  moment.holder.mute = true;
  const PeerReport report = moment.of_holder();
  EXPECT_EQ(moment.holder.received.back().type, wire::KadType::kPutValue) << "it was to store";
  EXPECT_EQ(report.outcome, PeerOutcome::kNoAnswerInTime);
  EXPECT_EQ(report.error, (Error{Errc::kTimeout, ""}));
  EXPECT_FALSE(moment.publisher.results.at(moment.op).error);
  EXPECT_EQ(stored(moment.publisher.results.at(moment.op)), 4U);
  EXPECT_LT(moment.network->now - moment.began, 4s) << "the others took it";
}

TEST(PutValueOperation, WaitsForASilentHolderAsLongAsNobodyElseTookIt) {
  BetweenLookupAndStore moment;
  for (std::size_t i = 1; i < 6; ++i) {
    (*moment.network)[i].mute = true;
  }
  while (!moment.publisher.results.contains(moment.op)) {
    moment.network->step();
  }
  EXPECT_EQ(moment.publisher.results.at(moment.op).error, (Error{Errc::kTimeout, ""}));
  EXPECT_GE(moment.network->now - moment.began, 10s);
}

TEST(PutValueOperation, ReportsAHolderThatDiesBetweenLookupAndStore) {
  BetweenLookupAndStore moment;
  moment.holder.closed = true;
  const PeerReport report = moment.of_holder();
  EXPECT_EQ(report.outcome, PeerOutcome::kFailed);
  EXPECT_EQ(report.error, (Error{Errc::kUnreachable, ""}));
  EXPECT_FALSE(moment.publisher.results.at(moment.op).error);
  EXPECT_EQ(stored(moment.publisher.results.at(moment.op)), 4U);
  EXPECT_LT(moment.network->now - moment.began, 1s);
}

TEST(PutValueOperation, TakesAnAnswerWithoutTheRecordForARefusal) {
  const auto network = KadNetwork::of_servers(2);
  (*network)[1].impostor = [](const wire::KadMessage& request, Member&) -> std::optional<Answer> {
    if (request.type != wire::KadType::kPutValue) {
      return std::nullopt;
    }
    return Answer{.type = request.type, .key = request.key, .record = {}, .providers = {}, .closer = {}};
  };
  const OpResult result = network->run((*network)[0], put());
  ASSERT_EQ(result.reports.size(), 1U);
  EXPECT_EQ(result.reports[0].outcome, PeerOutcome::kFailed);
  EXPECT_EQ(result.error->code, Errc::kRefused);
}

TEST(PutValueOperation, DoesNotBelieveAForgedBetterRecord) {
  const auto network = KadNetwork::of_servers(2);
  (*network)[1].impostor = [](const wire::KadMessage& request, Member&) -> std::optional<Answer> {
    if (request.type != wire::KadType::kPutValue) {
      return std::nullopt;
    }
    return Answer{
        .type = request.type,
        .key = request.key,
        .record = wire::KadRecord{.key = request.key, .value = testing::forged_eth_value(99), .time_received = {}},
        .providers = {},
        .closer = {}};
  };
  const OpResult result = network->run((*network)[0], put());
  EXPECT_FALSE(result.value);
  EXPECT_TRUE(result.error);
}

TEST(PutValueOperation, AtItsDeadlineSaysWhoHadNotAnswered) {
  const auto network = KadNetwork::of_servers(5);
  Member& publisher = (*network)[0];
  for (std::size_t i = 1; i < 5; ++i) {
    (*network)[i].impostor = [](const wire::KadMessage& request, Member& self) -> std::optional<Answer> {
      if (request.type == wire::KadType::kPutValue && self.number != 1) {
        self.mute = true;
        return Answer{.type = wire::KadType::kPing, .key = {}, .record = {}, .providers = {}, .closer = {}};
      }
      return std::nullopt;
    };
  }
  const OpResult result = network->run(publisher, put(), 3s);
  EXPECT_FALSE(result.error) << "one holder took it";
  EXPECT_EQ(stored(result), 1U);
  EXPECT_EQ(result.reports.size(), 4U);
}

TEST(PutValueOperation, WithSilentPeersAloneTimesOut) {
  const auto network = KadNetwork::of_servers(3);
  (*network)[1].alive = false;
  (*network)[2].alive = false;
  const OpResult result = network->run((*network)[0], put(), 5s);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::kTimeout);
}

}  // namespace
}  // namespace pond::kad
