#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pond {

/// Owned octets. Every byte string of the wire that outlives its buffer is one of these.
using Bytes = std::vector<std::uint8_t>;

/// Borrowed octets. A function that takes a view never keeps it beyond the call unless its comment says so.
using BytesView = std::span<const std::uint8_t>;

/// The octets of a text, without a copy. The view lives as long as `text` does.
[[nodiscard]] inline BytesView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The same octets seen as text, without a copy and without any check of their encoding.
[[nodiscard]] inline std::string_view as_text(BytesView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline Bytes to_bytes(BytesView view) {
  return {view.begin(), view.end()};
}
[[nodiscard]] inline Bytes to_bytes(std::string_view text) {
  return to_bytes(as_bytes(text));
}
[[nodiscard]] inline std::string to_string(BytesView view) {
  return std::string{as_text(view)};
}

inline void append(Bytes& out, BytesView more) {
  out.insert(out.end(), more.begin(), more.end());
}

[[nodiscard]] bool equal(BytesView a, BytesView b) noexcept;

/// Lowercase hexadecimal, two digits an octet, no prefix.
[[nodiscard]] std::string to_hex(BytesView bytes);

/// The octets of an even number of hexadecimal digits of either case; nullopt for anything else (a `0x` prefix too).
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view digits);

}  // namespace pond
