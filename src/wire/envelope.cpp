#include "pond/wire/envelope.hpp"

#include "pond/wire/peer_id.hpp"
#include "pond/wire/varint.hpp"

#include "protobuf.hpp"

namespace pond::wire {
namespace {

constexpr std::uint32_t kPublicKey = 1;
constexpr std::uint32_t kPayloadType = 2;
constexpr std::uint32_t kPayload = 3;
constexpr std::uint32_t kSignature = 5;

/// What is signed: each part with its length in front, so that no two triples give the same octets.
Bytes signed_text(std::string_view domain, BytesView payload_type, BytesView payload) {
  Bytes text;
  text.reserve(3 * kMaxVarintBytes + domain.size() + payload_type.size() + payload.size());
  for (const BytesView part : {as_bytes(domain), payload_type, payload}) {
    append_varint(text, part.size());
    append(text, part);
  }
  return text;
}

}  // namespace

Result<Bytes> seal_envelope(const crypto::PrivateKey& key, std::string_view domain, BytesView payload_type,
                            BytesView payload) {
  POND_TRY(const Bytes signature, key.sign(signed_text(domain, payload_type, payload)));
  Bytes out;
  append_bytes_field(out, kPublicKey, encode_public_key(key.public_key()));
  append_bytes_field(out, kPayloadType, payload_type);
  append_bytes_field(out, kPayload, payload);
  append_bytes_field(out, kSignature, signature);
  return out;
}

Result<Envelope> open_envelope(BytesView protobuf, std::string_view domain, BytesView payload_type) {
  if (protobuf.size() > kMaxEnvelopeBytes) {
    return fail(Errc::kTooLarge, "signed envelope too long");
  }
  BytesView key;
  BytesView type;
  BytesView payload;
  BytesView signature;
  POND_CHECK(parse_protobuf(protobuf, [&](protozero::pbf_reader& field) -> Result<void> {
    BytesView* const target = field.tag() == kPublicKey     ? &key
                              : field.tag() == kPayloadType ? &type
                              : field.tag() == kPayload     ? &payload
                              : field.tag() == kSignature   ? &signature
                                                            : nullptr;
    if (target == nullptr) {
      return skip_field(field);
    }
    POND_TRY(*target, bytes_field(field));
    return {};
  }));
  if (key.empty() || signature.empty()) {
    return fail(Errc::kMalformed, "signed envelope without key or signature");
  }
  if (!equal(type, payload_type)) {
    return fail(Errc::kUnsupported, "signed envelope of another payload type");
  }
  POND_TRY(crypto::PublicKey public_key, decode_public_key(key));
  if (!public_key.verify(signed_text(domain, type, payload), signature)) {
    return fail(Errc::kBadSignature, "signed envelope's signature does not verify");
  }
  return Envelope{.public_key = std::move(public_key), .payload_type = to_bytes(type), .payload = to_bytes(payload)};
}

}  // namespace pond::wire
