#include "pond/kad/table/bucket.hpp"

#include <algorithm>

namespace pond::kad {
namespace {

// Pointers to members are not inlined as projections.
constexpr auto kKeyWord = [](const TableEntry& entry) { return entry.key_word(); };

}  // namespace

void Buckets::make(unsigned bucket, Instant now) {
  if (bucket >= buckets_.size()) {
    buckets_.resize(bucket + 1U, {.end = static_cast<std::uint32_t>(entries_.size()), .refresh_due = CoarseTime{now}});
  }
}

const TableEntry* Buckets::find(unsigned bucket, std::uint32_t key_word, peers::PeerHandle peer) const {
  const auto entries = (*this)[bucket];
  auto entry = std::ranges::lower_bound(entries, key_word, {}, kKeyWord);
  for (; entry != entries.end() && entry->key_word() == key_word; ++entry) {
    if (entry->peer() == peer) {
      return &*entry;
    }
  }
  return nullptr;
}

void Buckets::insert(unsigned bucket, const TableEntry& entry) {
  // A simulation holds very many tables: grow by little, instead of the vector's doubling.
  constexpr std::size_t kGrowth = 16;
  if (entries_.size() == entries_.capacity()) {
    entries_.reserve(entries_.size() + kGrowth);
  }
  const auto first = entries_.begin() + (bucket == 0 ? 0 : buckets_[bucket - 1].end);
  const auto last = entries_.begin() + buckets_[bucket].end;
  entries_.insert(std::ranges::upper_bound(first, last, entry.key_word(), {}, kKeyWord), entry);
  for (std::size_t i = bucket; i < buckets_.size(); ++i) {
    ++buckets_[i].end;
  }
}

void Buckets::erase(unsigned bucket, const TableEntry* entry) {
  entries_.erase(entries_.begin() + (entry - entries_.data()));
  for (std::size_t i = bucket; i < buckets_.size(); ++i) {
    --buckets_[i].end;
  }
}

std::uint8_t Buckets::failed(const TableEntry* entry) {
  mine(entry).note_failure();
  return entry->failures();
}

const TableEntry& Buckets::weakest(unsigned bucket) const {
  return *std::ranges::min_element((*this)[bucket], [](const TableEntry& a, const TableEntry& b) {
    return a.failures() != b.failures() ? a.failures() > b.failures() : a.answered() < b.answered();
  });
}

const Buckets::Contest* Buckets::contest(unsigned bucket) const {
  const auto found = std::ranges::find(contests_, bucket, &Contest::bucket);
  return found != contests_.end() ? &*found : nullptr;
}

void Buckets::end_contest(unsigned bucket) {
  std::erase_if(contests_, [bucket](const Contest& contest) { return contest.bucket == bucket; });
}

}  // namespace pond::kad
