#include <algorithm>

#include "pond/sim/distribution.hpp"
#include "pond/sim/share_picker.hpp"

#include "impl.hpp"

namespace pond::sim {
namespace {

/// SplitMix64's steps: a seed of its own for each thing that draws, whatever the others draw.
std::uint64_t seed_of(std::uint64_t seed, std::uint64_t what, std::uint64_t which) {
  std::uint64_t z = seed + 0x9e3779b97f4a7c15U * (what + 1) + 0xbf58476d1ce4e5b9U * (which + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

constexpr std::uint64_t kIdentities = 1ULL << 32;
constexpr std::uint64_t kLives = 2ULL << 32;

/// As good as never, where the world itself sees to it that an agent publishes.
constexpr Duration kNeverAgain = 24h * 365 * 100;

}  // namespace

/// Every node, with its identity and its flaws; nobody is up yet.
void ByteWorld::Impl::populate() {
  const std::vector<NodePlan> plans = plan_nodes(scenario, rng);
  nodes.resize(plans.size());
  for (NodeIndex index = 0; index < nodes.size(); ++index) {
    const NodePlan& plan = plans[index];
    nodes[index].plan = plan;
    if (plan.member == 0) {
      first_of_group.resize(plan.group + 1, index);
    }
    links.set_nat(index, plan.nat);
    if (plan.slow_by > Duration{}) {
      links.set_slow(index, plan.slow_by);
    }
    if (group_of(index).role == GroupSpec::Role::kBootstrap) {
      bootstrap_nodes.push_back(index);
    }
    adopt(index);
    at(started + plan.join_at, ByteEvent::Kind::kJoin, index);
  }
  first_of_group.resize(scenario.groups.size() + 1, static_cast<NodeIndex>(nodes.size()));
  for (NodeIndex index = 0; bootstrap_nodes.empty() && index < nodes.size(); ++index) {
    if (is_entrance(group_of(index), nodes[index].plan)) {
      bootstrap_nodes.push_back(index);
    }
  }
  if (bootstrap_nodes.empty()) {
    bootstrap_nodes.push_back(0);
  }
  for (const NodeIndex index : bootstrap_nodes) {
    bootstrap_addresses.push_back(ByteNet::address_of(index).with_peer_id(census.id(nodes[index].identity)));
  }
}

crypto::PrivateKey ByteWorld::Impl::key_of(NodeIndex index) const {
  SeededRng key_rng{seed_of(scenario.seed, kIdentities + nodes[index].identity_number, index)};
  // Making an Ed25519 key of 32 octets does not fail.
  return crypto::PrivateKey::generate(crypto::KeyType::kEd25519, key_rng).value();
}

/// The node's present identity enters the census.
void ByteWorld::Impl::adopt(NodeIndex index) {
  const wire::PeerId id = wire::PeerId::from_public_key(key_of(index).public_key());
  WholeNode& node = nodes[index];
  const peers::PeerHandle handle = census.intern(id).value_or(peers::PeerHandle{});
  node_of.resize(std::max(node_of.size(), static_cast<std::size_t>(handle) + 1), index);
  node_of[static_cast<std::size_t>(handle)] = index;
  if (is_server(index)) {
    if (node.identity_number > 0) {
      std::erase(servers, node.identity);
    }
    servers.push_back(handle);
  }
  node.identity = handle;
}

node::Config ByteWorld::Impl::config_of(NodeIndex index) {
  const GroupSpec& group = group_of(index);
  const bool agent = group.role == GroupSpec::Role::kAgent;
  node::Config config = node::Config::for_role(agent ? node::Role::kAgent : node::Role::kBootstrap);
  if (group.role == GroupSpec::Role::kServer) {
    config.kad.bucket_capacity = kad::Config{}.bucket_capacity;
  }
  config.kad.bucket_capacity = group.bucket_capacity.value_or(config.kad.bucket_capacity);
  config.limits.swarm.max_connections = group.max_connections.value_or(config.limits.swarm.max_connections);
  config.network = kNetworkName;
  config.security = {swarm::Security::kNoise};  // certificates are made of the system's randomness
  config.bootstrap = bootstrap_addresses;
  if (agent) {
    config.agent = node::AgentIdentity{.key = workload.account_of(index).key, .name = "agent"};
    const auto keeps_up = [&](const PhaseSpec& phase) {
      return std::ranges::any_of(phase.loads, [&](const LoadSpec& load) {
        return load.kind == LoadSpec::Kind::kUpkeep && load.group == group.name;
      });
    };
    if (std::ranges::any_of(scenario.phases, keeps_up)) {
      config.publish_interval = kNeverAgain;
    }
  }
  return config;
}

void ByteWorld::Impl::join(NodeIndex index) {
  WholeNode& node = nodes[index];
  if (node.life) {
    return;
  }
  const GroupSpec& group = group_of(index);
  const bool known_to_all = std::ranges::find(bootstrap_nodes, index) != bootstrap_nodes.end();
  if (group.churn && group.churn->new_identity && node.life_number > 0 && !known_to_all) {
    ++node.identity_number;
    node.store.reset();
    adopt(index);
  }
  if (!node.store) {
    node.store = std::make_unique<store::MemoryStore>(store::Limits{}, census.id(node.identity));
  }
  node.life = std::make_unique<WholeLife>(seed_of(scenario.seed, kLives + node.life_number, index));
  Result<std::unique_ptr<node::Node>> made =
      node::Node::make(config_of(index), key_of(index), *node.store, node.life->rng, wall_of(index), now);
  if (!made) {
    node.life.reset();
    violation("node " + std::to_string(index) + " cannot be made: " + std::string{made.error().what});
    return;
  }
  node.life->node = *std::move(made);
  node.hung = false;
  ++up;
  if (group.churn) {
    at(now + draw(group.churn->session, rng), ByteEvent::Kind::kLeave, index, node.life_number);
  }
  if (node.plan.silent) {
    at(now + kHangsAfter, ByteEvent::Kind::kHang, index, node.life_number);
  }
  net.start(index);
  node.life->node->start({ByteNet::address_of(index)}, now);
  pump(index);
}

void ByteWorld::Impl::leave(NodeIndex index, bool keep_store, bool vanishes) {
  WholeNode& node = nodes[index];
  if (!node.life) {
    return;
  }
  node.before = counts_of(index);
  if (vanishes) {
    net.lose_machine(index);
  } else {
    net.end_process(index, now);
  }
  workload.forget(index);
  node.life.reset();
  ++node.life_number;
  node.timer = Instant::max();
  --up;
  if (!keep_store) {
    node.store.reset();
  }
}

/// A session has ended by itself.
void ByteWorld::Impl::churned(NodeIndex index) {
  const ChurnSpec& churn = *group_of(index).churn;
  leave(index, churn.keep_store, false);
  at(now + draw(churn.away, rng), ByteEvent::Kind::kJoin, index);
}

/// Exactly that share of a group's nodes that are up, or of all for an empty name, at random.
std::vector<NodeIndex> ByteWorld::Impl::chosen(const std::string& group, double share) {
  std::vector<NodeIndex> candidates;
  for (NodeIndex index = 0; index < nodes.size(); ++index) {
    if (nodes[index].life && (group.empty() || group_of(index).name == group)) {
      candidates.push_back(index);
    }
  }
  SharePicker picker{candidates.size(), share};
  std::erase_if(candidates, [&](NodeIndex) { return !picker.next(rng); });
  return candidates;
}

void ByteWorld::Impl::apply(const EventSpec& event) {
  switch (event.kind) {
    case EventSpec::Kind::kPartition:
      links.partition(event.share, rng);
      return;
    case EventSpec::Kind::kHeal:
      links.heal();
      return;
    case EventSpec::Kind::kLoss:
      links.set_loss(event.share);
      return;
    case EventSpec::Kind::kKill:
    case EventSpec::Kind::kLeave:
    case EventSpec::Kind::kRestart:
      for (const NodeIndex index : chosen(event.group, event.share)) {
        leave(index, event.keep_store, event.kind == EventSpec::Kind::kKill);
        if (event.kind != EventSpec::Kind::kKill) {
          at(now + event.away, ByteEvent::Kind::kJoin, index);
        }
      }
      return;
  }
}

}  // namespace pond::sim
