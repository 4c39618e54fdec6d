#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "pond/store/store.hpp"
#include "pond/wire/key.hpp"

namespace pond::store {

/// The value records of the memory store.
///
/// A slot holds what lies under one key: at most one authentic record and a few unsigned ones. Slots are ordered by
/// their distance from the node's own key. Because that distance determines the key's hash, the one ordered map is
/// both the index by key and the index of what to evict. It is a tree and no hash table because strangers choose the
/// keys.
class RecordTable {
 public:
  RecordTable(const Limits& limits, const wire::PeerId& own, const wire::Key& own_key, Counters& counters);
  RecordTable(const RecordTable&) = delete;
  RecordTable& operator=(const RecordTable&) = delete;
  ~RecordTable() = default;

  [[nodiscard]] Result<void> put(BytesView key, Record record, WallTime now);
  [[nodiscard]] Records get(BytesView key, WallTime now) const;
  void remove(BytesView key);

  /// Drops at most `max` expired records, those that expired first.
  void drop_expired(WallTime now, std::size_t max);
  [[nodiscard]] std::optional<WallTime> next_expiry() const {
    return by_expiry_.empty() ? std::nullopt : std::optional{by_expiry_.begin()->expires};
  }

  /// What one record costs beyond its key and value: its nodes in the four indexes and their heap headers, measured
  /// with one key and one sender for each record, which is the dearest case.
  static constexpr std::size_t kBookkeepingBytes = 448;

 private:
  struct Sender;
  using Senders = std::map<wire::PeerId, Sender>;

  struct Item {
    std::uint64_t serial;  ///< ascending in the order of arrival; names the item
    Senders::iterator sender;
    std::size_t cost;
    Bytes value;
    WallTime received;
    WallTime expires;
    bool authentic;
  };
  struct Slot {
    bool test = false;  ///< the key is under /test/
    std::vector<Item> items;
  };
  using Slots = std::map<wire::Distance, Slot>;

  /// Where an item is, ordered by the time at which it expires.
  struct Expiry {
    WallTime expires;
    std::uint64_t serial;
    Slots::iterator slot;
    friend bool operator<(const Expiry& a, const Expiry& b) {
      return a.expires != b.expires ? a.expires < b.expires : a.serial < b.serial;
    }
  };
  struct Sender {
    std::size_t records = 0;
    std::size_t bytes = 0;
    std::size_t test_records = 0;
    std::map<std::uint64_t, Slots::iterator> unsigned_by_age;
  };
  /// Why an item goes.
  enum class Cause : std::uint8_t { kRenewed, kUnsignedOfKey, kUnsignedOfSender, kCapacity };
  struct Victim {
    Slots::iterator slot;
    std::uint64_t serial;
    Cause cause;
  };
  /// A newcomer on its way in.
  struct Newcomer {
    wire::Distance distance;
    const wire::PeerId& sender;
    std::size_t cost;
    bool authentic;
    bool test;
  };

  [[nodiscard]] wire::Distance distance_of(BytesView key) const;
  [[nodiscard]] std::vector<Victim> replaced_by(const Newcomer& newcomer);
  [[nodiscard]] Result<void> check_quotas(const Newcomer& newcomer, const std::vector<Victim>& victims);
  [[nodiscard]] bool find_room(const Newcomer& newcomer, std::vector<Victim>& victims);
  void evict(const Victim& victim);
  void erase(Slots::iterator slot, std::uint64_t serial);
  void insert(const Newcomer& newcomer, Record record);
  [[nodiscard]] static std::vector<Item>::iterator item_of(Slots::iterator slot, std::uint64_t serial);

  const Limits& limits_;
  const wire::PeerId own_;
  const wire::Key own_key_;
  Counters& counters_;
  Slots slots_;
  Senders senders_;
  std::set<Expiry> by_expiry_;
  std::uint64_t next_serial_ = 0;
};

}  // namespace pond::store
