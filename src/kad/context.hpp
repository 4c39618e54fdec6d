#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pond/base/fifo.hpp"
#include "pond/kad/kad.hpp"
#include "pond/kad/table/routing_table.hpp"

#include "upkeep/acquaintances.hpp"

namespace pond::kad {

/// How a PUT of this node's own to its own store ended: `better` stands there instead, when it is set.
struct OwnPutDone {
  OpId op;
  std::optional<Bytes> better;
};

/// What the parts of one Kad share. Owned by Kad, outlives its parts.
struct Context {
  Config config;
  wire::PeerId self;
  PeerHandle self_handle;
  wire::Key self_key;
  peers::PeerBook& book;
  store::Store& store;
  Validators validators;
  Rng& rng;
  WallAnchor wall;
  RoutingTable table;
  Acquaintances met;
  std::vector<wire::Multiaddr> own_addresses;
  Counters counters;

  // Outputs by priority: see Kad.
  Fifo<Output> answers;
  Fifo<Output> operations;
  Fifo<Output> upkeep;
  Fifo<OwnPutDone> own_puts;

  std::uint64_t next_rpc = 1;
  std::uint64_t next_store_request = 1;

  [[nodiscard]] WallTime wall_now(Instant now) const { return wall.wall(now); }
  [[nodiscard]] bool is_server() const noexcept { return config.mode == Mode::kServer; }

  [[nodiscard]] ValidationContext judging(Instant now) const {
    return {.now = wall_now(now),
            .network = config.network,
            .sender = std::nullopt,
            .accept_unsigned = config.accept_unsigned,
            .standing = std::nullopt};
  }

  /// Sends a request by way of `queue`, pinning its receiver until `rpc_ended`.
  RpcId send(Fifo<Output>& queue, PeerHandle to, RequestPtr request, Instant deadline) {
    const RpcId id{next_rpc++};
    ++counters.requests_out[static_cast<std::size_t>(request->type)];
    book.pin(to);
    queue.emplace_back(SendRpc{.rpc = id, .to = to, .request = std::move(request), .deadline = deadline});
    return id;
  }
  void rpc_ended(PeerHandle to) { book.unpin(to); }
};

}  // namespace pond::kad
