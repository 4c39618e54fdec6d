#include <gtest/gtest.h>

#include "support/kad_server.hpp"

namespace pond::kad {
namespace {

using test::kad_request;
using test::KadServer;
using wire::KadType;

constexpr std::array kAllTypes = {KadType::kPutValue,     KadType::kGetValue, KadType::kAddProvider,
                                  KadType::kGetProviders, KadType::kFindNode, KadType::kPing};

TEST(KadRequest, PingIsEchoed) {
  KadServer server;
  const auto reply = server.ask(server.peer(1), kad_request(KadType::kPing, {}));
  ASSERT_TRUE(reply.answer);
  EXPECT_EQ(*reply.answer, kad_request(KadType::kPing, {}));
}

TEST(KadRequest, PingIsEchoedWithItsKey) {
  KadServer server;
  const auto reply = server.ask(server.peer(1), kad_request(KadType::kPing, to_bytes("hello")));
  ASSERT_TRUE(reply.answer);
  EXPECT_EQ(reply.answer->key, to_bytes("hello"));
}

TEST(KadRequest, ThatDoesNotParseIsRefusedAndCounted) {
  KadServer server;
  const auto reply = server.ask_raw(server.peer(1), Bytes{0x12, 0xff, 0xff});
  ASSERT_TRUE(reply.refused);
  EXPECT_EQ(reply.refused->code, Errc::kMalformed);
  EXPECT_EQ(server.kad.counters().malformed_in, 1U);
  EXPECT_EQ(server.kad.counters().requests_refused, 1U);
}

TEST(KadRequest, OfAnUnknownTypeIsRefused) {
  KadServer server;
  EXPECT_TRUE(server.ask_raw(server.peer(1), Bytes{0x08, 0x06, 0x12, 0x01, 'k'}).refused);
}

TEST(KadRequest, OfNoOctetsIsAPutWithoutAKeyAndRefused) {
  KadServer server;
  EXPECT_TRUE(server.ask_raw(server.peer(1), {}).refused);
}

TEST(KadRequest, OfEachTypeButPingNeedsAKey) {
  KadServer server;
  for (const KadType type : kAllTypes) {
    const auto reply = server.ask(server.peer(1), kad_request(type, {}));
    EXPECT_EQ(reply.refused.has_value(), type != KadType::kPing) << static_cast<int>(type);
  }
}

TEST(KadRequest, OfEachTypeIsRefusedByAClient) {
  KadServer client{{.mode = Mode::kClient}};
  for (const KadType type : kAllTypes) {
    const auto reply = client.ask(client.peer(1), kad_request(type, to_bytes("k")));
    ASSERT_TRUE(reply.refused) << static_cast<int>(type);
    EXPECT_EQ(reply.refused->code, Errc::kUnsupported);
  }
}

TEST(KadRequest, IsCountedByItsType) {
  KadServer server;
  static_cast<void>(server.ask(server.peer(1), kad_request(KadType::kFindNode, to_bytes("k"))));
  static_cast<void>(server.ask(server.peer(1), kad_request(KadType::kGetValue, to_bytes("k"))));
  static_cast<void>(server.ask(server.peer(1), kad_request(KadType::kGetValue, to_bytes("k"))));
  EXPECT_EQ(server.kad.counters().requests_in[static_cast<std::size_t>(KadType::kFindNode)], 1U);
  EXPECT_EQ(server.kad.counters().requests_in[static_cast<std::size_t>(KadType::kGetValue)], 2U);
}

TEST(KadRequest, BeyondWhatMayWaitForTheStoreIsRefusedAsALimit) {
  KadServer server{{.max_pending_requests = 3}};
  std::vector<RequestToken> tokens;
  for (int i = 0; i < 5; ++i) {
    tokens.push_back(server.post(server.peer(1), kad_request(KadType::kGetValue, to_bytes("/eth/k"))));
  }
  server.drain();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto reply = server.take(tokens[i]);
    EXPECT_EQ(reply.answer.has_value(), i < 3) << i;
    EXPECT_EQ(reply.refused.has_value(), i >= 3) << i;
  }
  EXPECT_EQ(server.kad.counters().overloaded, 2U);
}

TEST(KadRequest, AfterAnOverloadIsServedAgain) {
  KadServer server{{.max_pending_requests = 1}};
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(server.post(server.peer(1), kad_request(KadType::kGetValue, to_bytes("/eth/k"))));
  }
  server.drain();
  EXPECT_TRUE(server.ask(server.peer(1), kad_request(KadType::kGetValue, to_bytes("/eth/k"))).answer);
}

TEST(KadRequest, OverloadDoesNotTouchFindNode) {
  KadServer server{{.max_pending_requests = 0}};
  EXPECT_TRUE(server.ask(server.peer(1), kad_request(KadType::kFindNode, to_bytes("k"))).answer);
}

}  // namespace
}  // namespace pond::kad
