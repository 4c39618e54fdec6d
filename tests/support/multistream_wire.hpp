#pragma once

#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/wire/varint.hpp"

namespace pond::test {

/// A multistream-select message: length, text, newline.
inline Bytes message(std::string_view text) {
  Bytes out;
  wire::append_varint(out, text.size() + 1);
  append(out, as_bytes(text));
  out.push_back('\n');
  return out;
}

template <typename... Texts>
Bytes messages(Texts... texts) {
  Bytes out;
  (append(out, message(texts)), ...);
  return out;
}

}  // namespace pond::test
