#include "node_options.hpp"

#include <cstdlib>
#include <utility>

#include "pond/kad/records/eth_record.hpp"

#include "networks.hpp"

namespace pond::cli {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

Outcome<std::vector<wire::Multiaddr>> parse_addresses(const std::vector<std::string>& texts, const std::string& name) {
  std::vector<wire::Multiaddr> addresses;
  for (const std::string& text : texts) {
    const auto address = wire::Multiaddr::parse(text);
    if (!address) {
      return usage(name + " " + text + ": " + std::string{address.error().what});
    }
    addresses.push_back(*address);
  }
  return addresses;
}

Outcome<node::Config> make_config(node::Role role, const NodeFlags& flags) {
  node::Config config = node::Config::for_role(role);
  config.network = !flags.network.empty() ? flags.network : environment("NETWORK");
  if (config.network.empty()) {
    config.network = "local";
  }
  if (!kad::is_network_name(config.network)) {
    return usage("--network " + config.network + ": a network's name is 1 to 32 of a-z, 0-9 and -");
  }
  const Network network = network_named(config.network);
  if (network.is_public && !flags.allow_private) {
    config.address_filter = swarm::AddressFilter::kGlobalOnly;
  }
  config.accept_unsigned = flags.accept_unsigned;
  if (!flags.protocol.empty()) {
    if (!flags.protocol.starts_with('/')) {
      return usage("--protocol " + flags.protocol + ": a protocol's name begins with /");
    }
    config.kad_protocol = flags.protocol;
  }
  if (flags.bootstrap.empty()) {
    config.bootstrap = network.bootstrap;
    config.fixed_bootstrap_addresses = true;
  } else {
    const std::string name = role == node::Role::kBootstrap ? "--peer" : "--bootstrap";
    auto addresses = parse_addresses(flags.bootstrap, name);
    if (!addresses) {
      return std::unexpected(addresses.error());
    }
    for (const wire::Multiaddr& address : *addresses) {
      if (!address.peer_id()) {
        return usage(name + " " + address.to_string() + ": a bootstrap address ends in /p2p/<peer id>");
      }
    }
    config.bootstrap = *std::move(addresses);
  }
  auto announce = parse_addresses(flags.announce, "--announce");
  if (!announce) {
    return std::unexpected(announce.error());
  }
  config.announce = *std::move(announce);
  if (flags.max_connections) {
    config.limits.swarm.max_connections = *flags.max_connections;
  }
  if (flags.bucket_size) {
    config.kad.bucket_capacity = *flags.bucket_size;
  }
  if (flags.publish_interval_s) {
    config.publish_interval =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double>{*flags.publish_interval_s});
  }
  return config;
}

}  // namespace pond::cli
