#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/rng.hpp"
#include "pond/crypto/hash.hpp"

namespace pond::crypto {

/// A 20-octet Ethereum address.
class EthAddress {
 public:
  static constexpr std::size_t kBytes = 20;

  EthAddress() = default;
  explicit EthAddress(const std::array<std::uint8_t, kBytes>& raw) : raw_(raw) {}

  /// `0x` and 40 hex digits. All lowercase or all uppercase digits are taken as they are; mixed case must carry the
  /// right EIP-55 checksum. kInvalidArgument otherwise.
  [[nodiscard]] static Result<EthAddress> parse(std::string_view text);

  [[nodiscard]] std::string to_checksummed() const;  ///< EIP-55
  [[nodiscard]] std::string to_lowercase() const;    ///< as keys of the DHT have it
  [[nodiscard]] const std::array<std::uint8_t, kBytes>& raw() const noexcept { return raw_; }

  friend auto operator<=>(const EthAddress&, const EthAddress&) = default;

 private:
  std::array<std::uint8_t, kBytes> raw_{};
};

/// r (32), s (32), v (27 or 28): what EIP-191 signers produce.
using EthSignature = std::array<std::uint8_t, 65>;

/// keccak256("\x19Ethereum Signed Message:\n" || decimal length || message): EIP-191, version 0x45.
[[nodiscard]] Digest eip191_hash(BytesView message);

/// The address whose key signed `digest`. kBadSignature when v is not 27 or 28, s is in the upper half, or nothing
/// recovers. About 50 us: check cheaper things first. Any thread.
[[nodiscard]] Result<EthAddress> eth_recover(const Digest& digest, const EthSignature& signature);

/// An Ethereum account's private key. Wipes its secret when destroyed.
class EthKey {
 public:
  [[nodiscard]] static EthKey generate(Rng& rng);

  /// 64 hex digits, with or without `0x`; surrounding white space is not accepted. kInvalidArgument otherwise, or when
  /// the number is no valid secp256k1 key. The error never contains the text.
  [[nodiscard]] static Result<EthKey> parse(std::string_view text);

  EthKey(const EthKey&) = default;
  EthKey& operator=(const EthKey&) = default;
  ~EthKey();

  /// `0x` and 64 lowercase digits, for a key file and nothing else.
  [[nodiscard]] std::string to_hex() const;

  [[nodiscard]] const EthAddress& address() const noexcept { return address_; }

  /// EIP-191 personal message signature: deterministic (RFC 6979), s in the lower half.
  [[nodiscard]] EthSignature sign_message(BytesView message) const;

 private:
  EthKey(const Digest& secret, const EthAddress& address) : secret_(secret), address_(address) {}

  Digest secret_;
  EthAddress address_;
};

}  // namespace pond::crypto
