#pragma once

#include <string>
#include <vector>

namespace pond::net {

enum class Family : unsigned char { kIp4, kIp6 };

/// IP literals of the interfaces that are up: what listening on a wildcard address means. Link-local IPv6 is left out:
/// it means nothing without a zone.
[[nodiscard]] std::vector<std::string> interface_addresses(Family family);

}  // namespace pond::net
