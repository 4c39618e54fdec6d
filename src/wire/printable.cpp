#include "printable.hpp"

namespace pond::wire {
namespace {

/// Octets of the sequence that starts with `lead`; 0 for an octet that starts none.
std::size_t sequence_size(std::uint8_t lead) noexcept {
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xc2 && lead <= 0xdf) {
    return 2;
  }
  if (lead >= 0xe0 && lead <= 0xef) {
    return 3;
  }
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

bool is_printable(std::uint32_t code_point, std::size_t size) noexcept {
  const bool control = code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f);
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  const bool overlong = (size == 3 && code_point < 0x800) || (size == 4 && code_point < 0x10000);
  return !control && !surrogate && !overlong && code_point <= 0x10ffff;
}

}  // namespace

bool is_printable_utf8(BytesView text) noexcept {
  while (!text.empty()) {
    const std::size_t size = sequence_size(text.front());
    if (size == 0 || size > text.size()) {
      return false;
    }
    std::uint32_t code_point = size == 1 ? text.front() : text.front() & (0x7fU >> size);
    for (const std::uint8_t octet : text.subspan(1, size - 1)) {
      if ((octet & 0xc0) != 0x80) {
        return false;
      }
      code_point = code_point << 6 | (octet & 0x3fU);
    }
    if (!is_printable(code_point, size)) {
      return false;
    }
    text = text.subspan(size);
  }
  return true;
}

}  // namespace pond::wire
