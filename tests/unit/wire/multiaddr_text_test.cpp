// The text form, by family of protocols. Most vectors are go-multiaddr's lists of what construction must take and
// refuse.
#include <initializer_list>
#include <string>

#include <gtest/gtest.h>

#include "pond/wire/multiaddr.hpp"

#include "support/multiaddr_vectors.hpp"

namespace pond::wire {
namespace {

using test::kGarlic64;

constexpr std::string_view kQmId = "QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC";
constexpr std::string_view kQmIdBase36 = "k2k4r8oqamigqdo6o7hsbfwd45y70oyynp98usk7zmyfrzpqxh1pohl7";
constexpr std::string_view kEd25519Id = "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV";
const std::string kOnion3 = "vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd";
const std::string kGarlic32 = "566niximlxdzpanmn4qouucvua3k7neniwss47li5r6ugoertzu";

/// Each is taken and prints as it was written.
void expect_canonical(std::initializer_list<std::string> texts) {
  for (const auto& text : texts) {
    const auto address = Multiaddr::parse(text);
    ASSERT_TRUE(address) << text << ": " << address.error().what;
    EXPECT_EQ(address->to_string(), text);
    EXPECT_EQ(Multiaddr::from_bytes(address->bytes()), address) << text;
  }
}

void expect_prints(std::string_view text, std::string_view canonical) {
  const auto address = Multiaddr::parse(text);
  ASSERT_TRUE(address) << text << ": " << address.error().what;
  EXPECT_EQ(address->to_string(), canonical);
  EXPECT_EQ(Multiaddr::parse(canonical), address) << canonical;
}

void expect_refused(std::initializer_list<std::string> texts) {
  for (const auto& text : texts) {
    EXPECT_FALSE(Multiaddr::parse(text)) << text;
  }
}

TEST(MultiaddrText, Ip4) {
  expect_canonical({"/ip4/1.2.3.4", "/ip4/0.0.0.0", "/ip4/255.255.255.255", "/ip4/192.0.2.0/ipcidr/24"});
  expect_refused({"/ip4", "/ip4/", "/ip4/::1", "/ip4/::ffff:1.2.3.4", "/ip4/fdpsofodsajfdoisa", "/ip4/1.2.3",
                  "/ip4/1.2.3.4.5", "/ip4/1.2.3.256", "/ip4/01.2.3.4", "/ip4/ 1.2.3.4", "/ip4/1.2.3.4 ",
                  "/ip4/0x1.2.3.4", "/ip4/16909060"});
}

TEST(MultiaddrText, Ip6) {
  expect_canonical({"/ip6/::1", "/ip6/::", "/ip6/2601:9:4f81:9700:803e:ca65:66e8:c21", "/ip6/2001:db8::/ipcidr/32",
                    "/ip6/2601:9:4f81:9700:803e:ca65:66e8:c21/udp/1234/quic",
                    "/ip6/2601:9:4f81:9700:803e:ca65:66e8:c21/udp/1234/quic-v1", "/ip6/::ffff:127.0.0.1/tcp/111"});
  expect_refused({"/ip6", "/ip6/1.2.3.4", "/ip6/fe80::1%eth0", "/ip6/1::2::3",
                  "/ip6/:::", "/ip6/12345::", "/ip6/g::", "/ip6/[::1]"});
}

TEST(MultiaddrText, Ip6IsPrintedInTheFormOfRfc5952) {
  expect_prints("/ip6/2001:0DB8:0:0:8:800:200C:417A", "/ip6/2001:db8::8:800:200c:417a");
  expect_prints("/ip6/0:0:0:0:0:0:0:1", "/ip6/::1");
}

TEST(MultiaddrText, PrefixLength) {
  expect_canonical({"/ip4/0.0.0.0/ipcidr/0", "/ip6/::/ipcidr/128"});
  expect_refused({"/ip4/1.2.3.4/ipcidr", "/ip6/::/ipcidr/256", "/ip6/::/ipcidr/1026", "/ip6/::/ipcidr/-1"});
}

TEST(MultiaddrText, Zone) {
  expect_canonical({"/ip6zone/x/ip6/fe80::1", "/ip6zone/x%y/ip6/fe80::1",
                    "/ip6zone/x%y/ip6/::", "/ip6zone/eth0/ip6/::1", "/ip6zone/x/ip6/fe80::1/udp/1234/quic",
                    "/ip6zone/x/ip6/fe80::1/udp/1234/quic-v1"});
  expect_refused({"/ip6zone", "/ip6zone/", "/ip6zone//ip6/fe80::1"});
}

TEST(MultiaddrText, Ports) {
  expect_canonical({"/udp/0", "/tcp/0", "/sctp/0", "/dccp/0", "/udp/1234", "/tcp/1234", "/sctp/1234", "/udp/65535",
                    "/tcp/65535", "/udp/1234/sctp/1234", "/ip4/127.0.0.1/udp/1234", "/ip4/127.0.0.1/tcp/1234"});
  expect_refused({"/udp", "/tcp", "/sctp", "/udp/65536", "/tcp/65536", "/tcp/99999999999999999999", "/udp/1234/sctp",
                  "/ip4/127.0.0.1/udp", "/ip4/127.0.0.1/tcp", "/ip4/127.0.0.1/udp/jfodsajfidosajfoidsa",
                  "/ip4/127.0.0.1/tcp/jfodsajfidosajfoidsa", "/ip4/1.2.3.4/tcp/-1"});
}

TEST(MultiaddrText, PortsHaveOneText) {
  expect_refused(
      {"/tcp/+80", "/tcp/ 80", "/tcp/80 ", "/tcp/0x50", "/tcp/080", "/tcp/00", "/tcp/8_0", "/tcp/80.", "/tcp//80"});
}

TEST(MultiaddrText, ProtocolsWithoutAValue) {
  expect_canonical({"/udp/1234/udt",
                    "/udp/1234/utp",
                    "/tcp/1234/http",
                    "/tcp/1234/tls/http",
                    "/tcp/1234/https",
                    "/ip4/127.0.0.1/udp/1234/quic",
                    "/ip4/127.0.0.1/udp/1234/quic-v1",
                    "/ip4/127.0.0.1/udp/1234/quic-v1/webtransport",
                    "/ip4/127.0.0.1/tcp/9090/http/p2p-webrtc-direct",
                    "/ip4/127.0.0.1/tcp/127/ws",
                    "/ip4/127.0.0.1/tcp/127/wss",
                    "/ip4/127.0.0.1/tcp/127/tls",
                    "/ip4/127.0.0.1/tcp/127/tls/ws",
                    "/ip4/127.0.0.1/tcp/127/noise",
                    "/ip4/127.0.0.1/tcp/127/webrtc-direct",
                    "/ip4/127.0.0.1/tcp/127/webrtc",
                    "/p2p-circuit",
                    "/p2p-websocket-star",
                    "/p2p-stardust",
                    "/p2p-webrtc-star",
                    "/plaintextv2"});
}

TEST(MultiaddrText, ProtocolsWithoutAValueTakeNone) {
  expect_refused({"/quic/65536", "/quic-v1/65536", "/udp/1234/udt/1234", "/udp/1234/utp/1234",
                  "/ip4/127.0.0.1/quic/1234", "/ip4/127.0.0.1/quic-v1/1234"});
}

TEST(MultiaddrText, Names) {
  expect_canonical({"/dns/example.com", "/dns4/example.com/tcp/443/wss", "/dns6/example.com/tcp/4001",
                    "/dnsaddr/bootstrap.libp2p.io", "/dns/münchen.example/tcp/1",
                    "/ip4/127.0.0.1/tcp/443/tls/sni/example.com/http/http-path/foo"});
  expect_refused({"/dns", "/dns4/", "/dns6//tcp/1", "/dnsaddr", "/tls/sni"});
}

TEST(MultiaddrText, NamesAreFitToPrint) {
  expect_refused({"/dns4/a\nb", "/dns4/a\x1b[31mb", std::string{"/dns4/a\0b", 9}, "/dns4/a\x7f", "/dns4/\xff\xfe",
                  "/dns4/\xc2\x80", "/ip6zone/\r/ip6/::1", "/unix/a\tb"});
}

TEST(MultiaddrText, PeerIds) {
  expect_canonical({"/p2p/" + std::string{kQmId}, "/p2p/" + std::string{kEd25519Id},
                    "/p2p/" + std::string{kQmId} + "/tcp/1234", "/ip4/127.0.0.1/p2p/" + std::string{kQmId},
                    "/ip4/127.0.0.1/p2p/" + std::string{kQmId} + "/tcp/1234"});
  expect_refused({"/p2p", "/ip4/127.0.0.1/p2p", "/ip4/127.0.0.1/p2p/tcp",
                  "/p2p/QmxoHT6iViN5xAjoz1VZ553cL31U9F94ht3QvWR1FrEbZY",
                  "/p2p/k2k4r8oqamigqdo6o7hsbfwd45y70oyynp98usk7zmyfrzpqxh1pohl-", "/p2p/?unknownmultibase",
                  "/p2p/k2jmtxwoe2phm1hbqp0e7nufqf6umvuu2e9qd7ana7h411a0haqj6i2z"});
}

TEST(MultiaddrText, PeerIdsOfAnyFormPrintInBase58) {
  for (const std::string_view other :
       {kQmIdBase36, std::string_view{"bafzbeigvf25ytwc3akrijfecaotc74udrhcxzh2cx3we5qqnw5vgrei4bm"}}) {
    expect_prints("/p2p/" + std::string{other}, "/p2p/" + std::string{kQmId});
  }
  expect_prints("/p2p/k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs",
                "/p2p/" + std::string{kEd25519Id});
  expect_prints("/p2p/bafzaajaiaejcalj543iwv2d7pkjt7ykvefrkfu7qjfi6sduakhso4lay6abn2d5u",
                "/p2p/" + std::string{kEd25519Id});
}

TEST(MultiaddrText, IpfsIsTheOldNameOfP2p) {
  expect_prints("/ipfs/" + std::string{kQmId}, "/p2p/" + std::string{kQmId});
  expect_prints("/ip4/127.0.0.1/ipfs/" + std::string{kQmIdBase36} + "/tcp/1234",
                "/ip4/127.0.0.1/p2p/" + std::string{kQmId} + "/tcp/1234");
  expect_refused({"/ip4/127.0.0.1/ipfs", "/ip4/127.0.0.1/ipfs/tcp"});
}

TEST(MultiaddrText, RelayedAddresses) {
  expect_canonical({"/ip4/1.2.3.4/tcp/4001/p2p/" + std::string{kQmId} + "/p2p-circuit/p2p/" + std::string{kEd25519Id}});
}

TEST(MultiaddrText, Unix) {
  expect_canonical({"/unix/a/b/c/d/e", "/unix/stdio", "/ip4/1.2.3.4/tcp/80/unix/a/b/c/d/e/f",
                    "/ip4/127.0.0.1/p2p/" + std::string{kQmId} + "/tcp/1234/unix/stdio", "/unix/a/tcp/80"});
  expect_refused({"/unix", "/unix/", "/ip4/1.2.3.4/tcp/80/unix"});
}

TEST(MultiaddrText, Onion) {
  expect_canonical({"/onion/timaq4ygg2iegci7:1234", "/onion/timaq4ygg2iegci7:80/http"});
  expect_prints("/onion/TIMAQ4YGG2IEGCI7:80", "/onion/timaq4ygg2iegci7:80");
  expect_refused({"/onion/9imaq4ygg2iegci7:80", "/onion/aaimaq4ygg2iegci7:80", "/onion/timaq4ygg2iegci7:0",
                  "/onion/timaq4ygg2iegci7:-1", "/onion/timaq4ygg2iegci7", "/onion/timaq4ygg2iegci@:666",
                  "/onion/timaq4ygg2iegci7:65536", "/onion/timaq4ygg2iegci7:80:80", "/onion/:80"});
}

TEST(MultiaddrText, Onion3) {
  expect_canonical({"/onion3/" + kOnion3 + ":1234", "/onion3/" + kOnion3 + ":80/http"});
  expect_refused({"/onion3/9" + kOnion3.substr(1) + ":80", "/onion3/" + kOnion3 + "7:80", "/onion3/" + kOnion3 + ":0",
                  "/onion3/" + kOnion3 + ":-1", "/onion3/" + kOnion3, "/onion3/" + kOnion3.substr(1) + "@:666"});
}

TEST(MultiaddrText, Garlic64) {
  expect_canonical({"/garlic64/" + kGarlic64, "/garlic64/" + kGarlic64 + "/http",
                    "/garlic64/" + kGarlic64 + "/udp/8080", "/garlic64/" + kGarlic64 + "/tcp/8080"});
  expect_refused({"/garlic64/" + kGarlic64 + "7:80", "/garlic64/" + kGarlic64 + ":0", "/garlic64/" + kGarlic64 + ":-1",
                  "/garlic64/" + kGarlic64 + "@:666", "/garlic64/" + kGarlic64.substr(0, 512), "/garlic64"});
}

TEST(MultiaddrText, Garlic32) {
  expect_canonical({"/garlic32/" + kGarlic32 + "q", "/garlic32/" + kGarlic32 + "qzwas",
                    "/garlic32/" + kGarlic32 + "q/http", "/garlic32/" + kGarlic32 + "q/tcp/8080",
                    "/garlic32/" + kGarlic32 + "q/udp/8080"});
  expect_refused({"/garlic32/" + kGarlic32, "/garlic32/" + kGarlic32 + "77", "/garlic32/" + kGarlic32 + ":80",
                  "/garlic32/" + kGarlic32 + "q:-1", "/garlic32/" + kGarlic32 + "@", "/garlic32/a"});
}

TEST(MultiaddrText, Garlic32WithTrailingBitsIsRefused) {
  // go takes it, and prints it otherwise than it was written.
  expect_refused({"/garlic32/" + kGarlic32 + "qzwassw"});
  expect_canonical({"/garlic32/" + kGarlic32 + "qzwassq"});
}

TEST(MultiaddrText, CertHashOfAnyMultibasePrintsInBase64Url) {
  expect_prints("/quic-v1/webtransport/certhash/b2uaraocy6yrdblb4sfptaddgimjmmpy",
                "/quic-v1/webtransport/certhash/u1QEQOFj2IjCsPJFfMAxmQxLGPw");
  expect_prints("/certhash/b2uaraocy6yrdblb4sfptaddgimjmmpy/certhash/zQmbWTwYGcmdyK9CYfNBcfs9nhZs17a6FQ4Y8oea278xx41",
                "/certhash/u1QEQOFj2IjCsPJFfMAxmQxLGPw/certhash/uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g");
}

TEST(MultiaddrText, CertHashThatIsNoneIsRefused) {
  expect_refused({"/quic-v1/webtransport/certhash", "/certhash/b2uaraocy6yrdblb4sfptaddgimjmmp", "/certhash/u",
                  "/certhash/x12", "/certhash/f1220"});
}

// The table of multiaddr's protocols/http-path.md.
TEST(MultiaddrText, HttpPathOfTheSpecification) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"user", "/http-path/user"},
      {"api/v0/login", "/http-path/api%2Fv0%2Flogin"},
      {"tmp/foo/../bar", "/http-path/tmp%2Ffoo%2F..%2Fbar"},
      {"a%20space", "/http-path/a%2520space"},
      {"a%2Fslash", "/http-path/a%252Fslash"},
  };
  for (const auto& [path, text] : vectors) {
    const auto address = Multiaddr::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(pond::to_string(address->parts()[0].value), path);
    EXPECT_EQ(address->to_string(), text);
  }
}

TEST(MultiaddrText, HttpPath) {
  expect_canonical({"/http-path/tmp%2Fbar", "/http-path/tmp%2Fbar%2Fbaz", "/http-path/foo", "/http-path/%00%FF",
                    "/http-path/tmp%2Fbar/p2p-circuit",
                    "/ip4/127.0.0.1/tcp/0/p2p/" + std::string{kEd25519Id} + "/http-path/foo"});
  expect_prints("/http-path/a:b@c%2f", "/http-path/a%3Ab%40c%2F");
  expect_refused({"/http-path", "/http-path/", "/http-path/thisIsMissingAfullByte%f", "/http-path/%", "/http-path/%zz",
                  "/http-path/a b", "/http-path/\xc3\xbc", "/http-path/a?b"});
}

TEST(MultiaddrText, Memory) {
  expect_canonical({"/memory/4", "/memory/0", "/memory/18446744073709551615"});
  expect_refused({"/memory", "/memory/92233720368547758081", "/memory/18446744073709551616", "/memory/-1"});
}

TEST(MultiaddrText, UnknownProtocolsAreUnsupported) {
  for (const auto* text :
       {"/ip4/127.0.0.1/tcp/9090/http/p2p-webcrt-direct", "/IP4/1.2.3.4", "/ip5/1.2.3.4", "/ tcp/1"}) {
    const auto address = Multiaddr::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, Errc::kUnsupported);
  }
}

TEST(MultiaddrText, NothingIsNoAddress) {
  expect_refused({"", "/", "//", "ip4/1.2.3.4", " /ip4/1.2.3.4"});
}

TEST(MultiaddrText, EmptyElementsAreRefused) {
  expect_refused({"//ip4/1.2.3.4", "/ip4//1.2.3.4", "/ip4/1.2.3.4//tcp/80"});
}

TEST(MultiaddrText, SlashesAtTheEndMeanNothing) {
  expect_prints("/ip4/127.0.0.1/tcp/1234/", "/ip4/127.0.0.1/tcp/1234");
  expect_prints("/ip4/127.0.0.1/tcp/1234///", "/ip4/127.0.0.1/tcp/1234");
}

TEST(MultiaddrText, OverlongTextIsTooLarge) {
  const std::string longest = "/dns/" + std::string(Multiaddr::kMaxBytes - 5, 'a');
  EXPECT_TRUE(Multiaddr::parse(longest));
  const auto longer = Multiaddr::parse(longest + "a");
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, Errc::kTooLarge);
}

TEST(MultiaddrText, SlashesAtTheEndCountTowardsTheBound) {
  const auto address = Multiaddr::parse("/ip4/1.2.3.4" + std::string(Multiaddr::kMaxBytes, '/'));
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, Errc::kTooLarge);
}

TEST(MultiaddrText, ATextWhoseCanonicalFormIsOverlongIsTooLarge) {
  const auto address = Multiaddr::parse("/http-path/" + std::string(500, '!'));
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, Errc::kTooLarge);
}

}  // namespace
}  // namespace pond::wire
