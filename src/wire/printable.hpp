#pragma once

#include "pond/base/bytes.hpp"

namespace pond::wire {

/// Whether the octets are well-formed UTF-8 without control characters (C0, DEL, C1). Names that a peer sends end in
/// logs, terminals and JSON: nothing else may pass.
[[nodiscard]] bool is_printable_utf8(BytesView text) noexcept;

}  // namespace pond::wire
