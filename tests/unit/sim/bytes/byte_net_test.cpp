#include "bytes/byte_net.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pond::sim {
namespace {

using swarm::ConnId;

NetworkSpec calm() {
  NetworkSpec spec;
  spec.latency = {.kind = LatencySpec::Kind::kUniform, .round_trip_min = 100ms, .round_trip_max = 100ms, .jitter = 0};
  spec.dial_timeout = 7s;
  return spec;
}

/// Machines whose processes take down what they are told, and write what the test gave them.
class ByteNetTest : public testing::Test, public SocketOwner {
 protected:
  struct Socket {
    std::string received;
    std::optional<Error> lost;
    std::optional<bool> connected;
    std::string unsent;
  };
  struct Machine {
    std::map<ConnId, Socket> sockets;
    std::uint64_t next_conn = 1;
    std::vector<ConnId> accepted;
  };

  ByteNetTest() {
    for (NodeIndex node = 0; node < 4; ++node) {
      net.start(node);
    }
  }

  ConnId accept(NodeIndex node, const wire::Multiaddr& local, const wire::Multiaddr& remote) override {
    EXPECT_EQ(ByteNet::node_at(local), node);
    last_remote = remote;
    Machine& machine = machines[node];
    const ConnId conn{machine.next_conn++};
    machine.accepted.push_back(conn);
    machine.sockets[conn].unsent = greeting;
    machine.sockets[conn].connected = true;
    return conn;
  }
  void dialed(NodeIndex node, ConnId conn, Result<wire::Multiaddr> local) override {
    EXPECT_FALSE(machines[node].sockets[conn].connected);
    EXPECT_TRUE(machines[node].sockets[conn].received.empty());
    machines[node].sockets[conn].connected = local.has_value();
    when = now;
  }
  void received(NodeIndex node, ConnId conn, BytesView bytes) override {
    EXPECT_TRUE(machines[node].sockets.at(conn).connected.value_or(false));
    machines[node].sockets.at(conn).received += to_string(bytes);
    when = now;
  }
  void lost(NodeIndex node, ConnId conn, const Error& why) override {
    EXPECT_FALSE(machines[node].sockets.at(conn).lost);
    machines[node].sockets.at(conn).lost = why;
    when = now;
  }
  Bytes produce(NodeIndex node, ConnId conn, std::size_t max_bytes) override {
    std::string& unsent = machines[node].sockets.at(conn).unsent;
    const std::string taken = unsent.substr(0, max_bytes);
    unsent.erase(0, taken.size());
    return to_bytes(taken);
  }
  void settle(NodeIndex node) override {
    for (auto& [conn, socket] : machines[node].sockets) {
      if (!socket.unsent.empty() && !socket.lost) {
        net.write(node, conn, now);
      }
    }
  }

  ConnId dial(NodeIndex from, NodeIndex to) {
    const ConnId conn{machines[from].next_conn++};
    net.open(from, {.conn = conn, .address = ByteNet::address_of(to), .name = {}}, now);
    return conn;
  }
  void send(NodeIndex node, ConnId conn, const std::string& text) {
    machines[node].sockets[conn].unsent += text;
    net.write(node, conn, now);
  }
  void close(NodeIndex node, ConnId conn, const std::string& last = {}) {
    swarm::CloseSocket request{.conn = conn, .last_bytes = to_bytes(last)};
    net.close(node, request, now);
  }
  void run_for(Duration time) {
    const Instant end = now + time;
    while (!events.empty() && events.next_at() <= end) {
      const auto [at, event] = events.pop();
      now = at;
      net.handle(event, now);
    }
    now = end;
  }
  /// A connection from 0 to 1, and its ids at both.
  std::pair<ConnId, ConnId> connect() {
    const ConnId dialer = dial(0, 1);
    run_for(1s);
    return {dialer, machines[1].accepted.back()};
  }
  Socket& at(NodeIndex node, ConnId conn) { return machines[node].sockets.at(conn); }

  NetworkSpec spec = calm();
  SeededRng rng{5};
  LinkModel links{spec, 4, rng};
  ByteEvents events;
  ByteNet net{spec, links, events, rng, *this};
  std::map<NodeIndex, Machine> machines;
  std::string greeting;
  wire::Multiaddr last_remote;
  Instant now{1h};
  Instant when{};  ///< something was told
};

TEST_F(ByteNetTest, NodesHaveAddressesByTheirNumbers) {
  EXPECT_EQ(ByteNet::address_of(0x010203).to_string(), "/ip4/10.1.2.3/tcp/4001");
  EXPECT_EQ(ByteNet::node_at(ByteNet::address_of(70'000)), 70'000U);
  EXPECT_EQ(ByteNet::node_at(wire::Multiaddr::parse("/ip4/11.0.0.1/tcp/4001").value()), std::nullopt);
  EXPECT_EQ(ByteNet::node_at(wire::Multiaddr::parse("/ip6/::1/tcp/4001").value()), std::nullopt);
}

TEST_F(ByteNetTest, ADialTakesARoundTrip) {
  greeting = "hello";
  const ConnId conn = dial(0, 1);
  run_for(60ms);
  ASSERT_EQ(machines[1].accepted.size(), 1U);
  EXPECT_EQ(ByteNet::node_at(last_remote), 0U);
  run_for(1s);
  EXPECT_EQ(at(0, conn).connected, true);
  EXPECT_EQ(at(0, conn).received, "hello");
  EXPECT_EQ(net.counters().connected, 1U);
}

TEST_F(ByteNetTest, BringsOctetsBothWaysAndTheEndBehindThem) {
  const auto [dialer, acceptor] = connect();
  send(0, dialer, "ping");
  send(1, acceptor, "pong");
  run_for(1s);
  EXPECT_EQ(at(1, acceptor).received, "ping");
  EXPECT_EQ(at(0, dialer).received, "pong");
  close(0, dialer, " and bye");
  EXPECT_EQ(net.sockets(0), 0U);
  run_for(1s);
  EXPECT_EQ(at(1, acceptor).received, "ping and bye");
  EXPECT_EQ(at(1, acceptor).lost->code, Errc::kReset);
  EXPECT_EQ(net.sockets(1), 0U);
  EXPECT_EQ(net.pipes(), 0U);
}

TEST_F(ByteNetTest, NobodyAnswersWhereNobodyIs) {
  net.lose_machine(1);
  links.set_nat(2, true);
  links.set_side(3, true);
  for (const NodeIndex to : {1U, 2U, 3U, 999U, 0U}) {
    const Instant begin = now;
    const ConnId conn = dial(0, to);
    run_for(10s);
    EXPECT_EQ(at(0, conn).connected, false) << to;
    EXPECT_EQ(when - begin, 7s) << to;
  }
  EXPECT_EQ(net.counters().dials_failed, 5U);
  EXPECT_EQ(net.sockets(0), 0U);
}

TEST_F(ByteNetTest, ADialThatIsTakenBackLeavesNothing) {
  const ConnId early = dial(0, 1);
  close(0, early);
  run_for(1s);
  EXPECT_TRUE(machines[1].accepted.empty());
  const ConnId late = dial(0, 1);
  run_for(60ms);  // the other has accepted, which the dialer does not know yet
  close(0, late);
  run_for(1s);
  EXPECT_TRUE(at(1, machines[1].accepted.at(0)).lost);
  EXPECT_FALSE(machines[0].sockets.contains(late));
  EXPECT_EQ(net.pipes(), 0U);
  EXPECT_EQ(net.counters().dials_failed, 0U);
}

TEST_F(ByteNetTest, AFastSenderWaitsForRoom) {
  const auto [dialer, acceptor] = connect();
  const std::string much(2'000'000, 'x');
  send(0, dialer, much);
  EXPECT_EQ(at(0, dialer).unsent.size(), much.size() - ByteLink::kSocketBytes);
  run_for(150ms);
  EXPECT_GT(at(1, acceptor).received.size(), 0U);
  EXPECT_LT(at(1, acceptor).received.size(), 600'000U);
  run_for(10s);
  EXPECT_EQ(at(1, acceptor).received, much);
  EXPECT_TRUE(at(0, dialer).unsent.empty());
}

TEST_F(ByteNetTest, ConnectionsOfANodeShareItsLine) {
  const ConnId one = dial(0, 1);
  const ConnId two = dial(0, 2);
  run_for(1s);
  const std::string much(200'000, 'x');  // 16 ms on the line
  send(0, one, much);
  send(0, two, much);
  run_for(80ms);
  EXPECT_EQ(at(1, machines[1].accepted[0]).received.size(), much.size());
  EXPECT_LT(at(2, machines[2].accepted[0]).received.size(), much.size());
  run_for(10ms);
  EXPECT_EQ(at(2, machines[2].accepted[0]).received.size(), much.size());
}

TEST_F(ByteNetTest, TheSystemClosesTheSocketsOfAProcessThatEnds) {
  const auto [dialer, acceptor] = connect();
  const ConnId under_way = dial(1, 2);
  net.end_process(1, now);
  run_for(1s);
  EXPECT_EQ(at(0, dialer).lost->code, Errc::kReset);
  EXPECT_FALSE(at(1, acceptor).lost);  // it is not there to be told
  EXPECT_FALSE(machines[1].sockets.contains(under_way));
  EXPECT_EQ(net.pipes(), 0U);
  EXPECT_TRUE(machines[2].accepted.empty());
}

TEST_F(ByteNetTest, AMachineThatVanishesSaysNothingUntilItIsBack) {
  const auto [dialer, acceptor] = connect();
  net.lose_machine(1);
  send(0, dialer, "are you there?");
  run_for(30s);
  EXPECT_FALSE(at(0, dialer).lost);
  net.start(1);
  run_for(60s);
  EXPECT_EQ(at(0, dialer).lost->code, Errc::kReset);
  EXPECT_TRUE(at(1, acceptor).received.empty());
  EXPECT_EQ(net.pipes(), 0U);
}

TEST_F(ByteNetTest, TheSenderGivesUpOnAMachineThatDoesNotComeBack) {
  const auto [dialer, acceptor] = connect();
  net.lose_machine(1);
  send(0, dialer, "are you there?");
  run_for(14min);
  EXPECT_FALSE(at(0, dialer).lost);
  run_for(5min);
  EXPECT_EQ(at(0, dialer).lost->code, Errc::kUnreachable);
  EXPECT_EQ(net.pipes(), 0U);
}

TEST_F(ByteNetTest, APartitionHoldsOctetsBackUntilItHeals) {
  const auto [dialer, acceptor] = connect();
  links.set_side(1, true);
  send(0, dialer, "one ");
  send(0, dialer, "two");
  run_for(20s);
  EXPECT_EQ(at(1, acceptor).received, "");
  links.heal();
  run_for(20s);
  EXPECT_EQ(at(1, acceptor).received, "one two");
  EXPECT_FALSE(at(0, dialer).lost);
}

TEST_F(ByteNetTest, AnEventForWhatHadAPlaceBeforeIsNothing) {
  for (int i = 0; i < 50; ++i) {
    const auto [dialer, acceptor] = connect();
    send(0, dialer, std::to_string(i));
    close(1, acceptor);
    const ConnId next = dial(0, 1);  // takes the places
    run_for(40ms);
    close(0, next);
    run_for(1s);
    EXPECT_TRUE(at(0, dialer).lost);
    EXPECT_EQ(net.pipes(), 0U);
  }
}

}  // namespace
}  // namespace pond::sim
