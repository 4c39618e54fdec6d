#include "base_codec.hpp"

#include <algorithm>
#include <vector>

namespace pond::wire {
namespace {

unsigned bits_per_digit(const Alphabet& alphabet) {
  return alphabet.size() == 16 ? 4 : alphabet.size() == 32 ? 5 : 6;
}

/// Digits of the smallest group that ends on an octet.
std::size_t digits_per_group(unsigned bits) {
  return bits == 4 ? 2 : bits == 5 ? 8 : 4;
}

/// Takes the padding off. nullopt unless there is exactly as much as the last group lacks.
std::optional<std::string_view> without_padding(std::string_view text, std::size_t group) {
  if (text.size() % group != 0) {
    return std::nullopt;
  }
  std::size_t pads = 0;
  while (pads < text.size() && pads < group && text[text.size() - 1 - pads] == '=') {
    ++pads;
  }
  if (pads == group) {
    return std::nullopt;
  }
  return text.substr(0, text.size() - pads);
}

/// How many digits of a radix fit a 32-bit limb, and the power that they count to. Working in limbs divides the number
/// of quadratic steps by about twenty.
struct Limb {
  std::size_t digits;
  std::uint32_t power;
};

Limb limb_of(std::uint32_t radix) {
  Limb limb{.digits = 0, .power = 1};
  while (std::uint64_t{limb.power} * radix <= UINT32_MAX) {
    limb.power *= radix;
    ++limb.digits;
  }
  return limb;
}

/// number = number * factor + addend, where `number` is little endian in units of `base`; both below 2^32.
void multiply_add(std::vector<std::uint32_t>& number, std::uint64_t base, std::uint64_t factor, std::uint64_t addend) {
  std::uint64_t carry = addend;
  for (auto& unit : number) {
    carry += unit * factor;
    unit = static_cast<std::uint32_t>(carry % base);
    carry /= base;
  }
  while (carry != 0) {
    number.push_back(static_cast<std::uint32_t>(carry % base));
    carry /= base;
  }
}

}  // namespace

std::string encode_bits(const Alphabet& alphabet, BytesView data, Padding padding) {
  const unsigned bits = bits_per_digit(alphabet);
  const std::uint32_t mask = alphabet.size() - 1;
  std::string text;
  text.reserve((data.size() * 8 + bits - 1) / bits + digits_per_group(bits));
  std::uint32_t pool = 0;
  unsigned pooled = 0;
  for (const std::uint8_t octet : data) {
    pool = (pool << 8) | octet;
    pooled += 8;
    while (pooled >= bits) {
      pooled -= bits;
      text.push_back(alphabet.digit((pool >> pooled) & mask));
    }
  }
  if (pooled > 0) {
    text.push_back(alphabet.digit((pool << (bits - pooled)) & mask));
  }
  while (padding == Padding::kRequired && text.size() % digits_per_group(bits) != 0) {
    text.push_back('=');
  }
  return text;
}

std::optional<Bytes> decode_bits(const Alphabet& alphabet, std::string_view text, Padding padding) {
  const unsigned bits = bits_per_digit(alphabet);
  const std::size_t given = text.size();
  if (padding == Padding::kRequired) {
    const auto bare = without_padding(text, digits_per_group(bits));
    if (!bare) {
      return std::nullopt;
    }
    text = *bare;
  }
  Bytes data;
  data.reserve(given * bits / 8);
  std::uint32_t pool = 0;
  unsigned pooled = 0;
  for (const char digit : text) {
    const std::uint8_t value = alphabet.value(digit);
    if (value == Alphabet::kNone) {
      return std::nullopt;
    }
    pool = (pool << bits) | value;
    pooled += bits;
    if (pooled >= 8) {
      pooled -= 8;
      data.push_back(static_cast<std::uint8_t>(pool >> pooled));
    }
  }
  // A whole digit that gave no octet, or bits that no encoder sets, would give one value several texts.
  const bool left_over = pooled >= bits || (pool & ((1U << pooled) - 1)) != 0;
  return left_over ? std::nullopt : std::optional{std::move(data)};
}

std::string encode_radix(const Alphabet& alphabet, BytesView data) {
  const auto zeros = static_cast<std::size_t>(std::ranges::find_if(data, [](auto o) { return o != 0; }) - data.begin());
  const Limb limb = limb_of(alphabet.size());
  std::vector<std::uint32_t> number;
  number.reserve(data.size() / 3 + 1);
  for (std::size_t i = zeros; i < data.size();) {
    std::uint64_t factor = 1;
    std::uint32_t addend = 0;
    for (unsigned taken = 0; taken < 4 && i < data.size(); ++taken, ++i) {
      factor <<= 8;
      addend = (addend << 8) | data[i];
    }
    multiply_add(number, limb.power, factor, addend);
  }

  std::string text;  // reversed until the end
  text.reserve(zeros + number.size() * limb.digits);
  for (std::size_t i = 0; i < number.size(); ++i) {
    std::uint32_t unit = number[i];
    const bool last = i + 1 == number.size();
    for (std::size_t digits = 0; last ? unit != 0 : digits < limb.digits; ++digits) {
      text.push_back(alphabet.digit(unit % alphabet.size()));
      unit /= alphabet.size();
    }
  }
  text.append(zeros, alphabet.digit(0));
  std::ranges::reverse(text);
  return text;
}

std::optional<Bytes> decode_radix(const Alphabet& alphabet, std::string_view text) {
  const std::size_t zeros = std::min(text.find_first_not_of(alphabet.digit(0)), text.size());
  const Limb limb = limb_of(alphabet.size());
  std::vector<std::uint32_t> number;
  number.reserve(text.size() / 4 + 1);
  for (std::size_t i = zeros; i < text.size();) {
    std::uint64_t factor = 1;
    std::uint32_t addend = 0;
    for (std::size_t taken = 0; taken < limb.digits && i < text.size(); ++taken, ++i) {
      const std::uint8_t value = alphabet.value(text[i]);
      if (value == Alphabet::kNone) {
        return std::nullopt;
      }
      factor *= alphabet.size();
      addend = addend * alphabet.size() + value;
    }
    multiply_add(number, std::uint64_t{1} << 32, factor, addend);
  }

  Bytes data;  // reversed until the end
  data.reserve(zeros + number.size() * 4);
  for (const std::uint32_t unit : number) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      data.push_back(static_cast<std::uint8_t>(unit >> shift));
    }
  }
  while (!data.empty() && data.back() == 0) {
    data.pop_back();
  }
  data.insert(data.end(), zeros, 0);
  std::ranges::reverse(data);
  return data;
}

}  // namespace pond::wire
