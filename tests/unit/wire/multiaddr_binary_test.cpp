#include <utility>

#include <gtest/gtest.h>

#include "pond/wire/multiaddr.hpp"
#include "pond/wire/varint.hpp"

#include "support/multiaddr_vectors.hpp"

namespace pond::wire {
namespace {

Result<Multiaddr> from(std::string_view hex) {
  return Multiaddr::from_bytes(*from_hex(hex));
}

void expect_refused(std::string_view hex, Errc code) {
  const auto address = from(hex);
  ASSERT_FALSE(address) << hex;
  EXPECT_EQ(address.error().code, code) << hex;
}

// go-multiaddr's pairs of text and octets.
TEST(MultiaddrBinary, PublishedVectorsInBothDirections) {
  const std::pair<std::string, std::string> vectors[] = {
      {"/ip4/127.0.0.1/udp/1234", "047f000001910204d2"},
      {"/ip4/127.0.0.1/tcp/4321", "047f0000010610e1"},
      {"/ip4/127.0.0.1/udp/1234/ip4/127.0.0.1/tcp/4321", "047f000001910204d2047f0000010610e1"},
      {"/onion/aaimaq4ygg2iegci:80", "bc030010c0439831b48218480050"},
      {"/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd:1234",
       "bd03adadec040be047f9658668b11a504f3155001f231a37f54c4476c07fb4cc139ed7e30304d2"},
      {"/garlic64/" + test::kGarlic64, test::kGarlic64Hex},
      {"/garlic32/566niximlxdzpanmn4qouucvua3k7neniwss47li5r6ugoertzuq",
       "bf0320efbcd45d0c5dc79781ac6f20ea5055a036afb48d45a52e7d68ec7d4338919e69"},
      {"/ip6zone/eth0/ip6/::1", "2a04657468302900000000000000000000000000000001"},
      {"/memory/4", "89060000000000000004"},
      {"/unix/stdio", "9003062f737464696f"},
  };
  for (const auto& [text, hex] : vectors) {
    const auto parsed = Multiaddr::parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(to_hex(parsed->bytes()), hex);
    const auto read = from(hex);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->to_string(), text);
  }
}

TEST(MultiaddrBinary, ADnsNameOfOddCharactersIsTakenAsGoTakesIt) {
  const auto address = Multiaddr::from_bytes(as_bytes("7*000000000000000000000000000000000000000000"));
  ASSERT_TRUE(address);
  EXPECT_EQ(Multiaddr::parse(address->to_string()), address);
}

TEST(MultiaddrBinary, NothingIsMalformed) {
  expect_refused("", Errc::kMalformed);
}

TEST(MultiaddrBinary, UnknownCodesAreUnsupported) {
  expect_refused("05", Errc::kUnsupported);
  expect_refused("047f000001ff7f", Errc::kUnsupported);
  expect_refused("00", Errc::kUnsupported);
}

TEST(MultiaddrBinary, ACodeThatMatchesOnlyIn32BitsIsUnsupported) {
  Bytes octets;
  append_varint(octets, (std::uint64_t{1} << 32) + 454);  // noise, which has no value
  const auto address = Multiaddr::from_bytes(octets);
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, Errc::kUnsupported);
}

TEST(MultiaddrBinary, EveryCutIsMalformed) {
  const auto whole = Multiaddr::parse(
      "/ip4/1.2.3.4/tcp/80/p2p/QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC/dns/example.com/ip6/::1");
  ASSERT_TRUE(whole);
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < whole->bytes().size(); ++size) {
    accepted += Multiaddr::from_bytes(whole->bytes().first(size)) ? 1U : 0U;
  }
  EXPECT_EQ(accepted, 4u) << "only where a part ends";
}

TEST(MultiaddrBinary, VarintsThatAreNotMinimalAreMalformed) {
  expect_refused("84007f000001", Errc::kMalformed);  // the code of ip4
  expect_refused("368300616263", Errc::kMalformed);  // the length of a name
}

TEST(MultiaddrBinary, AnAnnouncedLengthIsNotBelieved) {
  expect_refused("3604616263", Errc::kMalformed);
  expect_refused("36ffffffffffffffff7f", Errc::kMalformed);
  expect_refused("36ffffffffffffffffff01", Errc::kMalformed);
}

TEST(MultiaddrBinary, EmptyValuesAreMalformed) {
  for (const auto* hex :
       {"3500", "3600", "3700", "3800", "2a00", "a50300", "900300", "be0300", "bf0300", "c10300", "d20300", "e10300"}) {
    expect_refused(hex, Errc::kMalformed);
  }
}

TEST(MultiaddrBinary, AnIdThatIsNoneIsMalformed) {
  // go-multiaddr: a sha2-256 of 33 octets; then an inlined key that is no protobuf.
  expect_refused("a503221221c05877cbae039d70a5e600ea02c6f9f2942439285c9e344e26f8d280c850fad6", Errc::kMalformed);
  expect_refused("a503050003616263", Errc::kMalformed);
}

TEST(MultiaddrBinary, NamesWithASlashAreMalformed) {
  expect_refused("3603612f62", Errc::kMalformed);
  expect_refused("2a03612f62", Errc::kMalformed);
  expect_refused("c10303612f62", Errc::kMalformed);
}

TEST(MultiaddrBinary, NamesThatDoNotPrintAreMalformed) {
  expect_refused("3603610a62", Errc::kMalformed);
  expect_refused("3603610062", Errc::kMalformed);
  expect_refused("3602ff61", Errc::kMalformed);
  expect_refused("3603e202ae", Errc::kMalformed);
  expect_refused("3603e280ae", Errc::kMalformed);  // U+202E turns the rest of the line around
  expect_refused("9003032f0a61", Errc::kMalformed);
}

TEST(MultiaddrBinary, PathsAreAbsoluteAndNoDirectories) {
  expect_refused("90030161", Errc::kMalformed);
  expect_refused("9003012f", Errc::kMalformed);
  expect_refused("9003026162", Errc::kMalformed);
  expect_refused("9003032f612f", Errc::kMalformed);
}

TEST(MultiaddrBinary, NothingFollowsAPath) {
  EXPECT_TRUE(from("9003022f61"));
  expect_refused("9003022f61060050", Errc::kMalformed);
}

TEST(MultiaddrBinary, AnOnionWithPort0IsMalformed) {
  expect_refused("bc030010c0439831b48218480000", Errc::kMalformed);
  expect_refused("bd03adadec040be047f9658668b11a504f3155001f231a37f54c4476c07fb4cc139ed7e3030000", Errc::kMalformed);
}

TEST(MultiaddrBinary, OverlongOctetsAreTooLarge) {
  Bytes octets{0x35};
  append_varint(octets, Multiaddr::kMaxBytes);
  octets.resize(octets.size() + Multiaddr::kMaxBytes, 'a');
  const auto address = Multiaddr::from_bytes(octets);
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, Errc::kTooLarge);
}

TEST(MultiaddrBinary, OctetsWhoseTextIsOverlongAreTooLarge) {
  // /p2p-websocket-star is the protocol whose text is longest for its two octets: 19 characters.
  Bytes octets;
  for (int i = 0; i < 53; ++i) {
    append_varint(octets, 479);
  }
  EXPECT_EQ(Multiaddr::from_bytes(octets)->to_string().size(), 53u * 19);
  append_varint(octets, 479);
  const auto address = Multiaddr::from_bytes(octets);
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, Errc::kTooLarge);
}

}  // namespace
}  // namespace pond::wire
