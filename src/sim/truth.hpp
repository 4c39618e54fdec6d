#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pond/base/rng.hpp"
#include "pond/kad/table/peer_filter.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/wire/kad_message.hpp"
#include "pond/wire/key.hpp"

namespace pond::sim {

/// What nobody in the network knows: everybody who is there. By brute force, so that it shares no idea with the code
/// that it judges.
class Truth {
 public:
  explicit Truth(const peers::PeerBook& book) : book_(book) {}

  /// The n nearest to `key` among `all` that pass, nearest first.
  [[nodiscard]] std::vector<peers::PeerHandle> closest(const std::vector<peers::PeerHandle>& all, const wire::Key& key,
                                                       std::size_t n, kad::PeerFilter passes) const;
  /// Which share of the `n` nearest among `all` that pass is among `found`. 1 where there are none.
  [[nodiscard]] double overlap(const std::vector<peers::PeerHandle>& all, const wire::Key& key, std::size_t n,
                               kad::PeerFilter passes, std::span<const wire::KadPeer> found) const;

 private:
  const peers::PeerBook& book_;
};

/// Everybody by key, for filling tables from the truth: those that share a prefix are neighbours.
class KeyOrder {
 public:
  KeyOrder(const peers::PeerBook& book, std::vector<peers::PeerHandle> all);

  /// Who shares exactly `prefix` bits with `key`.
  [[nodiscard]] std::span<const peers::PeerHandle> sharing_exactly(const wire::Key& key, unsigned prefix) const;
  /// Whether nobody but `key` itself shares more than `prefix` bits with it.
  [[nodiscard]] bool alone(const wire::Key& key, unsigned prefix) const;
  /// Appends `count` different ones of a range, which has more, to `out`.
  static void sample(std::span<const peers::PeerHandle> range, std::size_t count, Rng& rng,
                     std::vector<peers::PeerHandle>& out);

 private:
  const peers::PeerBook& book_;
  std::vector<peers::PeerHandle> sorted_;
};

}  // namespace pond::sim
