#include <algorithm>

#include "impl.hpp"

namespace pond::sim {
namespace {

/// A younger connection is never closed for who dials us: swarm::Limits::idle_age_before_trim.
constexpr Duration kSafeAge = 60s;
/// One that was used since may have a stream, and does not give way to whom we dial.
constexpr Duration kInUse = 1s;

}  // namespace

std::size_t World::Impl::max_connections(NodeIndex index) const {
  const GroupSpec& group = group_of(index);
  if (group.max_connections) {
    return *group.max_connections;
  }
  return group.role == GroupSpec::Role::kAgent ? 50 : 1000;
}

/// The place of a bootstrap node in the list of those that `index` keeps in touch with.
std::optional<std::size_t> World::Impl::bootstrap_place(NodeIndex index, NodeIndex bootstrap_node) const {
  const auto found = std::ranges::find(bootstrap_nodes, bootstrap_node);
  if (index == bootstrap_node || found == bootstrap_nodes.end()) {
    return std::nullopt;
  }
  const auto place = static_cast<std::size_t>(found - bootstrap_nodes.begin());
  const auto own = std::ranges::find(bootstrap_nodes, index);
  return own < found ? place - 1 : place;
}

/// Whether one of the two keeps the connection up for its own sake.
bool World::Impl::keeps(NodeIndex a, NodeIndex b) const {
  const auto kept_by = [&](NodeIndex one, NodeIndex other) {
    return nodes[one].life && nodes[one].life->keeper && bootstrap_place(one, other);
  };
  return kept_by(a, b) || kept_by(b, a);
}

World::Impl::Dialed World::Impl::dial(NodeIndex from, NodeIndex to) {
  if (Connection* known = nodes[from].connections.find(to)) {
    return {.connection = known};
  }
  ++dials;
  if (!nodes[to].up || !links.can_dial(from, to)) {
    ++dials_failed;
    return {.fails_at = now + scenario.network.dial_timeout};
  }
  if (!make_room(to, Dialing::kOther)) {
    ++dials_failed;
    refused_at_bootstrap += group_of(to).role == GroupSpec::Role::kBootstrap ? 1U : 0U;
    return {.fails_at = now + links.round_trip(from, to), .error = {Errc::kRefused, "too many connections"}};
  }
  if (!make_room(from, Dialing::kOwn)) {
    ++dials_failed;
    return {.fails_at = now + links.round_trip(from, to), .error = {Errc::kLimit, "too many connections of our own"}};
  }
  const Instant ready = now + links.round_trip(from, to) * scenario.network.dial_round_trips;
  nodes[to].connections.add(Connection::to(from, ready));
  Connection& connection = nodes[from].connections.add(Connection::to(to, ready));
  most_connections = std::max(most_connections, nodes[to].connections.size());
  if (group_of(to).role == GroupSpec::Role::kBootstrap) {
    most_at_bootstrap = std::max(most_at_bootstrap, nodes[to].connections.size());
  }
  return {.connection = &connection};
}

/// The swarm's rule: at the limit the connection that was quiet longest gives way, of those that are old enough and
/// lead to nobody in the routing table; of all that are old enough where these have more than half of the room. For a
/// node's own dial each idle one is old enough.
bool World::Impl::make_room(NodeIndex at_node, Dialing dialing) {
  if (nodes[at_node].connections.size() < max_connections(at_node)) {
    return true;
  }
  const Life* life = nodes[at_node].life.get();
  const Connections& connections = nodes[at_node].connections;
  const bool own = dialing == Dialing::kOwn;
  const Connections::Age age{.stands_since = own ? now : now - kSafeAge, .quiet_since = own ? now - kInUse : now};
  const auto in_table = [&](NodeIndex peer) {
    return life != nullptr && life->kad && life->kad->in_table(nodes[peer].handle);
  };
  std::optional<std::uint32_t> idlest = connections.idlest(age, [&](NodeIndex peer) { return !in_table(peer); });
  if (!idlest && connections.count_if(in_table) > max_connections(at_node) / 2) {
    idlest = connections.idlest(age, [](NodeIndex) { return true; });
  }
  if (!idlest) {
    return false;
  }
  disconnect(at_node, *idlest);
  return true;
}

/// The connection stands without a message on it.
void World::Impl::connected(NodeIndex from, NodeIndex to) {
  for (const auto& [one, other] : {std::pair{from, to}, std::pair{to, from}}) {
    if (Connection* connection = nodes[one].connections.find(other)) {
      introduce(one, *connection);
      pump(one);
    }
  }
}

/// Identify has told `one` who is at the other end. Where a message is what the connection was opened for, that comes
/// with the first one that arrives: one visit of the node instead of two.
void World::Impl::introduce(NodeIndex one, Connection& connection) {
  Life* life = nodes[one].life.get();
  if (connection.known_up || connection.ready_at > now || life == nullptr) {
    return;
  }
  connection.known_up = true;
  if (const auto place = life->keeper ? bootstrap_place(one, connection.peer) : std::nullopt) {
    life->keeper->connected(*place, now);
  }
  life->kad->handle(kad::PeerUp{.peer = nodes[connection.peer].handle, .serves_kad = is_server(connection.peer)}, now);
}

void World::Impl::disconnect(NodeIndex a, NodeIndex b) {
  for (const auto& [one, other] : {std::pair{a, b}, std::pair{b, a}}) {
    Connection* connection = nodes[one].connections.find(other);
    if (connection == nullptr) {
      continue;
    }
    const bool known_up = connection->known_up;
    nodes[one].connections.remove(other);
    Life* life = nodes[one].life.get();
    if (life == nullptr || !life->kad) {
      continue;
    }
    const auto place = bootstrap_place(one, other);
    if (known_up) {
      life->kad->handle(kad::PeerDown{nodes[other].handle}, now);
      if (place && life->keeper) {
        life->keeper->disconnected(*place, now);
        if (life->presence && life->keeper->connected_count() == 0) {
          life->presence->bootstrap_lost();
        }
      }
    } else if (place && life->keeper) {
      life->keeper->dial_failed(*place, now);
    }
    set_timer(one);
  }
}

void World::Impl::close_idle() {
  for (NodeIndex index = 0; index < nodes.size(); ++index) {
    for (const NodeIndex peer : nodes[index].connections.idle_since(now - scenario.network.idle_close)) {
      // Both ends have the connection: the one with the lower number closes it.
      if (index < peer && !keeps(index, peer)) {
        disconnect(index, peer);
      }
    }
  }
}

}  // namespace pond::sim
