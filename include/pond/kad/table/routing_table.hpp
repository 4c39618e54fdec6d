#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/kad/table/bucket.hpp"
#include "pond/kad/table/peer_filter.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/wire/key.hpp"

namespace pond::kad {

struct TableConfig {
  std::size_t bucket_capacity = 20;  ///< peers of one bucket; has nothing to do with the size of answers
  /// Failures in a row that remove a peer for which nobody waits; 15 at most (TableEntry counts no further).
  std::uint8_t max_failures = 3;
  /// A peer that has not answered for so long may be probed in favour of a newcomer; one that has is safe.
  Duration questionable_after = 15min;
  Duration probe_timeout = 1min;  ///< a probe whose outcome was never reported no longer keeps newcomers away
  Duration refresh_interval = 10min;
};

struct TableCounters {
  std::uint64_t inserted = 0;
  std::uint64_t removed = 0;   ///< for their failures, or because the caller said so
  std::uint64_t replaced = 0;  ///< of those: for a newcomer, after a failed probe
  std::uint64_t refused = 0;   ///< newcomers turned away by a full bucket of good peers
};

/// What to do about a peer that has been seen.
struct Consideration {
  enum class Verdict : std::uint8_t {
    kAlreadyThere,
    kVerify,  ///< there is room: send it FIND_NODE, and call `verified` when it answers
    kFull,  ///< no room: send `probe` FIND_NODE, and call `answered` or `failed` with it; the newcomer waits meanwhile
    kSelf,  ///< it is this node
    kRefused,  ///< no room, and all are good, or another newcomer waits already
  };
  Verdict verdict;
  peers::PeerHandle probe{};  ///< with kFull
  friend bool operator==(const Consideration&, const Consideration&) = default;
};

enum class Insertion : std::uint8_t { kInserted, kAlreadyThere, kFull, kSelf };

/// What became of an entry, and whether somebody had waited for its place.
struct Removal {
  enum class Fate : std::uint8_t { kUnknown, kKept, kRemoved };
  Fate fate;
  std::optional<peers::PeerHandle> newcomer{};  ///< after kRemoved: verify this one next
  friend bool operator==(const Removal&, const Removal&) = default;
};

struct EntryInfo {
  unsigned bucket;        ///< bits of prefix in common with the own key
  Instant last_answered;  ///< to the second
  std::uint8_t failures;
};

/// The Kademlia routing table (specs/kad-dht): peers that have proved to serve the protocol, in one bucket for each
/// length of the prefix that they share with the own key. Buckets exist down to the deepest that was ever used.
///
/// Protocol: every peer seen serving the protocol goes to `consider`. A peer enters only through `verified`, after it
/// has answered a question of ours. It leaves when it has failed `max_failures` times in a row, or when it was
/// questionable, a newcomer waited for its place, and it failed the probe. Nobody leaves for being old, and a peer that
/// keeps answering is never displaced, so that a flood of newcomers changes nothing.
///
/// Invariants: the own key is never in; no peer is in twice; each is in the bucket of its prefix; no bucket exceeds its
/// capacity. Every entry and every waiting newcomer is pinned in the PeerBook, which must outlive the table.
/// Not thread-safe.
class RoutingTable {
 public:
  RoutingTable(peers::PeerBook& book, const wire::Key& own, const TableConfig& config = {});
  RoutingTable(const RoutingTable&) = delete;
  RoutingTable& operator=(const RoutingTable&) = delete;
  ~RoutingTable();

  [[nodiscard]] Consideration consider(peers::PeerHandle peer, Instant now);
  Insertion verified(peers::PeerHandle peer, Instant now);

  /// The peer answered any question of ours. False when it is not in the table.
  bool answered(peers::PeerHandle peer, Instant now);
  /// The peer left a question of ours unanswered, or could not be reached. Not to be called when the failure was ours
  /// (no network at all): it would empty the table.
  [[nodiscard]] Removal failed(peers::PeerHandle peer);
  /// The peer is out at once: it stopped serving the protocol.
  [[nodiscard]] Removal remove(peers::PeerHandle peer);

  /// Most peers that `closest` ever gives.
  static constexpr std::size_t kMaxClosest = 256;

  /// Fills `out` with the peers nearest to `target`, nearest first, leaving out those that `excluded` names. Exact.
  /// Returns how many it wrote: at most out.size() and kMaxClosest. Allocates nothing.
  [[nodiscard]] std::size_t closest(const wire::Key& target, std::span<peers::PeerHandle> out,
                                    PeerFilter excluded = {}) const;

  /// Refresh: each bucket down to the deepest with a peer wants a lookup of a key in its range once an interval; a new
  /// bucket wants one at once. Those that are empty and beyond kMaxRefreshPrefix are left out: there is neither a peer
  /// nor a cheap random key to look up. `due_refresh` names the one longest overdue.
  [[nodiscard]] std::optional<unsigned> due_refresh(Instant now) const;
  /// When the next bucket falls due (possibly in the past); nullopt while the table is empty.
  [[nodiscard]] std::optional<Instant> next_refresh() const;
  /// A peer of that bucket, which must not be empty, chosen at random.
  [[nodiscard]] peers::PeerHandle any_of(unsigned bucket, Rng& rng) const;
  /// Every bucket's refresh falls due at a random moment of the next interval.
  void spread_refreshes(Instant now, Rng& rng);
  /// A lookup of `target` was made: refreshes the bucket of that range.
  void looked_up(const wire::Key& target, Instant now);

  /// Fills `out` with peers that last answered before `since`, the farthest bucket first. Returns how many it wrote.
  [[nodiscard]] std::size_t silent_since(Instant since, std::span<peers::PeerHandle> out) const;

  [[nodiscard]] bool contains(peers::PeerHandle peer) const { return info(peer).has_value(); }
  [[nodiscard]] std::optional<EntryInfo> info(peers::PeerHandle peer) const;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Of one bucket, by key.
  [[nodiscard]] std::span<const TableEntry> bucket(std::size_t index) const { return buckets_[index].entries(); }
  /// All peers, the farthest bucket first, in each by key.
  [[nodiscard]] std::vector<peers::PeerHandle> peers() const;
  /// Buckets that exist; an index is the number of bits shared with the own key.
  [[nodiscard]] std::size_t bucket_count() const noexcept { return buckets_.size(); }
  [[nodiscard]] std::size_t bucket_size(std::size_t index) const { return buckets_[index].entries().size(); }
  [[nodiscard]] const wire::Key& own() const noexcept { return own_; }
  [[nodiscard]] const TableConfig& config() const noexcept { return config_; }
  [[nodiscard]] const TableCounters& counters() const noexcept { return counters_; }
  /// What the table holds on the heap and in itself.
  [[nodiscard]] std::size_t memory_octets() const noexcept;

 private:
  class Nearest;
  /// Where a peer is, or would be.
  struct Place {
    unsigned prefix;
    std::uint32_t key_word;
    const TableEntry* entry;  ///< nullptr when it is not in
  };

  [[nodiscard]] Place place_of(peers::PeerHandle peer) const;
  [[nodiscard]] std::size_t occupied(unsigned prefix) const;
  Bucket& make_bucket(unsigned prefix, Instant now);
  [[nodiscard]] Consideration contend(Bucket& bucket, peers::PeerHandle newcomer, Instant now);
  void end_contest(Bucket& bucket);
  void note_answer(const Place& place, Instant now);
  Removal take_out(Bucket& bucket, const TableEntry* entry);
  [[nodiscard]] const Bucket* next_to_refresh() const;

  peers::PeerBook& book_;
  wire::Key own_;
  TableConfig config_;
  TableCounters counters_;
  std::vector<Bucket> buckets_;
  std::size_t size_ = 0;
};

}  // namespace pond::kad
