// Connections that no honest peer makes, each against a running `pond bootstrap`: they end, nothing is held for them,
// and the next client is served.

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "client.hpp"
#include "nodes.hpp"
#include "support/multistream_wire.hpp"
#include "support/yamux_wire.hpp"

namespace pond::e2e {
namespace {

using upgrade::YamuxGoAway;
using upgrade::YamuxType;
namespace yamux = upgrade::testing;

const Bytes& security_proposal() {
  static const Bytes bytes = test::messages("/multistream/1.0.0", "/noise");
  return bytes;
}

/// Noise's first message: an ephemeral key, and whatever more.
Bytes first_noise_message(std::string_view more = {}) {
  Bytes body(32, 0x42);
  append(body, as_bytes(more));
  Bytes out{static_cast<std::uint8_t>(body.size() >> 8), static_cast<std::uint8_t>(body.size())};
  append(out, body);
  return out;
}

class BadConnection : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(serves(node)); }

  /// The node closes a connection that begins so.
  void expect_closed(BytesView bytes) {
    Tcp tcp{node.port()};
    tcp.send(bytes);
    tcp.read_to_end();
    EXPECT_EQ(node.counter("swarm.handshakes_failed"), 1U);
  }

  Node node = Node::bootstrap();
};

TEST_F(BadConnection, HttpInPlaceOfMultistream) {
  expect_closed(as_bytes("GET / HTTP/1.1\r\nHost: pond.example\r\nUser-Agent: somebody with a browser/1.0\r\n\r\n"));
}

TEST_F(BadConnection, TlsInPlaceOfMultistream) {
  expect_closed(from_hex("16030100c2010000be0303" + std::string(200, 'a')).value());
}

TEST_F(BadConnection, ZerosInPlaceOfMultistream) {
  expect_closed(Bytes(1000, 0));
}

TEST_F(BadConnection, MultistreamMessageOverItsLimit) {
  expect_closed(Bytes(100'000, 0xff));
}

TEST_F(BadConnection, MultistreamProposalsWithoutAnEnd) {
  Bytes proposals = test::message("/multistream/1.0.0");
  for (int i = 0; i < 1000; ++i) {
    append(proposals, test::message("/other/" + std::to_string(i)));
  }
  expect_closed(proposals);
}

TEST_F(BadConnection, NoiseMessageThatIsEmpty) {
  Bytes bytes = security_proposal();
  append(bytes, Bytes{0, 0});
  expect_closed(bytes);
}

TEST_F(BadConnection, NoiseMessageWithAPayloadInFrontOfItsTurn) {
  Bytes bytes = security_proposal();
  append(bytes, first_noise_message("early payload"));
  expect_closed(bytes);
}

TEST_F(BadConnection, NoiseMessageOfTheLongestLength) {
  Bytes bytes = security_proposal();
  append(bytes, Bytes(65537, 0xff));
  expect_closed(bytes);
}

TEST_F(BadConnection, NoiseMessageOneTwice) {
  Bytes bytes = security_proposal();
  append(bytes, first_noise_message());
  append(bytes, first_noise_message());
  expect_closed(bytes);
}

TEST_F(BadConnection, NoiseWithALowOrderKey) {
  Bytes bytes = security_proposal();
  append(bytes, Bytes{0, 32});
  append(bytes, Bytes(32, 0));
  expect_closed(bytes);
}

TEST_F(BadConnection, NoiseThirdMessageOfGarbage) {
  Bytes bytes = security_proposal();
  append(bytes, first_noise_message());
  append(bytes, Bytes{0, 100});
  append(bytes, Bytes(100, 0x55));
  expect_closed(bytes);
}

TEST_F(BadConnection, DialerThatExpectsAnotherPeer) {
  Client client{node.port(), {.expected = peer_id(55)}};
  EXPECT_FALSE(client.connect());
  ASSERT_TRUE(client.error());
  EXPECT_EQ(client.error()->code, Errc::kWrongPeer);
  EXPECT_EQ(node.status()["connections"], 0);
}

TEST_F(BadConnection, CiphertextOfGarbageAfterTheHandshake) {
  RawMuxer client{node.port()};
  client.tcp().send(Bytes(2 + 0x1111, 0x11));  // one whole Noise message
  client.tcp().read_to_end();
}

// ---- Yamux

TEST_F(BadConnection, YamuxFramesForUnknownStreamsAreIgnored) {
  RawMuxer client{node.port()};
  ASSERT_TRUE(client.send(yamux::join({yamux::data(0, 77, "nobody"), yamux::update(0, 79, 5), yamux::data(4, 81, ""),
                                       yamux::update(upgrade::kYamuxRst, 83), yamux::update(0, 2, 5)})));
  ASSERT_TRUE(client.send(kad_stream(101, framed(find_node(node.id().bytes())))));
  bool answered = false;
  while (!answered) {
    const auto frame = client.next();
    ASSERT_TRUE(frame) << "the connection must stay";
    answered = frame->header.type == YamuxType::kData && frame->header.stream == 101 && frame->payload.size() > 40;
  }
}

TEST_F(BadConnection, YamuxWindowOverrun) {
  RawMuxer client{node.port()};
  ASSERT_TRUE(client.send(kad_stream(1, {})));
  client.send(yamux::frame(YamuxType::kData, 0, 1, 64U << 20));
  EXPECT_TRUE(client.ended_with(YamuxGoAway::kProtocolError));
}

TEST_F(BadConnection, YamuxWindowOverrunByRealBytes) {
  RawMuxer client{node.port()};
  // A stream that is never negotiated is never read: its window is never given back.
  ASSERT_TRUE(client.send(yamux::update(upgrade::kYamuxSyn, 1)));
  Bytes block;
  for (int i = 0; i < 40; ++i) {
    const Bytes line(1000, i == 0 ? std::uint8_t{0xff} : std::uint8_t{'x'});
    append(block, yamux::data(0, 1, line));
  }
  for (int i = 0; i < 20 && client.send(block); ++i) {
  }
  // Bad multistream resets the stream before its window is full: what follows is for an unknown stream and is ignored,
  // or the connection ends. Either way nothing is held.
  EXPECT_LT(node.process().resident_kib(), 200'000U);
}

TEST_F(BadConnection, YamuxWindowThatOverflows) {
  RawMuxer client{node.port()};
  ASSERT_TRUE(client.send(kad_stream(1, {})));
  client.send(yamux::join({yamux::update(0, 1, 0xffffffff), yamux::update(0, 1, 0xffffffff)}));
  EXPECT_TRUE(client.ended_with(YamuxGoAway::kProtocolError));
}

TEST_F(BadConnection, YamuxUnknownVersion) {
  RawMuxer client{node.port()};
  client.send(from_hex("010000000000000100000000").value());
  EXPECT_TRUE(client.ended_with(YamuxGoAway::kProtocolError));
}

TEST_F(BadConnection, YamuxUnknownFrameType) {
  RawMuxer client{node.port()};
  client.send(from_hex("000900000000000100000000").value());
  EXPECT_TRUE(client.ended_with(YamuxGoAway::kProtocolError));
}

TEST_F(BadConnection, YamuxStreamOfTheWrongParity) {
  RawMuxer client{node.port()};
  client.send(yamux::update(upgrade::kYamuxSyn, 2));
  EXPECT_TRUE(client.ended_with(YamuxGoAway::kProtocolError));
}

TEST_F(BadConnection, YamuxStreamThatIsOpenedTwice) {
  RawMuxer client{node.port()};
  client.send(yamux::join({yamux::update(upgrade::kYamuxSyn, 1), yamux::update(upgrade::kYamuxSyn, 1)}));
  EXPECT_TRUE(client.ended_with(YamuxGoAway::kProtocolError));
}

TEST_F(BadConnection, YamuxDataOnTheSessionsStream) {
  RawMuxer client{node.port()};
  client.send(yamux::data(0, 0, "x"));
  EXPECT_TRUE(client.ended_with(YamuxGoAway::kProtocolError));
}

TEST_F(BadConnection, AFloodOfTenThousandSyns) {
  RawMuxer client{node.port()};
  Bytes flood;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    append(flood, yamux::update(upgrade::kYamuxSyn, 2 * i + 1));
  }
  append(flood, yamux::ping_frame(upgrade::kYamuxSyn, 4711));
  ASSERT_TRUE(client.send(flood));
  std::size_t refused = 0;
  for (bool ponged = false; !ponged;) {
    const auto frame = client.next();
    if (!frame) {
      break;
    }
    refused += frame->header.has(upgrade::kYamuxRst) ? 1U : 0U;
    ponged = frame->header.type == YamuxType::kPing && frame->header.length == 4711;
  }
  // Either each stream over the limit is refused, or the connection ends, when the resets pile up that it provokes.
  EXPECT_TRUE(refused >= 8'000 || client.tcp().ended()) << refused;
  EXPECT_GE(node.counter("swarm.streams_over_limit"), 8'000U);
}

TEST_F(BadConnection, AFloodOfPingsIsAnsweredInBoundedMemory) {
  RawMuxer client{node.port()};
  Bytes flood;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    append(flood, yamux::ping_frame(upgrade::kYamuxSyn, i));
  }
  client.send_blind(flood);
  EXPECT_TRUE(serves(node));
  EXPECT_LT(node.process().resident_kib(), 200'000U);
}

TEST_F(BadConnection, AClientThatNeverReads) {
  {
    Client writer{node.port(), {.key = 300}};
    ASSERT_TRUE(writer.connect());
    ASSERT_TRUE(writer.ask(put(record_key(1), signed_record(1))));
  }
  Bytes requests;
  const Bytes get = framed({.type = wire::KadType::kGetValue, .key = record_key(1)});
  while (requests.size() + get.size() < 60'000) {
    append(requests, get);
  }
  const std::size_t before = node.process().resident_kib();
  RawMuxer client{node.port()};
  for (std::uint32_t stream = 1; stream < 60; stream += 2) {
    client.send_blind(kad_stream(stream, requests));  // 30 times 1,200 answers of 500 octets: 18 MB that nobody takes
  }
  EXPECT_TRUE(serves(node));
  EXPECT_LT(node.process().resident_kib(), before + 16 * 1024) << "what one connection may hold is 4 MiB";
}

// ---- Connections cut

TEST_F(BadConnection, ResetAtManyPointsOfHandshakeAndRequest) {
  std::size_t whole = 0;
  {
    Client client{node};
    ASSERT_TRUE(client.connect());
    ASSERT_TRUE(client.ask(find_node(node.id().bytes())));
    whole = client.sent_bytes();
  }
  for (std::size_t cut = 1; cut < whole; cut += 5) {
    Client client{node.port(), {.reset_after = cut}};
    if (client.connect()) {
      EXPECT_FALSE(client.ask(find_node(node.id().bytes()))) << cut;
    }
    EXPECT_TRUE(client.closed()) << cut;
  }
  EXPECT_TRUE(serves(node));
}

TEST_F(BadConnection, HalfClosedRightAway) {
  Tcp tcp{node.port()};
  tcp.half_close();
  tcp.read_to_end();
}

// ---- Limits on connections

TEST(ConnectionLimit, ANewcomerIsRefusedWhileYoungOnesStay) {
  const Node node = Node::bootstrap({.more = {"--max-connections", "4"}});
  std::vector<std::unique_ptr<Client>> clients;
  for (std::uint64_t i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<Client>(node.port(), Client::Options{.key = 200 + i}));
    ASSERT_TRUE(clients.back()->connect());
    ASSERT_TRUE(clients.back()->ask(find_node(node.id().bytes())));
  }
  Client newcomer{node.port(), {.key = 300}};
  newcomer.connect();
  newcomer.wait_closed();
  EXPECT_TRUE(newcomer.remote_goes_away());
  for (const auto& client : clients) {
    EXPECT_TRUE(client->ask(find_node(node.id().bytes())));
  }
  EXPECT_EQ(node.status()["connections"], 4);
  EXPECT_EQ(node.counter("swarm.refused_at_limit"), 1U);
}

TEST(ConnectionLimit, APlaceThatIsLeftIsGivenToANewcomer) {
  const Node node = Node::bootstrap({.more = {"--max-connections", "1"}});
  auto first = std::make_unique<Client>(node.port(), Client::Options{.key = 200});
  ASSERT_TRUE(first->connect());
  ASSERT_TRUE(first->ask(find_node(node.id().bytes())));
  first.reset();
  const auto deadline = Clock::now() + kPatience;
  bool taken = false;
  while (!taken && Clock::now() < deadline) {  // the node may see the newcomer before the end of the first
    Client second{node.port(), {.key = 201}};
    taken = second.connect() && second.ask(find_node(node.id().bytes()));
  }
  EXPECT_TRUE(taken);
}

TEST(ConnectionLimit, AFloodOfHalfOpenConnectionsPushesNobodyOut) {
  const Node node = Node::bootstrap({.max_files = 4096});
  Client guest{node};
  ASSERT_TRUE(guest.connect());
  ASSERT_TRUE(guest.ask(find_node(node.id().bytes())));
  std::vector<Tcp> flood;
  for (int i = 0; i < 600; ++i) {
    flood.emplace_back(node.port());
  }
  EXPECT_TRUE(serves(node)) << "a newcomer gets in between";
  for (std::size_t i = 0; i < 88; ++i) {
    flood[i].read_to_end();  // the oldest were closed for the newer ones
  }
  EXPECT_TRUE(guest.ask(find_node(node.id().bytes())));
  EXPECT_GE(node.counter("swarm.half_open_evicted"), 88U);
}

TEST(ConnectionLimit, ANodeThatMayOpenFewFilesAsksForMore) {
  Node node = Node::bootstrap({.max_files = 64});
  rlimit files{};
  ASSERT_EQ(prlimit(node.process().pid(), RLIMIT_NOFILE, nullptr, &files), 0);
  EXPECT_EQ(files.rlim_cur, std::min<rlim_t>(files.rlim_max, 65'536));
}

// ---- Silence

/// All of it at once, because each takes the 10 s that a node waits.
TEST(Silence, ConnectionsAndStreamsThatStaySilentAreClosed) {
  const Node node = Node::bootstrap();
  const auto begin = Clock::now();
  Client streams{node.port(), {.key = 400}};
  ASSERT_TRUE(streams.connect());
  const std::uint32_t silent_kad = streams.open();
  streams.write(silent_kad, {});
  RawMuxer unnegotiated{node.port(), 401};
  ASSERT_TRUE(unnegotiated.send(yamux::update(upgrade::kYamuxSyn, 1)));
  Tcp silent{node.port()};
  Tcp after_multistream{node.port()};
  after_multistream.send(security_proposal());
  Tcp inside_noise{node.port()};
  inside_noise.send(security_proposal());
  inside_noise.send(first_noise_message());
  Tcp inside_a_message{node.port()};
  inside_a_message.send(BytesView{security_proposal()}.first(5));

  for (Tcp* each : {&silent, &after_multistream, &inside_noise, &inside_a_message}) {
    each->read_to_end();
  }
  EXPECT_TRUE(streams.was_reset(silent_kad));
  bool reset = false;
  while (!reset) {
    const auto frame = unnegotiated.next();
    ASSERT_TRUE(frame);
    reset = frame->header.stream == 1 && frame->header.has(upgrade::kYamuxRst);
  }
  EXPECT_GE(Clock::now() - begin, std::chrono::seconds{9});
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds{30});
  EXPECT_EQ(node.counter("swarm.handshakes_timed_out"), 4U);
  EXPECT_EQ(node.counter("swarm.negotiations_timed_out"), 1U);
  EXPECT_EQ(node.counter("kad_streams.silent_streams_closed"), 1U);
  EXPECT_TRUE(streams.ask(find_node(node.id().bytes()))) << "the connection of a silent stream stays";
  EXPECT_TRUE(serves(node));
}

}  // namespace
}  // namespace pond::e2e
