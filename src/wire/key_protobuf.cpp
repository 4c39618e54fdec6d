#include "key_protobuf.hpp"

#include <optional>

#include "pond/wire/peer_id.hpp"

#include "protobuf.hpp"

namespace pond::wire {
namespace {

constexpr std::uint32_t kTypeField = 1;
constexpr std::uint32_t kDataField = 2;

Bytes encode_fields(crypto::KeyType type, BytesView data) {
  Bytes out;
  out.reserve(varint_field_size(0) + bytes_field_size(data.size()));
  append_varint_field(out, kTypeField, static_cast<std::uint64_t>(type));
  append_bytes_field(out, kDataField, data);
  return out;
}

}  // namespace

Result<KeyFields> decode_key_fields(BytesView protobuf) {
  std::optional<std::uint64_t> type;
  std::optional<BytesView> data;
  POND_CHECK(parse_protobuf(protobuf, [&](protozero::pbf_reader& field) -> Result<void> {
    switch (field.tag()) {
      case kTypeField: {
        POND_TRY(type, varint_field(field));
        return {};
      }
      case kDataField: {
        POND_TRY(data, bytes_field(field));
        return {};
      }
      default:
        return skip_field(field);
    }
  }));
  if (!type || !data) {
    return fail(Errc::kMalformed, "key: type or data is missing");
  }
  if (*type > static_cast<std::uint64_t>(crypto::KeyType::kEcdsa)) {
    return fail(Errc::kUnsupported, "key: an unknown type");
  }
  return KeyFields{.type = static_cast<crypto::KeyType>(*type), .data = *data};
}

Bytes encode_public_key(const crypto::PublicKey& key) {
  return encode_fields(key.type(), key.data());
}

Result<crypto::PublicKey> decode_public_key(BytesView protobuf) {
  POND_TRY(const KeyFields fields, decode_key_fields(protobuf));
  return crypto::PublicKey::from_data(fields.type, fields.data);
}

Bytes encode_private_key(const crypto::PrivateKey& key) {
  return encode_fields(key.type(), key.data());
}

Result<crypto::PrivateKey> decode_private_key(BytesView protobuf) {
  POND_TRY(const KeyFields fields, decode_key_fields(protobuf));
  return crypto::PrivateKey::from_data(fields.type, fields.data);
}

}  // namespace pond::wire
