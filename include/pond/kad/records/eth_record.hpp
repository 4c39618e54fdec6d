#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/crypto/ethereum.hpp"
#include "pond/kad/records/verdict.hpp"
#include "pond/wire/multiaddr.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::kad {

// `/eth/<address>`: "this Ethereum address is reachable as that libp2p peer", signed by the address.
//
// The value is one JSON object that ends with exactly kEthTailBytes octets: `,"signature":"0x`, 130 lowercase hex
// digits,
// `"}`. The signature is an EIP-191 personal message signature over everything before those, and `}`. Nothing is ever
// serialized again in order to verify. docs/records.md has the whole format.

inline constexpr std::string_view kEthKeyPrefix = "/eth/";
inline constexpr std::string_view kEthRecordDomain = "openpond-dht-record";
inline constexpr std::int64_t kEthRecordVersion = 1;
inline constexpr std::size_t kMaxEthValueBytes = 8192;
inline constexpr std::size_t kEthTailBytes = 148;
inline constexpr std::size_t kMaxAgentNameCodePoints = 64;
inline constexpr std::size_t kMaxRecordMultiaddrs = 16;
inline constexpr std::size_t kMaxRecordMultiaddrBytes = 256;  ///< of the text form
inline constexpr std::size_t kMaxNetworkBytes = 32;
inline constexpr Duration kMaxClockSkew = 10min;         ///< how far ahead of us a record may be dated
inline constexpr Duration kMaxEthLifetime = 48h;         ///< from `timestamp` to `expires`
inline constexpr Duration kDefaultEthLifetime = 24h;     ///< what a publisher asks for
inline constexpr Duration kUnsignedRecordLifetime = 1h;  ///< from receipt

/// What a record claims about its agent, signed or not.
struct AgentClaims {
  wire::PeerId peer_id;
  std::int64_t timestamp = 0;  ///< milliseconds; the sequence number as well
  crypto::EthAddress agent_id;
  std::string agent_name;
  std::vector<wire::Multiaddr> multiaddrs;
  friend bool operator==(const AgentClaims&, const AgentClaims&) = default;
};

struct EthRecord {
  AgentClaims agent;
  std::string network;
  std::int64_t expires = 0;  ///< milliseconds
  crypto::EthSignature signature{};
  friend bool operator==(const EthRecord&, const EthRecord&) = default;
};

/// `[a-z0-9-]{1,32}`
[[nodiscard]] bool is_network_name(std::string_view name) noexcept;

/// `/eth/` and the lowercase address.
[[nodiscard]] Bytes eth_key(const crypto::EthAddress& address);

/// The address of a key; kBadKey for any other spelling than eth_key's.
[[nodiscard]] Judged<crypto::EthAddress> eth_address_of(BytesView key);

/// Reads a signed value and checks all that can be said without key, clock, network and cryptography. kUnsigned when it
/// is JSON without a signature.
[[nodiscard]] Judged<EthRecord> parse_eth_record(BytesView value);

/// Whether the record is about that address and for that network.
[[nodiscard]] Judged<void> check_eth_subject(const EthRecord& record, const crypto::EthAddress& address,
                                             std::string_view network);

/// Whether a record of those times may stand at `now`: not dated more than kMaxClockSkew ahead, not expired (it is from
/// `expires` on).
[[nodiscard]] Judged<void> check_eth_times(std::int64_t timestamp, std::int64_t expires, WallTime now);

/// Whether the address signed the value, which has been parsed into `record`. 50 microseconds: ask last.
[[nodiscard]] Judged<void> check_eth_signature(const EthRecord& record, BytesView value,
                                               const crypto::EthAddress& address);

/// All of it, the cheap first.
[[nodiscard]] Judged<EthRecord> verify_eth_record(BytesView key, BytesView value, std::string_view network,
                                                  WallTime now);

/// Reads the unsigned form: the members `peerId`, `timestamp`, `agentId` (any spelling of an address), `agentName`,
/// `multiaddrs` under the rules of the signed form, others ignored, no `signature`.
[[nodiscard]] Judged<AgentClaims> parse_unsigned_eth_record(BytesView value);

/// The sequence of an `/eth` value that has been found valid, greatest first: timestamp, then expires; an unsigned one
/// is below every signed one. Values that do not parse are equal to each other and below all others.
struct EthRank {
  std::uint8_t believed = 0;  ///< 2 signed, 1 unsigned, 0 neither
  std::int64_t timestamp = 0;
  std::int64_t expires = 0;
  friend auto operator<=>(const EthRank&, const EthRank&) = default;
};
[[nodiscard]] EthRank eth_rank_of(BytesView value);

/// What a publisher says. `agentId` is the signing key's address.
struct EthDraft {
  std::string network;
  wire::PeerId peer_id;
  std::int64_t timestamp = 0;  ///< milliseconds
  std::int64_t expires = 0;    ///< milliseconds
  std::string agent_name;
  std::vector<wire::Multiaddr> multiaddrs;
  std::vector<std::pair<std::string, std::string>> others;  ///< name and JSON text of further members, in that order
};

/// The signed value, members in the order of the table in docs/records.md, octet for octet what JSON.stringify and viem
/// make of the same members. kInvalidArgument when a receiver would refuse it, whatever the time.
[[nodiscard]] Result<Bytes> sign_eth_record(const EthDraft& draft, const crypto::EthKey& key);

/// The timestamp of a publisher's next record: now, or just above the newest record of its own address that it has met.
[[nodiscard]] std::int64_t next_eth_timestamp(WallTime now, std::optional<std::int64_t> newest_met) noexcept;

}  // namespace pond::kad
