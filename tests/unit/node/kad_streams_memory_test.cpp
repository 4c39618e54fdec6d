#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pond/wire/varint.hpp"

#include "support/kad_streams_host.hpp"

namespace pond::node {
namespace {

using test::find_node_frame;
using test::HandPeer;
using test::KadStreamsHost;

/// A message of which `announced` octets are to come and `sent` have.
Bytes partial(std::size_t announced, std::size_t sent) {
  Bytes bytes;
  wire::append_varint(bytes, announced);
  bytes.resize(bytes.size() + sent);
  return bytes;
}

/// A request of 50,000 octets that is answered: a field that nobody knows fills it up.
Bytes large_request() {
  Bytes body{0x08, 0x05, 0x12, 0x01, 'p', 0xfa, 0x01};  // type 5, key "p", field 31
  wire::append_varint(body, 50'000 - body.size() - 3);
  body.resize(50'000);
  Bytes frame;
  wire::append_frame(frame, body);
  return frame;
}

std::size_t open_streams(const HandPeer& peer) {
  return static_cast<std::size_t>(
      std::ranges::count_if(peer.streams, [](const auto& stream) { return stream.second.open(); }));
}

/// Lets what the bounds have reset be told.
void settle(KadStreamsHost& host) {
  host.run_for(1ns);
}

TEST(KadStreamsMemory, OfRequestsBeingAssembledIs4MiBOnAConnection) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  for (int i = 0; i < 200; ++i) {
    host.open(peer, partial(65'000, 60'000));
  }
  settle(host);
  const std::size_t fit = (4U << 20) / 60'000;
  EXPECT_EQ(open_streams(peer), fit);
  EXPECT_EQ(host.counters().inbound_now, fit);
  EXPECT_EQ(host.swarm().counters().streams_reset_for_memory, 200 - fit);
}

TEST(KadStreamsMemory, OfRequestsBeingAssembledHasOneBoundForAllConnections) {
  KadStreamsHost host{{}, {.max_buffered_bytes = 1U << 20}};
  std::vector<HandPeer*> peers;
  std::size_t open = 0;
  for (int i = 0; i < 10; ++i) {
    peers.push_back(&host.connect());
    for (int k = 0; k < 5; ++k) {
      host.open(*peers.back(), partial(65'000, 60'000));
    }
  }
  settle(host);
  for (const HandPeer* peer : peers) {
    open += open_streams(*peer);
  }
  EXPECT_EQ(open, (1U << 20) / 60'000);
}

TEST(KadStreamsMemory, IsTakenFromTheLargestRequest) {
  KadStreamsHost host{{}, {.max_buffered_per_connection_bytes = 1U << 20}};
  HandPeer& peer = host.connect();
  std::vector<std::uint32_t> small;
  for (int i = 0; i < 50; ++i) {
    small.push_back(host.open(peer, partial(65'000, 1'000)));
  }
  for (int i = 0; i < 50; ++i) {
    host.open(peer, partial(65'000, 60'000));
  }
  settle(host);
  EXPECT_GT(host.swarm().counters().streams_reset_for_memory, 0U);
  for (const std::uint32_t stream : small) {
    EXPECT_TRUE(peer.streams[stream].open());
  }
}

TEST(KadStreamsMemory, LeavesAnotherConnectionAlone) {
  KadStreamsHost host;
  HandPeer& modest = host.connect();
  const Bytes request = large_request();
  const auto stream = host.open(modest, BytesView{request}.first(40'000));
  HandPeer& greedy = host.connect();
  for (int i = 0; i < 100; ++i) {
    host.open(greedy, partial(65'000, 60'000));
  }
  settle(host);
  EXPECT_GT(host.swarm().counters().streams_reset_for_memory, 0U);
  modest.write(stream, BytesView{request}.subspan(40'000));
  settle(host);
  EXPECT_EQ(modest.streams[stream].take_keys(), "p");
}

TEST(KadStreamsMemory, OfARequestIsGivenBackWhenItIsComplete) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const Bytes large = large_request();
  for (int i = 0; i < 100; ++i) {
    const auto stream = host.open(peer, BytesView{large}.first(40'000));
    peer.write(stream, BytesView{large}.subspan(40'000));
    host.settle();
  }
  settle(host);
  EXPECT_EQ(host.requests, 100U);
  EXPECT_EQ(open_streams(peer), 100U);
  EXPECT_EQ(host.swarm().counters().streams_reset_for_memory, 0U);
}

TEST(KadStreamsMemory, OfARequestIsGivenBackWhileItIsWorkedOn) {
  KadStreamsHost host;
  host.hold = true;
  HandPeer& peer = host.connect();
  const Bytes large = large_request();
  for (int i = 0; i < 100; ++i) {
    const auto stream = host.open(peer, BytesView{large}.first(40'000));
    peer.write(stream, BytesView{large}.subspan(40'000));
    host.settle();
  }
  settle(host);
  EXPECT_EQ(host.held.size(), 100U);
  EXPECT_EQ(host.swarm().counters().streams_reset_for_memory, 0U);
}

TEST(KadStreamsMemory, OfARequestIsGivenBackWhenThePeerResetsItsStream) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  for (int i = 0; i < 100; ++i) {
    peer.reset(host.open(peer, partial(65'000, 60'000)));
    host.settle();
  }
  settle(host);
  EXPECT_EQ(host.counters().inbound_now, 0U);
  EXPECT_EQ(host.swarm().counters().streams_reset_for_memory, 0U);
}

TEST(KadStreamsMemory, OfARequestIsGivenBackWhenThePeerFallsSilent) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 60; ++i) {
      host.open(peer, partial(65'000, 60'000));
    }
    host.run_for(10s);
    EXPECT_EQ(host.counters().inbound_now, 0U);
  }
  EXPECT_EQ(host.swarm().counters().streams_reset_for_memory, 0U);
}

TEST(KadStreamsMemory, OfRequestsIsGivenBackWhenTheirConnectionGoes) {
  KadStreamsHost host{{}, {.max_buffered_bytes = 4U << 20}};
  for (int round = 0; round < 3; ++round) {
    HandPeer& peer = host.connect();
    for (int i = 0; i < 60; ++i) {
      host.open(peer, partial(65'000, 60'000));
    }
    host.disconnect(peer);
  }
  EXPECT_EQ(host.swarm().counters().streams_reset_for_memory, 0U);
}

TEST(KadStreamsMemory, OfAnswersThatNobodyReadsCounts) {
  KadStreamsHost host{{}, {.max_buffered_per_connection_bytes = 120U << 10}};
  HandPeer& peer = host.connect();
  peer.reads = false;
  host.hold = true;
  for (int i = 0; i < 11; ++i) {
    const auto stream = host.open(peer);
    // 17 answers fill the stream's window, and nearly all of one more stays with the host.
    for (int k = 0; k < 18; ++k) {
      peer.write(stream, find_node_frame("a"));
      host.settle();
      if (!host.held.empty()) {
        host.answer_held(std::string(15'350, 'k'));
      }
    }
  }
  settle(host);
  EXPECT_GT(host.swarm().counters().streams_reset_for_memory, 0U);
  EXPECT_EQ(host.counters().inbound_now, (120U << 10) / 14'000);
}

TEST(KadStreamsMemory, OfAnAnswerBeingAssembledCounts) {
  KadStreamsHost host{{}, {.max_buffered_per_connection_bytes = 1U << 20}};
  HandPeer& peer = host.connect();
  peer.answers = false;
  const auto rpc = host.find_node(peer, "a");
  host.settle();
  peer.write(peer.opened.at(0), partial(2U << 20, 60'000));
  for (int i = 0; i < 20; ++i) {
    host.settle();
    peer.write(peer.opened.at(0), Bytes(50'000));
  }
  settle(host);
  EXPECT_EQ(host.done[rpc], "failed limit");
  EXPECT_EQ(host.swarm().counters().streams_reset_for_memory, 1U);
}

TEST(KadStreamsMemory, OfAnAnswerIsGivenBackWhenItIsComplete) {
  KadStreamsHost host{{}, {.max_buffered_per_connection_bytes = 1U << 20}};
  HandPeer& peer = host.connect();
  peer.answers = false;
  const Bytes answer = find_node_frame(std::string(600'000, 'k'));
  std::vector<kad::RpcId> asked;
  for (int i = 0; i < 4; ++i) {
    asked.push_back(host.find_node(peer, "a"));
  }
  host.settle();
  for (std::size_t i = 0; i < 4; ++i) {
    peer.write(peer.opened.at(i), answer);
    settle(host);
    EXPECT_EQ(host.done[asked[i]].substr(0, 8), "answered");
  }
  EXPECT_EQ(host.counters().outbound_now, 4U) << "idle, and nothing is kept for them";
  EXPECT_EQ(host.swarm().counters().streams_reset_for_memory, 0U);
}

}  // namespace
}  // namespace pond::node
