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
  for (const Buckets::Contest& contest : buckets_.contests()) {
    book_.unpin(contest.newcomer);
  }
  for (const TableEntry& entry : buckets_.all()) {
    book_.unpin(entry.peer());
  }
}

RoutingTable::Place RoutingTable::place_of(PeerHandle peer) const {
  const wire::Key key = book_.key(peer);
  Place place{.prefix = own_.common_prefix_bits(key), .key_word = first_bits(key), .entry = nullptr};
  if (place.prefix < buckets_.count()) {
    place.entry = buckets_.find(place.prefix, place.key_word, peer);
  }
  return place;
}

std::size_t RoutingTable::occupied(unsigned prefix) const {
  return prefix < buckets_.count() ? buckets_[prefix].size() : 0;
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
  const Consideration contended = contend(place.prefix, peer, now);
  if (contended.verdict == kRefused) {
    ++counters_.refused;
  }
  return contended;
}

Consideration RoutingTable::contend(unsigned bucket, PeerHandle newcomer, Instant now) {
  const Buckets::Contest* contest = buckets_.contest(bucket);
  if (contest != nullptr && now - contest->since.instant() < config_.probe_timeout) {
    return {Consideration::Verdict::kRefused};
  }
  const TableEntry& weakest = buckets_.weakest(bucket);
  if (weakest.failures() == 0 && now - weakest.answered().instant() < config_.questionable_after) {
    return {Consideration::Verdict::kRefused};
  }
  end_contest(bucket);
  book_.pin(newcomer);
  buckets_.set_contest({.bucket = bucket, .newcomer = newcomer, .probed = weakest.peer(), .since = CoarseTime{now}});
  return {Consideration::Verdict::kFull, weakest.peer()};
}

void RoutingTable::end_contest(unsigned bucket) {
  if (const Buckets::Contest* contest = buckets_.contest(bucket)) {
    book_.unpin(contest->newcomer);
    buckets_.end_contest(bucket);
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
  buckets_.make(place.prefix, now);
  buckets_.insert(place.prefix, TableEntry{place.key_word, peer, now});
  if (buckets_[place.prefix].size() == 1) {
    find_next_refresh();
  }
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
  buckets_.answered(place.entry, now);
  const Buckets::Contest* contest = buckets_.contest(place.prefix);
  if (contest != nullptr && contest->probed == place.entry->peer()) {
    end_contest(place.prefix);
  }
}

Removal RoutingTable::failed(PeerHandle peer) {
  const Place place = place_of(peer);
  if (place.entry == nullptr) {
    return {Removal::Fate::kUnknown};
  }
  const std::uint8_t failures = buckets_.failed(place.entry);
  const Buckets::Contest* contest = buckets_.contest(place.prefix);
  const bool contested = contest != nullptr && contest->probed == peer;
  if (!contested && failures < config_.max_failures) {
    return {Removal::Fate::kKept};
  }
  counters_.replaced += contested ? 1U : 0U;
  return take_out(place);
}

Removal RoutingTable::remove(PeerHandle peer) {
  const Place place = place_of(peer);
  return place.entry == nullptr ? Removal{Removal::Fate::kUnknown} : take_out(place);
}

// A contest ends with the first place that falls free in its bucket, whoever leaves. The newcomer keeps its handle: it
// becomes the most recently touched peer of the book.
Removal RoutingTable::take_out(const Place& place) {
  Removal out{.fate = Removal::Fate::kRemoved};
  book_.unpin(place.entry->peer());
  buckets_.erase(place.prefix, place.entry);
  if (buckets_[place.prefix].empty()) {
    find_next_refresh();
  }
  ++counters_.removed;
  if (const Buckets::Contest* contest = buckets_.contest(place.prefix)) {
    out.newcomer = contest->newcomer;
    end_contest(place.prefix);
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
  for (std::size_t i = 0; i < buckets_.count() && !nearest.full(); ++i) {
    if (bit_of_x(i)) {
      nearest.take(buckets_[i]);
    }
  }
  for (std::size_t i = buckets_.count(); i-- > 0 && !nearest.full();) {
    if (!bit_of_x(i)) {
      nearest.take(buckets_[i]);
    }
  }
  return nearest.written();
}

/// After every change to which buckets hold peers, and to when they are due.
void RoutingTable::find_next_refresh() {
  std::size_t depth = buckets_.count();
  while (depth > 0 && buckets_[depth - 1].empty()) {
    --depth;
  }
  refreshed_next_.reset();
  for (std::size_t i = 0; i < depth; ++i) {
    const bool possible = i <= kMaxRefreshPrefix || !buckets_[i].empty();
    if (possible && (!refreshed_next_ || buckets_.refresh_due(i) < refresh_due_)) {
      refreshed_next_ = static_cast<unsigned>(i);
      refresh_due_ = buckets_.refresh_due(i);
    }
  }
}

std::optional<unsigned> RoutingTable::due_refresh(Instant now) const {
  return refreshed_next_ && refresh_due_ <= now ? refreshed_next_ : std::nullopt;
}

PeerHandle RoutingTable::any_of(unsigned bucket, Rng& rng) const {
  const auto entries = buckets_[bucket];
  return entries[rng.below(entries.size())].peer();
}

void RoutingTable::spread_refreshes(Instant now, Rng& rng) {
  for (std::size_t i = 0; i < buckets_.count(); ++i) {
    const auto interval = static_cast<std::uint64_t>(config_.refresh_interval.count());
    buckets_.set_refresh_due(i, now + Duration{static_cast<Duration::rep>(rng.below(interval))});
  }
  find_next_refresh();
}

void RoutingTable::looked_up(const wire::Key& target, Instant now) {
  const unsigned prefix = own_.common_prefix_bits(target);
  if (prefix < buckets_.count()) {
    buckets_.set_refresh_due(prefix, now + config_.refresh_interval);
    find_next_refresh();
  }
}

std::size_t RoutingTable::silent_since(Instant since, std::span<PeerHandle> out) const {
  std::size_t written = 0;
  for (const TableEntry& entry : buckets_.all()) {
    if (written == out.size()) {
      break;
    }
    if (entry.answered().instant() < since) {
      out[written++] = entry.peer();
    }
  }
  return written;
}

std::optional<EntryInfo> RoutingTable::info(PeerHandle peer) const {
  const Place place = place_of(peer);
  if (place.entry == nullptr) {
    return std::nullopt;
  }
  return EntryInfo{
      .bucket = place.prefix, .last_answered = place.entry->answered().instant(), .failures = place.entry->failures()};
}

std::vector<PeerHandle> RoutingTable::peers() const {
  std::vector<PeerHandle> all;
  all.reserve(size());
  for (const TableEntry& entry : buckets_.all()) {
    all.push_back(entry.peer());
  }
  return all;
}

std::size_t RoutingTable::memory_octets() const noexcept {
  return sizeof(RoutingTable) + buckets_.memory_octets();
}

}  // namespace pond::kad
