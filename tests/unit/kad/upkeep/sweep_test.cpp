#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

#include "support/kad_server.hpp"

namespace pond::kad {
namespace {

using test::address;
using test::kad_request;
using test::KadServer;
using test::numbered_peer;
using wire::KadType;

const Bytes kKey = to_bytes("a key that somebody provides");

void provide(KadServer& server, std::uint32_t number, BytesView key = kKey) {
  wire::KadMessage message = kad_request(KadType::kAddProvider, key);
  message.provider_peers.push_back({.id = numbered_peer(number), .addresses = {address("/ip4/10.1.1.1/tcp/1")}});
  EXPECT_TRUE(server.ask(server.peer(number), message).no_answer);
}

/// Lets time pass from deadline to deadline until the machine sleeps; says when it had nothing left.
Instant run_dry(KadServer& server) {
  int wakings = 0;
  while (const std::optional<Instant> due = server.kad.next_deadline()) {
    EXPECT_LE(++wakings, 5) << "it wakes for nothing";
    if (wakings > 5) {
      break;
    }
    server.now = std::max(server.now, *due);
    server.kad.handle_timeout(server.now);
    server.drain();
  }
  EXPECT_EQ(server.store.counters().provider_records, 0U);
  return server.now;
}

TEST(Sweep, AMachineThatHoldsNothingSleeps) {
  const KadServer server;
  EXPECT_EQ(server.kad.next_deadline(), std::nullopt);
}

TEST(Sweep, DropsWhatExpiresAtThatMomentAndSleepsAgain) {
  KadServer server;
  const Instant provided = server.now;
  provide(server, 1);
  EXPECT_EQ(run_dry(server), provided + 48h);
  EXPECT_EQ(server.store.counters().expired, 1U);
}

TEST(Sweep, ComesForTheFirstThingThatExpires) {
  KadServer server;
  const Instant provided = server.now;
  provide(server, 1);
  server.now += 40h;
  provide(server, 2, to_bytes("another"));
  EXPECT_EQ(server.kad.next_deadline(), provided + 48h);
  server.now = provided + 48h;
  server.kad.handle_timeout(server.now);
  EXPECT_EQ(server.store.counters().provider_records, 1U);
  EXPECT_EQ(run_dry(server), provided + 40h + 48h);
}

TEST(Sweep, OfVeryMuchGoesOnASecondLater) {
  KadServer server;
  const std::size_t too_many = store::MemoryStore::kMaxDropsPerSweep + 10;
  for (std::size_t i = 0; i < too_many; ++i) {
    provide(server, static_cast<std::uint32_t>(i % 50 + 1), as_bytes("key " + std::to_string(i)));
  }
  server.now += 48h;
  server.kad.handle_timeout(server.now);
  EXPECT_EQ(server.store.counters().provider_records, 10U);
  EXPECT_EQ(server.kad.next_deadline(), server.now + 1s);
  server.now += 1s;
  server.kad.handle_timeout(server.now);
  EXPECT_EQ(server.store.counters().provider_records, 0U);
}

TEST(Sweep, FollowsTheSystemsClock) {
  KadServer server;
  const Instant provided = server.now;
  provide(server, 1);
  // The clock is set 30 hours ahead: what is held expires that much sooner.
  server.kad.set_wall(WallAnchor{server.now, KadServer::kStart + 30h});
  EXPECT_EQ(run_dry(server), provided + 18h);
}

TEST(Sweep, WaitsLongerWhenTheClockIsSetBack) {
  KadServer server;
  const Instant provided = server.now;
  provide(server, 1);
  server.kad.set_wall(WallAnchor{server.now, KadServer::kStart - 10h});
  EXPECT_EQ(run_dry(server), provided + 58h);
}

TEST(Sweep, WhatARestartFindsInTheStoreIsSweptToo) {
  KadServer before;
  provide(before, 1);
  SeededRng rng{2};
  const Kad after{Config{},
                  before.self,
                  before.book,
                  before.store,
                  Validators::openpond(),
                  rng,
                  WallAnchor{before.now, KadServer::kStart},
                  before.now};
  ASSERT_TRUE(after.next_deadline());
  EXPECT_LE(*after.next_deadline(), before.now + 48h);
}

}  // namespace
}  // namespace pond::kad
