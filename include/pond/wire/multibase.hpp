#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"

namespace pond::wire {

/// The encodings of multiformats/multibase that libp2p and IPFS use; the value is the prefix character.
enum class Multibase : char {
  kBase16 = 'f',
  kBase16Upper = 'F',
  kBase32 = 'b',
  kBase32Upper = 'B',
  kBase36 = 'k',
  kBase36Upper = 'K',
  kBase58Btc = 'z',
  kBase64 = 'm',
  kBase64Pad = 'M',
  kBase64Url = 'u',
  kBase64UrlPad = 'U',
};

/// Most octets that base36 and base58 take: their cost is quadratic.
inline constexpr std::size_t kMaxRadixBytes = 1024;

/// Most octets that the others take.
inline constexpr std::size_t kMaxMultibaseBytes = 64 * 1024;

/// Octets, and the encoding that they came in.
struct MultibaseValue {
  Multibase base;
  Bytes data;
};

/// The prefix character and the digits. kTooLarge beyond the base's bound. Any thread.
[[nodiscard]] Result<std::string> multibase_encode(Multibase base, BytesView data);

/// Reads the prefix character and the digits behind it. kUnsupported for a prefix of another encoding, kMalformed for
/// an empty text, and otherwise as base_decode. Any thread.
[[nodiscard]] Result<MultibaseValue> multibase_decode(std::string_view text);

/// The digits alone, without a prefix. kTooLarge beyond the base's bound. Any thread.
[[nodiscard]] Result<std::string> base_encode(Multibase base, BytesView data);

/// The inverse of base_encode; bases 16, 32 and 36 read letters of either case, as the specification has it. kMalformed
/// for any other character, wrong padding, a number of digits that no octets give, or trailing bits that are not 0;
/// kTooLarge when it would give more octets than the base's bound. Any thread.
[[nodiscard]] Result<Bytes> base_decode(Multibase base, std::string_view digits);

/// Base64 with padding (RFC 4648, section 4) of any length: what key files hold. Any thread.
[[nodiscard]] std::string base64_encode(BytesView data);

/// The inverse, strictly: no white space, exact padding, no trailing bits. kMalformed otherwise. Any thread.
[[nodiscard]] Result<Bytes> base64_decode(std::string_view text);

}  // namespace pond::wire
