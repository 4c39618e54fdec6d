#pragma once

#include <cstdint>

#include "pond/base/bytes.hpp"
#include "pond/base/time.hpp"
#include "pond/kad/records/verdict.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::kad {

// `/test/<peer id>`: proves that the DHT works and nothing else.

inline constexpr std::string_view kTestKeyPrefix = "/test/";
inline constexpr std::size_t kMaxTestValueBytes = 256;
inline constexpr Duration kMaxTestSkew = 10min;         ///< between `timestamp` and our clock, either way
inline constexpr Duration kTestRecordLifetime = 10min;  ///< from receipt

/// `/test/` and the base58 peer id.
[[nodiscard]] Bytes test_key(const wire::PeerId& owner);

/// The peer of a key; kBadKey unless the rest of the key is a peer id in base58.
[[nodiscard]] Judged<wire::PeerId> test_owner_of(BytesView key);

/// The timestamp (milliseconds) of a value: a JSON object of at most kMaxTestValueBytes with an integer `timestamp`.
[[nodiscard]] Judged<std::int64_t> parse_test_record(BytesView value);

/// Key, form and clock together.
[[nodiscard]] Judged<std::int64_t> verify_test_record(BytesView key, BytesView value, WallTime now);

/// `{"timestamp":...}`
[[nodiscard]] Bytes make_test_record(WallTime now);

}  // namespace pond::kad
