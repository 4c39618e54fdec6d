#include <algorithm>

#include "pond/kad/records/eth_record.hpp"
#include "pond/kad/records/openpond_validators.hpp"
#include "pond/sim/distribution.hpp"
#include "pond/sim/share_picker.hpp"

#include "identities.hpp"
#include "impl.hpp"

namespace pond::sim {
namespace {

/// Whom an adversary that seeks tables connects to when it appears.
constexpr std::size_t kSoughtPeers = 50;

kad::Config config_of(const GroupSpec& group) {
  kad::Config config;
  const bool bootstrap = group.role == GroupSpec::Role::kBootstrap;
  config.mode = group.role == GroupSpec::Role::kAgent ? kad::Mode::kClient : kad::Mode::kServer;
  config.bucket_capacity = group.bucket_capacity.value_or(bootstrap ? 200 : 20);
  config.network = kNetworkName;
  return config;
}

/// A public address of its own for each node; those of a flood are in one /16.
wire::Multiaddr address_of(NodeIndex index, bool flood) {
  const std::uint32_t host = flood ? 0xC6120000U | (index & 0xffffU) : 0x20000000U + index;
  const auto octet = [host](unsigned shift) { return std::to_string(host >> shift & 0xffU); };
  const std::string text = "/ip4/" + octet(24) + "." + octet(16) + "." + octet(8) + "." + octet(0) + "/tcp/4001";
  return wire::Multiaddr::parse(text).value_or(wire::Multiaddr{});
}

}  // namespace

/// Every node, with its identity and its flaws; nobody is up yet.
void World::Impl::populate() {
  nodes.resize(scenario.nodes());
  std::optional<NodeIndex> entrance;
  NodeIndex index = 0;
  for (const GroupSpec& group : scenario.groups) {
    first_of_group.push_back(index);
    adversaries.push_back(group.adversary ? make_adversary(*group.adversary) : nullptr);
    index += static_cast<NodeIndex>(group.count);
  }
  first_of_group.push_back(index);
  index = 0;
  std::vector<wire::PeerId> mined;
  for (const NodePlan& plan : plan_nodes(scenario, rng)) {
    const GroupSpec& group = scenario.groups[plan.group];
    if (plan.member == 0) {
      mined = mined_ids(group);
    }
    SimNode& node = nodes[index];
    node.group = static_cast<std::uint16_t>(plan.group);
    node.silent = plan.silent;
    node.skew_ms = static_cast<std::int32_t>(plan.clock_skew / 1ms);
    links.set_nat(index, plan.nat);
    if (plan.slow_by > Duration{}) {
      links.set_slow(index, plan.slow_by);
    }
    adopt(index, mined.empty() ? random_peer_id(rng) : mined[plan.member]);
    if (group.role == GroupSpec::Role::kBootstrap && !group.adversary) {
      bootstrap_nodes.push_back(index);
    }
    if (is_entrance(group, plan)) {
      entrance = entrance.value_or(index);
    }
    at(started + plan.join_at, WorldEvent::Kind::kJoin, index);
    ++index;
  }
  if (bootstrap_nodes.empty() && !scenario.tables_filled) {
    bootstrap_nodes.push_back(entrance.value_or(0));
  }
}

/// The identities of a group that seeks to be nearest to a key; empty for any other.
std::vector<wire::PeerId> World::Impl::mined_ids(const GroupSpec& group) {
  if (!group.adversary || group.adversary->near_key.empty()) {
    return {};
  }
  const wire::Key target = wire::Key::of(workload.account_of(group.adversary->near_key).record_key);
  return mined_peer_ids(target, group.count, scenario.nodes(), rng);
}

/// From now on that node is that peer.
void World::Impl::adopt(NodeIndex index, const wire::PeerId& id) {
  const PeerHandle handle = book.intern(id).value_or(PeerHandle{});
  book.pin(handle);
  const auto number = static_cast<std::uint32_t>(handle);
  if (node_of_handle.size() <= number) {
    node_of_handle.resize(number + 1, kNobody);
  }
  SimNode& node = nodes[index];
  if (node_of_handle[static_cast<std::uint32_t>(node.handle)] == index && handle != node.handle) {
    node_of_handle[static_cast<std::uint32_t>(node.handle)] = kNobody;  // whoever dials the old one finds nobody
    std::erase(servers, node.handle);
  }
  node.handle = handle;
  node_of_handle[number] = index;
  if (is_server(index)) {
    servers.push_back(handle);
  }
  const AdversarySpec* adversary = group_of(index).adversary ? &*group_of(index).adversary : nullptr;
  const wire::Multiaddr address =
      address_of(index, adversary != nullptr && adversary->kind == AdversarySpec::Kind::kFlood);
  book.add_addresses(handle, {&address, 1}, peers::AddressSource::kConfigured, now);
}

void World::Impl::start_kad(NodeIndex index) {
  SimNode& node = nodes[index];
  const wire::PeerId id = book.id(node.handle);
  if (!node.store) {
    node.store = std::make_unique<store::MemoryStore>(store::Limits{}, id);
  }
  node.life = std::make_unique<Life>(rng.next_u64());
  node.life->kad.emplace(config_of(group_of(index)), id, book, *node.store, validators, node.life->rng,
                         WallAnchor{started, {kStart.ms + node.skew_ms}}, now);
  node.life->kad->set_own_addresses(book.addresses(node.handle, now), now);
}

void World::Impl::join(NodeIndex index) {
  SimNode& node = nodes[index];
  if (node.up) {
    return;
  }
  const GroupSpec& group = group_of(index);
  if (group.churn && group.churn->new_identity && node.life_number > 0) {
    adopt(index, random_peer_id(rng));
    node.store.reset();
  }
  node.up = true;
  ++up;
  if (group.churn) {
    at(now + draw(group.churn->session, rng), WorldEvent::Kind::kLeave, index, node.life_number);
  }
  const Adversary* adversary = adversaries[node.group].get();
  if (adversary != nullptr && !adversary->runs_kad()) {
    infiltrate(index, *adversary);
    return;
  }
  start_kad(index);
  if (const std::size_t others = bootstrap_nodes.size() - (std::ranges::count(bootstrap_nodes, index) > 0 ? 1U : 0U);
      others > 0) {
    node.life->keeper =
        std::make_unique<node::BootstrapKeeper>(node::BootstrapKeeper::Options{.peers = others}, node.life->rng);
    node.life->keeper->start(now);
  }
  if (upkeep_of(node.group) != nullptr) {
    begin_upkeep(index);
  }
  pump(index);
}

/// An adversary makes itself known: to the bootstrap nodes, and where it seeks tables to many more.
void World::Impl::infiltrate(NodeIndex index, const Adversary& adversary) {
  for (const NodeIndex peer : bootstrap_nodes) {
    if (nodes[peer].up) {
      call_on(index, peer);
    }
  }
  for (std::size_t i = 0; adversary.seeks_tables() && i < kSoughtPeers; ++i) {
    const NodeIndex peer = node_of(servers[rng.below(servers.size())]);
    if (peer != index && nodes[peer].up) {
      call_on(index, peer);
    }
  }
}

/// Connects, and says nothing.
void World::Impl::call_on(NodeIndex index, NodeIndex peer) {
  if (const Dialed dialed = dial(index, peer); dialed.connection != nullptr) {
    at(std::max<Instant>(dialed.connection->ready_at, now), WorldEvent::Kind::kConnected, index, peer);
  }
}

/// Presence begins: at once for who joins, as an agent does it.
void World::Impl::begin_upkeep(NodeIndex index) {
  Life* life = nodes[index].life.get();
  const LoadSpec* load = upkeep_of(nodes[index].group);
  if (life == nullptr || life->presence || load == nullptr) {
    return;
  }
  life->publishes_every = load->every;
  life->presence = std::make_unique<node::Presence>(load->every, life->rng);
  life->presence->start(now);
}

/// Where the phase has no upkeep for their group, or at another interval, nodes publish no more as they did.
void World::Impl::end_upkeep() {
  for (SimNode& node : nodes) {
    const LoadSpec* load = upkeep_of(node.group);
    if (node.life && node.life->presence && (load == nullptr || load->every != node.life->publishes_every)) {
      node.life->presence.reset();
    }
  }
}

void World::Impl::leave(NodeIndex index, bool keep_store) {
  SimNode& node = nodes[index];
  if (!node.up) {
    return;
  }
  node.up = false;
  --up;
  ++node.life_number;
  node.timer = Instant::max();
  if (node.life) {
    workload.forget(index);
    node.life.reset();
  }
  for (const NodeIndex peer : node.connections.peers()) {
    disconnect(index, peer);
    pump(peer);
  }
  if (!keep_store) {
    node.store.reset();
  }
}

/// A session has ended by itself.
void World::Impl::churned(NodeIndex index) {
  const ChurnSpec& churn = *group_of(index).churn;
  leave(index, churn.keep_store);
  at(now + draw(churn.away, rng), WorldEvent::Kind::kJoin, index);
}

/// Exactly that share of a group's nodes that are up, or of all for an empty name, at random.
std::vector<NodeIndex> World::Impl::chosen(const std::string& group, double share) {
  std::vector<NodeIndex> candidates;
  for (NodeIndex index = 0; index < nodes.size(); ++index) {
    if (nodes[index].up && (group.empty() || group_of(index).name == group)) {
      candidates.push_back(index);
    }
  }
  SharePicker picker{candidates.size(), share};
  std::erase_if(candidates, [&](NodeIndex) { return !picker.next(rng); });
  return candidates;
}

void World::Impl::apply(const EventSpec& event) {
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
        leave(index, event.keep_store);
        if (event.kind != EventSpec::Kind::kKill) {
          at(now + event.away, WorldEvent::Kind::kJoin, index);
        }
      }
      return;
  }
}

/// As after a long life: each bucket holds as many of its range as it can, chosen at random.
void World::Impl::fill_tables() {
  std::vector<PeerHandle> present;
  for (const PeerHandle server : servers) {
    if (nodes[node_of(server)].up && !links.nat(node_of(server))) {
      present.push_back(server);
    }
  }
  const KeyOrder order{book, std::move(present)};
  std::vector<PeerHandle> table;
  for (NodeIndex index = 0; index < nodes.size(); ++index) {
    Life* life = nodes[index].life.get();
    if (life == nullptr) {
      continue;
    }
    table.clear();
    const wire::Key own = book.key(nodes[index].handle);
    const std::size_t capacity = life->kad->config().bucket_capacity;
    for (unsigned prefix = 0; prefix < wire::Key::kBits; ++prefix) {
      const auto there = order.sharing_exactly(own, prefix);
      if (there.size() <= capacity) {
        table.insert(table.end(), there.begin(), there.end());
      } else {
        order.sample(there, capacity, rng, table);
      }
      if (there.empty() && order.alone(own, prefix)) {
        break;
      }
    }
    life->kad->restore_table(table, now);
    pump(index);
  }
}

}  // namespace pond::sim
