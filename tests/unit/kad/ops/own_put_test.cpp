#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "pond/kad/records/test_record.hpp"

#include "support/kad_server.hpp"
#include "unit/kad/records/fixture.hpp"

namespace pond::kad {
namespace {

using test::kad_request;
using test::KadServer;
using test::put_request;
using testing::eth_value;
using testing::key_of_signer;

/// A server that puts a value itself, while others do.
struct OwnPut : ::testing::Test {
  KadServer server;
  std::uint64_t next_op = 1;

  void begin(Bytes key, Bytes value) {
    server.kad.handle(StartOperation{.op = OpId{next_op++},
                                     .operation = PutValue{.key = std::move(key), .value = std::move(value)},
                                     .deadline = server.now + 30s},
                      server.now);
  }
  std::optional<Bytes> held(BytesView key) {
    const auto reply = server.ask(server.peer(99), kad_request(wire::KadType::kGetValue, key));
    return reply.answer && reply.answer->record ? std::optional{reply.answer->record->value} : std::nullopt;
  }
  OpResult result() {
    std::optional<OpResult> found;
    while (std::optional<Output> output = server.kad.poll(server.now)) {
      if (auto* done = std::get_if<OperationDone>(&*output)) {
        EXPECT_FALSE(found) << "an operation ends once";
        found = std::move(done->result);
      }
    }
    EXPECT_TRUE(found);
    return found.value_or(OpResult{});
  }
};

TEST_F(OwnPut, OfAnOlderRecordDoesNotReplaceANewerOneThatCameAtTheSameTime) {
  static_cast<void>(server.post(server.peer(1), put_request(key_of_signer(), eth_value(1000))));
  begin(key_of_signer(), eth_value());
  server.drain();
  EXPECT_EQ(held(key_of_signer()), eth_value(1000));
}

TEST_F(OwnPut, OfANewerRecordStandsBesideAnOlderOneThatCameAtTheSameTime) {
  begin(key_of_signer(), eth_value(1000));
  const RequestToken older = server.post(server.peer(1), put_request(key_of_signer(), eth_value()));
  server.drain();
  EXPECT_EQ(held(key_of_signer()), eth_value(1000));
  EXPECT_EQ(server.take(older).answer->record->value, eth_value(1000)) << "its writer learns of the better one";
}

TEST_F(OwnPut, TellsOfTheBetterRecordThatStood) {
  static_cast<void>(server.ask(server.peer(1), put_request(key_of_signer(), eth_value(1000))));
  begin(key_of_signer(), eth_value());
  EXPECT_EQ(result().value, eth_value(1000));
}

TEST_F(OwnPut, TellsOfNoBetterRecordWhenItsOwnStands) {
  static_cast<void>(server.ask(server.peer(1), put_request(key_of_signer(), eth_value())));
  begin(key_of_signer(), eth_value(1000));
  EXPECT_EQ(result().value, std::nullopt);
  EXPECT_EQ(held(key_of_signer()), eth_value(1000));
}

TEST_F(OwnPut, OfAnotherNodesTestRecordDoesNotReplaceWhatThatNodeStored) {
  const wire::PeerId owner = server.book.id(server.peer(1));
  const Bytes key = test_key(owner);
  const Bytes owners = make_test_record(KadServer::kStart);
  static_cast<void>(server.ask(server.peer(1), put_request(key, owners)));
  begin(key, make_test_record(KadServer::kStart + 1s));
  server.drain();
  EXPECT_EQ(held(key), owners);
}

TEST_F(OwnPut, OfAnUnsignedRecordIsNotHeldByAServerThatTakesNone) {
  begin(key_of_signer(), testing::unsigned_value());
  server.drain();
  EXPECT_EQ(held(key_of_signer()), std::nullopt);
}

TEST_F(OwnPut, IsCarriedOutThoughRequestsFillTheirLimit) {
  KadServer small{{.max_pending_requests = 1}};
  static_cast<void>(small.post(small.peer(1), put_request(key_of_signer(), eth_value())));
  small.kad.handle(StartOperation{.op = OpId{1},
                                  .operation = PutValue{.key = key_of_signer(), .value = eth_value(1000)},
                                  .deadline = small.now + 30s},
                   small.now);
  small.drain();
  EXPECT_EQ(small.ask(small.peer(2), kad_request(wire::KadType::kGetValue, key_of_signer())).answer->record->value,
            eth_value(1000));
}

/// What the owner is told of records that the store took.
struct TakenRecord : OwnPut {
  std::vector<RecordTaken> taken() {
    std::vector<RecordTaken> found;
    while (std::optional<Output> output = server.kad.poll(server.now)) {
      if (auto* one = std::get_if<RecordTaken>(&*output)) {
        found.push_back(std::move(*one));
      }
    }
    return found;
  }
  void put(BytesView key, BytesView value) { static_cast<void>(server.post(server.peer(1), put_request(key, value))); }
};

TEST_F(TakenRecord, IsToldOnceWhateverItsSender) {
  put(key_of_signer(), eth_value());
  const auto first = taken();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].key, key_of_signer());
  EXPECT_EQ(first[0].value, eth_value());
  begin(key_of_signer(), eth_value(1000));
  EXPECT_EQ(taken().size(), 1U);
}

TEST_F(TakenRecord, IsNotToldOfARenewalOrALoser) {
  put(key_of_signer(), eth_value(1000));
  static_cast<void>(taken());
  put(key_of_signer(), eth_value(1000));
  put(key_of_signer(), eth_value());
  EXPECT_TRUE(taken().empty());
}

TEST_F(TakenRecord, IsNotToldOfOtherNamespacesOrForgeries) {
  put(test_key(server.book.id(server.peer(1))), make_test_record(KadServer::kStart));
  put(key_of_signer(), testing::forged_eth_value());
  EXPECT_TRUE(taken().empty());
}

TEST(EvictedRecord, IsTold) {
  KadServer server{{}, {.max_records = 2, .max_share_of_one_sender = 2.0}};
  std::vector<wire::Key> put;
  std::vector<wire::Key> evicted;
  for (std::uint32_t number = 1; number <= 10; ++number) {
    const Bytes key = test_key(server.book.id(server.peer(number)));
    static_cast<void>(server.post(server.peer(number), put_request(key, make_test_record(KadServer::kStart))));
    put.push_back(wire::Key::of(key));
    while (std::optional<Output> output = server.kad.poll(server.now)) {
      if (const auto* one = std::get_if<RecordEvicted>(&*output)) {
        evicted.push_back(one->key);
      }
    }
  }
  EXPECT_EQ(evicted.size(), server.store.counters().evicted);
  ASSERT_FALSE(evicted.empty());
  for (const wire::Key& key : evicted) {
    EXPECT_EQ(std::ranges::count(put, key), 1) << "it was there";
    EXPECT_EQ(std::ranges::count(evicted, key), 1) << "and is told of once";
  }
}

}  // namespace
}  // namespace pond::kad
