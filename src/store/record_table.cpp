#include "record_table.hpp"

#include <algorithm>
#include <utility>

namespace pond::store {
namespace {

constexpr std::string_view kTestPrefix = "/test/";

// Each request pays for at most one new record, so dropping a few keeps ahead of expiry. What they free is also more
// than any value needs: as long as something expired is left, nothing unexpired is evicted.
constexpr std::size_t kMaxDropsPerPut = 64;

}  // namespace

RecordTable::RecordTable(const Limits& limits, const wire::PeerId& own, const wire::Key& own_key, Counters& counters)
    : limits_(limits), own_(own), own_key_(own_key), counters_(counters) {
}

wire::Distance RecordTable::distance_of(BytesView key) const {
  return own_key_.distance_to(wire::Key::of(key));
}

std::vector<RecordTable::Item>::iterator RecordTable::item_of(Slots::iterator slot, std::uint64_t serial) {
  std::vector<Item>& items = slot->second.items;
  return std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.serial == serial; });
}

Result<std::vector<wire::Key>> RecordTable::put(BytesView key, Record record, WallTime now) {
  if (record.expires <= now) {
    return fail(Errc::kInvalidArgument, "the record has already expired");
  }
  drop_expired(now, kMaxDropsPerPut);
  const Newcomer newcomer{.distance = distance_of(key),
                          .sender = record.sender,
                          .cost = key.size() + record.value.size() + kBookkeepingBytes,
                          .authentic = record.authentic,
                          .test = as_text(key).starts_with(kTestPrefix)};
  std::vector<Victim> victims = replaced_by(newcomer);
  POND_CHECK(check_quotas(newcomer, victims));
  if (!find_room(newcomer, victims)) {
    ++counters_.refused_records_full;
    ++counters_.refused_by_quota;
    return fail(Errc::kLimit, "the store is full of records nearer to this node");
  }
  std::vector<wire::Key> evicted;
  for (const Victim& victim : victims) {
    if (victim.cause == Cause::kCapacity && item_of(victim.slot, victim.serial)->authentic) {
      evicted.push_back(own_key_.at(victim.slot->first));
    }
    evict(victim);
  }
  insert(newcomer, std::move(record));
  return evicted;
}

/// What the newcomer takes the place of, whatever the room: first the record that it renews, else for an unsigned one
/// the oldest of the same sender, and the oldest under the key, when their bounds are reached.
std::vector<RecordTable::Victim> RecordTable::replaced_by(const Newcomer& newcomer) {
  std::vector<Victim> out;
  const auto slot = slots_.find(newcomer.distance);
  const Item* oldest_here = nullptr;
  std::size_t unsigned_here = 0;
  if (slot != slots_.end()) {
    for (const Item& item : slot->second.items) {
      if (item.authentic != newcomer.authentic) {
        continue;
      }
      if (item.authentic || item.sender->first == newcomer.sender) {
        return {Victim{slot, item.serial, Cause::kRenewed}};
      }
      ++unsigned_here;
      if (oldest_here == nullptr || item.serial < oldest_here->serial) {
        oldest_here = &item;
      }
    }
  }
  if (newcomer.authentic) {
    return out;
  }
  if (oldest_here != nullptr && unsigned_here >= limits_.max_unsigned_records_of_one_key) {
    out.push_back({slot, oldest_here->serial, Cause::kUnsignedOfKey});
  }
  const auto sender = senders_.find(newcomer.sender);
  if (sender != senders_.end() && newcomer.sender != own_ && !sender->second.unsigned_by_age.empty() &&
      sender->second.unsigned_by_age.size() >= limits_.max_unsigned_records_of_one_sender) {
    const auto& [serial, where] = *sender->second.unsigned_by_age.begin();
    out.push_back({where, serial, Cause::kUnsignedOfSender});
  }
  return out;
}

Result<void> RecordTable::check_quotas(const Newcomer& newcomer, const std::vector<Victim>& victims) {
  if (newcomer.sender == own_) {
    return {};
  }
  std::size_t records = 1;
  std::size_t bytes = newcomer.cost;
  std::size_t test_records = newcomer.test ? 1U : 0U;
  if (const auto sender = senders_.find(newcomer.sender); sender != senders_.end()) {
    records += sender->second.records;
    bytes += sender->second.bytes;
    test_records += sender->second.test_records;
    for (const Victim& victim : victims) {
      const auto item = item_of(victim.slot, victim.serial);
      if (item->sender == sender) {
        records -= 1;
        bytes -= item->cost;
        test_records -= victim.slot->second.test ? 1U : 0U;
      }
    }
  }
  if (newcomer.test && test_records > limits_.max_test_records_of_one_sender) {
    ++counters_.refused_test_records;
    ++counters_.refused_by_quota;
    return fail(Errc::kLimit, "the sender has too many records under /test/");
  }
  const double share = limits_.max_share_of_one_sender;
  if (static_cast<double>(records) > share * static_cast<double>(limits_.max_records) ||
      static_cast<double>(bytes) > share * static_cast<double>(limits_.max_record_bytes)) {
    ++counters_.refused_sender_share;
    ++counters_.refused_by_quota;
    return fail(Errc::kLimit, "the sender's share of the store is used up");
  }
  return {};
}

/// Adds to `victims` what must be evicted beside them; false when the newcomer is farther than that. Looks at no more
/// slots than one value can displace.
bool RecordTable::find_room(const Newcomer& newcomer, std::vector<Victim>& victims) {
  std::size_t records = counters_.records + 1 - victims.size();
  std::size_t bytes = counters_.record_bytes + newcomer.cost;
  for (const Victim& victim : victims) {
    bytes -= item_of(victim.slot, victim.serial)->cost;
  }
  const auto fits = [&] { return records <= limits_.max_records && bytes <= limits_.max_record_bytes; };
  const std::size_t replaced = victims.size();
  for (auto next = slots_.end(); !fits();) {
    if (next == slots_.begin() || (--next)->first <= newcomer.distance) {
      return false;
    }
    // Items lie in the order of arrival; the unsigned ones go first.
    for (const bool authentic : {false, true}) {
      for (const Item& item : next->second.items) {
        const bool goes_anyway = std::any_of(victims.begin(), victims.begin() + static_cast<std::ptrdiff_t>(replaced),
                                             [&](const Victim& victim) { return victim.serial == item.serial; });
        if (item.authentic != authentic || goes_anyway || fits()) {
          continue;
        }
        victims.push_back({next, item.serial, Cause::kCapacity});
        records -= 1;
        bytes -= item.cost;
      }
    }
  }
  return true;
}

void RecordTable::evict(const Victim& victim) {
  switch (victim.cause) {
    case Cause::kRenewed:
      break;
    case Cause::kUnsignedOfKey:
      ++counters_.displaced_unsigned_of_key;
      ++counters_.evicted;
      break;
    case Cause::kUnsignedOfSender:
      ++counters_.displaced_unsigned_of_sender;
      ++counters_.evicted;
      break;
    case Cause::kCapacity:
      ++counters_.evicted;
      break;
  }
  erase(victim.slot, victim.serial);
}

void RecordTable::insert(const Newcomer& newcomer, Record record) {
  const auto slot = slots_.try_emplace(newcomer.distance).first;
  slot->second.test = newcomer.test;
  const auto sender = senders_.try_emplace(record.sender).first;
  const std::uint64_t serial = next_serial_++;
  slot->second.items.push_back(Item{.serial = serial,
                                    .sender = sender,
                                    .cost = newcomer.cost,
                                    .value = std::move(record.value),
                                    .received = record.received,
                                    .expires = record.expires,
                                    .authentic = record.authentic});
  by_expiry_.insert({record.expires, serial, slot});
  sender->second.records += 1;
  sender->second.bytes += newcomer.cost;
  sender->second.test_records += newcomer.test ? 1U : 0U;
  if (!record.authentic) {
    sender->second.unsigned_by_age.emplace(serial, slot);
  }
  counters_.records += 1;
  counters_.record_bytes += newcomer.cost;
}

void RecordTable::erase(Slots::iterator slot, std::uint64_t serial) {
  const auto item = item_of(slot, serial);
  const auto sender = item->sender;
  by_expiry_.erase({item->expires, serial, slot});
  counters_.records -= 1;
  counters_.record_bytes -= item->cost;
  sender->second.records -= 1;
  sender->second.bytes -= item->cost;
  sender->second.test_records -= slot->second.test ? 1U : 0U;
  sender->second.unsigned_by_age.erase(serial);
  if (sender->second.records == 0) {
    senders_.erase(sender);
  }
  slot->second.items.erase(item);
  if (slot->second.items.empty()) {
    slots_.erase(slot);
  }
}

Records RecordTable::get(BytesView key, WallTime now) const {
  Records out;
  const auto slot = slots_.find(distance_of(key));
  if (slot == slots_.end()) {
    return out;
  }
  // Items lie in the order of arrival.
  for (auto item = slot->second.items.rbegin(); item != slot->second.items.rend(); ++item) {
    if (item->expires <= now) {
      continue;
    }
    Record record{.value = item->value,
                  .sender = item->sender->first,
                  .received = item->received,
                  .expires = item->expires,
                  .authentic = item->authentic};
    if (item->authentic) {
      out.authentic = std::move(record);
    } else {
      out.unsigned_records.push_back(std::move(record));
    }
  }
  return out;
}

void RecordTable::remove(BytesView key) {
  const auto slot = slots_.find(distance_of(key));
  if (slot == slots_.end()) {
    return;
  }
  // The last erasure takes the slot with it.
  for (std::size_t left = slot->second.items.size(); left > 0; --left) {
    erase(slot, slot->second.items.back().serial);
  }
}

void RecordTable::drop_expired(WallTime now, std::size_t max) {
  for (std::size_t dropped = 0; dropped < max && !by_expiry_.empty(); ++dropped) {
    const Expiry first = *by_expiry_.begin();
    if (first.expires > now) {
      return;
    }
    erase(first.slot, first.serial);
    ++counters_.expired;
  }
}

}  // namespace pond::store
