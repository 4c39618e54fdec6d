#include "peer_addresses.hpp"

#include <algorithm>
#include <optional>

namespace pond::wire {
namespace {

bool ends_in_a_peer_id(const Multiaddr& address) {
  if (!address.has(Protocol::kP2p)) {
    return false;
  }
  return address.parts().back().code == static_cast<std::uint32_t>(Protocol::kP2p);
}

std::optional<Multiaddr> address_of(const PeerId& owner, BytesView binary) {
  auto address = Multiaddr::from_bytes(binary);
  if (!address) {
    return std::nullopt;
  }
  if (ends_in_a_peer_id(*address)) {
    if (address->peer_id() != owner) {
      return std::nullopt;
    }
    *address = address->without_peer_id();
  }
  return address->empty() ? std::nullopt : std::optional{*std::move(address)};
}

}  // namespace

std::vector<Multiaddr> AddressCandidates::addresses_of(const PeerId& owner) const {
  std::vector<Multiaddr> kept;
  kept.reserve(std::min(seen_.size(), max_kept_));
  for (const BytesView binary : seen_) {
    if (kept.size() == max_kept_) {
      break;
    }
    auto address = address_of(owner, binary);
    if (address && std::find(kept.begin(), kept.end(), *address) == kept.end()) {
      kept.push_back(*std::move(address));
    }
  }
  return kept;
}

}  // namespace pond::wire
