#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "pond/base/time.hpp"
#include "pond/peers/peer_book.hpp"

namespace pond::kad {

using peers::PeerHandle;

/// Whom this node has met over a connection of its own: everybody who is connected, servers and clients apart, and the
/// clients that were, of which nobody else's table speaks. The book may know more peers than these: others' hearsay, and
/// where many nodes share one book, their acquaintances.
///
/// Invariants: nobody is in twice. Connected peers are pinned by whoever reports them; clients that have left are pinned
/// here, kMaxDeparted at most, of which the one that left first goes first.
class Acquaintances {
 public:
  static constexpr std::size_t kMaxDeparted = 2000;  ///< a fifth of the book

  explicit Acquaintances(peers::PeerBook& book) : book_(book) {}
  Acquaintances(const Acquaintances&) = delete;
  Acquaintances& operator=(const Acquaintances&) = delete;
  ~Acquaintances();

  void up(PeerHandle peer, bool serves_kad);
  void down(PeerHandle peer, Instant now);

  [[nodiscard]] bool knows(PeerHandle peer) const { return is_server(peer) || find_client(peer) != clients_.end(); }
  [[nodiscard]] bool is_server(PeerHandle peer) const;
  [[nodiscard]] bool is_connected_client(PeerHandle peer) const;
  /// Connected servers, by their handles.
  [[nodiscard]] std::span<const PeerHandle> servers() const noexcept { return servers_; }

 private:
  struct Client {
    PeerHandle peer;
    std::optional<Instant> left;
  };
  using Clients = std::vector<Client>;

  [[nodiscard]] Clients::const_iterator find_client(PeerHandle peer) const;
  void forget_client(PeerHandle peer);
  void forget_one_departed();

  peers::PeerBook& book_;
  // Both sorted by handle: small, and compact where there are very many nodes.
  std::vector<PeerHandle> servers_;
  Clients clients_;
  std::size_t departed_ = 0;
};

}  // namespace pond::kad
