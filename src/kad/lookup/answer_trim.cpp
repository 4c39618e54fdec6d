#include "pond/kad/lookup/answer_trim.hpp"

#include <algorithm>
#include <utility>

namespace pond::kad {

void keep_nearest(std::vector<wire::KadPeer>& peers, const wire::Key& target, std::size_t most) {
  struct Ranked {
    wire::Distance distance;
    std::size_t place;
    auto operator<=>(const Ranked&) const = default;
  };
  std::vector<Ranked> ranked;
  ranked.reserve(peers.size());
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (!peers[i].id.empty()) {
      ranked.push_back({.distance = wire::Key::of(peers[i].id).distance_to(target), .place = i});
    }
  }
  std::ranges::sort(ranked);
  const auto repeated = std::ranges::unique(ranked, {}, &Ranked::distance);
  ranked.erase(repeated.begin(), repeated.end());
  std::vector<wire::KadPeer> nearest;
  for (const Ranked& one : ranked) {
    if (nearest.size() == most) {
      break;
    }
    nearest.push_back(std::move(peers[one.place]));
  }
  peers = std::move(nearest);
}

}  // namespace pond::kad
