#include "pond/node/inbound_shares.hpp"

namespace pond::node {

InboundShares::Place InboundShares::add(swarm::PeerHandle holder, swarm::StreamRef stream) {
  Place place;
  place.holder = holders_.try_emplace(holder).first;
  Holder& of = place.holder->second;
  const std::size_t before = of.size();
  place.at = of.quiet.insert(of.quiet.end(), stream);
  rank(place.holder, before);
  return place;
}

void InboundShares::remove(const Place& place) {
  Holder& of = place.holder->second;
  const std::size_t before = of.size();
  (place.busy ? of.busy : of.quiet).erase(place.at);
  rank(place.holder, before);
  if (of.size() == 0) {
    holders_.erase(place.holder);
  }
}

void InboundShares::begin(Place& place) noexcept {
  if (!std::exchange(place.busy, true)) {
    Holder& of = place.holder->second;
    of.busy.splice(of.busy.end(), of.quiet, place.at);
  }
}

void InboundShares::end(Place& place) noexcept {
  if (std::exchange(place.busy, false)) {
    Holder& of = place.holder->second;
    of.quiet.splice(of.quiet.end(), of.busy, place.at);
  }
}

std::optional<swarm::StreamRef> InboundShares::place_for(swarm::PeerHandle newcomer) const {
  if (by_size_.empty()) {
    return std::nullopt;
  }
  const auto& [size, largest] = *by_size_.rbegin();
  const Streams& quiet = holders_.at(largest).quiet;
  return size <= held_by(newcomer) || quiet.empty() ? std::nullopt : std::optional{quiet.front()};
}

std::size_t InboundShares::held_by(swarm::PeerHandle holder) const {
  const auto found = holders_.find(holder);
  return found == holders_.end() ? 0 : found->second.size();
}

/// Puts a holder where its new size belongs, with no allocation for one that stays.
void InboundShares::rank(Holders::iterator holder, std::size_t size_before) {
  const std::size_t size = holder->second.size();
  auto node = by_size_.extract({size_before, holder->first});
  if (size == 0) {
    return;
  }
  if (node.empty()) {
    by_size_.emplace(size, holder->first);
    return;
  }
  node.value().first = size;
  by_size_.insert(std::move(node));
}

}  // namespace pond::node
