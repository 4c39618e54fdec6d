#pragma once

#include "pond/base/bytes.hpp"
#include "pond/base/time.hpp"
#include "pond/kad/records/verdict.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::kad {

// `/pk/<multihash>`, as every libp2p DHT has it: the public key whose peer id is the key.

inline constexpr std::string_view kPkKeyPrefix = "/pk/";
inline constexpr std::size_t kMaxPkValueBytes = 4096;  ///< RSA of 8192 bits takes about 1 KiB
inline constexpr Duration kPkRecordLifetime = 48h;     ///< from receipt; it is put again like any other record

/// `/pk/` and the binary peer id.
[[nodiscard]] Bytes pk_key(const wire::PeerId& id);

/// The peer id, when `value` is its public key as a libp2p protobuf in the deterministic encoding (specs/peer-ids): so
/// there is one value for a key, and nothing to select from.
[[nodiscard]] Judged<wire::PeerId> verify_pk_record(BytesView key, BytesView value);

}  // namespace pond::kad
