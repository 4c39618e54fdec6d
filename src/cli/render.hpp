#pragma once

#include <string>
#include <string_view>

#include "reply.hpp"

namespace pond::cli {

/// A verb's document as text for people. The caller prints errors.
[[nodiscard]] std::string render(std::string_view verb, const Json& document);

/// Text from the network, with control characters replaced, so that it cannot steer a terminal.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace pond::cli
