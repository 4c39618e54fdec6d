#include "pond/upgrade/noise_handshake.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/wire/noise_payload.hpp"

#include "support/libp2p_key_vectors.hpp"
#include "support/noise_pair.hpp"

namespace pond::upgrade {
namespace {

using test::noise_identity;
using test::NoisePair;

Errc error_of(const auto& result) {
  return result.has_value() ? Errc::kInternal : result.error().code;
}

Bytes framed(BytesView message) {
  Bytes out{static_cast<std::uint8_t>(message.size() >> 8), static_cast<std::uint8_t>(message.size())};
  append(out, message);
  return out;
}

// --- Round trips ---

class NoiseKeyType : public testing::TestWithParam<std::size_t> {};

TEST_P(NoiseKeyType, ProvesItselfInBothRoles) {
  const auto& vector = test::kLibp2pKeyVectors[GetParam()];
  SeededRng rng{3};
  const auto key = wire::decode_private_key(*from_hex(vector.private_hex));
  ASSERT_TRUE(key.has_value());
  const auto tested = NoiseIdentity::make(*key, {}, rng);
  ASSERT_TRUE(tested.has_value());
  const NoiseIdentity other = noise_identity(4);

  NoisePair dials{*tested, other};
  ASSERT_TRUE(dials.run().has_value());
  const auto seen_by_listener = dials.responder.take();
  EXPECT_EQ(seen_by_listener->remote_peer.to_base58(), vector.base58);
  EXPECT_EQ(seen_by_listener->remote_key, key->public_key());

  NoisePair listens{other, *tested};
  ASSERT_TRUE(listens.run().has_value());
  EXPECT_EQ(listens.initiator.take()->remote_peer.to_base58(), vector.base58);
}

INSTANTIATE_TEST_SUITE_P(All, NoiseKeyType, testing::Range<std::size_t>(0, std::size(test::kLibp2pKeyVectors)),
                         [](const auto& tested) {
                           return std::string{crypto::name_of(test::kLibp2pKeyVectors[tested.param].type)};
                         });

TEST(NoiseIdentity, ItsPayloadIsSignedOverTheStaticKey) {
  const NoiseIdentity identity = noise_identity(1, {"/yamux/1.0.0"});
  const auto payload = wire::decode_noise_payload(identity.payload());
  ASSERT_TRUE(payload.has_value());
  const auto key = wire::decode_public_key(payload->identity_key);
  ASSERT_TRUE(key.has_value());
  Bytes text = to_bytes("noise-libp2p-static-key:");
  append(text, identity.static_keys().public_key);
  EXPECT_TRUE(key->verify(text, payload->identity_sig));
  EXPECT_EQ(wire::PeerId::from_public_key(*key), identity.peer_id());
  EXPECT_EQ(payload->stream_muxers, std::vector<std::string>{"/yamux/1.0.0"});
}

TEST(NoiseIdentity, RefusesMoreMuxersThanAPayloadHolds) {
  SeededRng rng{1};
  const std::vector<std::string> many(100, "/" + std::string(200, 'm'));
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng);
  EXPECT_EQ(error_of(NoiseIdentity::make(*key, many, rng)), Errc::kInvalidArgument);
}

TEST(NoiseHandshake, FirstMessageIsAKeyBehindItsLength) {
  const NoiseIdentity identity = noise_identity(1);
  SeededRng rng{1};
  NoiseHandshake initiator{NoiseRole::kInitiator, identity, rng};
  Bytes out;
  ASSERT_TRUE(initiator.start(out).has_value());
  ASSERT_EQ(out.size(), 34U);
  EXPECT_EQ(to_hex(BytesView{out}.first(2)), "0020");
}

TEST(NoiseHandshake, TheResponderSaysNothingFirst) {
  const NoiseIdentity identity = noise_identity(1);
  SeededRng rng{1};
  NoiseHandshake responder{NoiseRole::kResponder, identity, rng};
  Bytes out;
  ASSERT_TRUE(responder.start(out).has_value());
  EXPECT_TRUE(out.empty());
}

TEST(NoiseHandshake, TheInitiatorIsDoneAMessageBeforeTheResponder) {
  const NoiseIdentity a = noise_identity(1);
  const NoiseIdentity b = noise_identity(2);
  NoisePair pair{a, b};
  ASSERT_TRUE(pair.start().has_value());
  ASSERT_TRUE(pair.deliver_to_responder().has_value());
  EXPECT_FALSE(pair.initiator.done());
  ASSERT_TRUE(pair.deliver_to_initiator().has_value());
  EXPECT_TRUE(pair.initiator.done());
  EXPECT_FALSE(pair.responder.done());
  ASSERT_TRUE(pair.deliver_to_responder().has_value());
  EXPECT_TRUE(pair.responder.done());
}

TEST(NoiseHandshake, TheSessionsOfBothSidesMeet) {
  const NoiseIdentity a = noise_identity(1);
  const NoiseIdentity b = noise_identity(2);
  NoisePair pair{a, b};
  ASSERT_TRUE(pair.run().has_value());
  auto of_a = pair.initiator.take();
  auto of_b = pair.responder.take();
  for (auto [from, to] : {std::pair{&*of_a, &*of_b}, std::pair{&*of_b, &*of_a}}) {
    Bytes wire;
    ASSERT_TRUE(from->session.seal(as_bytes("hello"), wire).has_value());
    BytesView in = wire;
    const auto plain = to->session.open(in);
    ASSERT_TRUE(plain.has_value() && plain->has_value());
    EXPECT_EQ(as_text(**plain), "hello");
  }
}

TEST(NoiseHandshake, LeavesTheFirstFramesOfTheSession) {
  const NoiseIdentity a = noise_identity(1);
  const NoiseIdentity b = noise_identity(2);
  NoisePair pair{a, b};
  ASSERT_TRUE(pair.start().has_value());
  ASSERT_TRUE(pair.deliver_to_responder().has_value());
  ASSERT_TRUE(pair.deliver_to_initiator().has_value());
  const std::size_t handshake = pair.to_responder.size();
  ASSERT_TRUE(pair.initiator.take()->session.seal(as_bytes("early"), pair.to_responder).has_value());
  EXPECT_EQ(pair.responder.handle(pair.to_responder, pair.to_initiator), handshake);
  BytesView rest = BytesView{pair.to_responder}.subspan(handshake);
  EXPECT_EQ(pair.responder.handle(rest, pair.to_initiator), 0U);
  auto outcome = pair.responder.take();
  const auto plain = outcome->session.open(rest);
  ASSERT_TRUE(plain.has_value() && plain->has_value());
  EXPECT_EQ(as_text(**plain), "early");
}

TEST(NoiseHandshake, GivesItsOutcomeOnce) {
  const NoiseIdentity a = noise_identity(1);
  const NoiseIdentity b = noise_identity(2);
  NoisePair pair{a, b};
  EXPECT_EQ(error_of(pair.initiator.take()), Errc::kInvalidArgument);
  ASSERT_TRUE(pair.run().has_value());
  EXPECT_TRUE(pair.initiator.take().has_value());
  EXPECT_EQ(error_of(pair.initiator.take()), Errc::kInvalidArgument);
  EXPECT_TRUE(pair.initiator.done());
}

TEST(NoiseHandshake, EachHandshakeHasAnEphemeralKeyOfItsOwn) {
  const NoiseIdentity identity = noise_identity(1);
  SeededRng rng{1};
  Bytes first;
  Bytes second;
  NoiseHandshake one{NoiseRole::kInitiator, identity, rng};
  NoiseHandshake two{NoiseRole::kInitiator, identity, rng};
  ASSERT_TRUE(one.start(first).has_value());
  ASSERT_TRUE(two.start(second).has_value());
  EXPECT_NE(first, second);
}

// --- Who the peer is ---

TEST(NoiseHandshake, TakesTheExpectedPeer) {
  const NoiseIdentity a = noise_identity(1);
  const NoiseIdentity b = noise_identity(2);
  NoisePair pair{a, b, 1, {.expected_peer = b.peer_id()}, {.expected_peer = a.peer_id()}};
  ASSERT_TRUE(pair.run().has_value());
  EXPECT_EQ(pair.initiator.take()->remote_peer, b.peer_id());
  EXPECT_EQ(pair.responder.take()->remote_peer, a.peer_id());
}

TEST(NoiseHandshake, TheInitiatorRefusesAnotherPeerWithoutShowingItself) {
  const NoiseIdentity a = noise_identity(1);
  const NoiseIdentity b = noise_identity(2);
  NoisePair pair{a, b, 1, {.expected_peer = a.peer_id()}};
  EXPECT_EQ(error_of(pair.run()), Errc::kWrongPeer);
  EXPECT_FALSE(pair.initiator.done());
  EXPECT_TRUE(pair.to_responder.empty());
}

TEST(NoiseHandshake, TheResponderRefusesAnotherPeer) {
  const NoiseIdentity a = noise_identity(1);
  const NoiseIdentity b = noise_identity(2);
  NoisePair pair{a, b, 1, {}, {.expected_peer = b.peer_id()}};
  EXPECT_EQ(error_of(pair.run()), Errc::kWrongPeer);
  EXPECT_FALSE(pair.responder.done());
}

// --- Messages out of place and out of bounds ---

TEST(NoiseHandshake, CannotBeFedBeforeStart) {
  const NoiseIdentity identity = noise_identity(1);
  SeededRng rng{1};
  NoiseHandshake initiator{NoiseRole::kInitiator, identity, rng};
  Bytes out;
  EXPECT_EQ(error_of(initiator.handle(Bytes(34), out)), Errc::kInvalidArgument);
  ASSERT_TRUE(initiator.start(out).has_value());
  EXPECT_EQ(error_of(initiator.start(out)), Errc::kInvalidArgument);
}

TEST(NoiseHandshake, TwoInitiatorsDoNotMeet) {
  const NoiseIdentity a = noise_identity(1);
  SeededRng rng{1};
  NoiseHandshake one{NoiseRole::kInitiator, a, rng};
  NoiseHandshake two{NoiseRole::kInitiator, a, rng};
  Bytes out;
  Bytes ignored;
  ASSERT_TRUE(one.start(ignored).has_value());
  ASSERT_TRUE(two.start(out).has_value());
  EXPECT_EQ(error_of(one.handle(out, ignored)), Errc::kMalformed);
}

TEST(NoiseHandshake, RefusesAFirstMessageThatIsRepeated) {
  const NoiseIdentity a = noise_identity(1);
  NoisePair pair{a, a};
  ASSERT_TRUE(pair.start().has_value());
  const Bytes first = pair.to_responder;
  ASSERT_TRUE(pair.deliver_to_responder().has_value());
  EXPECT_EQ(error_of(pair.responder.handle(first, pair.to_initiator)), Errc::kMalformed);
}

TEST(NoiseHandshake, RefusesATransportFrameInPlaceOfAMessage) {
  const NoiseIdentity a = noise_identity(1);
  NoisePair pair{a, a};
  ASSERT_TRUE(pair.start().has_value());
  ASSERT_TRUE(pair.deliver_to_responder().has_value());
  ASSERT_TRUE(pair.deliver_to_initiator().has_value());
  Bytes frame;
  ASSERT_TRUE(pair.initiator.take()->session.seal(Bytes(300), frame).has_value());
  EXPECT_EQ(error_of(pair.responder.handle(frame, pair.to_initiator)), Errc::kBadSignature);
}

TEST(NoiseHandshake, RefusesALowOrderKeyWithoutAnAnswer) {
  const NoiseIdentity identity = noise_identity(1);
  SeededRng rng{1};
  NoiseHandshake responder{NoiseRole::kResponder, identity, rng};
  Bytes out;
  ASSERT_TRUE(responder.start(out).has_value());
  EXPECT_EQ(error_of(responder.handle(framed(Bytes(32, 0)), out)), Errc::kProtocol);
  EXPECT_TRUE(out.empty());
}

TEST(NoiseHandshake, RefusesAnOverlongMessageByItsAnnouncement) {
  const NoiseIdentity identity = noise_identity(1);
  SeededRng rng{1};
  NoiseHandshake responder{NoiseRole::kResponder, identity, rng};
  Bytes out;
  ASSERT_TRUE(responder.start(out).has_value());
  EXPECT_TRUE(responder.handle(Bytes{0xff}, out).has_value());
  EXPECT_EQ(error_of(responder.handle(Bytes{0xff}, out)), Errc::kTooLarge);
}

TEST(NoiseHandshake, RefusesAShortMessageByItsAnnouncement) {
  const NoiseIdentity identity = noise_identity(1);
  SeededRng rng{1};
  NoiseHandshake responder{NoiseRole::kResponder, identity, rng};
  Bytes out;
  ASSERT_TRUE(responder.start(out).has_value());
  EXPECT_EQ(error_of(responder.handle(Bytes{0x00, 0x1f}, out)), Errc::kMalformed);
}

TEST(NoiseHandshake, StaysFailed) {
  const NoiseIdentity identity = noise_identity(1);
  SeededRng rng{1};
  NoiseHandshake responder{NoiseRole::kResponder, identity, rng};
  Bytes out;
  ASSERT_TRUE(responder.start(out).has_value());
  ASSERT_FALSE(responder.handle(Bytes{0, 0}, out).has_value());
  EXPECT_EQ(error_of(responder.handle(framed(Bytes(32, 9)), out)), Errc::kClosed);
  EXPECT_EQ(error_of(responder.take()), Errc::kInvalidArgument);
}

// --- Early muxer negotiation ---

struct MuxerCase {
  const char* name;
  std::vector<std::string> initiator;
  std::vector<std::string> responder;
  std::string agreed;
};

class EarlyMuxer : public testing::TestWithParam<MuxerCase> {};

TEST_P(EarlyMuxer, IsTheSameOnBothSides) {
  const NoiseIdentity a = noise_identity(1, GetParam().initiator);
  const NoiseIdentity b = noise_identity(2, GetParam().responder);
  NoisePair pair{a, b};
  ASSERT_TRUE(pair.run().has_value());
  EXPECT_EQ(pair.initiator.take()->muxer, GetParam().agreed);
  EXPECT_EQ(pair.responder.take()->muxer, GetParam().agreed);
}

INSTANTIATE_TEST_SUITE_P(Table, EarlyMuxer,
                         testing::Values(MuxerCase{"OneInCommon", {"/yamux/1.0.0"}, {"/yamux/1.0.0"}, "/yamux/1.0.0"},
                                         MuxerCase{"TheInitiatorsPreferenceWins",
                                                   {"/yamux/1.0.0", "/mplex/6.7.0"},
                                                   {"/mplex/6.7.0", "/yamux/1.0.0"},
                                                   "/yamux/1.0.0"},
                                         MuxerCase{"TheInitiatorsFirstThatTheResponderHas",
                                                   {"/x", "/mplex/6.7.0", "/yamux/1.0.0"},
                                                   {"/yamux/1.0.0", "/mplex/6.7.0"},
                                                   "/mplex/6.7.0"},
                                         MuxerCase{"NoneWithoutTheInitiatorsExtension", {}, {"/yamux/1.0.0"}, ""},
                                         MuxerCase{"NoneWithoutTheRespondersExtension", {"/yamux/1.0.0"}, {}, ""},
                                         MuxerCase{"NoneWithoutAnyExtension", {}, {}, ""}),
                         [](const auto& tested) { return tested.param.name; });

TEST(EarlyMuxer, FailsWithoutOneInCommon) {
  const NoiseIdentity a = noise_identity(1, {"/yamux/1.0.0"});
  const NoiseIdentity b = noise_identity(2, {"/mplex/6.7.0"});
  NoisePair pair{a, b};
  EXPECT_EQ(error_of(pair.run()), Errc::kUnsupported);
}

// --- Properties ---

/// Feeds `in` in random chunks; stops at an error or when done. Returns the octets consumed.
Result<std::size_t> feed(NoiseHandshake& to, BytesView in, Bytes& out, SeededRng& rng) {
  std::size_t consumed = 0;
  while (consumed < in.size() && !to.done()) {
    const auto size = 1 + rng.below(std::min<std::uint64_t>(in.size() - consumed, 1 + rng.below(200)));
    POND_TRY(const std::size_t taken, to.handle(in.subspan(consumed, size), out));
    consumed += taken;
  }
  return consumed;
}

RC_GTEST_PROP(NoiseHandshakeProperty, CompletesHoweverItIsCut, (std::uint64_t seed, const Bytes& behind)) {
  static const NoiseIdentity a = noise_identity(1, {"/yamux/1.0.0"});
  static const NoiseIdentity b = noise_identity(2, {"/yamux/1.0.0"}, crypto::KeyType::kSecp256k1);
  SeededRng rng{seed};
  NoisePair pair{a, b, seed};
  RC_ASSERT(pair.start().has_value());
  RC_ASSERT(feed(pair.responder, pair.to_responder, pair.to_initiator, rng).has_value());
  pair.to_responder.clear();
  RC_ASSERT(feed(pair.initiator, pair.to_initiator, pair.to_responder, rng).has_value());
  const std::size_t last = pair.to_responder.size();
  append(pair.to_responder, behind);
  const auto consumed = feed(pair.responder, pair.to_responder, pair.to_initiator, rng);
  RC_ASSERT(consumed.has_value());
  RC_ASSERT(*consumed == last);
  const auto outcome = pair.responder.take();
  RC_ASSERT(outcome.has_value());
  RC_ASSERT(outcome->remote_peer == a.peer_id());
  RC_ASSERT(outcome->muxer == "/yamux/1.0.0");
}

RC_GTEST_PROP(NoiseHandshakeProperty, GarbageEndsInAnError, (const Bytes& garbage, bool initiates)) {
  static const NoiseIdentity identity = noise_identity(1);
  SeededRng rng{1};
  NoiseHandshake machine{initiates ? NoiseRole::kInitiator : NoiseRole::kResponder, identity, rng};
  Bytes out;
  RC_ASSERT(machine.start(out).has_value());
  Bytes in = garbage;
  in.resize(in.size() + 70'000, 0xa5);
  RC_ASSERT(!machine.handle(in, out).has_value());
  RC_ASSERT(!machine.done());
}

}  // namespace
}  // namespace pond::upgrade
