#include "pond/crypto/ethereum.hpp"

#include <algorithm>

#include <secp256k1_recovery.h>

#include "pond/crypto/wipe.hpp"

#include "require.hpp"
#include "secp256k1_context.hpp"

namespace pond::crypto {
namespace {

constexpr std::string_view kHexPrefix = "0x";
constexpr std::uint8_t kFirstRecoveryValue = 27;
constexpr std::size_t kCompactBytes = 64;  // r and s

constexpr bool is_lower(char digit) noexcept {
  return digit >= 'a' && digit <= 'f';
}
constexpr bool is_upper(char digit) noexcept {
  return digit >= 'A' && digit <= 'F';
}
constexpr bool is_hex(char digit) noexcept {
  return (digit >= '0' && digit <= '9') || is_lower(digit) || is_upper(digit);
}

/// The last 20 octets of the Keccak-256 of both coordinates.
EthAddress address_of(const secp256k1_pubkey& point) {
  std::array<std::uint8_t, 65> encoded;
  std::size_t size = encoded.size();
  require(secp256k1_ec_pubkey_serialize(secp256k1_shared(), encoded.data(), &size, &point, SECP256K1_EC_UNCOMPRESSED) ==
          1);
  const Digest digest = keccak256(BytesView{encoded}.subspan(1));
  std::array<std::uint8_t, EthAddress::kBytes> raw;
  std::ranges::copy(BytesView{digest}.last(raw.size()), raw.begin());
  return EthAddress{raw};
}

/// nullopt when the number is zero or not below the group's order.
std::optional<EthAddress> address_of_secret(const Digest& secret) {
  secp256k1_pubkey point;
  if (secp256k1_ec_pubkey_create(secp256k1_shared(), &point, secret.data()) != 1) {
    return std::nullopt;
  }
  return address_of(point);
}

}  // namespace

Result<EthAddress> EthAddress::parse(std::string_view text) {
  if (text.size() != kHexPrefix.size() + 2 * kBytes || !text.starts_with(kHexPrefix)) {
    return fail(Errc::kInvalidArgument, "an Ethereum address is 0x and 40 hexadecimal digits");
  }
  const std::string_view digits = text.substr(kHexPrefix.size());
  const std::optional<Bytes> octets = from_hex(digits);
  if (!octets) {
    return fail(Errc::kInvalidArgument, "an Ethereum address is 0x and 40 hexadecimal digits");
  }
  EthAddress address;
  std::ranges::copy(*octets, address.raw_.begin());
  const bool mixed = std::ranges::any_of(digits, is_lower) && std::ranges::any_of(digits, is_upper);
  if (mixed && address.to_checksummed() != text) {
    return fail(Errc::kInvalidArgument, "the Ethereum address has a wrong checksum (EIP-55)");
  }
  return address;
}

std::string EthAddress::to_checksummed() const {
  std::string text = to_lowercase();
  const Digest digest = keccak256(as_bytes(text).subspan(kHexPrefix.size()));
  for (std::size_t i = 0; i < 2 * kBytes; ++i) {
    const int nibble = i % 2 == 0 ? digest[i / 2] >> 4 : digest[i / 2] & 15;
    char& digit = text[kHexPrefix.size() + i];
    if (nibble >= 8 && is_lower(digit)) {
      digit = static_cast<char>(digit - 'a' + 'A');
    }
  }
  return text;
}

std::string EthAddress::to_lowercase() const {
  return std::string{kHexPrefix} + pond::to_hex(raw_);
}

Digest eip191_hash(BytesView message) {
  const std::string prefix =
      "\x19"
      "Ethereum Signed Message:\n" +
      std::to_string(message.size());
  return keccak256(as_bytes(prefix), message);
}

Result<EthAddress> eth_recover(const Digest& digest, const EthSignature& signature) {
  const std::uint8_t v = signature.back();
  if (v != kFirstRecoveryValue && v != kFirstRecoveryValue + 1) {
    return fail(Errc::kBadSignature, "recovery value is neither 27 nor 28");
  }
  const secp256k1_context* const context = secp256k1_shared();
  secp256k1_ecdsa_recoverable_signature recoverable;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(context, &recoverable, signature.data(),
                                                          v - kFirstRecoveryValue) != 1) {
    return fail(Errc::kBadSignature, "signature's numbers are not below the group order");
  }
  secp256k1_ecdsa_signature plain;
  require(secp256k1_ecdsa_recoverable_signature_convert(context, &plain, &recoverable) == 1);
  if (secp256k1_ecdsa_signature_normalize(context, nullptr, &plain) != 0) {
    return fail(Errc::kBadSignature, "signature's s is in the upper half");
  }
  secp256k1_pubkey point;
  if (secp256k1_ecdsa_recover(context, &point, &recoverable, digest.data()) != 1) {
    return fail(Errc::kBadSignature, "no key gives this signature");
  }
  return address_of(point);
}

EthKey EthKey::generate(Rng& rng) {
  Digest secret;
  std::optional<EthAddress> address;
  do {
    rng.fill(secret);
    address = address_of_secret(secret);
  } while (!address);
  EthKey key{secret, *address};
  wipe(secret);
  return key;
}

Result<EthKey> EthKey::parse(std::string_view text) {
  if (text.starts_with(kHexPrefix)) {
    text.remove_prefix(kHexPrefix.size());
  }
  // All digits are looked at first: a decoder that stopped half-way would leave half the secret behind.
  if (text.size() != 2 * sizeof(Digest) || !std::ranges::all_of(text, is_hex)) {
    return fail(Errc::kInvalidArgument, "an Ethereum private key is 64 hexadecimal digits");
  }
  std::optional<Bytes> octets = from_hex(text);
  require(octets.has_value());
  Digest secret;
  std::ranges::copy(*octets, secret.begin());
  wipe(*octets);
  const std::optional<EthAddress> address = address_of_secret(secret);
  if (!address) {
    wipe(secret);
    return fail(Errc::kInvalidArgument, "the number is no valid secp256k1 private key");
  }
  EthKey key{secret, *address};
  wipe(secret);
  return key;
}

EthKey::~EthKey() {
  wipe(secret_);
}

std::string EthKey::to_hex() const {
  return std::string{kHexPrefix} + pond::to_hex(secret_);
}

EthSignature EthKey::sign_message(BytesView message) const {
  const secp256k1_context* const context = secp256k1_shared();
  const Digest digest = eip191_hash(message);
  secp256k1_ecdsa_recoverable_signature recoverable;
  require(secp256k1_ecdsa_sign_recoverable(context, &recoverable, digest.data(), secret_.data(), nullptr, nullptr) ==
          1);
  EthSignature signature;
  int recovery_id = 0;
  static_assert(std::tuple_size_v<EthSignature> == kCompactBytes + 1);
  require(secp256k1_ecdsa_recoverable_signature_serialize_compact(context, signature.data(), &recovery_id,
                                                                  &recoverable) == 1);
  signature.back() = static_cast<std::uint8_t>(kFirstRecoveryValue + recovery_id);
  return signature;
}

}  // namespace pond::crypto
