#pragma once

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"

#include "multiaddr_table.hpp"

namespace pond::wire {

struct RawPart {
  const ProtocolInfo* protocol;
  BytesView value;
};

/// Takes the first part off the front of `rest`, which must not be empty. kMalformed when it is cut short or a varint
/// is bad, kUnsupported for a code that the table does not have. The value itself is not looked at.
[[nodiscard]] Result<RawPart> take_part(BytesView& rest);

/// Appends a part whose value has passed check_value.
void append_part(Bytes& out, const ProtocolInfo& protocol, BytesView value);

}  // namespace pond::wire
