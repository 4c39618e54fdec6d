#include "pond/wire/varint.hpp"

namespace pond::wire {

Result<std::optional<Varint>> read_varint(BytesView in) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < kMaxVarintBytes; ++i) {
    if (i == in.size()) {
      return std::nullopt;
    }
    const std::uint8_t octet = in[i];
    value |= static_cast<std::uint64_t>(octet & 0x7f) << (7 * i);
    if (octet < 0x80) {
      if (octet == 0 && i > 0) {
        return fail(Errc::kMalformed, "varint is not minimal");
      }
      return Varint{.value = value, .size = i + 1};
    }
  }
  return fail(Errc::kMalformed, "varint is longer than 9 octets");
}

Result<Varint> read_whole_varint(BytesView in) {
  POND_TRY(const auto varint, read_varint(in));
  if (!varint) {
    return fail(Errc::kMalformed, "varint is cut short");
  }
  return *varint;
}

void append_varint(Bytes& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

std::size_t varint_size(std::uint64_t value) noexcept {
  std::size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

}  // namespace pond::wire
