#pragma once

#include <string>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"

#include "multiaddr_table.hpp"

// The values of multiaddr parts: their checks and their texts.

namespace pond::wire {

/// Whether the octets are a value of the kind. Those of a kind with a fixed size must have it already. What passes
/// prints, as UTF-8 without control characters, and its text parses to the same octets. kMalformed otherwise.
[[nodiscard]] Result<void> check_value(ValueKind kind, BytesView value);

/// The octets of a value's text (that of a path starts with its slash), checked. kMalformed when it has no such value;
/// texts that hold an id or a multibase may be kTooLarge or kUnsupported as well.
[[nodiscard]] Result<Bytes> parse_value(ValueKind kind, std::string_view text);

/// Appends the text of a value that has passed check_value.
void print_value(ValueKind kind, BytesView value, std::string& out);

}  // namespace pond::wire
