#include "pond/kad/table/bucket.hpp"

#include <algorithm>

namespace pond::kad {

TableEntry* Bucket::find(peers::PeerHandle peer) {
  const auto found = std::ranges::find(entries_, peer, &TableEntry::peer);
  return found == entries_.end() ? nullptr : &*found;
}

const TableEntry* Bucket::find(peers::PeerHandle peer) const {
  const auto found = std::ranges::find(entries_, peer, &TableEntry::peer);
  return found == entries_.end() ? nullptr : &*found;
}

void Bucket::push(const TableEntry& entry) {
  // A simulation holds very many tables: grow by little, instead of the vector's doubling.
  constexpr std::size_t kGrowth = 4;
  if (entries_.size() == entries_.capacity()) {
    entries_.reserve(entries_.size() + kGrowth);
  }
  entries_.push_back(entry);
}

void Bucket::erase(const TableEntry* entry) {
  entries_.erase(entries_.begin() + (entry - entries_.data()));
}

void Bucket::answered(TableEntry* entry, Instant now) {
  entry->answered = CoarseTime{now};
  entry->failures = 0;
  const auto place = entries_.begin() + (entry - entries_.data());
  std::rotate(place, place + 1, entries_.end());
}

const TableEntry& Bucket::weakest() const {
  return *std::ranges::max_element(entries_, {}, &TableEntry::failures);
}

}  // namespace pond::kad
