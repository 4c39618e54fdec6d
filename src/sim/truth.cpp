#include "truth.hpp"

#include <algorithm>

namespace pond::sim {

using peers::PeerHandle;

std::vector<PeerHandle> Truth::closest(const std::vector<PeerHandle>& all, const wire::Key& key, std::size_t n,
                                       kad::PeerFilter passes) const {
  struct Near {
    wire::Distance distance;
    PeerHandle peer;
  };
  std::vector<Near> nearest;  // a heap, the farthest first
  const auto nearer = [](const Near& a, const Near& b) { return a.distance < b.distance; };
  for (const PeerHandle peer : all) {
    const wire::Distance distance = book_.key(peer).distance_to(key);
    if ((nearest.size() == n && !(distance < nearest.front().distance)) || !passes(peer)) {
      continue;
    }
    if (nearest.size() == n) {
      std::ranges::pop_heap(nearest, nearer);
      nearest.pop_back();
    }
    nearest.push_back({.distance = distance, .peer = peer});
    std::ranges::push_heap(nearest, nearer);
  }
  std::ranges::sort_heap(nearest, nearer);
  std::vector<PeerHandle> out;
  out.reserve(nearest.size());
  for (const Near& near : nearest) {
    out.push_back(near.peer);
  }
  return out;
}

double Truth::overlap(const std::vector<PeerHandle>& all, const wire::Key& key, std::size_t n, kad::PeerFilter passes,
                      std::span<const wire::KadPeer> found) const {
  const std::vector<PeerHandle> nearest = closest(all, key, n, passes);
  const auto seen = std::ranges::count_if(nearest, [&](PeerHandle peer) {
    return std::ranges::find(found, book_.id(peer), &wire::KadPeer::id) != found.end();
  });
  return nearest.empty() ? 1.0 : static_cast<double>(seen) / static_cast<double>(nearest.size());
}

KeyOrder::KeyOrder(const peers::PeerBook& book, std::vector<PeerHandle> all) : book_(book), sorted_(std::move(all)) {
  std::ranges::sort(sorted_, {}, [this](PeerHandle peer) { return book_.key(peer); });
}

std::span<const PeerHandle> KeyOrder::sharing_exactly(const wire::Key& key, unsigned prefix) const {
  // Seen from the key of all zeros, keys are sorted by the first bit that is theirs alone: those below the range share
  // a shorter prefix and are less, those above share a shorter one and are greater.
  const auto side = [&](PeerHandle peer) {
    const wire::Key other = book_.key(peer);
    return key.common_prefix_bits(other) >= prefix ? 0 : other < key ? -1 : 1;
  };
  const auto first = std::ranges::partition_point(sorted_, [&](PeerHandle peer) { return side(peer) < 0; });
  const auto last = std::partition_point(first, sorted_.end(), [&](PeerHandle peer) { return side(peer) == 0; });
  // Of these, the half that differs in the very next bit.
  const auto same_bit = [&](PeerHandle peer) { return key.common_prefix_bits(book_.key(peer)) > prefix; };
  if (first == last) {
    return {};
  }
  if (same_bit(*first)) {
    return {std::partition_point(first, last, same_bit), last};
  }
  return {first, std::partition_point(first, last, [&](PeerHandle peer) { return !same_bit(peer); })};
}

bool KeyOrder::alone(const wire::Key& key, unsigned prefix) const {
  const auto place = std::ranges::lower_bound(sorted_, key, {}, [this](PeerHandle peer) { return book_.key(peer); });
  const auto shares_more = [&](auto neighbour) {
    const unsigned shared = key.common_prefix_bits(book_.key(*neighbour));
    return shared > prefix && shared < wire::Key::kBits;
  };
  const bool is_in = place != sorted_.end() && book_.key(*place) == key;
  const auto above = is_in ? place + 1 : place;
  return !(above != sorted_.end() && shares_more(above)) && !(place != sorted_.begin() && shares_more(place - 1));
}

void KeyOrder::sample(std::span<const PeerHandle> range, std::size_t count, Rng& rng, std::vector<PeerHandle>& out) {
  // Floyd's: each step takes one that is not there yet, and every choice is equally likely.
  const auto begin = static_cast<std::ptrdiff_t>(out.size());
  for (std::size_t i = range.size() - count; i < range.size(); ++i) {
    const PeerHandle tried = range[rng.below(i + 1)];
    const bool taken = std::find(out.begin() + begin, out.end(), tried) != out.end();
    out.push_back(taken ? range[i] : tried);
  }
}

}  // namespace pond::sim
