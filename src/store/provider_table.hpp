#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "pond/store/store.hpp"
#include "pond/wire/key.hpp"

namespace pond::store {

/// Who provides what, in the memory store.
///
/// A slot holds the providers of one key, nearest to the key first; slots are ordered by the distance of their key from
/// the node's own, as in RecordTable. A peer's addresses are held once, however many keys it provides.
class ProviderTable {
 public:
  ProviderTable(const Limits& limits, const wire::Key& own_key, Counters& counters);
  ProviderTable(const ProviderTable&) = delete;
  ProviderTable& operator=(const ProviderTable&) = delete;
  ~ProviderTable() = default;

  [[nodiscard]] Result<void> add(BytesView key, Provider provider, WallTime now);
  [[nodiscard]] Providers get(BytesView key, WallTime now) const;

  /// Drops at most `max` expired providers, those that expired first.
  void drop_expired(WallTime now, std::size_t max);
  [[nodiscard]] std::optional<WallTime> next_expiry() const {
    return by_expiry_.empty() ? std::nullopt : std::optional{by_expiry_.begin()->expires};
  }

  /// What one provider of one key costs: its place in the slot, the slot's node and the node in the expiry index; and
  /// what a peer costs beyond the octets of its addresses. Measured, heap headers included.
  static constexpr std::size_t kEntryBytes = 288;
  static constexpr std::size_t kPeerBytes = 192;
  static constexpr std::size_t kAddressBytes = 48;

 private:
  struct Peer {
    wire::Key key;
    std::vector<wire::Multiaddr> addresses;
    WallTime addresses_expire;
    std::size_t cost = 0;
    std::size_t keys = 0;
  };
  using Peers = std::map<wire::PeerId, Peer>;

  struct Entry {
    wire::Distance distance;  ///< from the slot's key to the peer
    Peers::iterator peer;
    WallTime expires;
    std::uint64_t serial;
  };
  struct Slot {
    wire::Key key;
    std::vector<Entry> entries;  ///< ascending by distance
  };
  using Slots = std::map<wire::Distance, Slot>;

  struct Expiry {
    WallTime expires;
    std::uint64_t serial;
    Slots::iterator slot;
    Peers::iterator peer;
    friend bool operator<(const Expiry& a, const Expiry& b) {
      return a.expires != b.expires ? a.expires < b.expires : a.serial < b.serial;
    }
  };
  /// Why an entry goes.
  enum class Cause : std::uint8_t { kExpired, kKeyBound, kCapacity };
  struct Victim {
    Slots::iterator slot;
    Peers::iterator peer;
    Cause cause;
  };

  /// An announcement on its way in.
  struct Newcomer {
    wire::Key key;
    wire::Distance distance;  ///< from this node's key to the provided key
    Slots::iterator slot;     ///< end() for a new key
    Peers::iterator peer;     ///< end() for a new peer
    wire::Key peer_key;
    std::size_t peer_cost;  ///< of the peer with its new addresses
    bool known;             ///< the peer provides this key already
  };

  [[nodiscard]] Newcomer look_up(BytesView key, const Provider& provider);
  [[nodiscard]] Result<void> check_peer(const Newcomer& newcomer);
  [[nodiscard]] Result<std::vector<Victim>> check_key(const Newcomer& newcomer, WallTime now);
  [[nodiscard]] bool find_room(const Newcomer& newcomer, std::vector<Victim>& victims);
  void insert(const Newcomer& newcomer, Provider provider);
  void evict(const Victim& victim);
  void erase(Slots::iterator slot, Peers::iterator peer);
  [[nodiscard]] static std::vector<Entry>::iterator place_of(Slot& slot, const wire::Distance& distance);

  const Limits& limits_;
  const wire::Key own_key_;
  Counters& counters_;
  Slots slots_;
  Peers peers_;
  std::set<Expiry> by_expiry_;
  std::uint64_t next_serial_ = 0;
};

}  // namespace pond::store
