#include "connections.hpp"

#include <algorithm>

namespace pond::sim {

Connection* Connections::find(std::uint32_t peer) {
  const auto found = std::ranges::lower_bound(all_, peer, {}, &Connection::peer);
  return found != all_.end() && found->peer == peer ? &*found : nullptr;
}

Connection& Connections::add(const Connection& connection) {
  return *all_.insert(std::ranges::lower_bound(all_, connection.peer, {}, &Connection::peer), connection);
}

void Connections::remove(std::uint32_t peer) {
  const auto found = std::ranges::lower_bound(all_, peer, {}, &Connection::peer);
  if (found != all_.end() && found->peer == peer) {
    all_.erase(found);
  }
  if (all_.empty()) {
    all_ = std::vector<Connection>{};
  }
}

std::optional<std::uint32_t> Connections::idlest(Instant before) const {
  const auto idlest = std::ranges::min_element(all_, {}, &Connection::used_at);
  return idlest != all_.end() && idlest->used_at < before ? std::optional{idlest->peer} : std::nullopt;
}

}  // namespace pond::sim
