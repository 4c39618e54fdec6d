#include "networks.hpp"

#include <array>
#include <string>

namespace pond::cli {
namespace {

/// OpenPond's own bootstrap nodes. The peer ids are the same on both networks.
struct BuiltIn {
  std::string_view peer_id;
  std::string_view base;
  std::string_view sepolia;
};

constexpr std::array<BuiltIn, 4> kBuiltIn{{
    {"16Uiu2HAmDD9JV9oqwTGiZzMJzEZJPA6hgrUyzSXdcqpnVhUJ2eXa", "/dns4/us-east.hosting.openpond.ai/tcp/56086",
     "/dns4/us-east.sepolia.openpond.ai/tcp/30110"},
    {"16Uiu2HAkz9FFsJDhfx2658VXcmeooxtqPqtMYWUG5nJRXBWH45zc", "/dns4/us-west.hosting.openpond.ai/tcp/25712",
     "/dns4/us-west.sepolia.openpond.ai/tcp/50421"},
    {"16Uiu2HAkwbtWw6HueqKdCK58oFKhfcpGL4bBJ4f6zndiD6mjmH4g", "/dns4/eu-west.hosting.openpond.ai/tcp/12115",
     "/dns4/eu-west.sepolia.openpond.ai/tcp/31509"},
    {"16Uiu2HAm3rX7ZXyLo3FRNstXYWNZE55r8pRoXLzvSauNGEmkVLnh", "/dns4/sea.hosting.openpond.ai/tcp/10932",
     "/dns4/sea.sepolia.openpond.ai/tcp/24366"},
}};

}  // namespace

Network network_named(std::string_view name) {
  Network network;
  const bool is_base = name == "base";
  if (!is_base && name != "sepolia") {
    return network;
  }
  network.is_public = true;
  for (const BuiltIn& node : kBuiltIn) {
    const std::string text = std::string{is_base ? node.base : node.sepolia} + "/p2p/" + std::string{node.peer_id};
    if (const auto address = wire::Multiaddr::parse(text)) {
      network.bootstrap.push_back(*address);
    }
  }
  return network;
}

}  // namespace pond::cli
