#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pond/base/time.hpp"
#include "pond/peers/peer_book.hpp"

namespace pond::kad {

/// A moment to the second in 4 octets: whole seconds of an Instant, floored and clamped to 0..2^32-1.
class CoarseTime {
 public:
  constexpr CoarseTime() = default;
  constexpr explicit CoarseTime(Instant at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
    constexpr std::int64_t kMost = 0xffffffff;
    seconds_ = static_cast<std::uint32_t>(seconds < 0 ? 0 : seconds > kMost ? kMost : seconds);
  }

  friend constexpr auto operator<=>(CoarseTime, CoarseTime) = default;

  [[nodiscard]] constexpr Instant instant() const { return Instant{std::chrono::seconds{seconds_}}; }

 private:
  std::uint32_t seconds_ = 0;
};

/// A peer in the routing table. The first word of its key stands beside the handle, so that a search of the table
/// hardly ever has to look the key up.
struct TableEntry {
  std::uint64_t key_word;
  peers::PeerHandle peer;
  CoarseTime answered;
  CoarseTime added;
  std::uint8_t failures;  ///< since it last answered
};
static_assert(sizeof(TableEntry) <= 24);

/// One k-bucket: its entries, sorted by key, and at most one newcomer that waits for the outcome of the probe of an
/// entry. Holds memory for little more than it contains. Knows nothing of whole keys, nor of pins.
class Bucket {
 public:
  struct Contest {
    peers::PeerHandle newcomer;
    peers::PeerHandle probed;
    CoarseTime since;
  };

  explicit Bucket(Instant refresh_due) : refresh_due_(refresh_due) {}

  [[nodiscard]] std::span<const TableEntry> entries() const noexcept { return entries_; }
  [[nodiscard]] const TableEntry* find(std::uint64_t key_word, peers::PeerHandle peer) const;

  void insert(const TableEntry& entry);
  void erase(const TableEntry* entry);
  void answered(const TableEntry* entry, Instant now);
  /// Counts one more failure; returns how many there are.
  std::uint8_t failed(const TableEntry* entry);

  /// The entry that deserves its place least: most failures, then least recently answered. The bucket is not empty.
  [[nodiscard]] const TableEntry& weakest() const;

  [[nodiscard]] const std::optional<Contest>& contest() const noexcept { return contest_; }
  void set_contest(std::optional<Contest> contest) { contest_ = contest; }

  [[nodiscard]] Instant refresh_due() const noexcept { return refresh_due_; }
  void set_refresh_due(Instant at) noexcept { refresh_due_ = at; }

  [[nodiscard]] std::size_t memory_octets() const noexcept { return entries_.capacity() * sizeof(TableEntry); }

 private:
  [[nodiscard]] TableEntry& mine(const TableEntry* entry) {
    return entries_[static_cast<std::size_t>(entry - entries_.data())];
  }

  std::vector<TableEntry> entries_;
  std::optional<Contest> contest_;
  Instant refresh_due_;
};

}  // namespace pond::kad
