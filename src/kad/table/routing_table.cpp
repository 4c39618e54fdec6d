#include "pond/kad/table/routing_table.hpp"

#include <algorithm>
#include <array>

#include "pond/kad/table/refresh_target.hpp"

namespace pond::kad {

using peers::PeerHandle;

RoutingTable::RoutingTable(peers::PeerBook& book, const wire::Key& own, const TableConfig& config)
    : book_(book), own_(own), config_(config) {
}

RoutingTable::~RoutingTable() {
  for (Bucket& bucket : buckets_) {
    end_contest(bucket);
    for (const TableEntry& entry : bucket.entries()) {
      book_.unpin(entry.peer);
    }
  }
}

unsigned RoutingTable::prefix_of(PeerHandle peer) const {
  return own_.common_prefix_bits(book_.key(peer));
}

Bucket* RoutingTable::bucket_of(PeerHandle peer) {
  const unsigned prefix = prefix_of(peer);
  return prefix < buckets_.size() ? &buckets_[prefix] : nullptr;
}

const Bucket* RoutingTable::bucket_of(PeerHandle peer) const {
  const unsigned prefix = prefix_of(peer);
  return prefix < buckets_.size() ? &buckets_[prefix] : nullptr;
}

Bucket& RoutingTable::make_bucket(unsigned prefix, Instant now) {
  if (prefix >= buckets_.size()) {
    buckets_.reserve(prefix + 1);
  }
  while (buckets_.size() <= prefix) {
    buckets_.emplace_back(now);
  }
  return buckets_[prefix];
}

Consideration RoutingTable::consider(PeerHandle peer, Instant now) {
  using enum Consideration::Verdict;
  if (prefix_of(peer) == wire::Key::kBits) {
    return {kSelf};
  }
  Bucket* const bucket = bucket_of(peer);
  if (bucket == nullptr) {
    return {config_.bucket_capacity > 0 ? kVerify : kRefused};
  }
  if (bucket->find(peer) != nullptr) {
    return {kAlreadyThere};
  }
  if (bucket->entries().size() < config_.bucket_capacity) {
    return {kVerify};
  }
  const Consideration contended = contend(*bucket, peer, now);
  if (contended.verdict == kRefused) {
    ++counters_.refused;
  }
  return contended;
}

Consideration RoutingTable::contend(Bucket& bucket, PeerHandle newcomer, Instant now) {
  const auto& contest = bucket.contest();
  if ((contest && now - contest->since.instant() < config_.probe_timeout) || bucket.entries().empty()) {
    return {Consideration::Verdict::kRefused};
  }
  const TableEntry& weakest = bucket.weakest();
  if (weakest.failures == 0 && now - weakest.answered.instant() < config_.questionable_after) {
    return {Consideration::Verdict::kRefused};
  }
  end_contest(bucket);
  book_.pin(newcomer);
  bucket.set_contest(Bucket::Contest{.newcomer = newcomer, .probed = weakest.peer, .since = CoarseTime{now}});
  return {Consideration::Verdict::kFull, weakest.peer};
}

void RoutingTable::end_contest(Bucket& bucket) {
  if (bucket.contest()) {
    book_.unpin(bucket.contest()->newcomer);
    bucket.set_contest(std::nullopt);
  }
}

Insertion RoutingTable::verified(PeerHandle peer, Instant now) {
  const unsigned prefix = prefix_of(peer);
  if (prefix == wire::Key::kBits) {
    return Insertion::kSelf;
  }
  if (answered(peer, now)) {
    return Insertion::kAlreadyThere;
  }
  if (const Bucket* bucket = bucket_of(peer);
      (bucket != nullptr ? bucket->entries().size() : 0) >= config_.bucket_capacity) {
    return Insertion::kFull;
  }
  book_.pin(peer);
  make_bucket(prefix, now)
      .push({.key_word = book_.key(peer).distance_to(wire::Key{}).words()[0],
             .peer = peer,
             .answered = CoarseTime{now},
             .added = CoarseTime{now},
             .failures = 0});
  ++size_;
  ++counters_.inserted;
  return Insertion::kInserted;
}

bool RoutingTable::answered(PeerHandle peer, Instant now) {
  Bucket* const bucket = bucket_of(peer);
  TableEntry* const entry = bucket == nullptr ? nullptr : bucket->find(peer);
  if (entry == nullptr) {
    return false;
  }
  bucket->answered(entry, now);
  if (bucket->contest() && bucket->contest()->probed == peer) {
    end_contest(*bucket);
  }
  return true;
}

Removal RoutingTable::failed(PeerHandle peer) {
  Bucket* const bucket = bucket_of(peer);
  TableEntry* const entry = bucket == nullptr ? nullptr : bucket->find(peer);
  if (entry == nullptr) {
    return {Removal::Fate::kUnknown};
  }
  ++entry->failures;
  const bool contested = bucket->contest() && bucket->contest()->probed == peer;
  if (!contested && entry->failures < config_.max_failures) {
    return {Removal::Fate::kKept};
  }
  counters_.replaced += contested ? 1U : 0U;
  return take_out(*bucket, entry);
}

Removal RoutingTable::remove(PeerHandle peer) {
  Bucket* const bucket = bucket_of(peer);
  const TableEntry* const entry = bucket == nullptr ? nullptr : bucket->find(peer);
  return entry == nullptr ? Removal{Removal::Fate::kUnknown} : take_out(*bucket, entry);
}

// A contest ends with the first place that falls free in its bucket, whoever leaves. The newcomer keeps its handle: it
// becomes the most recently touched peer of the book.
Removal RoutingTable::take_out(Bucket& bucket, const TableEntry* entry) {
  Removal out{.fate = Removal::Fate::kRemoved};
  book_.unpin(entry->peer);
  bucket.erase(entry);
  --size_;
  ++counters_.removed;
  if (bucket.contest()) {
    out.newcomer = bucket.contest()->newcomer;
    end_contest(bucket);
  }
  return out;
}

/// The nearest peers of one bucket, kept sorted while its entries pass by. Most entries are turned away by one
/// comparison of a word; whole keys are compared only when the words are equal.
class RoutingTable::Nearest {
 public:
  Nearest(const peers::PeerBook& book, const wire::Key& target, std::size_t most)
      : book_(book), target_(target), word_(target.distance_to(wire::Key{}).words()[0]), most_(most) {}

  void offer(const TableEntry& entry, PeerFilter excluded) {
    const Near near{.distance = entry.key_word ^ word_, .peer = entry.peer};
    if ((size_ == most_ && !nearer(near, best_[size_ - 1])) || excluded(near.peer)) {
      return;
    }
    std::size_t place = size_ < most_ ? size_++ : size_ - 1;
    for (; place > 0 && nearer(near, best_[place - 1]); --place) {
      best_[place] = best_[place - 1];
    }
    best_[place] = near;
  }

  /// Writes what it has and forgets it; there is room for `most` less what was written before.
  [[nodiscard]] std::size_t drain(std::span<PeerHandle> out) {
    for (std::size_t i = 0; i < size_; ++i) {
      out[i] = best_[i].peer;
    }
    most_ -= size_;
    return std::exchange(size_, 0);
  }

 private:
  struct Near {
    std::uint64_t distance;
    PeerHandle peer;
  };

  [[nodiscard]] bool nearer(const Near& a, const Near& b) const {
    if (a.distance != b.distance) {
      return a.distance < b.distance;
    }
    return book_.key(a.peer).distance_to(target_) < book_.key(b.peer).distance_to(target_);
  }

  const peers::PeerBook& book_;
  const wire::Key& target_;
  std::uint64_t word_;
  std::size_t most_;
  std::size_t size_ = 0;
  std::array<Near, kMaxClosest> best_;
};

// With x = own XOR target, a peer of bucket i is at a distance from the target that agrees with x in the bits before i
// and differs in bit i. So the buckets cover disjoint ranges of distance: those where bit i of x is one, nearest first
// with i rising, then those where it is zero, with i falling.
std::size_t RoutingTable::closest(const wire::Key& target, std::span<PeerHandle> out, PeerFilter excluded) const {
  out = out.first(std::min(out.size(), kMaxClosest));
  const auto x = own_.distance_to(target).words();
  const auto bit_of_x = [&x](std::size_t i) { return (x[i / 64] >> (63 - i % 64) & 1) != 0; };
  Nearest nearest{book_, target, out.size()};
  std::size_t written = 0;
  const auto take = [&](const Bucket& bucket) {
    for (const TableEntry& entry : bucket.entries()) {
      nearest.offer(entry, excluded);
    }
    written += nearest.drain(out.subspan(written));
  };
  for (std::size_t i = 0; i < buckets_.size() && written < out.size(); ++i) {
    if (bit_of_x(i)) {
      take(buckets_[i]);
    }
  }
  for (std::size_t i = buckets_.size(); i-- > 0 && written < out.size();) {
    if (!bit_of_x(i)) {
      take(buckets_[i]);
    }
  }
  return written;
}

/// How many buckets, from the farthest, take part in refreshing.
std::size_t RoutingTable::refreshable() const {
  std::size_t depth = std::min<std::size_t>(buckets_.size(), kMaxRefreshPrefix + 1);
  // Buckets that have emptied at the near end hold nobody for any target in their range.
  if (depth == buckets_.size()) {
    while (depth > 0 && buckets_[depth - 1].entries().empty()) {
      --depth;
    }
  }
  return depth;
}

std::optional<unsigned> RoutingTable::due_refresh(Instant now) const {
  const auto buckets = std::span{buckets_}.first(refreshable());
  const auto first = std::ranges::min_element(buckets, {}, &Bucket::refresh_due);
  if (first == buckets.end() || first->refresh_due() > now) {
    return std::nullopt;
  }
  return static_cast<unsigned>(first - buckets.begin());
}

std::optional<Instant> RoutingTable::next_refresh() const {
  const auto buckets = std::span{buckets_}.first(refreshable());
  const auto first = std::ranges::min_element(buckets, {}, &Bucket::refresh_due);
  return first == buckets.end() ? std::nullopt : std::optional{first->refresh_due()};
}

void RoutingTable::looked_up(const wire::Key& target, Instant now) {
  const unsigned prefix = own_.common_prefix_bits(target);
  if (prefix < buckets_.size()) {
    buckets_[prefix].set_refresh_due(now + config_.refresh_interval);
  }
}

std::size_t RoutingTable::silent_since(Instant since, std::span<PeerHandle> out) const {
  std::size_t written = 0;
  for (const Bucket& bucket : buckets_) {
    for (const TableEntry& entry : bucket.entries()) {
      if (written == out.size() || entry.answered.instant() >= since) {
        break;
      }
      out[written++] = entry.peer;
    }
  }
  return written;
}

std::optional<EntryInfo> RoutingTable::info(PeerHandle peer) const {
  const Bucket* const bucket = bucket_of(peer);
  const TableEntry* const entry = bucket == nullptr ? nullptr : bucket->find(peer);
  if (entry == nullptr) {
    return std::nullopt;
  }
  return EntryInfo{.bucket = prefix_of(peer),
                   .last_answered = entry->answered.instant(),
                   .added = entry->added.instant(),
                   .failures = entry->failures};
}

std::vector<PeerHandle> RoutingTable::peers() const {
  std::vector<PeerHandle> all;
  all.reserve(size_);
  for (const Bucket& bucket : buckets_) {
    for (const TableEntry& entry : bucket.entries()) {
      all.push_back(entry.peer);
    }
  }
  return all;
}

std::size_t RoutingTable::memory_octets() const noexcept {
  std::size_t octets = sizeof(RoutingTable) + buckets_.capacity() * sizeof(Bucket);
  for (const Bucket& bucket : buckets_) {
    octets += bucket.memory_octets();
  }
  return octets;
}

}  // namespace pond::kad
