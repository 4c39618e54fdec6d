#include "pond/upgrade/yamux_frame.hpp"

namespace pond::upgrade {
namespace {

std::uint32_t load_be32(const std::uint8_t* p) noexcept {
  return (std::uint32_t{p[0]} << 24) | (std::uint32_t{p[1]} << 16) | (std::uint32_t{p[2]} << 8) | std::uint32_t{p[3]};
}

void store_be32(std::uint8_t* p, std::uint32_t value) noexcept {
  p[0] = static_cast<std::uint8_t>(value >> 24);
  p[1] = static_cast<std::uint8_t>(value >> 16);
  p[2] = static_cast<std::uint8_t>(value >> 8);
  p[3] = static_cast<std::uint8_t>(value);
}

}  // namespace

Result<YamuxHeader> decode_yamux_header(std::span<const std::uint8_t, kYamuxHeaderBytes> in) noexcept {
  if (in[0] != 0) {
    return fail(Errc::kUnsupported, "yamux: unknown version");
  }
  if (in[1] > static_cast<std::uint8_t>(YamuxType::kGoAway)) {
    return fail(Errc::kMalformed, "yamux: unknown frame type");
  }
  return YamuxHeader{
      .type = static_cast<YamuxType>(in[1]),
      .flags = static_cast<std::uint16_t>((in[2] << 8) | in[3]),
      .stream = load_be32(&in[4]),
      .length = load_be32(&in[8]),
  };
}

std::array<std::uint8_t, kYamuxHeaderBytes> encode_yamux_header(const YamuxHeader& header) noexcept {
  std::array<std::uint8_t, kYamuxHeaderBytes> out{};
  out[1] = static_cast<std::uint8_t>(header.type);
  out[2] = static_cast<std::uint8_t>(header.flags >> 8);
  out[3] = static_cast<std::uint8_t>(header.flags);
  store_be32(&out[4], header.stream);
  store_be32(&out[8], header.length);
  return out;
}

void append_yamux_header(Bytes& out, const YamuxHeader& header) {
  append(out, encode_yamux_header(header));
}

}  // namespace pond::upgrade
