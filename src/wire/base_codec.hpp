#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pond/base/bytes.hpp"

// The two families of text encodings behind multibase, key files and addresses: groups of bits (RFC 4648) and one big
// number (base58, base36).

namespace pond::wire {

/// The digits of an encoding and the way back.
class Alphabet {
 public:
  static constexpr std::uint8_t kNone = 0xff;
  enum class Case : std::uint8_t { kExact, kEither };  ///< which letters are read

  consteval Alphabet(std::string_view digits, Case letters) : digits_(digits) {
    values_.fill(kNone);
    for (std::size_t i = 0; i < digits.size(); ++i) {
      const char digit = digits[i];
      values_[static_cast<std::uint8_t>(digit)] = static_cast<std::uint8_t>(i);
      if (letters == Case::kEither && ((digit >= 'a' && digit <= 'z') || (digit >= 'A' && digit <= 'Z'))) {
        values_[static_cast<std::uint8_t>(digit) ^ 0x20U] = static_cast<std::uint8_t>(i);
      }
    }
  }

  [[nodiscard]] constexpr std::uint32_t size() const { return static_cast<std::uint32_t>(digits_.size()); }
  [[nodiscard]] constexpr char digit(std::size_t value) const { return digits_[value]; }
  [[nodiscard]] constexpr std::uint8_t value(char digit) const { return values_[static_cast<std::uint8_t>(digit)]; }

 private:
  std::string_view digits_;
  std::array<std::uint8_t, 256> values_{};
};

inline constexpr Alphabet kBase16Lower{"0123456789abcdef", Alphabet::Case::kEither};
inline constexpr Alphabet kBase16Upper{"0123456789ABCDEF", Alphabet::Case::kEither};
inline constexpr Alphabet kBase32Lower{"abcdefghijklmnopqrstuvwxyz234567", Alphabet::Case::kEither};
inline constexpr Alphabet kBase32Upper{"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", Alphabet::Case::kEither};
inline constexpr Alphabet kBase64{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                                  Alphabet::Case::kExact};
inline constexpr Alphabet kBase64Url{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
                                     Alphabet::Case::kExact};
/// I2P's: base64 with `-` and `~`.
inline constexpr Alphabet kBase64I2p{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~",
                                     Alphabet::Case::kExact};
inline constexpr Alphabet kBase58Btc{"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
                                     Alphabet::Case::kExact};
inline constexpr Alphabet kBase36Lower{"0123456789abcdefghijklmnopqrstuvwxyz", Alphabet::Case::kEither};
inline constexpr Alphabet kBase36Upper{"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", Alphabet::Case::kEither};

enum class Padding : std::uint8_t { kNone, kRequired };

/// Groups of bits, for alphabets of 16, 32 and 64 digits; `=` pads to whole octets when asked to.
[[nodiscard]] std::string encode_bits(const Alphabet& alphabet, BytesView data, Padding padding);

/// The inverse, and only of what encode_bits writes (letters of either case where the alphabet says so): nullopt for
/// other characters, missing or superfluous padding, a number of digits that no octets give, and trailing bits that are
/// not 0.
[[nodiscard]] std::optional<Bytes> decode_bits(const Alphabet& alphabet, std::string_view text, Padding padding);

/// One big number in the radix alphabet.size() (58 or 36), each leading zero octet one leading zero digit. Takes time
/// quadratic in the size: the caller bounds it.
[[nodiscard]] std::string encode_radix(const Alphabet& alphabet, BytesView data);

/// The inverse; nullopt for other characters. Quadratic as well.
[[nodiscard]] std::optional<Bytes> decode_radix(const Alphabet& alphabet, std::string_view text);

}  // namespace pond::wire
