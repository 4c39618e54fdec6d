#pragma once

#include <cstdint>
#include <string_view>

#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"

// Protobuf as the messages of this layer share it: reading through protozero, writing by hand.

namespace pond::wire {

/// Walks the fields of one message, without its nested ones, and keeps nothing. kMalformed unless every tag, length and
/// varint is complete and in range and every wire type is one that still exists (0, 1, 2, 5). What passes cannot make a
/// protozero reader throw, as long as each field is read by its own wire type.
[[nodiscard]] Result<void> check_protobuf(BytesView message);

/// Reads `message` field by field: `per_field(protozero::pbf_reader& field) -> Result<void>` is called with the reader
/// on each field in the order of the wire, must consume the field (`bytes_field`, `varint_field` or `skip_field`), and
/// ends the walk by returning an error, which is then the result.
///
/// kMalformed when the message does not parse; `per_field` has not been called then. The one place where protozero's
/// exceptions end: check_protobuf refuses malformed input before they are thrown, because a hostile peer chooses how
/// often (measured: a throw and its catch one frame up 1.0 us, the check 5 ns a field), so the handler is the second
/// line.
template <typename PerField>
[[nodiscard]] Result<void> parse_protobuf(BytesView message, PerField&& per_field) {
  POND_CHECK(check_protobuf(message));
  try {
    const std::string_view octets = as_text(message);
    protozero::pbf_reader reader{octets.data(), octets.size()};
    while (reader.next()) {
      POND_CHECK(per_field(reader));
    }
  } catch (const protozero::exception&) {
    return fail(Errc::kMalformed, "protobuf does not parse");
  }
  return {};
}

/// The value of a field of bytes, a string or a message: a view into the message. kMalformed when the field has another
/// wire type.
[[nodiscard]] Result<BytesView> bytes_field(protozero::pbf_reader& field);

/// The value of an integer, bool or enum field, as the 64 bits of the wire. kMalformed when the field has another wire
/// type.
[[nodiscard]] Result<std::uint64_t> varint_field(protozero::pbf_reader& field);

/// Steps over a field that nobody here knows.
[[nodiscard]] inline Result<void> skip_field(protozero::pbf_reader& field) {
  field.skip();
  return {};
}

/// Appends field `number` (1 to 15, so that the tag is one octet) with a varint, zero too.
void append_varint_field(Bytes& out, std::uint32_t number, std::uint64_t value);

/// Appends field `number` (1 to 15) with bytes, empty ones too.
void append_bytes_field(Bytes& out, std::uint32_t number, BytesView value);

/// Appends only the tag and the length of field `number` (1 to 15); the caller then appends `length` octets.
void append_bytes_header(Bytes& out, std::uint32_t number, std::size_t length);

/// Octets that append_varint_field and append_bytes_field append.
[[nodiscard]] std::size_t varint_field_size(std::uint64_t value) noexcept;
[[nodiscard]] std::size_t bytes_field_size(std::size_t length) noexcept;

}  // namespace pond::wire
