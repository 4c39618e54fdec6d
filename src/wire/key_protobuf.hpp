#pragma once

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/crypto/keys.hpp"

namespace pond::wire {

/// A key protobuf taken apart; the data is a view of what was read and has not been looked at.
struct KeyFields {
  crypto::KeyType type;
  BytesView data;
};

/// PublicKey and PrivateKey have the same two fields, both required. Of a repeated one the last counts, as everywhere
/// in protobuf. kMalformed when it does not parse or a field is missing, kUnsupported for an unknown type.
[[nodiscard]] Result<KeyFields> decode_key_fields(BytesView protobuf);

}  // namespace pond::wire
