#include "pond/kad/table/routing_table.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "pond/kad/table/refresh_target.hpp"

namespace pond::kad {

using peers::PeerHandle;

namespace {

/// The first 32 bits of a key.
[[nodiscard]] std::uint32_t first_bits(const wire::Key& key) {
  return static_cast<std::uint32_t>(key.distance_to(wire::Key{}).words()[0] >> 32);
}

}  // namespace

RoutingTable::RoutingTable(peers::PeerBook& book, const wire::Key& own, const TableConfig& config)
    : book_(book), own_(own), config_(config) {
}

RoutingTable::~RoutingTable() {
  for (Bucket& bucket : buckets_) {
    end_contest(bucket);
    for (const TableEntry& entry : bucket.entries()) {
      book_.unpin(entry.peer());
    }
  }
}

RoutingTable::Place RoutingTable::place_of(PeerHandle peer) const {
  const wire::Key& key = book_.key(peer);
  Place place{.prefix = own_.common_prefix_bits(key), .key_word = first_bits(key), .entry = nullptr};
  if (place.prefix < buckets_.size()) {
    place.entry = buckets_[place.prefix].find(place.key_word, peer);
  }
  return place;
}

std::size_t RoutingTable::occupied(unsigned prefix) const {
  return prefix < buckets_.size() ? buckets_[prefix].entries().size() : 0;
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
  const Place place = place_of(peer);
  if (place.prefix == wire::Key::kBits) {
    return {kSelf};
  }
  if (place.entry != nullptr) {
    return {kAlreadyThere};
  }
  if (const std::size_t taken = occupied(place.prefix); taken < config_.bucket_capacity) {
    return {kVerify};
  } else if (taken == 0) {
    return {kRefused};
  }
  const Consideration contended = contend(buckets_[place.prefix], peer, now);
  if (contended.verdict == kRefused) {
    ++counters_.refused;
  }
  return contended;
}

Consideration RoutingTable::contend(Bucket& bucket, PeerHandle newcomer, Instant now) {
  const Bucket::Contest* contest = bucket.contest();
  if (contest != nullptr && now - contest->since.instant() < config_.probe_timeout) {
    return {Consideration::Verdict::kRefused};
  }
  const TableEntry& weakest = bucket.weakest();
  if (weakest.failures() == 0 && now - weakest.answered().instant() < config_.questionable_after) {
    return {Consideration::Verdict::kRefused};
  }
  end_contest(bucket);
  book_.pin(newcomer);
  bucket.set_contest(Bucket::Contest{.newcomer = newcomer, .probed = weakest.peer(), .since = CoarseTime{now}});
  return {Consideration::Verdict::kFull, weakest.peer()};
}

void RoutingTable::end_contest(Bucket& bucket) {
  if (bucket.contest() != nullptr) {
    book_.unpin(bucket.contest()->newcomer);
    bucket.end_contest();
  }
}

Insertion RoutingTable::verified(PeerHandle peer, Instant now) {
  const Place place = place_of(peer);
  if (place.prefix == wire::Key::kBits) {
    return Insertion::kSelf;
  }
  if (place.entry != nullptr) {
    note_answer(place, now);
    return Insertion::kAlreadyThere;
  }
  if (occupied(place.prefix) >= config_.bucket_capacity) {
    return Insertion::kFull;
  }
  book_.pin(peer);
  make_bucket(place.prefix, now).insert(TableEntry{place.key_word, peer, now});
  ++size_;
  ++counters_.inserted;
  return Insertion::kInserted;
}

bool RoutingTable::answered(PeerHandle peer, Instant now) {
  const Place place = place_of(peer);
  if (place.entry == nullptr) {
    return false;
  }
  note_answer(place, now);
  return true;
}

void RoutingTable::note_answer(const Place& place, Instant now) {
  Bucket& bucket = buckets_[place.prefix];
  bucket.answered(place.entry, now);
  if (bucket.contest() != nullptr && bucket.contest()->probed == place.entry->peer()) {
    end_contest(bucket);
  }
}

Removal RoutingTable::failed(PeerHandle peer) {
  const Place place = place_of(peer);
  if (place.entry == nullptr) {
    return {Removal::Fate::kUnknown};
  }
  Bucket& bucket = buckets_[place.prefix];
  const std::uint8_t failures = bucket.failed(place.entry);
  const bool contested = bucket.contest() != nullptr && bucket.contest()->probed == peer;
  if (!contested && failures < config_.max_failures) {
    return {Removal::Fate::kKept};
  }
  counters_.replaced += contested ? 1U : 0U;
  return take_out(bucket, place.entry);
}

Removal RoutingTable::remove(PeerHandle peer) {
  const Place place = place_of(peer);
  return place.entry == nullptr ? Removal{Removal::Fate::kUnknown} : take_out(buckets_[place.prefix], place.entry);
}

// A contest ends with the first place that falls free in its bucket, whoever leaves. The newcomer keeps its handle: it
// becomes the most recently touched peer of the book.
Removal RoutingTable::take_out(Bucket& bucket, const TableEntry* entry) {
  Removal out{.fate = Removal::Fate::kRemoved};
  book_.unpin(entry->peer());
  bucket.erase(entry);
  --size_;
  ++counters_.removed;
  if (bucket.contest() != nullptr) {
    out.newcomer = bucket.contest()->newcomer;
    end_contest(bucket);
  }
  return out;
}

/// Collects the nearest peers into the caller's buffer, from ranges that come nearest first.
class RoutingTable::Nearest {
 public:
  Nearest(const peers::PeerBook& book, const wire::Key& target, std::span<PeerHandle> out, PeerFilter excluded)
      : book_(book), target_(target), word_(first_bits(target)), out_(out), excluded_(excluded) {}

  [[nodiscard]] bool full() const { return written_ == out_.size(); }
  [[nodiscard]] std::size_t written() const { return written_; }

  /// Takes a range that is sorted by key: splits it at the first bit in which its keys differ, and takes first the half
  /// that agrees with the target in that bit.
  void take(std::span<const TableEntry> range) {
    const std::uint32_t differ = range.empty() ? 0 : range.front().key_word() ^ range.back().key_word();
    if (range.size() <= kSmall || differ == 0) {
      take_small(range);
      return;
    }
    const std::uint32_t bit = std::bit_floor(differ);
    const auto ones =
        std::ranges::partition_point(range, [bit](const TableEntry& e) { return (e.key_word() & bit) == 0; });
    const auto zero_count = static_cast<std::size_t>(ones - range.begin());
    const bool ones_first = (word_ & bit) != 0;
    take(ones_first ? range.subspan(zero_count) : range.first(zero_count));
    if (!full()) {
      take(ones_first ? range.first(zero_count) : range.subspan(zero_count));
    }
  }

 private:
  static constexpr std::size_t kSmall = 8;
  struct Near {
    std::uint32_t distance;
    PeerHandle peer;
  };

  /// Sorts the range by insertion, keeping as many as there is room for. It is small, unless an attacker has found
  /// more than kSmall keys that begin with the same 32 bits.
  void take_small(std::span<const TableEntry> range) {
    const std::size_t most = out_.size() - written_;
    std::size_t size = 0;
    for (const TableEntry& entry : range) {
      const Near near{.distance = entry.key_word() ^ word_, .peer = entry.peer()};
      if (excluded_(near.peer) || (size == most && !nearer(near, best_[size - 1]))) {
        continue;
      }
      std::size_t place = size < most ? size++ : size - 1;
      for (; place > 0 && nearer(near, best_[place - 1]); --place) {
        best_[place] = best_[place - 1];
      }
      best_[place] = near;
    }
    for (std::size_t i = 0; i < size; ++i) {
      out_[written_++] = best_[i].peer;
    }
  }

  [[nodiscard]] bool nearer(const Near& a, const Near& b) const {
    if (a.distance != b.distance) {
      return a.distance < b.distance;
    }
    return book_.key(a.peer).distance_to(target_) < book_.key(b.peer).distance_to(target_);
  }

  const peers::PeerBook& book_;
  const wire::Key& target_;
  std::uint32_t word_;
  std::span<PeerHandle> out_;
  std::size_t written_ = 0;
  PeerFilter excluded_;
  std::array<Near, kMaxClosest> best_;
};

// With x = own XOR target, a peer of bucket i is at a distance from the target that agrees with x in the bits before i
// and differs in bit i. So the buckets cover disjoint ranges of distance: those where bit i of x is one, nearest first
// with i rising, then those where it is zero, with i falling.
std::size_t RoutingTable::closest(const wire::Key& target, std::span<PeerHandle> out, PeerFilter excluded) const {
  const auto x = own_.distance_to(target).words();
  const auto bit_of_x = [&x](std::size_t i) { return (x[i / 64] >> (63 - i % 64) & 1) != 0; };
  Nearest nearest{book_, target, out.first(std::min(out.size(), kMaxClosest)), excluded};
  for (std::size_t i = 0; i < buckets_.size() && !nearest.full(); ++i) {
    if (bit_of_x(i)) {
      nearest.take(buckets_[i].entries());
    }
  }
  for (std::size_t i = buckets_.size(); i-- > 0 && !nearest.full();) {
    if (!bit_of_x(i)) {
      nearest.take(buckets_[i].entries());
    }
  }
  return nearest.written();
}

/// The bucket whose refresh is due first; nullptr when there is none.
const Bucket* RoutingTable::next_to_refresh() const {
  std::size_t depth = buckets_.size();
  while (depth > 0 && buckets_[depth - 1].entries().empty()) {
    --depth;
  }
  const Bucket* first = nullptr;
  for (std::size_t i = 0; i < depth; ++i) {
    const bool possible = i <= kMaxRefreshPrefix || !buckets_[i].entries().empty();
    if (possible && (first == nullptr || buckets_[i].refresh_due() < first->refresh_due())) {
      first = &buckets_[i];
    }
  }
  return first;
}

std::optional<unsigned> RoutingTable::due_refresh(Instant now) const {
  const Bucket* first = next_to_refresh();
  if (first == nullptr || first->refresh_due() > now) {
    return std::nullopt;
  }
  return static_cast<unsigned>(first - buckets_.data());
}

std::optional<Instant> RoutingTable::next_refresh() const {
  const Bucket* first = next_to_refresh();
  return first == nullptr ? std::nullopt : std::optional{first->refresh_due()};
}

PeerHandle RoutingTable::any_of(unsigned bucket, Rng& rng) const {
  const auto entries = buckets_[bucket].entries();
  return entries[rng.below(entries.size())].peer();
}

void RoutingTable::spread_refreshes(Instant now, Rng& rng) {
  for (Bucket& bucket : buckets_) {
    const auto interval = static_cast<std::uint64_t>(config_.refresh_interval.count());
    bucket.set_refresh_due(now + Duration{static_cast<Duration::rep>(rng.below(interval))});
  }
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
      if (written == out.size()) {
        return written;
      }
      if (entry.answered().instant() < since) {
        out[written++] = entry.peer();
      }
    }
  }
  return written;
}

std::optional<EntryInfo> RoutingTable::info(PeerHandle peer) const {
  const Place place = place_of(peer);
  if (place.entry == nullptr) {
    return std::nullopt;
  }
  return EntryInfo{.bucket = place.prefix,
                   .last_answered = place.entry->answered().instant(),
                   .failures = place.entry->failures()};
}

std::vector<PeerHandle> RoutingTable::peers() const {
  std::vector<PeerHandle> all;
  all.reserve(size_);
  for (const Bucket& bucket : buckets_) {
    for (const TableEntry& entry : bucket.entries()) {
      all.push_back(entry.peer());
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
