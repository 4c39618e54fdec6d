#include "pond/kad/records/test_record.hpp"

#include <array>
#include <string>

#include "pond/kad/records/json.hpp"

#include "agent_claims.hpp"

namespace pond::kad {
namespace {

constexpr std::array<std::string_view, 1> kMembers{"timestamp"};

}  // namespace

Bytes test_key(const wire::PeerId& owner) {
  return to_bytes(std::string{kTestKeyPrefix} + owner.to_base58());
}

Judged<wire::PeerId> test_owner_of(BytesView key) {
  const std::string_view text = as_text(key);
  if (text.starts_with(kTestKeyPrefix)) {
    if (const auto owner = parse_base58_peer_id(text.substr(kTestKeyPrefix.size()))) {
      return *owner;
    }
  }
  return reject(RejectReason::kBadKey, "the key is not /test/ and a base58 peer id");
}

Judged<std::int64_t> parse_test_record(BytesView value) {
  if (value.size() > kMaxTestValueBytes) {
    return reject(RejectReason::kTooLarge, "the value is longer than 256 bytes");
  }
  const auto object = JsonObject::read(value, kMembers);
  if (!object) {
    return reject(RejectReason::kMalformed, object.error().what);
  }
  const auto timestamp = object->integer("timestamp");
  if (!timestamp) {
    return reject(RejectReason::kBadMember, "timestamp is not an integer of milliseconds");
  }
  return *timestamp;
}

Judged<std::int64_t> verify_test_record(BytesView key, BytesView value, WallTime now) {
  if (const auto owner = test_owner_of(key); !owner) {
    return std::unexpected(owner.error());
  }
  const auto timestamp = parse_test_record(value);
  if (!timestamp) {
    return timestamp;
  }
  if (*timestamp > (now + kMaxTestSkew).ms) {
    return reject(RejectReason::kFromTheFuture, "timestamp is more than 10 minutes ahead");
  }
  if (*timestamp < (now - kMaxTestSkew).ms) {
    return reject(RejectReason::kExpired, "timestamp is more than 10 minutes ago");
  }
  return timestamp;
}

Bytes make_test_record(WallTime now) {
  return to_bytes("{\"timestamp\":" + std::to_string(now.ms) + "}");
}

}  // namespace pond::kad
