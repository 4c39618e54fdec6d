#include "clean_text.hpp"

#include <cstdint>

namespace pond::wire {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t size = 0;  ///< octets; 0: not UTF-8
};

std::uint8_t octet(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

/// The first character of a text that is not empty. Overlong forms, surrogates and what is beyond U+10FFFF are not
/// UTF-8.
Character first_character(std::string_view text) {
  const std::uint8_t lead = octet(text, 0);
  if (lead < 0x80) {
    return {.code = lead, .size = 1};
  }
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) {
    return {};
  }
  char32_t code = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((octet(text, i) & 0xc0) != 0x80) {
      return {};
    }
    code = code << 6 | (octet(text, i) & 0x3fU);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (overlong || surrogate || code > 0x10ffff) {
    return {};
  }
  return {.code = code, .size = size};
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x61c || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t max_bytes) {
  std::string out;
  while (!text.empty()) {
    const Character c = first_character(text);
    const bool keep = c.size != 0 && !is_control(c.code);
    const std::size_t size = keep ? c.size : 1;
    if (out.size() + size > max_bytes) {
      break;
    }
    if (keep) {
      out += text.substr(0, size);
    } else {
      out += '?';
    }
    text.remove_prefix(c.size == 0 ? 1 : c.size);
  }
  return out;
}

bool is_clean_text(std::string_view text) {
  while (!text.empty()) {
    const Character c = first_character(text);
    if (c.size == 0 || is_control(c.code)) {
      return false;
    }
    text.remove_prefix(c.size);
  }
  return true;
}

}  // namespace pond::wire
