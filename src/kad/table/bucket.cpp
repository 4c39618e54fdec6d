#include "pond/kad/table/bucket.hpp"

#include <algorithm>

namespace pond::kad {

const TableEntry* Bucket::find(std::uint32_t key_word, peers::PeerHandle peer) const {
  auto entry = std::ranges::lower_bound(entries_, key_word, {}, &TableEntry::key_word);
  for (; entry != entries_.end() && entry->key_word() == key_word; ++entry) {
    if (entry->peer() == peer) {
      return &*entry;
    }
  }
  return nullptr;
}

void Bucket::insert(const TableEntry& entry) {
  // A simulation holds very many tables: grow by little, instead of the vector's doubling.
  constexpr std::size_t kGrowth = 4;
  if (entries_.size() == entries_.capacity()) {
    entries_.reserve(entries_.size() + kGrowth);
  }
  entries_.insert(std::ranges::upper_bound(entries_, entry.key_word(), {}, &TableEntry::key_word), entry);
}

void Bucket::erase(const TableEntry* entry) {
  entries_.erase(entries_.begin() + (entry - entries_.data()));
}

void Bucket::answered(const TableEntry* entry, Instant now) {
  mine(entry).note_answer(now);
}

std::uint8_t Bucket::failed(const TableEntry* entry) {
  mine(entry).note_failure();
  return entry->failures();
}

const TableEntry& Bucket::weakest() const {
  return *std::ranges::min_element(entries_, [](const TableEntry& a, const TableEntry& b) {
    return a.failures() != b.failures() ? a.failures() > b.failures() : a.answered() < b.answered();
  });
}

}  // namespace pond::kad
