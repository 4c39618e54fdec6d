#include "provider_table.hpp"

#include <algorithm>
#include <utility>

namespace pond::store {
namespace {

constexpr std::size_t kMaxDropsPerAdd = 64;

std::size_t cost_of(std::span<const wire::Multiaddr> addresses, std::size_t peer_bytes, std::size_t address_bytes) {
  std::size_t cost = peer_bytes;
  for (const wire::Multiaddr& address : addresses) {
    cost += address_bytes + address.bytes().size();
  }
  return cost;
}

}  // namespace

ProviderTable::ProviderTable(const Limits& limits, const wire::Key& own_key, Counters& counters)
    : limits_(limits), own_key_(own_key), counters_(counters) {
}

std::vector<ProviderTable::Entry>::iterator ProviderTable::place_of(Slot& slot, const wire::Distance& distance) {
  return std::lower_bound(slot.entries.begin(), slot.entries.end(), distance,
                          [](const Entry& entry, const wire::Distance& d) { return entry.distance < d; });
}

Result<void> ProviderTable::add(BytesView key, Provider provider, WallTime now) {
  if (provider.expires <= now) {
    return fail(Errc::kInvalidArgument, "the provider record has already expired");
  }
  drop_expired(now, kMaxDropsPerAdd);
  if (provider.addresses.size() > limits_.max_addresses_of_one_provider) {
    ++counters_.provider_addresses_cut;
    provider.addresses.resize(limits_.max_addresses_of_one_provider);
  }
  const Newcomer newcomer = look_up(key, provider);
  std::vector<Victim> victims;
  if (!newcomer.known) {
    POND_CHECK(check_peer(newcomer));
    POND_TRY(victims, check_key(newcomer, now));
  }
  if (!find_room(newcomer, victims)) {
    ++counters_.refused_providers_full;
    ++counters_.refused_by_quota;
    return fail(Errc::kLimit, "the store is full of providers of keys nearer to this node");
  }
  // In before out: a victim's slot and peer are still there for whoever shares them.
  insert(newcomer, std::move(provider));
  for (const Victim& victim : victims) {
    evict(victim);
  }
  return {};
}

ProviderTable::Newcomer ProviderTable::look_up(BytesView key, const Provider& provider) {
  Newcomer out{.key = wire::Key::of(key),
               .distance = {},
               .slot = {},
               .peer = peers_.find(provider.id),
               .peer_key = {},
               .peer_cost = cost_of(provider.addresses, kPeerBytes, kAddressBytes),
               .known = false};
  out.distance = own_key_.distance_to(out.key);
  out.slot = slots_.find(out.distance);
  out.peer_key = out.peer != peers_.end() ? out.peer->second.key : wire::Key::of(provider.id);
  if (out.slot != slots_.end()) {
    const wire::Distance distance = out.key.distance_to(out.peer_key);
    const auto place = place_of(out.slot->second, distance);
    out.known = place != out.slot->second.entries.end() && place->distance == distance;
  }
  return out;
}

Result<void> ProviderTable::check_peer(const Newcomer& newcomer) {
  if (newcomer.peer != peers_.end() && newcomer.peer->second.keys >= limits_.max_provider_keys_of_one_peer) {
    ++counters_.refused_provider_keys;
    ++counters_.refused_by_quota;
    return fail(Errc::kLimit, "the peer provides too many keys");
  }
  return {};
}

/// Whom the newcomer displaces because the key has as many providers as it may.
Result<std::vector<ProviderTable::Victim>> ProviderTable::check_key(const Newcomer& newcomer, WallTime now) {
  if (newcomer.slot == slots_.end() || newcomer.slot->second.entries.size() < limits_.max_providers_of_one_key) {
    return std::vector<Victim>{};
  }
  const std::vector<Entry>& entries = newcomer.slot->second.entries;
  const auto expired = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.expires <= now; });
  if (expired != entries.end()) {
    return std::vector<Victim>{{newcomer.slot, expired->peer, Cause::kExpired}};
  }
  if (!entries.empty() && newcomer.key.distance_to(newcomer.peer_key) < entries.back().distance) {
    return std::vector<Victim>{{newcomer.slot, entries.back().peer, Cause::kKeyBound}};
  }
  ++counters_.refused_providers_of_key;
  ++counters_.refused_by_quota;
  return fail(Errc::kLimit, "the key has enough providers nearer to it");
}

/// Adds to `victims` what must be evicted beside them; false when the newcomer's key is farther than that. Counts only
/// what is certain to become free: the addresses of a victim may stay, for its other keys.
bool ProviderTable::find_room(const Newcomer& newcomer, std::vector<Victim>& victims) {
  std::size_t records = counters_.provider_records + (newcomer.known ? 0 : 1) - victims.size();
  std::size_t bytes =
      counters_.provider_bytes + newcomer.peer_cost + (newcomer.known ? 0 : kEntryBytes) - victims.size() * kEntryBytes;
  if (newcomer.peer != peers_.end()) {
    bytes -= newcomer.peer->second.cost;
  }
  const auto fits = [&] { return records <= limits_.max_provider_records && bytes <= limits_.max_provider_bytes; };
  for (auto next = slots_.end(); !fits();) {
    if (next == slots_.begin() || (--next)->first <= newcomer.distance) {
      return false;
    }
    const std::vector<Entry>& entries = next->second.entries;
    for (auto entry = entries.rbegin(); entry != entries.rend() && !fits(); ++entry) {
      victims.push_back({next, entry->peer, Cause::kCapacity});
      records -= 1;
      bytes -= kEntryBytes;
    }
  }
  return true;
}

void ProviderTable::insert(const Newcomer& newcomer, Provider provider) {
  const auto [peer, is_new_peer] = peers_.try_emplace(provider.id);
  if (is_new_peer) {
    peer->second.key = newcomer.peer_key;
  }
  counters_.provider_bytes += newcomer.peer_cost;
  counters_.provider_bytes -= peer->second.cost;
  peer->second.cost = newcomer.peer_cost;
  peer->second.addresses = std::move(provider.addresses);
  peer->second.addresses_expire = provider.addresses_expire;

  const auto [slot, is_new_slot] = slots_.try_emplace(newcomer.distance);
  if (is_new_slot) {
    slot->second.key = newcomer.key;
    ++counters_.provider_keys;
  }
  const wire::Distance distance = newcomer.key.distance_to(newcomer.peer_key);
  auto place = place_of(slot->second, distance);
  if (newcomer.known) {
    by_expiry_.erase({place->expires, place->serial, slot, peer});
    place->expires = provider.expires;
  } else {
    place = slot->second.entries.insert(place, {distance, peer, provider.expires, next_serial_++});
    peer->second.keys += 1;
    counters_.provider_records += 1;
    counters_.provider_bytes += kEntryBytes;
  }
  by_expiry_.insert({place->expires, place->serial, slot, peer});
}

void ProviderTable::evict(const Victim& victim) {
  if (victim.cause == Cause::kExpired) {
    ++counters_.expired;
  } else {
    ++counters_.evicted;
    counters_.displaced_providers_of_key += victim.cause == Cause::kKeyBound ? 1 : 0;
  }
  erase(victim.slot, victim.peer);
}

void ProviderTable::erase(Slots::iterator slot, Peers::iterator peer) {
  const auto entry = place_of(slot->second, slot->second.key.distance_to(peer->second.key));
  by_expiry_.erase({entry->expires, entry->serial, slot, peer});
  slot->second.entries.erase(entry);
  counters_.provider_records -= 1;
  counters_.provider_bytes -= kEntryBytes;
  if (slot->second.entries.empty()) {
    slots_.erase(slot);
    --counters_.provider_keys;
  }
  if (--peer->second.keys == 0) {
    counters_.provider_bytes -= peer->second.cost;
    peers_.erase(peer);
  }
}

Providers ProviderTable::get(BytesView key, WallTime now) const {
  Providers out;
  const auto slot = slots_.find(own_key_.distance_to(wire::Key::of(key)));
  if (slot == slots_.end()) {
    return out;
  }
  for (const Entry& entry : slot->second.entries) {
    if (entry.expires <= now) {
      continue;
    }
    const Peer& peer = entry.peer->second;
    Provider provider{
        .id = entry.peer->first, .addresses = {}, .addresses_expire = peer.addresses_expire, .expires = entry.expires};
    if (peer.addresses_expire > now) {
      provider.addresses = peer.addresses;
    }
    out.providers.push_back(std::move(provider));
  }
  return out;
}

void ProviderTable::drop_expired(WallTime now, std::size_t max) {
  for (std::size_t dropped = 0; dropped < max && !by_expiry_.empty(); ++dropped) {
    const Expiry first = *by_expiry_.begin();
    if (first.expires > now) {
      return;
    }
    erase(first.slot, first.peer);
    ++counters_.expired;
  }
}

}  // namespace pond::store
