#include "pond/wire/noise_payload.hpp"

#include "protobuf.hpp"

namespace pond::wire {
namespace {

constexpr std::uint32_t kIdentityKey = 1;
constexpr std::uint32_t kIdentitySig = 2;
constexpr std::uint32_t kExtensions = 4;

constexpr std::uint32_t kCerthashes = 1;  // of the extensions
constexpr std::uint32_t kMuxers = 2;

Result<void> decode_extensions(BytesView protobuf, NoisePayload& out) {
  out.stream_muxers.clear();
  out.webtransport_certhashes.clear();
  return parse_protobuf(protobuf, [&](protozero::pbf_reader& field) -> Result<void> {
    switch (field.tag()) {
      case kCerthashes: {
        POND_TRY(const BytesView hash, bytes_field(field));
        if (hash.size() <= kMaxNoiseCerthashBytes && out.webtransport_certhashes.size() < kMaxNoiseCerthashes) {
          out.webtransport_certhashes.push_back(to_bytes(hash));
        }
        return {};
      }
      case kMuxers: {
        POND_TRY(const BytesView name, bytes_field(field));
        if (name.size() <= kMaxNoiseMuxerNameBytes && out.stream_muxers.size() < kMaxNoiseMuxers) {
          out.stream_muxers.push_back(to_string(name));
        }
        return {};
      }
      default:
        return skip_field(field);
    }
  });
}

}  // namespace

Bytes encode_noise_payload(const NoisePayload& payload) {
  Bytes out;
  append_bytes_field(out, kIdentityKey, payload.identity_key);
  append_bytes_field(out, kIdentitySig, payload.identity_sig);
  Bytes extensions;
  for (const Bytes& hash : payload.webtransport_certhashes) {
    append_bytes_field(extensions, kCerthashes, hash);
  }
  for (const std::string& name : payload.stream_muxers) {
    append_bytes_field(extensions, kMuxers, as_bytes(name));
  }
  if (!extensions.empty()) {
    append_bytes_field(out, kExtensions, extensions);
  }
  return out;
}

Result<NoisePayload> decode_noise_payload(BytesView protobuf) {
  NoisePayload payload;
  BytesView key;
  BytesView signature;
  POND_CHECK(parse_protobuf(protobuf, [&](protozero::pbf_reader& field) -> Result<void> {
    switch (field.tag()) {
      case kIdentityKey: {
        POND_TRY(key, bytes_field(field));
        return {};
      }
      case kIdentitySig: {
        POND_TRY(signature, bytes_field(field));
        return {};
      }
      case kExtensions: {
        POND_TRY(const BytesView extensions, bytes_field(field));
        return decode_extensions(extensions, payload);
      }
      default:
        return skip_field(field);
    }
  }));
  if (key.empty() || signature.empty()) {
    return fail(Errc::kMalformed, "noise payload: identity key or signature missing");
  }
  if (key.size() > kMaxNoiseKeyBytes || signature.size() > kMaxNoiseSignatureBytes) {
    return fail(Errc::kTooLarge, "noise payload: identity key or signature too long");
  }
  payload.identity_key = to_bytes(key);
  payload.identity_sig = to_bytes(signature);
  return payload;
}

}  // namespace pond::wire
