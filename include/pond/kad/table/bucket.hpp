#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pond/base/time.hpp"
#include "pond/peers/peer_book.hpp"

namespace pond::kad {

/// A moment to the second in 28 bits: whole seconds of an Instant, floored and clamped to 0..2^28-1. The driver's clock
/// begins with the machine; it would have to run for eight years to be clamped.
class CoarseTime {
 public:
  static constexpr unsigned kBits = 28;

  constexpr CoarseTime() = default;
  constexpr explicit CoarseTime(Instant at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
    constexpr std::int64_t kMost = (std::int64_t{1} << kBits) - 1;
    seconds_ = static_cast<std::uint32_t>(seconds < 0 ? 0 : seconds > kMost ? kMost : seconds);
  }
  constexpr explicit CoarseTime(std::uint32_t seconds) : seconds_(seconds) {}

  [[nodiscard]] constexpr std::uint32_t seconds() const { return seconds_; }

  friend constexpr auto operator<=>(CoarseTime, CoarseTime) = default;

  [[nodiscard]] constexpr Instant instant() const { return Instant{std::chrono::seconds{seconds_}}; }

 private:
  std::uint32_t seconds_ = 0;
};

/// A peer in the routing table, in 12 octets: a table of a large network has hundreds. The first bits of its key stand
/// beside the handle, so that a search of the table hardly ever has to look the key up.
class TableEntry {
 public:
  static constexpr std::uint8_t kMostFailures = 15;

  TableEntry(std::uint32_t key_word, peers::PeerHandle peer, Instant answered) : key_word_(key_word), peer_(peer) {
    note_answer(answered);
  }

  [[nodiscard]] std::uint32_t key_word() const noexcept { return key_word_; }
  [[nodiscard]] peers::PeerHandle peer() const noexcept { return peer_; }
  [[nodiscard]] CoarseTime answered() const { return CoarseTime{history_ >> kFailureBits}; }
  /// Since it last answered.
  [[nodiscard]] std::uint8_t failures() const noexcept { return static_cast<std::uint8_t>(history_ & kMostFailures); }

  void note_answer(Instant now) { history_ = CoarseTime{now}.seconds() << kFailureBits; }
  void note_failure() { history_ += failures() < kMostFailures ? 1U : 0U; }

 private:
  static constexpr unsigned kFailureBits = 32 - CoarseTime::kBits;

  std::uint32_t key_word_;
  peers::PeerHandle peer_;
  std::uint32_t history_ = 0;  // when it answered, then its failures in the last bits
};
static_assert(sizeof(TableEntry) == 12);

/// One k-bucket: its entries, sorted by key, and at most one newcomer that waits for the outcome of the probe of an
/// entry. Holds memory for little more than it contains. Knows nothing of whole keys, nor of pins.
class Bucket {
 public:
  struct Contest {
    peers::PeerHandle newcomer;
    peers::PeerHandle probed;
    CoarseTime since;
  };

  explicit Bucket(Instant refresh_due) : refresh_due_(CoarseTime{refresh_due}) {}

  [[nodiscard]] std::span<const TableEntry> entries() const noexcept { return entries_; }
  [[nodiscard]] const TableEntry* find(std::uint32_t key_word, peers::PeerHandle peer) const;

  void insert(const TableEntry& entry);
  void erase(const TableEntry* entry);
  void answered(const TableEntry* entry, Instant now);
  /// Counts one more failure; returns how many there are.
  std::uint8_t failed(const TableEntry* entry);

  /// The entry that deserves its place least: most failures, then least recently answered. The bucket is not empty.
  [[nodiscard]] const TableEntry& weakest() const;

  [[nodiscard]] const Contest* contest() const noexcept { return contest_.get(); }
  void set_contest(const Contest& contest) { contest_ = std::make_unique<Contest>(contest); }
  void end_contest() { contest_.reset(); }

  [[nodiscard]] Instant refresh_due() const noexcept { return refresh_due_.instant(); }
  void set_refresh_due(Instant at) noexcept { refresh_due_ = CoarseTime{at}; }

  [[nodiscard]] std::size_t memory_octets() const noexcept { return entries_.capacity() * sizeof(TableEntry); }

 private:
  [[nodiscard]] TableEntry& mine(const TableEntry* entry) {
    return entries_[static_cast<std::size_t>(entry - entries_.data())];
  }

  std::vector<TableEntry> entries_;
  std::unique_ptr<Contest> contest_;  // there is hardly ever one
  CoarseTime refresh_due_;
};

}  // namespace pond::kad
