#include "pond/upgrade/tls_handshake.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/tls_peer.hpp"

namespace pond::upgrade {
namespace {

using test::CertificateRecipe;
using test::kTlsNow;
using test::TlsPeer;

const std::vector<std::string> kYamux{"/yamux/1.0.0"};

TlsIdentity identity(std::uint64_t seed, const std::vector<std::string>& muxers = kYamux) {
  return TlsIdentity::make(test::tls_identity_key(seed), muxers, kTlsNow).value();
}

/// A client and a server of ours, and the octets between them.
struct Pair {
  Pair(const TlsIdentity& client_identity, const TlsIdentity& server_identity,
       std::optional<wire::PeerId> expected = std::nullopt)
      : client(TlsRole::kClient, client_identity, {.expected_peer = std::move(expected), .now = kTlsNow}),
        server(TlsRole::kServer, server_identity, {.expected_peer = {}, .now = kTlsNow}) {}

  Result<void> start() {
    POND_CHECK(client.start(to_server));
    return server.start(to_client);
  }
  /// Delivers what is under way, `chunk` octets at a time, until both are done or one has failed.
  Result<void> run(std::size_t chunk = 1000) {
    POND_CHECK(start());
    for (int rounds = 0; rounds < 10'000 && !(to_server.empty() && to_client.empty()); ++rounds) {
      POND_CHECK(deliver(server, to_server, to_client, chunk));
      POND_CHECK(deliver(client, to_client, to_server, chunk));
      if (client.done() && server.done()) {
        return {};
      }
    }
    return fail(Errc::kTimeout, "the handshake did not end");
  }

  TlsHandshake client;
  TlsHandshake server;
  Bytes to_server;
  Bytes to_client;

 private:
  static Result<void> deliver(TlsHandshake& to, Bytes& under_way, Bytes& answers, std::size_t chunk) {
    const std::size_t size = std::min(chunk, under_way.size());
    POND_TRY(const std::size_t used, to.handle(BytesView{under_way}.first(size), answers));
    under_way.erase(under_way.begin(), under_way.begin() + static_cast<std::ptrdiff_t>(used));
    return {};
  }
};

/// Our side against a peer made by hand; ends when neither says anything more.
Result<void> meet(TlsHandshake& ours, TlsPeer& peer) {
  Bytes out;
  POND_CHECK(ours.start(out));
  Bytes from_peer = peer.handle(out);
  for (int rounds = 0; rounds < 20 && !from_peer.empty() && !ours.done(); ++rounds) {
    out.clear();
    POND_TRY(const std::size_t used, ours.handle(from_peer, out));
    from_peer.erase(from_peer.begin(), from_peer.begin() + static_cast<std::ptrdiff_t>(used));
    append(from_peer, peer.handle(out));
  }
  return {};
}

Result<void> serve(const CertificateRecipe& recipe, const TlsPeer::Options& options) {
  TlsPeer peer{recipe, options};
  const TlsIdentity own = identity(2);
  TlsHandshake server{TlsRole::kServer, own, {.expected_peer = {}, .now = kTlsNow}};
  Bytes out;
  POND_CHECK(server.start(out));
  Bytes from_peer = peer.handle({});
  for (int rounds = 0; rounds < 20 && !server.done() && !from_peer.empty(); ++rounds) {
    out.clear();
    POND_CHECK(server.handle(from_peer, out));
    from_peer = peer.handle(out);
  }
  return server.done() ? Result<void>{} : fail(Errc::kTimeout, "the handshake did not end");
}

Errc error_of(const auto& result) {
  return result.has_value() ? Errc::kNotFound : result.error().code;
}

TEST(TlsHandshake, BothProveTheirIdentity) {
  const TlsIdentity a = identity(1);
  const TlsIdentity b = identity(2);
  Pair pair{a, b, b.peer_id()};
  ASSERT_TRUE(pair.run().has_value());
  const auto of_client = pair.client.take();
  const auto of_server = pair.server.take();
  EXPECT_EQ(of_client->remote_peer, b.peer_id());
  EXPECT_EQ(of_server->remote_peer, a.peer_id());
  EXPECT_EQ(of_server->remote_key, test::tls_identity_key(1).public_key());
}

TEST(TlsHandshake, TheServerSaysNothingFirst) {
  const TlsIdentity own = identity(1);
  TlsHandshake server{TlsRole::kServer, own, {.expected_peer = {}, .now = kTlsNow}};
  Bytes out;
  ASSERT_TRUE(server.start(out).has_value());
  EXPECT_TRUE(out.empty());
}

TEST(TlsHandshake, TheClientNamesNoServer) {
  const TlsIdentity own = identity(1);
  TlsHandshake client{TlsRole::kClient, own, {.expected_peer = {}, .now = kTlsNow}};
  Bytes out;
  ASSERT_TRUE(client.start(out).has_value());
  TlsPeer peer{{}, {.client = false}};
  (void)peer.handle(out);
  EXPECT_EQ(SSL_get_servername(peer.ssl(), TLSEXT_NAMETYPE_host_name), nullptr);
}

TEST(TlsHandshake, TheServerGivesNoTicketsToResumeWith) {
  const TlsIdentity a = identity(1);
  const TlsIdentity b = identity(2);
  Pair pair{a, b};
  ASSERT_TRUE(pair.run().has_value());
  EXPECT_TRUE(pair.to_client.empty());
}

TEST(TlsHandshake, AgreesOnTheClientsFirstMuxerThatTheServerHas) {
  const TlsIdentity client = identity(1, {"/unknown", "/b", "/a"});
  const TlsIdentity server = identity(2, {"/a", "/b"});
  Pair pair{client, server};
  ASSERT_TRUE(pair.run().has_value());
  EXPECT_EQ(pair.client.take()->muxer, "/b");
  EXPECT_EQ(pair.server.take()->muxer, "/b");
}

TEST(TlsHandshake, WithoutAMuxerInCommonItIsNegotiatedLater) {
  const TlsIdentity client = identity(1, {"/x"});
  const TlsIdentity server = identity(2, {"/y"});
  Pair pair{client, server};
  ASSERT_TRUE(pair.run().has_value());
  EXPECT_EQ(pair.client.take()->muxer, "");
  EXPECT_EQ(pair.server.take()->muxer, "");
}

TEST(TlsHandshake, APeerThatKnowsNoEarlyMuxersIsServed) {
  EXPECT_TRUE(serve({}, {}).has_value());
}

TEST(TlsHandshake, APeerWithoutApplicationProtocolsIsServed) {
  EXPECT_TRUE(serve({}, {.alpn = ""}).has_value());
}

TEST(TlsHandshake, NoApplicationProtocolInCommonIsRefused) {
  EXPECT_EQ(error_of(serve({}, {.alpn = "\x02h2"})), Errc::kUnsupported);
}

TEST(TlsHandshake, OlderVersionsAreRefused) {
  EXPECT_EQ(error_of(serve({}, {.version = TLS1_2_VERSION})), Errc::kUnsupported);
}

TEST(TlsHandshake, AServerThatHasOnlyOlderVersionsIsNamed) {
  const TlsIdentity own = identity(1);
  TlsHandshake client{TlsRole::kClient, own, {.expected_peer = {}, .now = kTlsNow}};
  TlsPeer peer{{}, {.client = false, .version = TLS1_2_VERSION}};
  EXPECT_EQ(error_of(meet(client, peer)), Errc::kUnsupported);
}

TEST(TlsHandshake, AClientWithoutACertificateIsRefused) {
  EXPECT_EQ(error_of(serve({}, {.show_certificate = false})), Errc::kProtocol);
}

TEST(TlsHandshake, MoreThanOneCertificateIsRefused) {
  EXPECT_EQ(error_of(serve({}, {.more_certificates = 1})), Errc::kProtocol);
}

TEST(TlsHandshake, ABadCertificateIsRefusedForItsReason) {
  EXPECT_EQ(error_of(serve({.signed_keys = 0}, {})), Errc::kMalformed);
  EXPECT_EQ(error_of(serve({.not_after = kTlsNow - 1min}, {})), Errc::kProtocol);
  EXPECT_EQ(error_of(serve({.prefix = "x"}, {})), Errc::kBadSignature);
  EXPECT_EQ(error_of(serve({.more_in_signed_key = std::string(kMaxTlsCertificateBytes, 'x')}, {})), Errc::kTooLarge);
}

TEST(TlsHandshake, AnotherServerThanTheOneDialledIsRefused) {
  const TlsIdentity a = identity(1);
  const TlsIdentity b = identity(2);
  Pair pair{a, b, identity(3).peer_id()};
  EXPECT_EQ(error_of(pair.run()), Errc::kWrongPeer);
}

TEST(TlsHandshake, TheServerLearnsWhyTheClientLeft) {
  const TlsIdentity a = identity(1);
  const TlsIdentity b = identity(2);
  Pair pair{a, b, identity(3).peer_id()};
  ASSERT_FALSE(pair.run(100'000).has_value());
  Bytes ignored;
  EXPECT_EQ(error_of(pair.server.handle(pair.to_server, ignored)), Errc::kRefused);
}

TEST(TlsHandshake, AServerThatHasABadCertificateIsRefusedByTheClient) {
  const TlsIdentity own = identity(1);
  TlsHandshake client{TlsRole::kClient, own, {.expected_peer = {}, .now = kTlsNow}};
  TlsPeer peer{{.signed_keys = 0}, {.client = false}};
  EXPECT_EQ(error_of(meet(client, peer)), Errc::kMalformed);
}

TEST(TlsHandshake, ArrivesInChunksOfAnySize) {
  const TlsIdentity a = identity(1);
  const TlsIdentity b = identity(2);
  for (const std::size_t chunk : {1U, 2U, 7U, 1999U}) {
    Pair pair{a, b};
    EXPECT_TRUE(pair.run(chunk).has_value()) << chunk;
  }
}

TEST(TlsHandshake, WhatFollowsIsLeftForTheSession) {
  const TlsIdentity a = identity(1);
  const TlsIdentity b = identity(2);
  Pair pair{a, b};
  ASSERT_TRUE(pair.start().has_value());
  (void)pair.server.handle(pair.to_server, pair.to_client);
  pair.to_server.clear();
  ASSERT_TRUE(pair.client.handle(pair.to_client, pair.to_server).has_value());
  auto of_client = pair.client.take();
  const std::size_t handshake_bytes = pair.to_server.size();
  ASSERT_TRUE(of_client->session.seal(as_bytes("early"), pair.to_server).has_value());
  const auto used = pair.server.handle(pair.to_server, pair.to_client);
  ASSERT_TRUE(used.has_value());
  EXPECT_EQ(*used, handshake_bytes);
  BytesView rest = BytesView{pair.to_server}.subspan(*used);
  auto of_server = pair.server.take();
  const auto plain = of_server->session.open(rest);
  ASSERT_TRUE(plain.has_value() && plain->has_value());
  EXPECT_TRUE(equal(**plain, as_bytes("early")));
}

TEST(TlsHandshake, GarbageIsRefusedAndFinal) {
  const TlsIdentity own = identity(1);
  TlsHandshake server{TlsRole::kServer, own, {.expected_peer = {}, .now = kTlsNow}};
  Bytes out;
  ASSERT_TRUE(server.start(out).has_value());
  EXPECT_FALSE(server.handle(as_bytes("GET / HTTP/1.1\r\n\r\n"), out).has_value());
  EXPECT_EQ(error_of(server.handle(as_bytes("x"), out)), Errc::kClosed);
}

TEST(TlsHandshake, OctetsBeforeTheStartAreRefused) {
  const TlsIdentity own = identity(1);
  TlsHandshake server{TlsRole::kServer, own, {.expected_peer = {}, .now = kTlsNow}};
  Bytes out;
  EXPECT_EQ(error_of(server.handle(as_bytes("x"), out)), Errc::kProtocol);
}

TEST(TlsHandshake, ThereIsNoOutcomeBeforeItIsDone) {
  const TlsIdentity own = identity(1);
  TlsHandshake server{TlsRole::kServer, own, {.expected_peer = {}, .now = kTlsNow}};
  EXPECT_EQ(error_of(server.take()), Errc::kInvalidArgument);
}

TEST(TlsIdentity, RefusesAMuxerThatCannotBeOffered) {
  const auto key = test::tls_identity_key(1);
  EXPECT_EQ(error_of(TlsIdentity::make(key, std::vector<std::string>{""}, kTlsNow)), Errc::kInvalidArgument);
  EXPECT_EQ(error_of(TlsIdentity::make(key, std::vector{std::string(256, 'm')}, kTlsNow)), Errc::kInvalidArgument);
}

RC_GTEST_PROP(TlsHandshake, AnAlteredOctetNeverGivesAnotherIdentity, ()) {
  static const TlsIdentity a = identity(1);
  static const TlsIdentity b = identity(2);
  Pair pair{a, b};
  RC_ASSERT(pair.start().has_value());
  auto at = *rc::gen::inRange<std::size_t>(0, 4000);
  const auto alter = [&](Bytes& under_way) {
    if (at < under_way.size()) {
      under_way[at] ^= 1;
      at = 1'000'000;
    } else {
      at -= under_way.size();
    }
  };
  for (int rounds = 0; rounds < 4; ++rounds) {
    alter(pair.to_server);
    if (!pair.server.handle(std::exchange(pair.to_server, {}), pair.to_client)) {
      return;
    }
    alter(pair.to_client);
    if (!pair.client.handle(std::exchange(pair.to_client, {}), pair.to_server)) {
      return;
    }
  }
  RC_ASSERT(!pair.client.done() || pair.client.take()->remote_peer == b.peer_id());
  RC_ASSERT(!pair.server.done() || pair.server.take()->remote_peer == a.peer_id());
}

}  // namespace
}  // namespace pond::upgrade
