#include "impl.hpp"

namespace pond::sim {

std::vector<PeerHandle> World::Host::accomplices(const wire::Key& key, std::size_t n) const {
  const std::uint16_t group = world_.nodes[speaker].group;
  const NodeIndex first = world_.first_of_group[group];
  std::vector<PeerHandle> all;
  for (NodeIndex index = first; index < world_.first_of_group[group + 1U]; ++index) {
    all.push_back(world_.nodes[index].handle);
  }
  return world_.truth.closest(all, key, n, [&](PeerHandle peer) { return world_.node_of(peer) != speaker; });
}

std::vector<PeerHandle> World::Host::honest(const wire::Key& key, std::size_t n) const {
  return world_.truth.closest(world_.servers, key, n, [&](PeerHandle peer) {
    const SimNode& node = world_.nodes[world_.node_of(peer)];
    return node.up && world_.adversaries[node.group] == nullptr;
  });
}

PeerHandle World::Host::anybody() {
  return world_.servers[world_.rng.below(world_.servers.size())];
}

Bytes World::Host::oldest_value(const Bytes& key) const {
  const Account* account = world_.workload.account_with(key);
  return account != nullptr ? account->first_value : Bytes{};
}

Rng& World::Host::rng() {
  return world_.rng;
}

}  // namespace pond::sim
