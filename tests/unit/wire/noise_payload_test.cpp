#include "pond/wire/noise_payload.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "oracle.pb.h"
#include "wire_samples.hpp"

namespace pond::wire {
namespace {

oracle::NoisePayload to_oracle(const NoisePayload& payload) {
  oracle::NoisePayload out;
  out.set_identity_key(to_string(payload.identity_key));
  out.set_identity_sig(to_string(payload.identity_sig));
  for (const std::string& name : payload.stream_muxers) {
    out.mutable_extensions()->add_stream_muxers(name);
  }
  for (const Bytes& hash : payload.webtransport_certhashes) {
    out.mutable_extensions()->add_webtransport_certhashes(to_string(hash));
  }
  return out;
}

Result<NoisePayload> decode(const oracle::NoisePayload& protoc) {
  return decode_noise_payload(as_bytes(protoc.SerializeAsString()));
}

NoisePayload sample() {
  return {.identity_key = to_bytes("key"), .identity_sig = to_bytes("sig"), .stream_muxers = {"/yamux/1.0.0"}};
}

NoisePayload draw_payload() {
  return {.identity_key = *rc::gen::nonEmpty<Bytes>(),
          .identity_sig = *rc::gen::nonEmpty<Bytes>(),
          .stream_muxers = *rc::gen::resize(10, rc::gen::arbitrary<std::vector<std::string>>()),
          .webtransport_certhashes = *rc::gen::resize(10, rc::gen::arbitrary<std::vector<Bytes>>())};
}

RC_GTEST_PROP(NoisePayloadProperty, WritesTheSameOctetsAsProtoc, ()) {
  const NoisePayload payload = draw_payload();
  RC_ASSERT(encode_noise_payload(payload) == to_bytes(to_oracle(payload).SerializeAsString()));
}

RC_GTEST_PROP(NoisePayloadProperty, ReadsWhatProtocWrites, ()) {
  const NoisePayload payload = draw_payload();
  const auto read = decode(to_oracle(payload));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == payload);
}

RC_GTEST_PROP(NoisePayloadProperty, UnknownFieldsChangeNothing, ()) {
  const NoisePayload payload = draw_payload();
  Bytes octets = test::unknown_fields();
  append(octets, encode_noise_payload(payload));
  append(octets, test::unknown_fields());
  const auto read = decode_noise_payload(octets);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == payload);
}

RC_GTEST_PROP(NoisePayloadProperty, NoTruncationIsMistakenForTheWhole, ()) {
  const NoisePayload payload = draw_payload();
  const Bytes whole = encode_noise_payload(payload);
  const auto read = decode_noise_payload(BytesView{whole}.first(*rc::gen::inRange<std::size_t>(0, whole.size())));
  RC_ASSERT((!read || *read != payload));
}

RC_GTEST_PROP(NoisePayloadProperty, SurvivesAnyOctets, (const Bytes& octets)) {
  [[maybe_unused]] const auto read = decode_noise_payload(octets);
}

TEST(NoisePayload, FieldNumbersAreThoseOfTheSpecification) {
  EXPECT_EQ(to_hex(encode_noise_payload(
                {.identity_key = {1}, .identity_sig = {2}, .stream_muxers = {"m"}, .webtransport_certhashes = {{3}}})),
            "0a0101"
            "120102"
            "2206"
            "0a0103"
            "12016d");
}

TEST(NoisePayload, NoExtensionsAreSentForEmptyLists) {
  EXPECT_EQ(to_hex(encode_noise_payload({.identity_key = {1}, .identity_sig = {2}})), "0a0101120102");
}

TEST(NoisePayload, AMissingKeyIsMalformed) {
  auto protoc = to_oracle(sample());
  protoc.clear_identity_key();
  EXPECT_EQ(decode(protoc).error().code, Errc::kMalformed);
}

TEST(NoisePayload, AMissingSignatureIsMalformed) {
  auto protoc = to_oracle(sample());
  protoc.clear_identity_sig();
  EXPECT_EQ(decode(protoc).error().code, Errc::kMalformed);
}

TEST(NoisePayload, AnOverlongKeyIsTooLarge) {
  auto protoc = to_oracle(sample());
  protoc.set_identity_key(std::string(kMaxNoiseKeyBytes, 'k'));
  EXPECT_TRUE(decode(protoc));
  protoc.set_identity_key(std::string(kMaxNoiseKeyBytes + 1, 'k'));
  EXPECT_EQ(decode(protoc).error().code, Errc::kTooLarge);
}

TEST(NoisePayload, AnOverlongSignatureIsTooLarge) {
  auto protoc = to_oracle(sample());
  protoc.set_identity_sig(std::string(kMaxNoiseSignatureBytes, 's'));
  EXPECT_TRUE(decode(protoc));
  protoc.set_identity_sig(std::string(kMaxNoiseSignatureBytes + 1, 's'));
  EXPECT_EQ(decode(protoc).error().code, Errc::kTooLarge);
}

TEST(NoisePayload, MuxersBeyondTheBoundAreDropped) {
  NoisePayload payload = sample();
  payload.stream_muxers.clear();
  for (std::size_t i = 0; i <= kMaxNoiseMuxers; ++i) {
    payload.stream_muxers.push_back("/m/" + std::to_string(i));
  }
  const auto read = decode(to_oracle(payload));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->stream_muxers.size(), kMaxNoiseMuxers);
  EXPECT_EQ(read->stream_muxers.front(), "/m/0");
}

TEST(NoisePayload, OverlongMuxersAreDropped) {
  NoisePayload payload = sample();
  payload.stream_muxers = {std::string(kMaxNoiseMuxerNameBytes, 'm'), std::string(kMaxNoiseMuxerNameBytes + 1, 'm')};
  const auto read = decode(to_oracle(payload));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->stream_muxers.size(), 1U);
}

TEST(NoisePayload, CerthashesAreBounded) {
  NoisePayload payload = sample();
  payload.webtransport_certhashes.assign(kMaxNoiseCerthashes + 1, Bytes(kMaxNoiseCerthashBytes, 1));
  const auto many = decode(to_oracle(payload));
  ASSERT_TRUE(many);
  EXPECT_EQ(many->webtransport_certhashes.size(), kMaxNoiseCerthashes);
  payload.webtransport_certhashes.assign(1, Bytes(kMaxNoiseCerthashBytes + 1, 1));
  const auto overlong = decode(to_oracle(payload));
  ASSERT_TRUE(overlong);
  EXPECT_TRUE(overlong->webtransport_certhashes.empty());
}

TEST(NoisePayload, OfRepeatedExtensionsTheLastCounts) {
  const auto read =
      decode_noise_payload(*from_hex("0a0101"
                                     "120102"
                                     "2203120161"
                                     "2203120162"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->stream_muxers, std::vector<std::string>{"b"});
}

TEST(NoisePayload, KnownFieldsOfTheWrongWireTypeAreMalformed) {
  for (const auto* hex : {"0801", "1001", "2001", "22020801", "22021001"}) {
    const auto read = decode_noise_payload(*from_hex(std::string{"0a0101120102"} + hex));
    ASSERT_FALSE(read) << hex;
    EXPECT_EQ(read.error().code, Errc::kMalformed) << hex;
  }
}

}  // namespace
}  // namespace pond::wire
