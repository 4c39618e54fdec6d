#include "pond/upgrade/noise_session.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"

namespace pond::upgrade {
namespace {

crypto::Digest key(std::uint8_t fill) {
  crypto::Digest digest;
  digest.fill(fill);
  return digest;
}

NoiseSession one_end(std::uint64_t first_nonce = 0) {
  return NoiseSession{CipherState{key(1), first_nonce}, CipherState{key(2), first_nonce}};
}
NoiseSession other_end(std::uint64_t first_nonce = 0) {
  return NoiseSession{CipherState{key(2), first_nonce}, CipherState{key(1), first_nonce}};
}

Bytes random_bytes(std::size_t size, std::uint64_t seed = 1) {
  SeededRng rng{seed};
  Bytes out(size);
  rng.fill(out);
  return out;
}

Bytes sealed(NoiseSession& session, BytesView plain) {
  Bytes out;
  EXPECT_TRUE(session.seal(plain, out).has_value());
  return out;
}

/// One frame of any size, made without NoiseSession.
Bytes frame(CipherState& cipher, BytesView plain) {
  const std::size_t length = plain.size() + CipherState::kTagBytes;
  Bytes out(2 + length);
  out[0] = static_cast<std::uint8_t>(length >> 8);
  out[1] = static_cast<std::uint8_t>(length);
  EXPECT_TRUE(cipher.encrypt({}, plain, std::span{out}.subspan(2)).has_value());
  return out;
}

/// Opens all of `in` and appends the plaintexts to `plain`.
Result<void> open_all(NoiseSession& session, BytesView in, Bytes& plain) {
  for (;;) {
    POND_TRY(const auto opened, session.open(in));
    if (!opened) {
      return in.empty() ? Result<void>{} : fail(Errc::kInternal, "octets left behind");
    }
    append(plain, *opened);
  }
}

Errc error_of(const auto& result) {
  return result.has_value() ? Errc::kInternal : result.error().code;
}

// --- Sealing ---

TEST(NoiseSessionSeal, PutsABigEndianLengthInFrontOfCiphertextAndTag) {
  NoiseSession session = one_end();
  const Bytes out = sealed(session, random_bytes(300));
  ASSERT_EQ(out.size(), 2U + 300 + 16);
  EXPECT_EQ(out[0], 316 >> 8);
  EXPECT_EQ(out[1], 316 & 0xff);
}

TEST(NoiseSessionSeal, AppendsBehindWhatIsThere) {
  NoiseSession session = one_end();
  Bytes out = to_bytes("before");
  ASSERT_TRUE(session.seal(as_bytes("a"), out).has_value());
  ASSERT_TRUE(session.seal(as_bytes("b"), out).has_value());
  ASSERT_EQ(out.size(), 6U + 2 * NoiseSession::sealed_size(1));
  NoiseSession peer = other_end();
  Bytes plain;
  ASSERT_TRUE(open_all(peer, BytesView{out}.subspan(6), plain).has_value());
  EXPECT_EQ(as_text(plain), "ab");
}

TEST(NoiseSessionSeal, NothingTakesNoFrame) {
  NoiseSession session = one_end();
  EXPECT_TRUE(sealed(session, {}).empty());
}

TEST(NoiseSessionSeal, SplitsAtTheFrameSize) {
  for (const std::size_t size : {NoiseSession::kPlaintextBytes - 1, NoiseSession::kPlaintextBytes,
                                 NoiseSession::kPlaintextBytes + 1, 3 * NoiseSession::kPlaintextBytes + 7}) {
    NoiseSession session = one_end();
    const Bytes out = sealed(session, random_bytes(size));
    EXPECT_EQ(out.size(), NoiseSession::sealed_size(size));
    std::size_t frames = 0;
    for (std::size_t at = 0; at < out.size(); ++frames) {
      at += 2 + (static_cast<std::size_t>(out[at]) << 8 | out[at + 1]);
    }
    EXPECT_EQ(frames, (size + NoiseSession::kPlaintextBytes - 1) / NoiseSession::kPlaintextBytes);
  }
}

TEST(NoiseSessionSeal, StopsWhenTheNoncesAreUsedUp) {
  NoiseSession session = one_end(std::numeric_limits<std::uint64_t>::max() - 1);
  Bytes out;
  ASSERT_TRUE(session.seal(as_bytes("last"), out).has_value());
  const Bytes before = out;
  EXPECT_EQ(error_of(session.seal(as_bytes("more"), out)), Errc::kLimit);
  EXPECT_EQ(out, before);
}

// --- Opening ---

TEST(NoiseSessionOpen, GivesOnePlaintextForEachFrame) {
  NoiseSession session = one_end();
  NoiseSession peer = other_end();
  Bytes wire = sealed(session, as_bytes("first"));
  append(wire, sealed(session, as_bytes("second")));
  BytesView in = wire;
  const auto first = peer.open(in);
  ASSERT_TRUE(first.has_value() && first->has_value());
  EXPECT_EQ(as_text(**first), "first");
  EXPECT_EQ(in.size(), NoiseSession::sealed_size(6));
  const auto second = peer.open(in);
  ASSERT_TRUE(second.has_value() && second->has_value());
  EXPECT_EQ(as_text(**second), "second");
  const auto end = peer.open(in);
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(end->has_value());
}

TEST(NoiseSessionOpen, BuffersOnlyWhatArrivedOfACutFrame) {
  NoiseSession session = one_end();
  NoiseSession peer = other_end();
  const Bytes wire = sealed(session, random_bytes(30'000));
  BytesView in = BytesView{wire}.first(100);
  ASSERT_TRUE(peer.open(in).has_value());
  EXPECT_TRUE(in.empty());
  EXPECT_EQ(peer.buffered(), 100U);
  Bytes plain;
  ASSERT_TRUE(open_all(peer, BytesView{wire}.subspan(100), plain).has_value());
  EXPECT_EQ(plain, random_bytes(30'000));
  EXPECT_EQ(peer.buffered(), 0U);
}

TEST(NoiseSessionOpen, TakesFramesOfTheLongestLength) {
  CipherState cipher{key(1)};
  const Bytes plain = random_bytes(NoiseSession::kMaxCiphertextBytes - CipherState::kTagBytes);
  const Bytes first = frame(cipher, plain);
  const Bytes second = frame(cipher, plain);
  ASSERT_EQ(to_hex(BytesView{first}.first(2)), "ffff");
  NoiseSession peer = other_end();
  Bytes whole;
  ASSERT_TRUE(open_all(peer, first, whole).has_value());
  EXPECT_EQ(whole, plain);
  Bytes cut;
  ASSERT_TRUE(open_all(peer, BytesView{second}.first(40'000), cut).has_value());
  ASSERT_TRUE(open_all(peer, BytesView{second}.subspan(40'000), cut).has_value());
  EXPECT_EQ(cut, plain);
}

TEST(NoiseSessionOpen, AFrameOfATagAloneIsAnEmptyPlaintext) {
  CipherState cipher{key(1)};
  const Bytes wire = frame(cipher, {});
  ASSERT_EQ(wire.size(), 18U);
  NoiseSession peer = other_end();
  BytesView in = wire;
  const auto plain = peer.open(in);
  ASSERT_TRUE(plain.has_value() && plain->has_value());
  EXPECT_TRUE((*plain)->empty());
}

class NoiseShortFrame : public testing::TestWithParam<std::size_t> {};

TEST_P(NoiseShortFrame, IsMalformed) {
  Bytes wire{0, static_cast<std::uint8_t>(GetParam())};
  wire.resize(2 + GetParam(), 7);
  NoiseSession whole = other_end();
  BytesView in = wire;
  EXPECT_EQ(error_of(whole.open(in)), Errc::kMalformed);
  NoiseSession cut = other_end();
  Errc seen = Errc::kInternal;
  for (const std::uint8_t& octet : wire) {
    BytesView one{&octet, 1};
    seen = error_of(cut.open(one));
  }
  EXPECT_EQ(seen, Errc::kMalformed);
}

INSTANTIATE_TEST_SUITE_P(All, NoiseShortFrame, testing::Range<std::size_t>(0, CipherState::kTagBytes));

TEST(NoiseSessionOpen, WaitsForTheEndOfATruncatedFrame) {
  NoiseSession session = one_end();
  NoiseSession peer = other_end();
  Bytes wire = sealed(session, as_bytes("hello"));
  wire.pop_back();
  BytesView in = wire;
  const auto plain = peer.open(in);
  ASSERT_TRUE(plain.has_value());
  EXPECT_FALSE(plain->has_value());
}

TEST(NoiseSessionOpen, RefusesAFrameWhoseLengthWasCut) {
  NoiseSession session = one_end();
  NoiseSession peer = other_end();
  Bytes wire = sealed(session, as_bytes("hello"));
  --wire[1];
  BytesView in = wire;
  EXPECT_EQ(error_of(peer.open(in)), Errc::kBadSignature);
}

TEST(NoiseSessionOpen, RefusesEveryAlteredBit) {
  NoiseSession session = one_end();
  const Bytes wire = sealed(session, as_bytes("hello"));
  for (std::size_t bit = 16; bit < wire.size() * 8; ++bit) {
    NoiseSession peer = other_end();
    Bytes altered = wire;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    BytesView in = altered;
    EXPECT_EQ(error_of(peer.open(in)), Errc::kBadSignature) << "bit " << bit;
  }
}

TEST(NoiseSessionOpen, RefusesFramesOutOfOrder) {
  NoiseSession session = one_end();
  NoiseSession peer = other_end();
  const Bytes first = sealed(session, as_bytes("first"));
  const Bytes second = sealed(session, as_bytes("second"));
  BytesView in = second;
  EXPECT_EQ(error_of(peer.open(in)), Errc::kBadSignature);
}

TEST(NoiseSessionOpen, RefusesAReplayedFrame) {
  NoiseSession session = one_end();
  NoiseSession peer = other_end();
  const Bytes wire = sealed(session, as_bytes("first"));
  Bytes plain;
  ASSERT_TRUE(open_all(peer, wire, plain).has_value());
  EXPECT_EQ(error_of(open_all(peer, wire, plain)), Errc::kBadSignature);
}

TEST(NoiseSessionOpen, RefusesItsOwnFrames) {
  NoiseSession session = one_end();
  const Bytes wire = sealed(session, as_bytes("mirror"));
  BytesView in = wire;
  EXPECT_EQ(error_of(session.open(in)), Errc::kBadSignature);
}

TEST(NoiseSessionOpen, StaysFailed) {
  NoiseSession session = one_end();
  NoiseSession peer = other_end();
  const Bytes good = sealed(session, as_bytes("good"));
  Bytes bad = good;
  bad.back() ^= 1;
  BytesView in = bad;
  ASSERT_EQ(error_of(peer.open(in)), Errc::kBadSignature);
  in = good;
  EXPECT_EQ(error_of(peer.open(in)), Errc::kClosed);
  EXPECT_EQ(peer.buffered(), 0U);
}

TEST(NoiseSessionOpen, StopsWhenTheNoncesAreUsedUp) {
  const std::uint64_t last = std::numeric_limits<std::uint64_t>::max() - 1;
  NoiseSession session = one_end(last);
  NoiseSession peer = other_end(last);
  Bytes wire = sealed(session, as_bytes("last"));
  append(wire, wire);
  Bytes plain;
  EXPECT_EQ(error_of(open_all(peer, wire, plain)), Errc::kLimit);
  EXPECT_EQ(as_text(plain), "last");
}

// --- Round trips ---

void round_trip(NoiseSession& from, NoiseSession& to, BytesView plain, std::uint64_t seed,
                std::uint64_t largest_chunk) {
  const Bytes wire = sealed(from, plain);
  SeededRng rng{seed};
  Bytes opened;
  for (std::size_t at = 0; at < wire.size();) {
    const auto size = std::min<std::uint64_t>(wire.size() - at, 1 + rng.below(largest_chunk));
    ASSERT_TRUE(open_all(to, BytesView{wire}.subspan(at, size), opened).has_value());
    at += size;
  }
  EXPECT_TRUE(equal(opened, plain));
}

TEST(NoiseSessionRoundTrip, OneMebibyteInRandomChunks) {
  for (const std::uint64_t largest_chunk : {1'500U, 20'000U, 200'000U}) {
    NoiseSession session = one_end();
    NoiseSession peer = other_end();
    round_trip(session, peer, random_bytes(1 << 20), largest_chunk, largest_chunk);
  }
}

TEST(NoiseSessionRoundTrip, OctetByOctet) {
  NoiseSession session = one_end();
  NoiseSession peer = other_end();
  round_trip(session, peer, random_bytes(3'000), 1, 1);
}

RC_GTEST_PROP(NoiseSessionProperty, ManyMessagesBothWaysArriveWholeHoweverTheyAreCut,
              (std::uint64_t seed, const std::vector<Bytes>& messages)) {
  NoiseSession a = one_end();
  NoiseSession b = other_end();
  for (const Bytes& message : messages) {
    round_trip(a, b, message, seed, 64);
    round_trip(b, a, message, seed + 1, 64);
  }
  RC_ASSERT(!testing::Test::HasFailure());
}

RC_GTEST_PROP(NoiseSessionProperty, GarbageIsNeverOpened, (const Bytes& garbage)) {
  NoiseSession peer = other_end();
  BytesView in = garbage;
  const auto opened = peer.open(in);
  const bool gave_a_plaintext = opened.has_value() && opened->has_value();
  RC_ASSERT(!gave_a_plaintext);
}

}  // namespace
}  // namespace pond::upgrade
