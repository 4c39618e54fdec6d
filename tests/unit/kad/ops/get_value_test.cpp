#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "support/kad_network.hpp"
#include "unit/kad/records/fixture.hpp"

namespace pond::kad {
namespace {

using test::KadNetwork;
using testing::eth_value;
using testing::key_of_signer;
using Member = KadNetwork::Member;

GetValue get(std::size_t quorum = 0) {
  return {.key = key_of_signer(), .quorum = quorum};
}

/// Puts a record into one member's own store, as if somebody had sent it there alone.
void plant(KadNetwork& network, Member& at, const Bytes& value, bool authentic = true) {
  at.store.submit(std::uint64_t{1} << 60,
                  store::PutRecord{.key = key_of_signer(),
                                   .record = {.value = value,
                                              .sender = test::numbered_peer(999),
                                              .received = KadNetwork::kStart,
                                              .expires = KadNetwork::kStart + 24h,
                                              .authentic = authentic}},
                  KadNetwork::kStart);
  static_cast<void>(at.store.poll());  // the completion is not for kad
  network.drain(at);
}

std::optional<Bytes> held(KadNetwork& network, Member& at) {
  const OpResult result = network.run(at, GetValue{.key = key_of_signer(), .quorum = 0});
  return std::ranges::count(result.holders, at.id) != 0 ? result.value : std::nullopt;
}

TEST(GetValueOperation, FindsWhatAnotherStored) {
  const auto network = KadNetwork::of_servers(22);
  static_cast<void>(network->run((*network)[3], PutValue{key_of_signer(), eth_value()}));
  const OpResult result = network->run((*network)[17], get());
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.value, eth_value());
  EXPECT_TRUE(result.verified);
  EXPECT_GE(result.holders.size(), 15U);
}

TEST(GetValueOperation, OfAClientFindsItToo) {
  const auto network = KadNetwork::of_servers(10);
  static_cast<void>(network->run((*network)[3], PutValue{key_of_signer(), eth_value()}));
  Member& agent = network->add({.mode = Mode::kClient});
  network->connect(agent, (*network)[0]);
  network->run_for(1s);
  EXPECT_EQ(network->run(agent, get()).value, eth_value());
}

TEST(GetValueOperation, SelectsTheNewestOfSeveral) {
  const auto network = KadNetwork::of_servers(8);
  for (std::size_t i = 1; i < 6; ++i) {
    plant(*network, (*network)[i], eth_value(static_cast<std::int64_t>(i == 3 ? 100 : i)));
  }
  const OpResult result = network->run((*network)[0], get());
  EXPECT_EQ(result.value, eth_value(100));
  EXPECT_EQ(result.holders, std::vector{(*network)[3].id});
}

TEST(GetValueOperation, CorrectsStaleAndEmptyHolders) {
  const auto network = KadNetwork::of_servers(6);
  plant(*network, (*network)[1], eth_value(100));
  plant(*network, (*network)[2], eth_value(1));
  static_cast<void>(network->run((*network)[0], get()));
  network->run_for(1s);
  EXPECT_EQ((*network)[0].kad.counters().corrections_sent, 4U);
  for (std::size_t i = 1; i < 6; ++i) {
    EXPECT_EQ(held(*network, (*network)[i]), eth_value(100)) << i;
  }
}

TEST(GetValueOperation, DoesNotCorrectThoseWhoHaveTheBest) {
  const auto network = KadNetwork::of_servers(4);
  for (std::size_t i = 1; i < 4; ++i) {
    plant(*network, (*network)[i], eth_value());
  }
  static_cast<void>(network->run((*network)[0], get()));
  EXPECT_EQ((*network)[0].kad.counters().corrections_sent, 0U);
}

TEST(GetValueOperation, NeverHandsAnUnsignedRecordOn) {
  const auto network = KadNetwork::of_servers(4, {.accept_unsigned = true});
  plant(*network, (*network)[1], testing::unsigned_value(), false);
  const OpResult result = network->run((*network)[0], get());
  EXPECT_EQ(result.value, testing::unsigned_value());
  EXPECT_FALSE(result.verified);
  EXPECT_EQ((*network)[0].kad.counters().corrections_sent, 0U);
}

TEST(GetValueOperation, PrefersASignedRecordToANewerUnsignedOne) {
  const auto network = KadNetwork::of_servers(4, {.accept_unsigned = true});
  plant(*network, (*network)[1], testing::unsigned_value(testing::kNow.ms + 5000), false);
  plant(*network, (*network)[2], eth_value());
  const OpResult result = network->run((*network)[0], get());
  EXPECT_EQ(result.value, eth_value());
  EXPECT_TRUE(result.verified);
}

TEST(GetValueOperation, CountsWhatItCannotVerify) {
  const auto network = KadNetwork::of_servers(5);
  plant(*network, (*network)[1], testing::forged_eth_value());
  plant(*network, (*network)[2], testing::unsigned_value());
  const OpResult result = network->run((*network)[0], get());
  EXPECT_EQ(result.unverifiable_answers, 2U);
  EXPECT_FALSE(result.value);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::kNotFound);
}

TEST(GetValueOperation, CorrectsAHolderOfAForgery) {
  const auto network = KadNetwork::of_servers(3);
  plant(*network, (*network)[1], testing::forged_eth_value(1000));
  plant(*network, (*network)[2], eth_value());
  const OpResult result = network->run((*network)[0], get());
  EXPECT_EQ(result.value, eth_value());
  EXPECT_EQ(result.unverifiable_answers, 1U);
  EXPECT_EQ((*network)[0].kad.counters().corrections_sent, 1U);
}

TEST(GetValueOperation, IgnoresARecordOfAnotherKey) {
  const auto network = KadNetwork::of_servers(2);
  (*network)[1].impostor = [](const wire::KadMessage& request, Member&) -> std::optional<Answer> {
    if (request.type != wire::KadType::kGetValue) {
      return std::nullopt;
    }
    return Answer{.type = request.type,
                  .key = request.key,
                  .record = wire::KadRecord{.key = to_bytes("/eth/other"), .value = eth_value(), .time_received = {}},
                  .providers = {},
                  .closer = {}};
  };
  EXPECT_EQ(network->run((*network)[0], get()).error->code, Errc::kNotFound);
}

TEST(GetValueOperation, WithAQuorumEndsAsSoonAsSoManyAgree) {
  const auto network = KadNetwork::of_servers(25);
  static_cast<void>(network->run((*network)[3], PutValue{key_of_signer(), eth_value()}));
  Member& reader = network->add({.mode = Mode::kClient, .parallelism = 1});
  network->connect(reader, (*network)[0]);
  network->run_for(1s);
  const OpResult quick = network->run(reader, get(2));
  const OpResult whole = network->run(reader, get());
  EXPECT_EQ(quick.holders.size(), 2U);
  EXPECT_LT(quick.messages, whole.messages);
}

TEST(GetValueOperation, WhenPeersAnswerWithoutAValueSaysNotFound) {
  const auto network = KadNetwork::of_servers(4);
  const OpResult result = network->run((*network)[0], get());
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::kNotFound);
  EXPECT_EQ(result.reports.size(), 3U);
}

TEST(GetValueOperation, WithAnEmptyTableEndsAtOnceWithNoPeers) {
  KadNetwork network;
  Member& alone = network.add();
  const OpId op = network.start(alone, get());
  ASSERT_TRUE(alone.results.contains(op));
  EXPECT_EQ(alone.results.at(op).error->code, Errc::kNoPeers);
}

TEST(GetValueOperation, ServesFromItsOwnStoreWhenNobodyElseIsThere) {
  KadNetwork network;
  Member& alone = network.add();
  plant(network, alone, eth_value());
  const OpResult result = network.run(alone, get());
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.value, eth_value());
}

TEST(GetValueOperation, CanBeToldToLeaveItsOwnStoreOut) {
  KadNetwork network;
  Member& alone = network.add();
  plant(network, alone, eth_value());
  EXPECT_FALSE(network.run(alone, GetValue{.key = key_of_signer(), .use_local_store = false}).value);
}

TEST(GetValueOperation, GivesWhatItHasAtItsDeadline) {
  const auto network = KadNetwork::of_servers(8);
  plant(*network, (*network)[1], eth_value());
  for (std::size_t i = 2; i < 8; ++i) {
    (*network)[i].alive = false;
  }
  const OpResult result = network->run((*network)[0], get(), 500ms);
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.value, eth_value());
  EXPECT_EQ(std::ranges::count(result.reports, PeerOutcome::kNoAnswerInTime, &PeerReport::outcome), 6);
}

TEST(GetValueOperation, WithNothingAtItsDeadlineTimesOut) {
  const auto network = KadNetwork::of_servers(4);
  for (std::size_t i = 1; i < 4; ++i) {
    (*network)[i].alive = false;
  }
  const Instant before = network->now;
  const OpResult result = network->run((*network)[0], get(), 2s);
  EXPECT_EQ(result.error->code, Errc::kTimeout);
  EXPECT_EQ(network->now - before, 2s);
}

/// A reader who asks 70 servers, of whom the n-th to answer has the signed record with the age in seconds that `age`
/// says.
struct Flood {
  std::unique_ptr<KadNetwork> network = std::make_unique<KadNetwork>();
  Member& reader = network->add({.mode = Mode::kClient, .bucket_capacity = 200, .replication = 100});
  std::size_t answered = 0;

  explicit Flood(const std::function<std::int64_t(std::size_t)>& age) {
    for (std::size_t i = 0; i < 70; ++i) {
      Member& holder = network->add();
      network->connect(reader, holder);
      holder.impostor = [this, age](const wire::KadMessage& request, Member&) -> std::optional<Answer> {
        if (request.type != wire::KadType::kGetValue) {
          return std::nullopt;
        }
        return Answer{
            .type = request.type,
            .key = request.key,
            .record =
                wire::KadRecord{.key = request.key, .value = eth_value(-1000 * age(answered++)), .time_received = {}},
            .providers = {},
            .closer = {}};
      };
    }
    network->run_for(3s);
  }
};

TEST(GetValueOperation, RemembersSixtyFourDistinctValuesAndNoWorseOnesBeyond) {
  // The best comes first, 63 others follow; the 65th value comes six times, and is judged each time.
  Flood flood{[](std::size_t n) { return static_cast<std::int64_t>(std::min<std::size_t>(n, 64)); }};
  const OpResult result = flood.network->run(flood.reader, get());
  ASSERT_EQ(flood.answered, 70U);
  EXPECT_EQ(result.value, eth_value());
  EXPECT_EQ(flood.reader.kad.counters().records_judged, 70U);
  EXPECT_EQ(flood.reader.kad.counters().corrections_sent, 69U)
      << "who has a value that is not remembered has a worse one";
}

TEST(GetValueOperation, TakesABetterValueHoweverManyItRemembers) {
  Flood flood{[](std::size_t n) { return n == 69 ? 0 : static_cast<std::int64_t>(n + 1); }};
  const OpResult result = flood.network->run(flood.reader, get());
  ASSERT_EQ(flood.answered, 70U);
  EXPECT_EQ(result.value, eth_value());
  EXPECT_EQ(result.holders.size(), 1U);
}

/// A server with 25 others in its table, who from now on take requests and never answer.
std::unique_ptr<KadNetwork> among_the_silent() {
  auto network = KadNetwork::of_servers(26);
  for (std::size_t i = 1; i < 26; ++i) {
    (*network)[i].mute = true;
  }
  return network;
}

Duration time_of(KadNetwork& network, const Operation& operation, OpResult& result) {
  const Instant before = network.now;
  result = network.run(network[0], operation);
  return network.now - before;
}

TEST(GetValueOperation, HandsOutAVerifiedValueWhenOnlySilentPeersAreLeft) {
  const auto network = among_the_silent();
  plant(*network, (*network)[0], eth_value());
  OpResult result;
  EXPECT_LE(time_of(*network, get(), result), 3s);
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.value, eth_value());
  EXPECT_EQ(std::ranges::count(result.reports, PeerOutcome::kNoAnswerInTime, &PeerReport::outcome), 25);
}

TEST(GetValueOperation, HandsOutAVerifiedValueOfAPeerWhenOnlySilentPeersAreLeft) {
  const auto network = among_the_silent();
  (*network)[7].mute = false;
  plant(*network, (*network)[7], eth_value());
  OpResult result;
  EXPECT_LE(time_of(*network, get(), result), 3s);
  EXPECT_EQ(result.value, eth_value());
}

TEST(GetValueOperation, WaitsForSilentPeersWhenItsValueIsNotSigned) {
  const auto network = KadNetwork::of_servers(4, {.accept_unsigned = true});
  plant(*network, (*network)[1], testing::unsigned_value(), false);
  (*network)[2].mute = true;
  OpResult result;
  EXPECT_GE(time_of(*network, get(), result), 3s);
  EXPECT_EQ(result.value, testing::unsigned_value());
}

TEST(GetValueOperation, AmongTheSilentWithoutAValueEndsInSeconds) {
  const auto network = among_the_silent();
  OpResult result;
  EXPECT_LE(time_of(*network, get(), result), 5s);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::kTimeout);
}

TEST(GetValueOperation, OneAnswerAmongTheSilentIsNotFoundInSeconds) {
  const auto network = among_the_silent();
  (*network)[7].mute = false;
  OpResult result;
  EXPECT_LE(time_of(*network, get(), result), 7s);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::kNotFound);
}

TEST(GetValueOperation, FindsAHolderBehindTwiceAsManySilentPeersAsAnAnswerHas) {
  const auto network = KadNetwork::of_servers(30, {.replication = 5});
  Member& reader = (*network)[0];
  std::size_t nth = 0;
  for (const PeerHandle peer : reader.kad.closest_in_table(wire::Key::of(key_of_signer()), 29)) {
    for (std::size_t i = 1; i < 30; ++i) {
      Member& member = (*network)[i];
      if (member.id == reader.book.id(peer)) {
        member.mute = nth < 10;
        if (nth == 10) {
          plant(*network, member, eth_value());
        }
      }
    }
    ++nth;
  }
  EXPECT_EQ(network->run(reader, get()).value, eth_value());
}

TEST(GetValueOperation, SurvivesLoss) {
  const auto network = KadNetwork::of_servers(22);
  static_cast<void>(network->run((*network)[3], PutValue{key_of_signer(), eth_value()}));
  network->loss = 0.2;
  EXPECT_EQ(network->run((*network)[20], get()).value, eth_value());
}

TEST(GetValueOperation, WithoutAKeyIsRefused) {
  const auto network = KadNetwork::of_servers(2);
  EXPECT_EQ(network->run((*network)[0], GetValue{}).error->code, Errc::kInvalidArgument);
}

}  // namespace
}  // namespace pond::kad
