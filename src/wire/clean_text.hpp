#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pond::wire {

/// Text of a peer, made fit for logs, terminals and JSON: valid UTF-8 in which every control character (C0, DEL, C1,
/// line and paragraph separator, the bidirectional ones) and every octet that is no UTF-8 has become `?`. At most
/// `max_bytes` octets, cut between characters.
[[nodiscard]] std::string clean_text(std::string_view text, std::size_t max_bytes);

/// Whether cleaning would change nothing.
[[nodiscard]] bool is_clean_text(std::string_view text);

}  // namespace pond::wire
