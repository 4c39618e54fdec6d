#include "pond/wire/envelope.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "oracle.pb.h"
#include "wire_samples.hpp"

namespace pond::wire {
namespace {

constexpr std::string_view kDomain = "test-domain";
const Bytes kType{0x12, 0x34};

crypto::PrivateKey some_key() {
  return test::ed25519_key(1);
}

Bytes sealed(BytesView payload) {
  return seal_envelope(some_key(), kDomain, kType, payload).value();
}

oracle::Envelope parsed(BytesView envelope) {
  oracle::Envelope out;
  EXPECT_TRUE(out.ParseFromString(to_string(envelope)));
  return out;
}

Errc open_error(BytesView envelope, std::string_view domain = kDomain, const Bytes& type = kType) {
  const auto opened = open_envelope(envelope, domain, type);
  EXPECT_FALSE(opened);
  return opened ? Errc::kInternal : opened.error().code;
}

Errc open_error(const oracle::Envelope& envelope) {
  return open_error(as_bytes(envelope.SerializeAsString()));
}

RC_GTEST_PROP(EnvelopeProperty, OpensWhatWasSealed, (const Bytes& payload, const std::string& domain)) {
  const auto envelope = seal_envelope(some_key(), domain, kType, payload);
  RC_ASSERT(envelope.has_value());
  const auto opened = open_envelope(*envelope, domain, kType);
  RC_ASSERT(opened.has_value());
  RC_ASSERT(opened->payload == payload);
  RC_ASSERT(opened->payload_type == kType);
  RC_ASSERT(opened->public_key == some_key().public_key());
}

RC_GTEST_PROP(EnvelopeProperty, NoChangedOctetGoesUnnoticed, ()) {
  const Bytes payload = to_bytes("a payload to protect");
  Bytes envelope = sealed(payload);
  const auto at = *rc::gen::inRange<std::size_t>(0, envelope.size());
  envelope[at] = static_cast<std::uint8_t>(envelope[at] ^ *rc::gen::inRange(1, 256));
  const auto opened = open_envelope(envelope, kDomain, kType);
  RC_ASSERT(!opened);
}

RC_GTEST_PROP(EnvelopeProperty, SurvivesAnyOctets, (const Bytes& octets)) {
  RC_ASSERT(!open_envelope(octets, kDomain, kType));
}

TEST(Envelope, FieldsAreThoseOfTheSpecification) {
  const auto protoc = parsed(sealed(as_bytes("payload")));
  EXPECT_EQ(protoc.public_key(), to_string(encode_public_key(some_key().public_key())));
  EXPECT_EQ(protoc.payload_type(), to_string(kType));
  EXPECT_EQ(protoc.payload(), "payload");
  EXPECT_EQ(protoc.SerializeAsString(), to_string(sealed(as_bytes("payload"))));
}

TEST(Envelope, TheSignatureCoversDomainTypeAndPayloadWithTheirLengths) {
  const auto protoc = parsed(sealed(as_bytes("payload")));
  const Bytes text = to_bytes(std::string_view{"\x0btest-domain\x02\x12\x34\x07payload"});
  EXPECT_TRUE(some_key().public_key().verify(text, as_bytes(protoc.signature())));
}

TEST(Envelope, EveryTruncationIsRefused) {
  const Bytes whole = sealed(as_bytes("payload"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(open_envelope(BytesView{whole}.first(size), kDomain, kType)) << size;
  }
}

TEST(Envelope, AnotherDomainIsABadSignature) {
  EXPECT_EQ(open_error(sealed(as_bytes("payload")), "other-domain"), Errc::kBadSignature);
}

TEST(Envelope, AnotherPayloadTypeIsUnsupported) {
  EXPECT_EQ(open_error(sealed(as_bytes("payload")), kDomain, Bytes{1}), Errc::kUnsupported);
}

TEST(Envelope, OctetsCannotMoveBetweenTypeAndPayload) {
  auto protoc = parsed(sealed(as_bytes("\x56payload")));
  protoc.set_payload_type(to_string(kType) + "\x56");
  protoc.set_payload("payload");
  EXPECT_EQ(open_error(as_bytes(protoc.SerializeAsString()), kDomain, Bytes{0x12, 0x34, 0x56}), Errc::kBadSignature);
}

TEST(Envelope, TheKeyOfSomebodyElseIsABadSignature) {
  auto protoc = parsed(sealed(as_bytes("payload")));
  protoc.set_public_key(to_string(encode_public_key(test::ed25519_key(2).public_key())));
  EXPECT_EQ(open_error(protoc), Errc::kBadSignature);
}

TEST(Envelope, AMissingKeyOrSignatureIsMalformed) {
  auto without_key = parsed(sealed(as_bytes("payload")));
  without_key.clear_public_key();
  EXPECT_EQ(open_error(without_key), Errc::kMalformed);
  auto without_signature = parsed(sealed(as_bytes("payload")));
  without_signature.clear_signature();
  EXPECT_EQ(open_error(without_signature), Errc::kMalformed);
}

TEST(Envelope, AKeyOfAnUnknownKindIsUnsupported) {
  auto protoc = parsed(sealed(as_bytes("payload")));
  protoc.set_public_key(std::string("\x08\x09\x12\x01\x01", 5));
  EXPECT_EQ(open_error(protoc), Errc::kUnsupported);
}

TEST(Envelope, AnOverlongOneIsTooLarge) {
  EXPECT_TRUE(open_envelope(sealed(Bytes(kMaxEnvelopeBytes - 200)), kDomain, kType));
  EXPECT_EQ(open_error(sealed(Bytes(kMaxEnvelopeBytes))), Errc::kTooLarge);
}

TEST(Envelope, UnknownFieldsAreSkipped) {
  Bytes envelope = sealed(as_bytes("payload"));
  append(envelope, test::unknown_fields());
  EXPECT_TRUE(open_envelope(envelope, kDomain, kType));
}

TEST(Envelope, KnownFieldsOfTheWrongWireTypeAreMalformed) {
  for (const auto* hex : {"0801", "1001", "1801", "2801"}) {
    Bytes envelope = sealed(as_bytes("payload"));
    append(envelope, *from_hex(hex));
    EXPECT_EQ(open_error(envelope), Errc::kMalformed) << hex;
  }
}

}  // namespace
}  // namespace pond::wire
