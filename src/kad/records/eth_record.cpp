#include "pond/kad/records/eth_record.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "pond/kad/records/json.hpp"

#include "agent_claims.hpp"

namespace pond::kad {
namespace {

constexpr std::string_view kTailStart = ",\"signature\":\"0x";
constexpr std::string_view kTailEnd = "\"}";
constexpr std::size_t kSignatureDigits = 2 * std::tuple_size_v<crypto::EthSignature>;
static_assert(kTailStart.size() + kSignatureDigits + kTailEnd.size() == kEthTailBytes);

constexpr std::int64_t milliseconds(Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

constexpr std::array<std::string_view, 10> kMembers{"v",       "domain",  "network",   "peerId",     "timestamp",
                                                    "expires", "agentId", "agentName", "multiaddrs", "signature"};
constexpr std::array<std::string_view, 6> kUnsignedMembers{"peerId",    "timestamp",  "agentId",
                                                           "agentName", "multiaddrs", "signature"};
constexpr std::array<std::string_view, 2> kRankMembers{"timestamp", "expires"};

bool is_lowercase_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// The signature of a value that ends as a signed one must.
std::optional<crypto::EthSignature> read_tail(std::string_view value) {
  if (value.size() <= kEthTailBytes) {
    return std::nullopt;
  }
  const std::string_view tail = value.substr(value.size() - kEthTailBytes);
  const std::string_view digits = tail.substr(kTailStart.size(), kSignatureDigits);
  if (!tail.starts_with(kTailStart) || !tail.ends_with(kTailEnd) || !is_lowercase_hex(digits)) {
    return std::nullopt;
  }
  const auto octets = from_hex(digits);
  crypto::EthSignature out{};
  std::copy(octets->begin(), octets->end(), out.begin());
  return out;
}

Judged<JsonObject> read_json(BytesView value, std::span<const std::string_view> wanted) {
  if (value.size() > kMaxEthValueBytes) {
    return reject(RejectReason::kTooLarge, "the value is longer than 8 KiB");
  }
  auto object = JsonObject::read(value, wanted);
  if (!object) {
    return reject(RejectReason::kMalformed, object.error().what);
  }
  return *std::move(object);
}

/// The text that is signed: everything before the tail, closed again.
Bytes signed_text(BytesView value) {
  Bytes out = to_bytes(value.first(value.size() - kEthTailBytes));
  out.push_back('}');
  return out;
}

Judged<void> read_envelope(const JsonObject& object, EthRecord& out) {
  const std::string* domain = object.string("domain");
  if (domain == nullptr || *domain != kEthRecordDomain || object.integer("v") != kEthRecordVersion) {
    return reject(RejectReason::kWrongDomain, "domain or v is not that of a DHT record, version 1");
  }
  const std::string* network = object.string("network");
  if (network == nullptr || !is_network_name(*network)) {
    return reject(RejectReason::kBadMember, "network is not a network's name");
  }
  out.network = *network;
  const auto expires = object.integer("expires");
  if (!expires) {
    return reject(RejectReason::kBadMember, "expires is not an integer of milliseconds");
  }
  out.expires = *expires;
  return {};
}

}  // namespace

bool is_network_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kMaxNetworkBytes && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Bytes eth_key(const crypto::EthAddress& address) {
  return to_bytes(std::string{kEthKeyPrefix} + address.to_lowercase());
}

Judged<crypto::EthAddress> eth_address_of(BytesView key) {
  constexpr std::size_t kDigits = 2 * crypto::EthAddress::kBytes;
  std::string_view text = as_text(key);
  if (text.size() == kEthKeyPrefix.size() + 2 + kDigits && text.starts_with(kEthKeyPrefix)) {
    text.remove_prefix(kEthKeyPrefix.size());
    if (text.starts_with("0x") && is_lowercase_hex(text.substr(2))) {
      if (const auto address = crypto::EthAddress::parse(text)) {
        return *address;
      }
    }
  }
  return reject(RejectReason::kBadKey, "the key is not /eth/0x and 40 lowercase hex digits");
}

Judged<EthRecord> parse_eth_record(BytesView value) {
  const auto object = read_json(value, kMembers);
  if (!object) {
    return std::unexpected(object.error());
  }
  const auto signature = read_tail(as_text(value));
  if (!signature) {
    return !object->has("signature")
               ? reject(RejectReason::kUnsigned, "the record is not signed")
               : reject(RejectReason::kMalformed, "the record does not end with a signature of 130 lowercase digits");
  }
  EthRecord out;
  out.signature = *signature;
  if (const auto envelope = read_envelope(*object, out); !envelope) {
    return std::unexpected(envelope.error());
  }
  auto agent = read_agent_claims(*object, AddressSpelling::kChecksummed);
  if (!agent) {
    return std::unexpected(agent.error());
  }
  out.agent = *std::move(agent);
  if (out.expires <= out.agent.timestamp || out.expires - out.agent.timestamp > milliseconds(kMaxEthLifetime)) {
    return reject(RejectReason::kBadMember, "expires is not after timestamp by 48 hours at most");
  }
  return out;
}

Judged<void> check_eth_subject(const EthRecord& record, const crypto::EthAddress& address, std::string_view network) {
  if (record.network != network) {
    return reject(RejectReason::kWrongNetwork, "the record is for another network");
  }
  if (record.agent.agent_id != address) {
    return reject(RejectReason::kWrongKey, "agentId is not the address of the key");
  }
  return {};
}

Judged<void> check_eth_times(std::int64_t timestamp, std::int64_t expires, WallTime now) {
  if (timestamp > (now + kMaxClockSkew).ms) {
    return reject(RejectReason::kFromTheFuture, "timestamp is more than 10 minutes ahead");
  }
  if (expires <= now.ms) {
    return reject(RejectReason::kExpired, "the record has expired");
  }
  return {};
}

Judged<void> check_eth_signature(const EthRecord& record, BytesView value, const crypto::EthAddress& address) {
  const auto signer = crypto::eth_recover(crypto::eip191_hash(signed_text(value)), record.signature);
  if (!signer) {
    return reject(RejectReason::kBadSignature, "the signature is none");
  }
  if (*signer != address) {
    return reject(RejectReason::kBadSignature, "another address signed the record");
  }
  return {};
}

Judged<EthRecord> verify_eth_record(BytesView key, BytesView value, std::string_view network, WallTime now) {
  const auto address = eth_address_of(key);
  if (!address) {
    return std::unexpected(address.error());
  }
  auto record = parse_eth_record(value);
  if (!record) {
    return record;
  }
  for (const auto& check : {check_eth_subject(*record, *address, network),
                            check_eth_times(record->agent.timestamp, record->expires, now)}) {
    if (!check) {
      return std::unexpected(check.error());
    }
  }
  if (const auto genuine = check_eth_signature(*record, value, *address); !genuine) {
    return std::unexpected(genuine.error());
  }
  return record;
}

Judged<AgentClaims> parse_unsigned_eth_record(BytesView value) {
  const auto object = read_json(value, kUnsignedMembers);
  if (!object) {
    return std::unexpected(object.error());
  }
  if (object->has("signature")) {
    return reject(RejectReason::kMalformed, "a record with a signature is not an unsigned one");
  }
  return read_agent_claims(*object, AddressSpelling::kAny);
}

EthRank eth_rank_of(BytesView value) {
  const auto object = read_json(value, kRankMembers);
  const auto timestamp = object ? object->integer("timestamp") : std::nullopt;
  if (!timestamp) {
    return {};
  }
  if (!read_tail(as_text(value))) {
    return {.believed = 1, .timestamp = *timestamp, .expires = 0};
  }
  return {.believed = 2, .timestamp = *timestamp, .expires = object->integer("expires").value_or(0)};
}

Result<Bytes> sign_eth_record(const EthDraft& draft, const crypto::EthKey& key) {
  std::string text = "{\"v\":1,\"domain\":";
  const auto member = [&text](std::string_view name) {
    text += ',';
    append_json_string(text, name);
    text += ':';
  };
  append_json_string(text, kEthRecordDomain);
  member("network");
  append_json_string(text, draft.network);
  member("peerId");
  append_json_string(text, draft.peer_id.to_base58());
  member("timestamp");
  text += std::to_string(draft.timestamp);
  member("expires");
  text += std::to_string(draft.expires);
  member("agentId");
  append_json_string(text, key.address().to_checksummed());
  member("agentName");
  append_json_string(text, draft.agent_name);
  member("multiaddrs");
  text += '[';
  for (std::size_t i = 0; i < draft.multiaddrs.size(); ++i) {
    text += i == 0 ? "" : ",";
    append_json_string(text, draft.multiaddrs[i].to_string());
  }
  text += ']';
  for (const auto& [name, json] : draft.others) {
    member(name);
    text += json;
  }
  const crypto::EthSignature signature = key.sign_message(as_bytes(text + '}'));
  text += std::string{kTailStart} + to_hex(signature) + std::string{kTailEnd};

  Bytes value = to_bytes(text);
  if (const auto parsed = parse_eth_record(value); !parsed) {
    return fail(Errc::kInvalidArgument, parsed.error().what);
  }
  return value;
}

std::int64_t next_eth_timestamp(WallTime now, std::optional<std::int64_t> newest_met) noexcept {
  return newest_met ? std::max(now.ms, *newest_met + 1) : now.ms;
}

}  // namespace pond::kad
