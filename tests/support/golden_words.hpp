#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/time.hpp"
#include "pond/wire/identify.hpp"
#include "pond/wire/kad_message.hpp"
#include "pond/wire/peer_id.hpp"

// How a golden transcript says what a message holds: from its octets alone.

namespace pond::test {

/// The text itself when it is printable ASCII without spaces, else `0x` and hex digits.
[[nodiscard]] std::string golden_key(BytesView key);

/// `GET_VALUE`
[[nodiscard]] std::string golden_type(wire::KadType type);

/// `frame_bytes`: without its length prefix. `wall`: what an /eth record is judged at.
[[nodiscard]] std::vector<std::string> golden_lines(const wire::KadMessage& message, std::size_t frame_bytes,
                                                    WallTime wall);

/// `sender`: whom the connection has authenticated.
[[nodiscard]] std::vector<std::string> golden_lines(const wire::Identify& message, std::size_t frame_bytes,
                                                    const wire::PeerId& sender);

}  // namespace pond::test
