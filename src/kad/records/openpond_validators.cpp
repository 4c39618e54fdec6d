#include "pond/kad/records/openpond_validators.hpp"

#include <algorithm>

#include "pond/kad/records/eth_record.hpp"
#include "pond/kad/records/pk_record.hpp"
#include "pond/kad/records/test_record.hpp"

namespace pond::kad {
namespace {

Verdict invalid(const Rejection& rejection) {
  return {.kind = Verdict::Kind::kInvalid, .rejection = rejection};
}

std::weak_ordering compare_octets(BytesView a, BytesView b) {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
}

Verdict judge_unsigned(const crypto::EthAddress& address, BytesView value, const ValidationContext& context) {
  const auto claims = parse_unsigned_eth_record(value);
  if (!claims) {
    return invalid(claims.error());
  }
  if (claims->agent_id != address) {
    return invalid({RejectReason::kWrongKey, "agentId is not the address of the key"});
  }
  if (claims->timestamp > (context.now + kMaxClockSkew).ms) {
    return invalid({RejectReason::kFromTheFuture, "timestamp is more than 10 minutes ahead"});
  }
  if (context.sender && *context.sender != claims->peer_id) {
    return invalid({RejectReason::kWrongSender, "an unsigned record that its own peer did not bring"});
  }
  return {.kind = Verdict::Kind::kUnsigned,
          .rejection = {},
          .expires = context.now + kUnsignedRecordLifetime,
          .timestamp = claims->timestamp};
}

Verdict authentic(std::int64_t timestamp, std::int64_t expires) {
  return {.kind = Verdict::Kind::kAuthentic, .rejection = {}, .expires = WallTime{expires}, .timestamp = timestamp};
}

}  // namespace

Verdict EthValidator::validate(BytesView key, BytesView value, const ValidationContext& context) {
  const auto address = eth_address_of(key);
  if (!address) {
    return invalid(address.error());
  }
  if (value.size() > kMaxEthValueBytes) {
    return invalid({RejectReason::kTooLarge, "the value is longer than 8 KiB"});
  }
  const crypto::Digest name = VerdictCache::name(context.network, key, value);
  if (const auto known = cache_.genuine(name)) {
    ++counters_.remembered;
    const auto timely = check_eth_times(known->timestamp, known->expires, context.now);
    return timely ? authentic(known->timestamp, known->expires) : invalid(timely.error());
  }
  if (cache_.is_forged(name)) {
    ++counters_.remembered;
    return invalid({RejectReason::kBadSignature, "the signature is not by the key's address"});
  }
  const auto record = parse_eth_record(value);
  if (!record) {
    return record.error().reason == RejectReason::kUnsigned && context.accept_unsigned
               ? judge_unsigned(*address, value, context)
               : invalid(record.error());
  }
  const std::int64_t timestamp = record->agent.timestamp;
  for (const auto& check : {check_eth_subject(*record, *address, context.network),
                            check_eth_times(timestamp, record->expires, context.now)}) {
    if (!check) {
      return invalid(check.error());
    }
  }
  if (context.standing && eth_rank_of(*context.standing).timestamp > timestamp) {
    return {.kind = Verdict::Kind::kStale, .rejection = {}, .expires = {}, .timestamp = timestamp};
  }
  // What stands has been verified: the same octets need no second look.
  if (!context.standing || !equal(*context.standing, value)) {
    ++counters_.recoveries;
    if (const auto genuine = check_eth_signature(*record, value, *address); !genuine) {
      cache_.remember_forged(name);
      return invalid(genuine.error());
    }
  }
  cache_.remember_genuine(name, {timestamp, record->expires});
  return authentic(timestamp, record->expires);
}

std::weak_ordering EthValidator::select(BytesView, BytesView a, BytesView b) const {
  const auto by_rank = eth_rank_of(a) <=> eth_rank_of(b);
  return by_rank != 0 ? std::weak_ordering{by_rank} : compare_octets(a, b);
}

Verdict TestValidator::validate(BytesView key, BytesView value, const ValidationContext& context) {
  const auto timestamp = verify_test_record(key, value, context.now);
  if (!timestamp) {
    return invalid(timestamp.error());
  }
  return authentic(*timestamp, (context.now + kTestRecordLifetime).ms);
}

std::weak_ordering TestValidator::select(BytesView, BytesView a, BytesView b) const {
  const auto by_time = parse_test_record(a).value_or(-1) <=> parse_test_record(b).value_or(-1);
  return by_time != 0 ? std::weak_ordering{by_time} : compare_octets(a, b);
}

std::optional<wire::PeerId> TestValidator::owner_of(BytesView key) const {
  const auto owner = test_owner_of(key);
  return owner ? std::optional{*owner} : std::nullopt;
}

Verdict PkValidator::validate(BytesView key, BytesView value, const ValidationContext& context) {
  if (const auto id = verify_pk_record(key, value); !id) {
    return invalid(id.error());
  }
  return authentic(0, (context.now + kPkRecordLifetime).ms);
}

std::weak_ordering PkValidator::select(BytesView, BytesView, BytesView) const {
  return std::weak_ordering::equivalent;
}

}  // namespace pond::kad
