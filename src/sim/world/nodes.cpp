#include <algorithm>

#include "pond/base/overloaded.hpp"

#include "impl.hpp"

namespace pond::sim {
namespace {

/// As node::Node does, what is to be published is held until there is somebody to publish to.
bool publishes(const Life& life) {
  return life.presence != nullptr && life.kad->table_size() > 0;
}

}  // namespace

void World::Impl::pump(NodeIndex index) {
  Life* life = nodes[index].life.get();
  if (life == nullptr || !life->kad) {
    return;
  }
  do {
    while (std::optional<kad::Output> output = life->kad->poll(now)) {
      on_output(index, *life, *output);
    }
  } while (step_life(index, *life));
  set_timer(index);
}

void World::Impl::set_timer(NodeIndex index) {
  SimNode& node = nodes[index];
  Life& life = *node.life;
  Instant due = life.kad->next_deadline().value_or(Instant::max());
  if (life.keeper) {
    due = std::min(due, life.keeper->next_deadline().value_or(Instant::max()));
  }
  if (publishes(life)) {
    due = std::min(due, life.presence->next_deadline().value_or(Instant::max()));
  }
  // One that comes too early finds nothing due and is set anew: cheaper than to take events back.
  if (due < node.timer) {
    node.timer = std::max(due, now);
    at(node.timer, WorldEvent::Kind::kTimer, index);
  }
}

void World::Impl::on_timer(NodeIndex index) {
  SimNode& node = nodes[index];
  if (node.timer != now) {
    return;  // an earlier one took its place
  }
  node.timer = Instant::max();
  if (!node.life) {
    return;
  }
  if (const std::optional<Instant> due = node.life->kad->next_deadline(); due && *due <= now) {
    node.life->kad->handle_timeout(now);
  }
  pump(index);
}

/// Bootstrap and presence, as node::Node goes about them. True when something was done.
bool World::Impl::step_life(NodeIndex index, Life& life) {
  if (life.keeper) {
    if (const std::optional<std::size_t> place = life.keeper->poll(now)) {
      NodeIndex peer = bootstrap_nodes[*place];
      const auto own = std::ranges::find(bootstrap_nodes, index);
      if (own != bootstrap_nodes.end() && static_cast<std::size_t>(own - bootstrap_nodes.begin()) <= *place) {
        peer = bootstrap_nodes[*place + 1];
      }
      if (const Dialed dialed = dial(index, peer); dialed.connection == nullptr) {
        at(dialed.fails_at, WorldEvent::Kind::kUnreachable, index, peer);
      } else if (dialed.connection->known_up) {
        life.keeper->connected(*place, now);
      } else {
        at(std::max<Instant>(dialed.connection->ready_at, now), WorldEvent::Kind::kConnected, index, peer);
      }
      return true;
    }
  }
  if (publishes(life) && life.publishing == 0 && life.presence->poll(now)) {
    life.reached_somebody = false;
    keep_up(index);
    return true;
  }
  return false;
}

void World::Impl::bootstrap_unreachable(NodeIndex index, NodeIndex peer) {
  Life* life = nodes[index].life.get();
  const auto place = bootstrap_place(index, peer);
  if (life != nullptr && life->keeper && place && nodes[index].connections.find(peer) == nullptr) {
    life->keeper->dial_failed(*place, now);
    pump(index);
  }
}

void World::Impl::on_output(NodeIndex index, Life& life, kad::Output& output) {
  std::visit(Overloaded{
                 [&](kad::SendRpc& o) { carry(index, o); },
                 [&](kad::SendAnswer& o) { answered(index, o); },
                 [&](kad::NoAnswer& o) {
                   Parcel parcel = parcels.take(static_cast<std::uint32_t>(o.token));
                   parcel.kind = Parcel::Kind::kSent;
                   send_back(std::move(parcel), Duration{});
                 },
                 [&](kad::RefuseRequest& o) {
                   Parcel parcel = parcels.take(static_cast<std::uint32_t>(o.token));
                   parcel.kind = Parcel::Kind::kFailure;
                   parcel.error = {Errc::kReset, "the peer reset the stream"};
                   send_back(std::move(parcel), Duration{});
                 },
                 [&](kad::OperationDone& o) { operation_done(index, life, o); },
                 [&](kad::TableChanged& o) {
                   if (o.inside && life.presence && life.keeper && bootstrap_place(index, node_of(o.peer))) {
                     life.presence->bootstrap_back(now);
                   }
                   if (o.inside && life.presence) {
                     life.presence->peers_came(now);
                   }
                 },
                 // A carrier may go on with what was abandoned; kad does not know the outcome any more.
                 [](kad::AbandonRpc&) {},
                 [](kad::ServerFailed&) {},
                 [](kad::RecordTaken&) {},
                 [](kad::RecordEvicted&) {},
             },
             output);
}

}  // namespace pond::sim
