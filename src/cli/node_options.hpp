#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pond/node/node.hpp"

#include "failure.hpp"

namespace pond::cli {

/// The flags of every verb that runs a node, as they were written. Empty or absent: the environment, then the default.
struct NodeFlags {
  std::string network;
  std::vector<std::string> bootstrap;  ///< --bootstrap, or --peer of a bootstrap node
  bool allow_private = false;
  bool accept_unsigned = false;
  std::string protocol;

  // Only of nodes that stay.
  std::vector<std::string> listen;
  std::vector<std::string> announce;
  std::string control;
  std::optional<std::size_t> max_connections;
  std::optional<std::size_t> bucket_size;
  std::optional<double> publish_interval_s;
};

/// The multiaddrs of a flag; `name` is the flag's, for the message.
[[nodiscard]] Outcome<std::vector<wire::Multiaddr>> parse_addresses(const std::vector<std::string>& texts,
                                                                    const std::string& name);

/// What all nodes share: network, bootstrap peers, filter, protocol, overridden numbers.
[[nodiscard]] Outcome<node::Config> make_config(node::Role role, const NodeFlags& flags);

/// An environment variable; empty when it is not set.
[[nodiscard]] std::string environment(const char* name);

}  // namespace pond::cli
