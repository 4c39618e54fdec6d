#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "pond/upgrade/noise_handshake.hpp"
#include "pond/wire/noise_payload.hpp"

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

/// A peer that follows Noise to the letter but puts what it likes into the payload.
class Forger {
 public:
  explicit Forger(NoiseRole role, std::uint64_t seed = 77)
      : rng_(seed), keys_(crypto::X25519KeyPair::generate(rng_)), xx_(role, keys_, rng_) {}

  Bytes write(BytesView payload) {
    Bytes message;
    EXPECT_TRUE(xx_.write(payload, message).has_value());
    return framed(message);
  }

  /// `frame` is one whole message with its length.
  Bytes read(BytesView frame) {
    Bytes payload;
    EXPECT_TRUE(xx_.read(frame.subspan(2), payload).has_value());
    return payload;
  }

  const crypto::Digest& static_key() const { return keys_.public_key; }

 private:
  SeededRng rng_;
  crypto::X25519KeyPair keys_;
  NoiseXx xx_;
};

crypto::PrivateKey some_key(std::uint64_t seed) {
  SeededRng rng{seed};
  return *crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng);
}

Bytes payload_for(const crypto::PrivateKey& identity, const crypto::Digest& signed_static_key) {
  return wire::encode_noise_payload({.identity_key = wire::encode_public_key(identity.public_key()),
                                     .identity_sig = *identity.sign(noise_signed_text(signed_static_key)),
                                     .stream_muxers = {},
                                     .webtransport_certhashes = {}});
}

/// What an honest initiator says to a responder (the forger) that answers with `payload`.
Result<std::size_t> answer_initiator(Forger& forger, BytesView payload, NoiseOptions options = {}) {
  static const NoiseIdentity identity = noise_identity(1);
  SeededRng rng{5};
  NoiseHandshake initiator{NoiseRole::kInitiator, identity, rng, std::move(options)};
  Bytes out;
  EXPECT_TRUE(initiator.start(out).has_value());
  forger.read(out);
  const Bytes answer = forger.write(payload);
  out.clear();
  auto handled = initiator.handle(answer, out);
  EXPECT_EQ(handled.has_value(), initiator.done());
  EXPECT_EQ(handled.has_value(), !out.empty());
  return handled;
}

/// The same with the forger as initiator, whose message 3 has `payload`.
Result<std::size_t> answer_responder(Forger& forger, BytesView payload) {
  static const NoiseIdentity identity = noise_identity(1);
  SeededRng rng{5};
  NoiseHandshake responder{NoiseRole::kResponder, identity, rng};
  Bytes out;
  EXPECT_TRUE(responder.start(out).has_value());
  EXPECT_TRUE(responder.handle(forger.write({}), out).has_value());
  forger.read(out);
  auto handled = responder.handle(forger.write(payload), out);
  EXPECT_EQ(handled.has_value(), responder.done());
  return handled;
}

TEST(NoiseForgery, AnHonestForgerIsTaken) {
  Forger as_responder{NoiseRole::kResponder};
  EXPECT_TRUE(answer_initiator(as_responder, payload_for(some_key(9), as_responder.static_key())).has_value());
  Forger as_initiator{NoiseRole::kInitiator};
  EXPECT_TRUE(answer_responder(as_initiator, payload_for(some_key(9), as_initiator.static_key())).has_value());
}

TEST(NoiseForgery, RefusesASignatureOverAnotherStaticKey) {
  const crypto::Digest other = noise_identity(8).static_keys().public_key;
  Forger as_responder{NoiseRole::kResponder};
  EXPECT_EQ(error_of(answer_initiator(as_responder, payload_for(some_key(9), other))), Errc::kBadSignature);
  Forger as_initiator{NoiseRole::kInitiator};
  EXPECT_EQ(error_of(answer_responder(as_initiator, payload_for(some_key(9), other))), Errc::kBadSignature);
}

TEST(NoiseForgery, RefusesThePayloadOfAnotherPeer) {
  // What an attacker can replay after it has spoken with the victim once.
  const NoiseIdentity victim = noise_identity(2);
  Forger as_responder{NoiseRole::kResponder};
  EXPECT_EQ(error_of(answer_initiator(as_responder, victim.payload(), {.expected_peer = victim.peer_id()})),
            Errc::kBadSignature);
  Forger as_initiator{NoiseRole::kInitiator};
  EXPECT_EQ(error_of(answer_responder(as_initiator, victim.payload())), Errc::kBadSignature);
}

TEST(NoiseForgery, RefusesASignatureWithoutThePrefix) {
  const crypto::PrivateKey key = some_key(9);
  Forger forger{NoiseRole::kInitiator};
  const Bytes payload = wire::encode_noise_payload({.identity_key = wire::encode_public_key(key.public_key()),
                                                    .identity_sig = *key.sign(forger.static_key()),
                                                    .stream_muxers = {},
                                                    .webtransport_certhashes = {}});
  EXPECT_EQ(error_of(answer_responder(forger, payload)), Errc::kBadSignature);
}

TEST(NoiseForgery, RefusesAnEmptyPayload) {
  Forger as_responder{NoiseRole::kResponder};
  EXPECT_EQ(error_of(answer_initiator(as_responder, {})), Errc::kMalformed);
  Forger as_initiator{NoiseRole::kInitiator};
  EXPECT_EQ(error_of(answer_responder(as_initiator, {})), Errc::kMalformed);
}

TEST(NoiseForgery, RefusesAPayloadThatIsNoProtobuf) {
  Forger forger{NoiseRole::kInitiator};
  EXPECT_EQ(error_of(answer_responder(forger, as_bytes("\x0a\x7f garbage"))), Errc::kMalformed);
}

TEST(NoiseForgery, RefusesAnIdentityKeyThatIsNone) {
  Forger forger{NoiseRole::kInitiator};
  const Bytes payload = wire::encode_noise_payload({.identity_key = to_bytes("no key"),
                                                    .identity_sig = Bytes(64),
                                                    .stream_muxers = {},
                                                    .webtransport_certhashes = {}});
  EXPECT_EQ(error_of(answer_responder(forger, payload)), Errc::kMalformed);
}

TEST(NoiseForgery, RefusesAPayloadInTheFirstMessage) {
  const NoiseIdentity identity = noise_identity(1);
  SeededRng rng{1};
  NoiseHandshake responder{NoiseRole::kResponder, identity, rng};
  Bytes out;
  ASSERT_TRUE(responder.start(out).has_value());
  Forger forger{NoiseRole::kInitiator};
  EXPECT_EQ(error_of(responder.handle(forger.write(as_bytes("hi")), out)), Errc::kProtocol);
  EXPECT_TRUE(out.empty());
}

TEST(NoiseForgery, BoundsThePayload) {
  // Unknown fields pad an honest payload to exactly the bound, and one octet over it.
  for (const std::size_t over : {0U, 1U}) {
    Forger forger{NoiseRole::kInitiator};
    Bytes payload = payload_for(some_key(9), forger.static_key());
    const std::size_t padding = kMaxNoisePayloadBytes + over - payload.size() - 3;
    append(payload,
           Bytes{0x7a, static_cast<std::uint8_t>((padding & 0x7f) | 0x80), static_cast<std::uint8_t>(padding >> 7)});
    payload.resize(payload.size() + padding);
    const auto handled = answer_responder(forger, payload);
    EXPECT_EQ(handled.has_value(), over == 0);
    EXPECT_EQ(error_of(handled), over == 0 ? Errc::kInternal : Errc::kTooLarge);
  }
}

TEST(NoiseForgery, OfMuxersWithoutOneInCommonFailsTheResponder) {
  const NoiseIdentity identity = noise_identity(1, {"/yamux/1.0.0"});
  SeededRng rng{1};
  NoiseHandshake responder{NoiseRole::kResponder, identity, rng};
  Forger forger{NoiseRole::kInitiator};
  Bytes out;
  ASSERT_TRUE(responder.start(out).has_value());
  ASSERT_TRUE(responder.handle(forger.write({}), out).has_value());
  forger.read(out);
  const crypto::PrivateKey key = some_key(9);
  const Bytes payload = wire::encode_noise_payload({.identity_key = wire::encode_public_key(key.public_key()),
                                                    .identity_sig = *key.sign(noise_signed_text(forger.static_key())),
                                                    .stream_muxers = {"/mplex/6.7.0"},
                                                    .webtransport_certhashes = {}});
  EXPECT_EQ(error_of(responder.handle(forger.write(payload), out)), Errc::kUnsupported);
}

/// Message `which` (1 to 3) with every octet altered in turn: no side may end with a peer that is not the other side,
/// and both may not end alike.
void tamper(int which) {
  const NoiseIdentity a = noise_identity(1, {"/yamux/1.0.0"});
  const NoiseIdentity b = noise_identity(2, {"/yamux/1.0.0"});
  std::size_t size = 1;
  for (std::size_t at = 0; at < size; ++at) {
    NoisePair pair{a, b};
    ASSERT_TRUE(pair.start().has_value());
    for (int i = 1; i < which; ++i) {
      ASSERT_TRUE((i == 1 ? pair.deliver_to_responder() : pair.deliver_to_initiator()).has_value());
    }
    Bytes& message = which == 2 ? pair.to_initiator : pair.to_responder;
    size = message.size();
    message[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    Result<void> end = which == 2 ? pair.deliver_to_initiator() : pair.deliver_to_responder();
    if (end && which == 1) {
      end = pair.deliver_to_initiator();
    }
    // An altered length may leave the reader waiting for more; it is then not done.
    EXPECT_FALSE(pair.responder.done()) << "octet " << at;
    EXPECT_FALSE(which < 3 && pair.initiator.done()) << "octet " << at;
    EXPECT_TRUE(!end || at < NoiseSession::kLengthBytes) << "octet " << at;
  }
  EXPECT_GT(size, 33U);
}

TEST(NoiseHandshakeTampering, OfAnyOctetOfMessage1IsSeen) {
  tamper(1);
}
TEST(NoiseHandshakeTampering, OfAnyOctetOfMessage2IsSeen) {
  tamper(2);
}
TEST(NoiseHandshakeTampering, OfAnyOctetOfMessage3IsSeen) {
  tamper(3);
}

}  // namespace
}  // namespace pond::upgrade
