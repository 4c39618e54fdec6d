#include "pond/kad/records/pk_record.hpp"

namespace pond::kad {

Bytes pk_key(const wire::PeerId& id) {
  Bytes out = to_bytes(kPkKeyPrefix);
  append(out, id.bytes());
  return out;
}

Judged<wire::PeerId> verify_pk_record(BytesView key, BytesView value) {
  if (value.size() > kMaxPkValueBytes) {
    return reject(RejectReason::kTooLarge, "the value is longer than 4 KiB");
  }
  if (!as_text(key).starts_with(kPkKeyPrefix)) {
    return reject(RejectReason::kBadKey, "the key is not /pk/ and a binary peer id");
  }
  const auto id = wire::PeerId::from_bytes(key.subspan(kPkKeyPrefix.size()));
  if (!id) {
    return reject(RejectReason::kBadKey, "the key is not /pk/ and a binary peer id");
  }
  const auto public_key = wire::decode_public_key(value);
  if (!public_key) {
    return reject(RejectReason::kMalformed, "the value is not a public key protobuf");
  }
  if (wire::PeerId::from_public_key(*public_key) != *id) {
    return reject(RejectReason::kWrongKey, "the value is the public key of another peer");
  }
  if (!equal(wire::encode_public_key(*public_key), value)) {
    return reject(RejectReason::kMalformed, "the public key is not in its deterministic encoding");
  }
  return *id;
}

}  // namespace pond::kad
