#include <gtest/gtest.h>

#include "pond/wire/varint.hpp"

#include "support/kad_streams_host.hpp"

namespace pond::node {
namespace {

using test::find_node_frame;
using test::HandPeer;
using test::KadStreamsHost;

constexpr std::size_t kMaxAnswer = 4U << 20;
constexpr Duration kMoment = 1ns;

/// A host that has sent a request, and the stream that it came on; the peer has not answered.
struct Asked {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  kad::RpcId rpc{};
  std::uint32_t stream = 0;

  explicit Asked(std::string_view key = "a") {
    peer.answers = false;
    rpc = host.find_node(peer, key);
    host.settle();
    EXPECT_EQ(peer.opened.size(), 1U);
    stream = peer.opened.at(0);
    EXPECT_EQ(peer.streams[stream].take_keys(), key);
  }
  void say(BytesView octets) {
    peer.write(stream, octets);
    host.settle();
  }
  std::string outcome() { return host.done[rpc]; }
};

/// Both arrive in one read.
void say_and_reset(KadStreamsHost& host, HandPeer& peer, std::uint32_t stream, BytesView octets) {
  peer.write(stream, octets);
  Bytes in_one_read = peer.pump(host.now);
  peer.reset(stream);
  append(in_one_read, peer.pump(host.now));
  host.swarm().handle(swarm::Received{.conn = *peer.conn, .bytes = in_one_read}, host.now);
  host.settle();
}

TEST(KadStreamsOutbound, ReportsTheAnswerOnce) {
  Asked asked;
  asked.say(find_node_frame("a"));
  EXPECT_EQ(asked.outcome(), "answered a");
  asked.host.run_for(1min);
  EXPECT_EQ(asked.host.done.size(), 1U);
}

TEST(KadStreamsOutbound, ReadsAnAnswerThatIsCutAtAnyOctet) {
  const Bytes answer = find_node_frame("a");
  for (std::size_t cut = 0; cut <= answer.size(); ++cut) {
    Asked asked;
    asked.say(BytesView{answer}.first(cut));
    asked.say(BytesView{answer}.subspan(cut));
    EXPECT_EQ(asked.outcome(), "answered a") << "cut at " << cut;
  }
}

TEST(KadStreamsOutbound, TakesAnAnswerThatAResetFollows) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  peer.answers = false;
  const kad::RpcId rpc = host.send(peer, wire::KadType::kGetValue, "a");
  host.settle();
  say_and_reset(host, peer, peer.opened.at(0), test::kad_frame(wire::KadType::kGetValue, "a"));
  EXPECT_EQ(host.done[rpc], "answered a");
  EXPECT_EQ(host.counters().outbound_now, 0U) << "the stream is not kept for the next request";
  peer.answers = true;
  EXPECT_EQ(host.ask(peer, "b"), "answered b");
}

TEST(KadStreamsOutbound, TakesHalfAnAnswerThatAResetFollowsForAFailure) {
  Asked asked;
  const Bytes answer = find_node_frame("a");
  say_and_reset(asked.host, asked.peer, asked.stream, BytesView{answer}.first(answer.size() - 1));
  EXPECT_EQ(asked.outcome(), "failed reset");
  EXPECT_EQ(asked.host.counters().outbound_now, 0U);
}

TEST(KadStreamsOutbound, TakesAFreshStreamThatThePeerClosesForAFailure) {
  Asked asked;
  asked.peer.finish(asked.stream);
  asked.host.settle();
  EXPECT_EQ(asked.outcome(), "failed reset");
  EXPECT_EQ(asked.peer.opened.size(), 1U);
  EXPECT_EQ(asked.host.counters().outbound_now, 0U);
}

TEST(KadStreamsOutbound, TakesAFreshStreamThatThePeerResetsForAFailure) {
  Asked asked;
  asked.peer.reset(asked.stream);
  asked.host.settle();
  EXPECT_EQ(asked.outcome(), "failed reset");
  EXPECT_EQ(asked.peer.opened.size(), 1U);
}

TEST(KadStreamsOutbound, TakesAStreamThatEndsInsideTheAnswerForAFailure) {
  const Bytes answer = find_node_frame("a");
  for (std::size_t cut = 1; cut < answer.size(); ++cut) {
    Asked asked;
    asked.say(BytesView{answer}.first(cut));
    asked.peer.finish(asked.stream);
    asked.host.settle();
    EXPECT_EQ(asked.outcome(), "failed reset") << "cut at " << cut;
  }
}

TEST(KadStreamsOutbound, RefusesAnAnswerThatAnnouncesMoreThanFourMebibytes) {
  Asked asked;
  Bytes prefix;
  wire::append_varint(prefix, kMaxAnswer + 1);
  asked.say(prefix);
  EXPECT_EQ(asked.outcome(), "failed too-large");
  EXPECT_TRUE(asked.peer.streams[asked.stream].failed);
  EXPECT_EQ(asked.host.counters().answers_too_large, 1U);
}

TEST(KadStreamsOutbound, WaitsForAnAnswerThatAnnouncesFourMebibytes) {
  Asked asked;
  Bytes prefix;
  wire::append_varint(prefix, kMaxAnswer);
  asked.say(prefix);
  EXPECT_EQ(asked.outcome(), "");
  EXPECT_TRUE(asked.peer.streams[asked.stream].open());
}

TEST(KadStreamsOutbound, ReadsAnAnswerOfFourMebibytes) {
  Asked asked;
  Bytes body{0x08, 0x04, 0x12, 0x01, 'a'};        // type 4, key "a"
  append(body, Bytes{0xfa, 0x01});                // field 31, length-delimited
  wire::append_varint(body, kMaxAnswer - 7 - 4);  // four octets of length
  body.resize(kMaxAnswer);
  Bytes frame;
  wire::append_frame(frame, body);
  asked.say(frame);
  EXPECT_EQ(asked.outcome(), "answered a");
}

TEST(KadStreamsOutbound, RefusesALengthThatNeverEnds) {
  Asked asked;
  asked.say(Bytes(12, 0xff));
  EXPECT_EQ(asked.outcome(), "failed malformed");
  EXPECT_TRUE(asked.peer.streams[asked.stream].failed);
  EXPECT_EQ(asked.host.counters().answers_malformed, 1U);
}

TEST(KadStreamsOutbound, ResetsAStreamWhoseAnswerDoesNotParse) {
  Asked asked;
  Bytes frame;
  wire::append_frame(frame, Bytes(30, 0xff));
  asked.say(frame);
  EXPECT_EQ(asked.outcome(), "failed malformed");
  EXPECT_TRUE(asked.peer.streams[asked.stream].failed);
  EXPECT_EQ(asked.host.counters().answers_malformed, 1U);
  EXPECT_EQ(asked.host.counters().outbound_now, 0U);
}

TEST(KadStreamsOutbound, SendsTheRestOfARequestThatTheTransportDidNotTakeWhole) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const std::string long_key(600'000, 'k');
  EXPECT_EQ(host.ask(peer, long_key), "answered " + long_key);
}

TEST(KadStreamsOutbound, ReportsAProtocolThatThePeerDoesNotSupport) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  peer.protocols.clear();
  host.why_streams_fail = Error{Errc::kUnsupported, "refused"};
  EXPECT_EQ(host.ask(peer, "a"), "failed unsupported");
  EXPECT_EQ(host.counters().outbound_now, 0U);
}

TEST(KadStreamsOutbound, FailsAtTheDeadlineAndNotBefore) {
  Asked asked;
  asked.host.run_for(10s - kMoment);
  EXPECT_EQ(asked.outcome(), "");
  asked.host.run_for(kMoment);
  EXPECT_EQ(asked.outcome(), "failed timeout");
  EXPECT_TRUE(asked.peer.streams[asked.stream].failed);
  EXPECT_EQ(asked.host.counters().outbound_now, 0U);
}

TEST(KadStreamsOutbound, SaysNothingOfARequestThatWasAbandoned) {
  Asked asked;
  asked.host.streams.abandon(asked.rpc, asked.host.now);
  asked.host.settle();
  EXPECT_TRUE(asked.peer.streams[asked.stream].failed);
  asked.host.run_for(1min);
  EXPECT_TRUE(asked.host.done.empty());
  EXPECT_EQ(asked.host.counters().outbound_now, 0U);
}

TEST(KadStreamsOutbound, ReportsTheLossOfTheConnection) {
  Asked asked;
  asked.host.disconnect(asked.peer);
  EXPECT_EQ(asked.outcome(), "failed reset");
  EXPECT_EQ(asked.host.counters().outbound_now, 0U);
}

TEST(KadStreamsOutbound, DialsAPeerThatIsNotConnected) {
  KadStreamsHost host;
  HandPeer& peer = host.listen();
  EXPECT_EQ(host.ask(peer, "a"), "answered a");
}

TEST(KadStreamsOutbound, SendsAllThatWaitedForOneDial) {
  KadStreamsHost host;
  HandPeer& peer = host.listen();
  const auto first = host.find_node(peer, "a");
  const auto second = host.find_node(peer, "b");
  host.settle();
  EXPECT_EQ(host.done[first], "answered a");
  EXPECT_EQ(host.done[second], "answered b");
}

TEST(KadStreamsOutbound, ReportsADialThatFails) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  host.disconnect(peer);
  const auto rpc = host.find_node(peer, "a");
  host.run_for(10s);
  EXPECT_EQ(host.done[rpc], "failed unreachable");
}

TEST(KadStreamsOutbound, DialsAPeerWhoseOnlyConnectionTakesNoNewStreams) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  peer.go_away();
  host.settle();
  ASSERT_EQ(host.swarm().connection_count(), 1U);
  const auto where = test::address("/ip4/10.0.9.9/tcp/1");  // where nobody listens
  host.book.add_addresses(host.book.intern(peer.id()).value(), {&where, 1}, peers::AddressSource::kIdentified,
                          host.now);
  EXPECT_EQ(host.ask(peer, "a"), "failed unreachable");
}

TEST(KadStreamsOutbound, SendsNothingWhenItsDialWasAbandoned) {
  KadStreamsHost host;
  HandPeer& peer = host.listen();
  host.streams.abandon(host.find_node(peer, "a"), host.now);
  host.settle();
  EXPECT_EQ(peer.requests, 0U);
  EXPECT_TRUE(host.done.empty());
  EXPECT_EQ(host.swarm().connection_count(), 0U);
  EXPECT_FALSE(host.streams.next_deadline());
}

TEST(KadStreamsOutbound, BeginsNothingWhenTheNodeShutsDown) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  host.streams.close();
  EXPECT_EQ(host.ask(peer, "a"), "failed closed");
  EXPECT_TRUE(peer.opened.empty());
}

// ---- ADD_PROVIDER, which has no answer

struct Providing {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  kad::RpcId rpc{};

  explicit Providing(bool peer_closes) {
    peer.closes = peer_closes;
    rpc = host.send(peer, wire::KadType::kAddProvider, "key");
    host.settle();
    EXPECT_EQ(peer.requests, 1U);
    EXPECT_TRUE(peer.streams[peer.opened.at(0)].finished) << "nothing follows it";
  }
};

TEST(KadStreamsOutbound, TakesAnAddProviderForSentWhenThePeerClosesToo) {
  Providing providing{true};
  EXPECT_EQ(providing.host.done[providing.rpc], "sent");
  EXPECT_EQ(providing.host.counters().outbound_now, 0U);
  EXPECT_EQ(providing.peer.open_streams(), 0U);
}

TEST(KadStreamsOutbound, ClosesBehindAnAddProviderOnceAllOfItHasLeft) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  const auto rpc = host.send(peer, wire::KadType::kAddProvider, std::string(600'000, 'k'));
  host.settle();
  EXPECT_EQ(peer.requests, 1U);
  EXPECT_EQ(host.done[rpc], "sent");
}

TEST(KadStreamsOutbound, TakesAnAddProviderForSentAfterASecondOfSilence) {
  Providing providing{false};
  providing.host.run_for(1s - kMoment);
  EXPECT_EQ(providing.host.done[providing.rpc], "");
  providing.host.run_for(kMoment);
  EXPECT_EQ(providing.host.done[providing.rpc], "sent");
}

TEST(KadStreamsOutbound, ReleasesTheStreamOfAnAddProviderThatThePeerLeavesOpen) {
  Providing providing{false};
  providing.host.run_for(31s - kMoment);
  EXPECT_EQ(providing.host.counters().outbound_now, 1U);
  providing.host.run_for(kMoment);
  EXPECT_EQ(providing.host.counters().outbound_now, 0U);
  EXPECT_EQ(providing.host.counters().closes_forced, 1U);
  EXPECT_EQ(providing.peer.open_streams(), 0U);
}

TEST(KadStreamsOutbound, IgnoresAnEchoOfAnAddProvider) {
  Providing providing{false};
  providing.peer.write(providing.peer.opened.at(0), test::kad_frame(wire::KadType::kAddProvider, "key"));
  providing.host.run_for(1s);
  EXPECT_EQ(providing.host.done[providing.rpc], "sent");
  EXPECT_EQ(providing.host.ask(providing.peer, "b"), "answered b");
}

TEST(KadStreamsOutbound, TakesAnAddProviderForSentThatThePeerEchoesThoughAResetFollows) {
  Providing providing{false};
  auto& [host, peer, rpc] = providing;
  say_and_reset(host, peer, peer.opened.at(0), test::kad_frame(wire::KadType::kAddProvider, "key"));
  EXPECT_EQ(host.done[rpc], "sent");
}

TEST(KadStreamsOutbound, ReportsAnAddProviderThatThePeerResets) {
  Providing providing{false};
  providing.peer.reset(providing.peer.opened.at(0));
  providing.host.settle();
  EXPECT_EQ(providing.host.done[providing.rpc], "failed reset");
}

TEST(KadStreamsOutbound, ReportsAnAddProviderToAPeerWithoutTheProtocol) {
  KadStreamsHost host;
  HandPeer& peer = host.connect();
  peer.protocols.clear();
  host.why_streams_fail = Error{Errc::kUnsupported, "refused"};
  const auto rpc = host.send(peer, wire::KadType::kAddProvider, "key");
  host.run_for(5s);
  EXPECT_EQ(host.done[rpc], "failed unsupported");
}

}  // namespace
}  // namespace pond::node
