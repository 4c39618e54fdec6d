#include "pond/wire/multiaddr.hpp"

#include <unordered_set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/wire/varint.hpp"

namespace pond::wire {
namespace {

constexpr std::string_view kId = "QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC";
constexpr std::string_view kOtherId = "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV";

Multiaddr address(std::string_view text) {
  return Multiaddr::parse(text).value();
}
Multiaddr with_id(std::string_view text, std::string_view id) {
  return address(std::string{text} + "/p2p/" + std::string{id});
}

TEST(Multiaddr, TheEmptyOneHasNoParts) {
  const Multiaddr empty;
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(empty.to_string(), "/");
  EXPECT_TRUE(empty.parts().empty());
  EXPECT_FALSE(empty.peer_id());
  EXPECT_EQ(empty.without_peer_id(), empty);
}

TEST(Multiaddr, PartsAreInOrderWithTheirValues) {
  const Multiaddr a = address("/dns4/example.com/tcp/4001/noise");
  const auto parts = a.parts();
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].code, 54u);
  EXPECT_EQ(to_string(parts[0].value), "example.com");
  EXPECT_EQ(parts[1].code, 6u);
  EXPECT_EQ(to_hex(parts[1].value), "0fa1");
  EXPECT_EQ(parts[2].code, 454u);
  EXPECT_TRUE(parts[2].value.empty());
}

TEST(Multiaddr, TheFirstValueOfAProtocolIsFound) {
  const Multiaddr a = address("/ip4/1.2.3.4/tcp/1/ip4/5.6.7.8/tcp/2");
  EXPECT_EQ(to_hex(*a.value_of(Protocol::kIp4)), "01020304");
  EXPECT_EQ(to_hex(*a.value_of(Protocol::kTcp)), "0001");
  EXPECT_FALSE(a.value_of(Protocol::kIp6));
  EXPECT_TRUE(a.has(Protocol::kTcp));
  EXPECT_FALSE(a.has(Protocol::kP2pCircuit));
}

TEST(Multiaddr, APartWithoutAValueIsFoundToo) {
  EXPECT_TRUE(address("/tcp/1/ws").has(Protocol::kWs));
}

TEST(Multiaddr, TheIdAtTheEndIsSeen) {
  EXPECT_EQ(with_id("/ip4/1.2.3.4/tcp/1", kId).peer_id(), PeerId::parse(kId).value());
  EXPECT_FALSE(address("/ip4/1.2.3.4/tcp/1").peer_id());
}

TEST(Multiaddr, AnIdInTheMiddleIsNotTheAddressees) {
  const Multiaddr relay = address("/ip4/1.2.3.4/tcp/1/p2p/" + std::string{kId} + "/p2p-circuit");
  EXPECT_FALSE(relay.peer_id());
  EXPECT_EQ(with_id(relay.to_string(), kOtherId).peer_id(), PeerId::parse(kOtherId).value());
}

TEST(Multiaddr, TheIdAtTheEndIsTakenOff) {
  EXPECT_EQ(with_id("/ip4/1.2.3.4/tcp/1", kId).without_peer_id(), address("/ip4/1.2.3.4/tcp/1"));
  EXPECT_EQ(address("/ip4/1.2.3.4/tcp/1").without_peer_id(), address("/ip4/1.2.3.4/tcp/1"));
  EXPECT_TRUE(address("/p2p/" + std::string{kId}).without_peer_id().empty());
}

TEST(Multiaddr, AnIdIsPutAtTheEnd) {
  const PeerId id = PeerId::parse(kId).value();
  EXPECT_EQ(address("/ip4/1.2.3.4/tcp/1").with_peer_id(id), with_id("/ip4/1.2.3.4/tcp/1", kId));
  EXPECT_EQ(with_id("/ip4/1.2.3.4/tcp/1", kOtherId).with_peer_id(id), with_id("/ip4/1.2.3.4/tcp/1", kId));
  EXPECT_EQ(Multiaddr{}.with_peer_id(id), address("/p2p/" + std::string{kId}));
}

TEST(Multiaddr, EqualityIsOfTheOctets) {
  EXPECT_EQ(address("/ip4/127.0.0.1/tcp/1234"), address("/ip4/127.0.0.1/tcp/1234/"));
  EXPECT_NE(address("/ip4/127.0.0.1/tcp/1234"), address("/ip4/127.0.0.1/udp/1234"));
  EXPECT_LT(address("/ip4/127.0.0.1"), address("/ip4/127.0.0.2"));
}

TEST(Multiaddr, EqualAddressesHashAlike) {
  const std::unordered_set<Multiaddr> all{address("/ip6/::1/tcp/1"), address("/ip6/0::1/tcp/1"),
                                          address("/ip6/::1/tcp/2")};
  EXPECT_EQ(all.size(), 2u);
}

// --- properties ---

/// The octets of one well-formed part of a kind that is not a path.
Bytes random_part() {
  const auto octets = [](std::size_t size) {
    return *rc::gen::container<Bytes>(size, rc::gen::arbitrary<std::uint8_t>());
  };
  const auto part = [](std::uint64_t code, const Bytes& value, bool prefixed) {
    Bytes out;
    append_varint(out, code);
    if (prefixed) {
      append_varint(out, value.size());
    }
    append(out, value);
    return out;
  };
  switch (*rc::gen::inRange(0, 10)) {
    case 0:
      return part(4, octets(4), false);
    case 1:
      return part(41, octets(16), false);
    case 2:
      return part(6, octets(2), false);
    case 3:
      return part(43, octets(1), false);
    case 4:
      return part(777, octets(8), false);
    case 5: {
      Bytes hash = *from_hex("1220");
      append(hash, octets(32));
      return part(*rc::gen::arbitrary<bool>() ? 421 : 466, hash, true);
    }
    case 6:
      return part(481, octets(*rc::gen::inRange<std::size_t>(1, 20)), true);
    case 7:
      return part(447, octets(*rc::gen::element<std::size_t>(32, 35, 40)), true);
    case 8:
      return part(*rc::gen::element<std::uint64_t>(53, 54, 55, 56, 42, 449),
                  to_bytes(*rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>(0x30, 0x7e)))),
                  true);
    default:
      return part(*rc::gen::element<std::uint64_t>(454, 461, 477, 290, 480), {}, false);
  }
}

Bytes random_address() {
  Bytes raw;
  const int parts = *rc::gen::inRange(1, 8);
  for (int i = 0; i < parts; ++i) {
    append(raw, random_part());
  }
  return raw;
}

RC_GTEST_PROP(MultiaddrProperty, BothFormsRoundTrip, ()) {
  const auto a = Multiaddr::from_bytes(random_address());
  RC_PRE(a.has_value());
  RC_ASSERT((Multiaddr::parse(a->to_string()) == a));
  RC_ASSERT((Multiaddr::from_bytes(a->bytes()) == a));
}

RC_GTEST_PROP(MultiaddrProperty, OnlyTheBoundRefusesWellFormedParts, ()) {
  const auto a = Multiaddr::from_bytes(random_address());
  RC_ASSERT((a.has_value() || a.error().code == Errc::kTooLarge));
}

RC_GTEST_PROP(MultiaddrProperty, DamagedOctetsNeverCrash, ()) {
  Bytes raw = random_address();
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    raw[*rc::gen::inRange<std::size_t>(0, raw.size())] = *rc::gen::arbitrary<std::uint8_t>();
  }
  raw.resize(*rc::gen::inRange<std::size_t>(0, raw.size() + 1));
  const auto a = Multiaddr::from_bytes(raw);
  if (a) {
    RC_ASSERT((Multiaddr::parse(a->to_string()) == a));
    RC_ASSERT(equal(a->bytes(), raw));
  }
}

RC_GTEST_PROP(MultiaddrProperty, RandomOctetsNeverCrash, (const Bytes& random)) {
  const auto a = Multiaddr::from_bytes(random);
  if (a) {
    RC_ASSERT((Multiaddr::parse(a->to_string()) == a));
  }
}

RC_GTEST_PROP(MultiaddrProperty, RandomTextNeverCrashes, ()) {
  const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(
      rc::gen::element<std::string>("ip4", "ip6", "tcp", "dns", "unix", "p2p", "http-path", "ws", "ipcidr", "certhash",
                                    "onion", "garlic32", "1.2.3.4", "::1", "80", "uEgIB", std::string{kId}, "a%41", ""),
      rc::gen::string<std::string>()));
  std::string text;
  for (const auto& word : words) {
    text += "/" + word;
  }
  const auto a = Multiaddr::parse(text);
  if (a) {
    RC_ASSERT((Multiaddr::parse(a->to_string()) == a));
    RC_ASSERT((Multiaddr::from_bytes(a->bytes()) == a));
  }
}

RC_GTEST_PROP(MultiaddrProperty, PartsMakeTheWhole, ()) {
  const auto a = Multiaddr::from_bytes(random_address());
  RC_PRE(a.has_value());
  std::size_t total = 0;
  for (const auto& part : a->parts()) {
    total += varint_size(part.code) + part.value.size();
    RC_ASSERT(a->has(static_cast<Protocol>(part.code)));
  }
  RC_ASSERT(total <= a->bytes().size());
}

RC_GTEST_PROP(MultiaddrProperty, AnIdPutOnCanBeTakenOff, ()) {
  const auto a = Multiaddr::from_bytes(random_address());
  RC_PRE(a.has_value());
  const PeerId id = PeerId::parse(kOtherId).value();
  const Multiaddr with = a->with_peer_id(id);
  RC_ASSERT((with.peer_id() == id));
  RC_ASSERT((with.without_peer_id() == a->without_peer_id()));
}

}  // namespace
}  // namespace pond::wire
