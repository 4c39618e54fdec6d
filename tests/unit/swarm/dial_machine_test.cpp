#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pond/swarm/dial.hpp"

#include "support/numbered_peers.hpp"

namespace pond::swarm {
namespace {

using test::address;
using test::numbered_peer;

constexpr Instant kStart{1h};

std::string p2p(std::uint32_t number) {
  return "/p2p/" + numbered_peer(number).to_base58();
}

std::vector<wire::Multiaddr> addresses(std::initializer_list<std::string> texts) {
  std::vector<wire::Multiaddr> found;
  for (const std::string& text : texts) {
    found.push_back(address(text));
  }
  return found;
}

/// The address of the attempt that is due, as text; empty when none is.
std::string attempt(Dial& dial, Instant now) {
  const auto step = dial.poll(now);
  const auto* found = step ? std::get_if<Dial::Attempt>(&*step) : nullptr;
  return found == nullptr ? "" : found->address.to_string();
}

Dial::Resolve resolve(Dial& dial, Instant now = kStart) {
  const auto step = dial.poll(now);
  const auto* found = step ? std::get_if<Dial::Resolve>(&*step) : nullptr;
  return found == nullptr ? Dial::Resolve{.query = 9999, .name = "", .kind = NameKind::kA} : *found;
}

/// The error of an exhausted dial; nullopt when it is not.
std::optional<Errc> exhausted(Dial& dial, Instant now = kStart) {
  const auto step = dial.poll(now);
  const auto* found = step ? std::get_if<Dial::Exhausted>(&*step) : nullptr;
  return found == nullptr ? std::nullopt : std::optional{found->why.code};
}

TEST(Dial, TriesTheFirstAddressAtOnce) {
  Dial dial{addresses({"/ip4/1.1.1.1/tcp/1", "/ip4/1.1.1.2/tcp/2"}), {}};
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.1.1.1/tcp/1");
}

TEST(Dial, TriesTheNextAddressAfterTheStagger) {
  Dial dial{addresses({"/ip4/1.1.1.1/tcp/1", "/ip4/1.1.1.2/tcp/2"}), {}};
  EXPECT_NE(attempt(dial, kStart), "");
  EXPECT_EQ(dial.next_deadline(), kStart + 250ms);
  EXPECT_EQ(attempt(dial, kStart + 250ms - 1ns), "");
  EXPECT_EQ(attempt(dial, kStart + 250ms), "/ip4/1.1.1.2/tcp/2");
}

TEST(Dial, TriesTheNextAddressAtOnceAfterAFailure) {
  Dial dial{addresses({"/ip4/1.1.1.1/tcp/1", "/ip4/1.1.1.2/tcp/2"}), {}};
  EXPECT_NE(attempt(dial, kStart), "");
  dial.on_attempt_failed(0, {Errc::kUnreachable, ""});
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.1.1.2/tcp/2");
}

TEST(Dial, HasNoDeadlineWhenEverythingIsTried) {
  Dial dial{addresses({"/ip4/1.1.1.1/tcp/1"}), {}};
  EXPECT_NE(attempt(dial, kStart), "");
  EXPECT_FALSE(dial.next_deadline().has_value());
  EXPECT_FALSE(dial.poll(kStart + 1h).has_value());
}

TEST(Dial, TriesAnAddressAgainWithTheNextSecurityProtocolWhenThePeerRefusesTheFirst) {
  Dial dial{{address("/ip4/10.0.0.1/tcp/1"), address("/ip4/10.0.0.2/tcp/1")},
            {.security = {Security::kNoise, Security::kTls}}};
  const auto first = std::get<Dial::Attempt>(dial.poll(kStart).value());
  EXPECT_EQ(first.security, Security::kNoise);
  dial.on_attempt_failed(first.number, {Errc::kUnsupported, ""});
  const auto second = std::get<Dial::Attempt>(dial.poll(kStart).value());
  EXPECT_EQ(second.address, first.address);
  EXPECT_EQ(second.security, Security::kTls);
  dial.on_attempt_failed(second.number, {Errc::kUnsupported, ""});
  const auto third = std::get<Dial::Attempt>(dial.poll(kStart).value());
  EXPECT_NE(third.address, first.address);
  EXPECT_EQ(third.security, Security::kNoise);
}

TEST(Dial, DoesNotTryAnotherSecurityProtocolAfterAnyOtherFailure) {
  Dial dial{{address("/ip4/10.0.0.1/tcp/1")}, {.security = {Security::kNoise, Security::kTls}}};
  const auto first = std::get<Dial::Attempt>(dial.poll(kStart).value());
  dial.on_attempt_failed(first.number, {Errc::kReset, ""});
  EXPECT_TRUE(std::holds_alternative<Dial::Exhausted>(dial.poll(kStart).value()));
}

TEST(Dial, IsExhaustedWithTheLastAttemptsError) {
  Dial dial{addresses({"/ip4/1.1.1.1/tcp/1", "/ip4/1.1.1.2/tcp/2"}), {}};
  EXPECT_NE(attempt(dial, kStart), "");
  dial.on_attempt_failed(0, {Errc::kUnreachable, ""});
  EXPECT_NE(attempt(dial, kStart), "");
  EXPECT_EQ(exhausted(dial), std::nullopt);
  dial.on_attempt_failed(0, {Errc::kWrongPeer, ""});
  EXPECT_EQ(exhausted(dial), Errc::kWrongPeer);
}

TEST(Dial, IsExhaustedAtOnceWithoutAnAddress) {
  Dial dial{{}, {}};
  EXPECT_EQ(exhausted(dial), Errc::kUnreachable);
}

TEST(Dial, PassesOverAddressesThatAreNotTcp) {
  Dial dial{addresses({"/ip4/1.1.1.1/udp/1/quic-v1", "/ip4/1.1.1.1/tcp/1/tls/ws",
                       "/ip4/1.1.1.1/tcp/1" + p2p(1) + "/p2p-circuit"}),
            {}};
  EXPECT_EQ(exhausted(dial), Errc::kUnreachable);
}

TEST(Dial, WhatANameOfAWebSocketResolvesToIsAWebSocketOfThatName) {
  Dial dial{addresses({"/dns4/x.example/tcp/80/ws" + p2p(1)}), {}};
  dial.on_resolved(resolve(dial).query, std::vector<std::string>{"1.1.1.1"});
  const auto found = std::get<Dial::Attempt>(dial.poll(kStart).value());
  EXPECT_EQ(found.address.to_string(), "/ip4/1.1.1.1/tcp/80/ws");
  EXPECT_EQ(found.name, "x.example");
}

TEST(Dial, TheNameStaysWithAnAddressThatIsTriedAgain) {
  Dial dial{addresses({"/dns4/x.example/tcp/80/ws"}), {.security = {Security::kNoise, Security::kTls}}};
  dial.on_resolved(resolve(dial).query, std::vector<std::string>{"1.1.1.1"});
  const auto first = std::get<Dial::Attempt>(dial.poll(kStart).value());
  dial.on_attempt_failed(first.number, {Errc::kUnsupported, ""});
  EXPECT_EQ(std::get<Dial::Attempt>(dial.poll(kStart).value()).name, "x.example");
}

TEST(Dial, AnAddressThatWasGivenHasNoName) {
  Dial dial{addresses({"/ip4/1.1.1.1/tcp/1/ws"}), {}};
  const auto found = std::get<Dial::Attempt>(dial.poll(kStart).value());
  EXPECT_EQ(found.address.to_string(), "/ip4/1.1.1.1/tcp/1/ws");
  EXPECT_EQ(found.name, "");
}

TEST(Dial, AWebSocketAndATcpConnectionToOnePortAreTwoAddresses) {
  Dial dial{addresses({"/ip4/1.1.1.1/tcp/1/ws", "/ip4/1.1.1.1/tcp/1"}), {}};
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.1.1.1/tcp/1/ws");
  EXPECT_EQ(attempt(dial, kStart + 250ms), "/ip4/1.1.1.1/tcp/1");
}

TEST(Dial, TriesADuplicateOnce) {
  Dial dial{addresses({"/ip4/1.1.1.1/tcp/1", "/ip4/1.1.1.1/tcp/1", "/ip4/1.1.1.1/tcp/1" + p2p(1)}), {}};
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.1.1.1/tcp/1");
  dial.on_attempt_failed(0, {Errc::kReset, ""});
  EXPECT_EQ(exhausted(dial), Errc::kReset);
}

TEST(Dial, TriesADuplicateFromAnAnswerOnce) {
  Dial dial{addresses({"/ip4/1.1.1.1/tcp/1", "/dns4/x.example/tcp/1"}), {}};
  const auto query = resolve(dial);
  EXPECT_NE(attempt(dial, kStart), "");
  dial.on_resolved(query.query, std::vector<std::string>{"1.1.1.1"});
  dial.on_attempt_failed(0, {Errc::kReset, ""});
  EXPECT_EQ(exhausted(dial), Errc::kReset);
}

TEST(Dial, CutsThePeerIdOffWhatIsDialed) {
  Dial dial{addresses({"/ip4/1.1.1.1/tcp/1" + p2p(1)}), {.expected_peer = numbered_peer(1)}};
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.1.1.1/tcp/1");
}

TEST(Dial, PassesOverAddressesOfOtherPeers) {
  Dial dial{addresses({"/ip4/1.1.1.1/tcp/1" + p2p(2)}), {.expected_peer = numbered_peer(1)}};
  EXPECT_EQ(exhausted(dial), Errc::kUnreachable);
}

TEST(Dial, TriesNoMoreThanItsMaximumOfAddresses) {
  std::vector<wire::Multiaddr> many;
  for (int i = 1; i <= 40; ++i) {
    many.push_back(address("/ip4/1.1.1." + std::to_string(i) + "/tcp/1"));
  }
  Dial dial{many, {}};
  int tried = 0;
  while (!attempt(dial, kStart).empty()) {
    ++tried;
    dial.on_attempt_failed(0, {Errc::kReset, ""});
  }
  EXPECT_EQ(tried, 16);
}

TEST(Dial, ResolvesDns4ForAddressesOfThatVersion) {
  Dial dial{addresses({"/dns4/x.example/tcp/4001"}), {}};
  const auto query = resolve(dial);
  EXPECT_EQ(query.name, "x.example");
  EXPECT_EQ(query.kind, NameKind::kA);
  EXPECT_FALSE(dial.poll(kStart).has_value());
  dial.on_resolved(query.query, std::vector<std::string>{"1.2.3.4"});
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.2.3.4/tcp/4001");
}

TEST(Dial, ResolvesDns6ForAddressesOfThatVersion) {
  Dial dial{addresses({"/dns6/x.example/tcp/4001"}), {}};
  const auto query = resolve(dial);
  EXPECT_EQ(query.kind, NameKind::kAaaa);
  dial.on_resolved(query.query, std::vector<std::string>{"2001:db8::1"});
  EXPECT_EQ(attempt(dial, kStart), "/ip6/2001:db8::1/tcp/4001");
}

TEST(Dial, ResolvesDnsForBothVersions) {
  Dial dial{addresses({"/dns/x.example/tcp/4001"}), {}};
  EXPECT_EQ(resolve(dial).kind, NameKind::kA);
  EXPECT_EQ(resolve(dial).kind, NameKind::kAaaa);
}

TEST(Dial, DialsWhileNamesAreStillBeingResolved) {
  Dial dial{addresses({"/dns4/x.example/tcp/1", "/ip4/1.1.1.1/tcp/1"}), {}};
  (void)resolve(dial);
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.1.1.1/tcp/1");
}

TEST(Dial, WaitsForNamesWhenAllAttemptsHaveFailed) {
  Dial dial{addresses({"/dns4/x.example/tcp/1", "/ip4/1.1.1.1/tcp/1"}), {}};
  const auto query = resolve(dial);
  (void)attempt(dial, kStart);
  dial.on_attempt_failed(0, {Errc::kReset, ""});
  EXPECT_FALSE(dial.poll(kStart).has_value());
  dial.on_resolved(query.query, std::vector<std::string>{"1.2.3.4"});
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.2.3.4/tcp/1");
}

TEST(Dial, IsExhaustedWithTheResolversError) {
  Dial dial{addresses({"/dns4/x.example/tcp/1"}), {}};
  dial.on_resolved(resolve(dial).query, fail(Errc::kDns, ""));
  EXPECT_EQ(exhausted(dial), Errc::kDns);
}

TEST(Dial, IsExhaustedWhenANameHasNoAddress) {
  Dial dial{addresses({"/dns4/x.example/tcp/1"}), {}};
  dial.on_resolved(resolve(dial).query, std::vector<std::string>{});
  EXPECT_EQ(exhausted(dial), Errc::kUnreachable);
}

TEST(Dial, PassesOverAnswersThatAreNoAddresses) {
  Dial dial{addresses({"/dns4/x.example/tcp/1"}), {}};
  dial.on_resolved(resolve(dial).query, std::vector<std::string>{"", "not an ip", "1.2.3"});
  EXPECT_EQ(exhausted(dial), Errc::kUnreachable);
}

TEST(Dial, IgnoresAnswersThatItDidNotAskForOrHasHad) {
  Dial dial{addresses({"/dns4/x.example/tcp/1"}), {}};
  const auto query = resolve(dial);
  dial.on_resolved(77, std::vector<std::string>{"9.9.9.9"});
  dial.on_resolved(query.query, std::vector<std::string>{"1.2.3.4"});
  dial.on_resolved(query.query, std::vector<std::string>{"5.6.7.8"});
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.2.3.4/tcp/1");
  dial.on_attempt_failed(0, {Errc::kReset, ""});
  EXPECT_EQ(exhausted(dial), Errc::kReset);
}

TEST(Dial, FiltersAddressesThatAreNotGlobal) {
  Dial dial{addresses({"/ip4/127.0.0.1/tcp/1", "/ip4/192.168.1.1/tcp/1", "/ip4/8.8.8.8/tcp/1"}),
            {.filter = AddressFilter::kGlobalOnly}};
  EXPECT_EQ(attempt(dial, kStart), "/ip4/8.8.8.8/tcp/1");
  dial.on_attempt_failed(0, {Errc::kReset, ""});
  EXPECT_EQ(exhausted(dial), Errc::kReset);
}

TEST(Dial, FiltersWhatNamesResolveTo) {
  Dial dial{addresses({"/dns4/x.example/tcp/1"}), {.filter = AddressFilter::kGlobalOnly}};
  dial.on_resolved(resolve(dial).query, std::vector<std::string>{"127.0.0.1", "10.0.0.1"});
  EXPECT_EQ(exhausted(dial), Errc::kUnreachable);
}

TEST(Dial, AsksDnsaddrUnderItsOwnLabel) {
  Dial dial{addresses({"/dnsaddr/boot.example"}), {}};
  const auto query = resolve(dial);
  EXPECT_EQ(query.name, "_dnsaddr.boot.example");
  EXPECT_EQ(query.kind, NameKind::kTxt);
}

TEST(Dial, TakesAddressesFromDnsaddrTexts) {
  Dial dial{addresses({"/dnsaddr/boot.example"}), {}};
  dial.on_resolved(resolve(dial).query,
                   std::vector<std::string>{"v=spf1", "dnsaddr=", "dnsaddr=nonsense", "dnsaddr=/ip4/1.2.3.4/tcp/1"});
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.2.3.4/tcp/1");
}

TEST(Dial, PassesOverDnsaddrEntriesOfOtherPeersThanTheNamesOwn) {
  Dial dial{addresses({"/dnsaddr/boot.example" + p2p(1)}), {}};
  dial.on_resolved(resolve(dial).query,
                   std::vector<std::string>{"dnsaddr=/ip4/1.1.1.1/tcp/1" + p2p(2), "dnsaddr=/ip4/1.1.1.2/tcp/1",
                                            "dnsaddr=/ip4/1.1.1.3/tcp/1" + p2p(1)});
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.1.1.3/tcp/1");
  dial.on_attempt_failed(0, {Errc::kReset, ""});
  EXPECT_EQ(exhausted(dial), Errc::kReset);
}

TEST(Dial, PassesOverDnsaddrEntriesOfOtherPeersThanTheExpected) {
  Dial dial{addresses({"/dnsaddr/boot.example"}), {.expected_peer = numbered_peer(1)}};
  dial.on_resolved(resolve(dial).query, std::vector<std::string>{"dnsaddr=/ip4/1.1.1.1/tcp/1" + p2p(2),
                                                                 "dnsaddr=/ip4/1.1.1.3/tcp/1" + p2p(1)});
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.1.1.3/tcp/1");
}

TEST(Dial, FollowsNamesInsideDnsaddr) {
  Dial dial{addresses({"/dnsaddr/boot.example"}), {}};
  dial.on_resolved(resolve(dial).query, std::vector<std::string>{"dnsaddr=/dns4/node.example/tcp/7"});
  const auto query = resolve(dial);
  EXPECT_EQ(query.name, "node.example");
  dial.on_resolved(query.query, std::vector<std::string>{"1.2.3.4"});
  EXPECT_EQ(attempt(dial, kStart), "/ip4/1.2.3.4/tcp/7");
}

TEST(Dial, FollowsDnsaddrThreeDeepAndNoFurther) {
  Dial dial{addresses({"/dnsaddr/a.example"}), {}};
  for (const std::string next : {"b", "c", "d"}) {
    dial.on_resolved(resolve(dial).query, std::vector<std::string>{"dnsaddr=/dnsaddr/" + next + ".example"});
  }
  EXPECT_EQ(exhausted(dial), Errc::kUnreachable);
}

TEST(Dial, EndsOnADnsaddrThatNamesItself) {
  Dial dial{addresses({"/dnsaddr/a.example"}), {}};
  int asked = 0;
  for (auto query = resolve(dial); query.name == "_dnsaddr.a.example"; query = resolve(dial)) {
    ++asked;
    dial.on_resolved(query.query, std::vector<std::string>{"dnsaddr=/dnsaddr/a.example", "dnsaddr=/dnsaddr/a.example"});
  }
  EXPECT_LE(asked, 16);
  EXPECT_EQ(exhausted(dial), Errc::kUnreachable);
}

TEST(Dial, ResolvesNoMoreNamesThanItsMaximum) {
  std::vector<wire::Multiaddr> many;
  for (int i = 0; i < 40; ++i) {
    many.push_back(address("/dns4/n" + std::to_string(i) + ".example/tcp/1"));
  }
  Dial dial{many, {}};
  int asked = 0;
  while (!resolve(dial).name.empty()) {
    ++asked;
  }
  EXPECT_EQ(asked, 16);
}

TEST(Dial, TakesNoMoreThanItsMaximumFromOneAnswer) {
  Dial dial{addresses({"/dns4/x.example/tcp/1"}), {}};
  std::vector<std::string> answers;
  for (int i = 1; i <= 200; ++i) {
    answers.push_back("1.1.1." + std::to_string(i));
  }
  dial.on_resolved(resolve(dial).query, answers);
  int tried = 0;
  while (!attempt(dial, kStart).empty()) {
    ++tried;
    dial.on_attempt_failed(0, {Errc::kReset, ""});
  }
  EXPECT_EQ(tried, 16);
}

}  // namespace
}  // namespace pond::swarm
