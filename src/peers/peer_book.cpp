#include "pond/peers/peer_book.hpp"

#include <algorithm>

#include "pond/wire/kad_message.hpp"

namespace pond::peers {

namespace {

/// The address as the book keeps it, without a trailing /p2p; nullopt when it is another peer's, or no address at all.
[[nodiscard]] std::optional<wire::Multiaddr> own_address(const wire::PeerId& owner, const wire::Multiaddr& address) {
  const std::optional<wire::PeerId> named = address.peer_id();
  if (named && *named != owner) {
    return std::nullopt;
  }
  wire::Multiaddr bare = named ? address.without_peer_id() : address;
  if (bare.empty()) {
    return std::nullopt;
  }
  return bare;
}

[[nodiscard]] bool said_by_itself(AddressSource source) {
  return source == AddressSource::kIdentified || source == AddressSource::kCertified;
}

}  // namespace

PeerBook::PeerBook(PeerBookLimits limits, const crypto::KeyedHash& hash) : limits_(limits), by_id_(0, IdHash{hash}) {
}

std::optional<PeerHandle> PeerBook::intern(const wire::PeerId& id) {
  if (id.empty()) {
    return std::nullopt;
  }
  if (const auto known = find(id)) {
    touch(*known);
    return known;
  }
  if (by_id_.size() >= limits_.max_peers && !evict_one()) {
    ++counters_.refused;
    return std::nullopt;
  }
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
    keys_.emplace_back();
    pins_.push_back(0);
  } else {
    index = free_.back();
    free_.pop_back();
  }
  entries_[index].id = id;
  keys_[index] = wire::Key::of(id);
  by_id_.emplace(id, index);
  link(index);
  return PeerHandle{index};
}

std::optional<PeerHandle> PeerBook::find(const wire::PeerId& id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) {
    return std::nullopt;
  }
  return PeerHandle{found->second};
}

void PeerBook::pin(PeerHandle peer) {
  const auto index = static_cast<std::uint32_t>(peer);
  if (pins_[index]++ == 0) {
    unlink(index);
  }
}

void PeerBook::unpin(PeerHandle peer) {
  const auto index = static_cast<std::uint32_t>(peer);
  if (pins_[index] == 0) {
    return;
  }
  --pins_[index];
  if (pins_[index] == 0) {
    link(index);
  }
}

void PeerBook::touch(PeerHandle peer) {
  if (pins_[static_cast<std::uint32_t>(peer)] == 0) {
    unlink(static_cast<std::uint32_t>(peer));
    link(static_cast<std::uint32_t>(peer));
  }
}

void PeerBook::link(std::uint32_t index) {
  Entry& linked = entries_[index];
  linked.older = newest_;
  linked.newer = kNone;
  (newest_ == kNone ? oldest_ : entries_[newest_].newer) = index;
  newest_ = index;
}

void PeerBook::unlink(std::uint32_t index) {
  const Entry& unlinked = entries_[index];
  (unlinked.older == kNone ? oldest_ : entries_[unlinked.older].newer) = unlinked.newer;
  (unlinked.newer == kNone ? newest_ : entries_[unlinked.newer].older) = unlinked.older;
}

bool PeerBook::evict_one() {
  if (oldest_ == kNone) {
    return false;
  }
  const std::uint32_t index = oldest_;
  unlink(index);
  by_id_.erase(entries_[index].id);
  entries_[index] = Entry{};
  free_.push_back(index);
  ++counters_.evicted;
  return true;
}

Instant PeerBook::expiry(AddressSource source, Instant now) const {
  if (source == AddressSource::kConfigured) {
    return Instant::max();
  }
  const Duration ttl = source == AddressSource::kHint ? limits_.hint_ttl : limits_.identified_ttl;
  return now > Instant::max() - ttl ? Instant::max() : now + ttl;
}

void PeerBook::add_addresses(PeerHandle peer, std::span<const wire::Multiaddr> addresses, AddressSource source,
                             Instant now) {
  touch(peer);
  Entry& changed = entry(peer);
  if (changed.fixed && source != AddressSource::kConfigured) {
    return;
  }
  std::erase_if(changed.addresses, [now](const Address& known) { return known.expires <= now; });
  for (const wire::Multiaddr& address : addresses) {
    if (const auto own = own_address(changed.id, address)) {
      upsert(changed, *own, source, now);
    }
  }
  changed.encoded_until = Instant::min();
}

void PeerBook::fix_addresses(PeerHandle peer) {
  Entry& changed = entry(peer);
  changed.fixed = true;
  std::erase_if(changed.addresses, [](const Address& known) { return known.source != AddressSource::kConfigured; });
  changed.encoded_until = Instant::min();
}

void PeerBook::set_addresses(PeerHandle peer, std::span<const wire::Multiaddr> addresses, AddressSource source,
                             Instant now) {
  Entry& changed = entry(peer);
  const auto still_said = [&](const wire::Multiaddr& known) {
    return std::ranges::any_of(addresses, [&](const wire::Multiaddr& address) {
      return address == known || own_address(changed.id, address) == known;
    });
  };
  std::erase_if(changed.addresses, [&](Address& known) {
    if (!said_by_itself(known.source)) {
      return false;
    }
    known.source = source;
    return !still_said(known.address);
  });
  add_addresses(peer, addresses, source, now);
}

// Keeps the order of `addresses`: reached ones, untried ones by falling source, failed ones.
void PeerBook::upsert(Entry& peer, const wire::Multiaddr& address, AddressSource source, Instant now) {
  Address added{.address = address, .source = source, .dial = Address::Dial::kUntried, .expires = expiry(source, now)};
  const auto known = std::ranges::find(peer.addresses, address, &Address::address);
  if (known != peer.addresses.end()) {
    known->expires = std::max(known->expires, added.expires);
    if (known->source >= source || known->dial != Address::Dial::kUntried) {
      known->source = std::max(known->source, source);
      return;
    }
    added.expires = known->expires;
    peer.addresses.erase(known);
  } else if (address.bytes().size() > limits_.max_address_octets || !make_room(peer, source)) {
    ++counters_.addresses_dropped;
    return;
  }
  const auto worse = std::ranges::find_if(peer.addresses, [source](const Address& other) {
    return other.dial == Address::Dial::kFailed || (other.dial == Address::Dial::kUntried && other.source < source);
  });
  peer.addresses.insert(worse, std::move(added));
}

// Among equals the older address stays, so that a flood of hints cannot push out what is already known; only a failed
// one yields to its equal.
bool PeerBook::make_room(Entry& peer, AddressSource source) {
  if (peer.addresses.size() < limits_.max_addresses_per_peer) {
    return true;
  }
  if (peer.addresses.empty()) {
    return false;
  }
  const auto worth = [](const Address& a) { return std::pair{a.source, a.dial != Address::Dial::kFailed}; };
  const auto worst = std::ranges::min_element(peer.addresses, {}, worth);
  if (worth(*worst) >= std::pair{source, true}) {
    return false;
  }
  peer.addresses.erase(worst);
  ++counters_.addresses_dropped;
  return true;
}

void PeerBook::note_dial(PeerHandle peer, const wire::Multiaddr& address, bool reached) {
  Entry& changed = entry(peer);
  const auto own = own_address(changed.id, address);
  const auto known = own ? std::ranges::find(changed.addresses, *own, &Address::address) : changed.addresses.end();
  if (known == changed.addresses.end()) {
    return;
  }
  known->dial = reached ? Address::Dial::kReached : Address::Dial::kFailed;
  if (reached) {
    std::rotate(changed.addresses.begin(), known, known + 1);
  } else {
    std::rotate(known, known + 1, changed.addresses.end());
  }
  changed.encoded_until = Instant::min();
}

std::vector<wire::Multiaddr> PeerBook::addresses(PeerHandle peer, Instant now) const {
  std::vector<wire::Multiaddr> found;
  for (const Address& known : entry(peer).addresses) {
    if (known.expires > now) {
      found.push_back(known.address);
    }
  }
  return found;
}

BytesView PeerBook::encoded(PeerHandle peer, Instant now) {
  Entry& wanted = entry(peer);
  if (now < wanted.encoded_until) {
    return wanted.encoded;
  }
  std::vector<wire::Multiaddr> named;
  wanted.encoded_until = Instant::max();
  for (const Address& known : wanted.addresses) {
    if (known.expires > now && named.size() < limits_.max_addresses_in_answer) {
      named.push_back(known.address);
      wanted.encoded_until = std::min(wanted.encoded_until, known.expires);
    }
  }
  wanted.encoded.clear();
  if (!named.empty()) {
    wanted.encoded = wire::encode_kad_peer(wanted.id, named, wire::KadConnection::kNotConnected);
  }
  return wanted.encoded;
}

}  // namespace pond::peers
