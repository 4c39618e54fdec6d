#include "protobuf.hpp"

#include <optional>

#include "pond/wire/varint.hpp"

namespace pond::wire {
namespace {

constexpr std::uint32_t kReservedFirst = 19000;
constexpr std::uint32_t kReservedLast = 19999;

/// Protobuf's varints reach 64 bits (10 octets) and need not be minimal, unlike multiformats'.
std::optional<std::uint64_t> take_varint(BytesView& in) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < in.size() && i < 10; ++i) {
    const std::uint8_t octet = in[i];
    if (i == 9 && octet > 1) {
      return std::nullopt;
    }
    value |= static_cast<std::uint64_t>(octet & 0x7f) << (7 * i);
    if (octet < 0x80) {
      in = in.subspan(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

bool take_octets(BytesView& in, std::uint64_t count) {
  if (count > in.size()) {
    return false;
  }
  in = in.subspan(static_cast<std::size_t>(count));
  return true;
}

bool take_value(BytesView& in, protozero::pbf_wire_type type) {
  switch (type) {
    case protozero::pbf_wire_type::varint:
      return take_varint(in).has_value();
    case protozero::pbf_wire_type::fixed64:
      return take_octets(in, 8);
    case protozero::pbf_wire_type::length_delimited: {
      const auto length = take_varint(in);
      return length && take_octets(in, *length);
    }
    case protozero::pbf_wire_type::fixed32:
      return take_octets(in, 4);
    default:
      return false;
  }
}

void append_tag(Bytes& out, std::uint32_t number, protozero::pbf_wire_type type) {
  append_varint(out, (std::uint64_t{number} << 3) | static_cast<std::uint64_t>(type));
}

}  // namespace

Result<void> check_protobuf(BytesView message) {
  while (!message.empty()) {
    const auto tag = take_varint(message);
    if (!tag || *tag > UINT32_MAX) {
      return fail(Errc::kMalformed, "protobuf: a tag is cut short or too large");
    }
    const auto number = static_cast<std::uint32_t>(*tag >> 3);
    if (number == 0 || (number >= kReservedFirst && number <= kReservedLast)) {
      return fail(Errc::kMalformed, "protobuf: a field number that may not be used");
    }
    if (!take_value(message, static_cast<protozero::pbf_wire_type>(*tag & 7))) {
      return fail(Errc::kMalformed, "protobuf: a value is cut short, too large or of an unknown wire type");
    }
  }
  return {};
}

Result<BytesView> bytes_field(protozero::pbf_reader& field) {
  if (!field.has_wire_type(protozero::pbf_wire_type::length_delimited)) {
    return fail(Errc::kMalformed, "protobuf: a field of bytes has another wire type");
  }
  const auto view = field.get_view();
  return as_bytes({view.data(), view.size()});
}

Result<std::uint64_t> varint_field(protozero::pbf_reader& field) {
  if (!field.has_wire_type(protozero::pbf_wire_type::varint)) {
    return fail(Errc::kMalformed, "protobuf: an integer field has another wire type");
  }
  return field.get_uint64();
}

void append_varint_field(Bytes& out, std::uint32_t number, std::uint64_t value) {
  append_tag(out, number, protozero::pbf_wire_type::varint);
  append_varint(out, value);
}

void append_bytes_field(Bytes& out, std::uint32_t number, BytesView value) {
  append_bytes_header(out, number, value.size());
  append(out, value);
}

void append_bytes_header(Bytes& out, std::uint32_t number, std::size_t length) {
  append_tag(out, number, protozero::pbf_wire_type::length_delimited);
  append_varint(out, length);
}

std::size_t varint_field_size(std::uint64_t value) noexcept {
  return 1 + varint_size(value);
}

std::size_t bytes_field_size(std::size_t length) noexcept {
  return 1 + varint_size(length) + length;
}

}  // namespace pond::wire
