#include "pond/upgrade/tls_session.hpp"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/upgrade/tls_handshake.hpp"

#include "support/tls_peer.hpp"

namespace pond::upgrade {
namespace {

using test::kTlsNow;
using test::TlsPeer;

/// A session of ours that serves, and the peer that dialled it.
struct Served {
  Served() : peer({}, {}) {
    const auto identity = TlsIdentity::make(test::tls_identity_key(2), {}, kTlsNow);
    TlsHandshake server{TlsRole::kServer, *identity, {.expected_peer = {}, .now = kTlsNow}};
    Bytes out;
    EXPECT_TRUE(server.start(out).has_value());
    Bytes from_peer = peer.handle({});
    while (!server.done() && !from_peer.empty()) {
      out.clear();
      EXPECT_TRUE(server.handle(from_peer, out).has_value());
      from_peer = peer.handle(out);
    }
    session.emplace(std::move(server.take()->session));
  }

  TlsPeer peer;
  std::optional<TlsSession> session;
};

Result<Bytes> open_all(TlsSession& session, BytesView in) {
  Bytes all;
  for (;;) {
    POND_TRY(const auto plain, session.open(in));
    if (!plain) {
      EXPECT_TRUE(in.empty());
      return all;
    }
    append(all, *plain);
  }
}

TEST(TlsSession, OpensWhatThePeerWrote) {
  Served served;
  EXPECT_EQ(open_all(*served.session, served.peer.write("hello")).value(), to_bytes("hello"));
}

TEST(TlsSession, SealsWhatThePeerReads) {
  Served served;
  const Bytes text(100'000, 0x61);
  Bytes out;
  ASSERT_TRUE(served.session->seal(text, out).has_value());
  BIO_write(SSL_get_rbio(served.peer.ssl()), out.data(), static_cast<int>(out.size()));
  Bytes seen;
  std::array<std::uint8_t, 20'000> buffer{};
  for (int size = 0; (size = SSL_read(served.peer.ssl(), buffer.data(), buffer.size())) > 0;) {
    append(seen, BytesView{buffer}.first(static_cast<std::size_t>(size)));
  }
  EXPECT_EQ(seen, text);
}

TEST(TlsSession, SealsNothingForNothing) {
  Served served;
  Bytes out;
  ASSERT_TRUE(served.session->seal({}, out).has_value());
  EXPECT_TRUE(out.empty());
}

TEST(TlsSession, RecordsArriveCutAtAnyOctet) {
  Served served;
  Bytes wire = served.peer.write("first");
  append(wire, served.peer.write("second"));
  Bytes seen;
  for (const std::uint8_t octet : wire) {
    append(seen, open_all(*served.session, BytesView{&octet, 1}).value());
  }
  EXPECT_EQ(seen, to_bytes("firstsecond"));
}

TEST(TlsSession, CountsWhatItHolds) {
  Served served;
  const Bytes wire = served.peer.write(std::string(5000, 'x'));
  EXPECT_EQ(served.session->buffered(), 0U);
  (void)open_all(*served.session, BytesView{wire}.first(3000));
  EXPECT_EQ(served.session->buffered(), 3000U);
  (void)open_all(*served.session, BytesView{wire}.subspan(3000));
  EXPECT_EQ(served.session->buffered(), 0U);
}

TEST(TlsSession, AnAlteredRecordIsRefusedAndFinal) {
  Served served;
  Bytes wire = served.peer.write("hello");
  wire.back() ^= 1;
  EXPECT_EQ(open_all(*served.session, wire).error().code, Errc::kBadSignature);
  EXPECT_EQ(open_all(*served.session, served.peer.write("more")).error().code, Errc::kClosed);
}

TEST(TlsSession, ARecordTwiceIsRefused) {
  Served served;
  const Bytes wire = served.peer.write("hello");
  ASSERT_TRUE(open_all(*served.session, wire).has_value());
  EXPECT_EQ(open_all(*served.session, wire).error().code, Errc::kBadSignature);
}

TEST(TlsSession, ThePeersGoodByeIsAReset) {
  Served served;
  EXPECT_EQ(open_all(*served.session, served.peer.close()).error().code, Errc::kReset);
}

TEST(TlsSession, GoesOnBehindAKeyUpdate) {
  Served served;
  Bytes wire = served.peer.update_keys();
  append(wire, served.peer.write("after"));
  EXPECT_EQ(open_all(*served.session, wire).value(), to_bytes("after"));
  Bytes out;
  ASSERT_TRUE(served.session->seal(as_bytes("answer"), out).has_value());
  BIO_write(SSL_get_rbio(served.peer.ssl()), out.data(), static_cast<int>(out.size()));
  std::array<char, 100> buffer{};
  EXPECT_EQ(SSL_read(served.peer.ssl(), buffer.data(), buffer.size()), 6);
}

TEST(TlsSession, GarbageIsRefused) {
  Served served;
  EXPECT_FALSE(
      open_all(*served.session, as_bytes("\x17\x03\x03\xff\xff garbage that is announced too long")).has_value());
}

RC_GTEST_PROP(TlsSession, BothDirectionsCarryAnyOctetsInAnyChunks, ()) {
  static Served served;
  const auto text =
      *rc::gen::container<std::string>(*rc::gen::inRange<std::size_t>(1, 3000), rc::gen::arbitrary<char>());
  const Bytes wire = served.peer.write(text);
  const auto cut = *rc::gen::inRange<std::size_t>(0, wire.size());
  Bytes seen = open_all(*served.session, BytesView{wire}.first(cut)).value();
  append(seen, open_all(*served.session, BytesView{wire}.subspan(cut)).value());
  RC_ASSERT(seen == to_bytes(text));
}

}  // namespace
}  // namespace pond::upgrade
