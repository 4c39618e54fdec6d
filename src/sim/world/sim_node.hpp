#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "pond/base/rng.hpp"
#include "pond/kad/kad.hpp"
#include "pond/node/bootstrap_keeper.hpp"
#include "pond/node/presence.hpp"
#include "pond/sim/scenario.hpp"
#include "pond/store/memory_store.hpp"

#include "connections.hpp"

namespace pond::sim {

using peers::PeerHandle;

/// Nodes are numbers, from 0, in the order of the scenario's groups.
using NodeIndex = std::uint32_t;

/// What a node is while it is up: gone when it goes.
struct Life {
  Life(std::uint64_t seed) : rng(seed) {}

  SeededRng rng;
  std::optional<kad::Kad> kad;
  /// How it finds the network; none where tables are filled and there is no bootstrap node.
  std::unique_ptr<node::BootstrapKeeper> keeper;
  std::unique_ptr<node::Presence> presence;  ///< of LoadSpec::kUpkeep
  Duration publishes_every{};                ///< of presence
  unsigned publishing = 0;                   ///< operations of presence under way
  bool reached_somebody = false;
};

/// One node of the world. Small, since there may be a million: what only a node that is up has is in `life`.
struct SimNode {
  std::unique_ptr<Life> life;  ///< null while it is away, and of an adversary that needs no Kademlia
  std::unique_ptr<store::MemoryStore> store;
  Connections connections;
  std::uint64_t taken = 0;         ///< requests that it was sent
  Instant timer = Instant::max();  ///< of the timer event that is pending
  PeerHandle handle{};
  std::uint32_t life_number = 0;  ///< raised whenever it goes: what was meant for an earlier life is lost
  std::uint16_t group = 0;
  bool up = false;
  bool silent = false;  ///< takes connections, never answers
  std::int32_t skew_ms = 0;
};

}  // namespace pond::sim
