#pragma once

#include <map>
#include <optional>
#include <set>

#include "../context.hpp"

namespace pond::kad {

/// Keeps the routing table honest: verifies newcomers before they enter, probes the doubtful before they leave, and
/// says when a bucket wants a lookup.
///
///   a peer serves kad --room in its bucket--> FIND_NODE(own id) --answer--> in the table
///                     --bucket full---------> FIND_NODE(own id) to the least recently seen: its failure makes room
///   any answer of ours from a peer          counts as verification, unless the peer says that it does not serve kad
///   any failure                             counts against it (table/routing_table.hpp says when it leaves)
///
/// FIND_NODE rather than PING: rust closes on a kad PING, and js 2.x servers have no /ipfs/ping.
class Upkeep {
 public:
  explicit Upkeep(Context& context, Instant now) : context_(context), next_retry_(now + kRetryInterval) {}

  void peer_up(PeerHandle peer, bool serves_kad, Instant now);

  /// A peer answered any request of ours, or failed to.
  void answered(PeerHandle peer, Instant now);
  void failed(PeerHandle peer, const Error& why, Instant now);

  /// The outcome of a request that upkeep itself sent. False: the rpc is not one of these.
  bool on_rpc_ended(RpcId rpc);

  [[nodiscard]] std::size_t verifying() const noexcept { return asked_.size(); }

  /// The table holds peers of an earlier life: the own id is looked up within one refresh interval.
  void table_restored(Instant now);

  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  /// The preimage of a key to look up now, so that a bucket is filled: the own id first, then what is overdue.
  [[nodiscard]] std::optional<Bytes> due_refresh(Instant now);

 private:
  static constexpr Duration kRetryInterval = 30s;   ///< connected servers that are not in the table are tried again
  static constexpr Duration kFirstSelfLookup = 1s;  ///< after the first peer entered, as js does

  void consider(PeerHandle peer, Instant now);
  void ask(PeerHandle peer, Instant now);
  void pump(Instant now);
  void changed(PeerHandle peer, bool inside, Instant now);

  Context& context_;
  RequestPtr question_;
  std::map<RpcId, PeerHandle> under_way_;
  std::set<PeerHandle> asked_;       // the values of under_way_
  Fifo<peers::Pinned> queue_;  // wait for room under max_verifications
  Instant next_retry_;
  std::optional<Instant> next_self_lookup_;
};

}  // namespace pond::kad
