#pragma once

#include <string_view>
#include <vector>

#include "pond/wire/multiaddr.hpp"

namespace pond::cli {

/// A public network comes with bootstrap nodes and takes no private addresses; any other name has neither.
struct Network {
  bool is_public = false;
  std::vector<wire::Multiaddr> bootstrap;
};

[[nodiscard]] Network network_named(std::string_view name);

}  // namespace pond::cli
