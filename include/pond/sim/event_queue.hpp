#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "pond/base/time.hpp"

namespace pond::sim {

/// What is to happen, by when: earliest first, and in the order of their pushes where instants are equal. Any instant
/// may be pushed at any time, earlier ones than the last popped too.
///
/// A hierarchical timing wheel. Time is cut into slots of 65.5 us, and four wheels of 4096 slots each cover all of it:
/// an event hangs in the wheel of the highest digit (base 4096) by which its slot's number differs from the current
/// slot's. When the current slot is used up the next one that holds something becomes current; where that lies in a
/// higher wheel, its events are first spread over the wheels below. The current slot is sorted; what is pushed into it,
/// or before it, from then on goes to a small heap beside it.
///
/// Why the order is stable without a number at each event: those of one instant wander down the wheels in the order of
/// their pushes, and each is in the lower wheel before a later push may be hung there directly. Sorting is stable; what
/// is in the heap was pushed after everything in the sorted slot.
///
/// A push and a pop cost about the same with a hundred pending or ten million (bench/sim_queue.cpp). Memory: 8 octets
/// and the event, for each that is pending; freed memory is kept for later ones.
template <typename Event>
class EventQueue {
  static_assert(std::is_trivially_copyable_v<Event> && std::is_trivially_default_constructible_v<Event>);

 public:
  EventQueue() : slots_(kWheels * kSlots) {}

  void push(Instant at, const Event& event) {
    const Item item{.key = key_of(at), .event = event};
    ++size_;
    if (slot_of(item.key) <= current_) {
      late_.push_back({.item = item, .sequence = next_late_++});
      std::push_heap(late_.begin(), late_.end(), &later);
    } else {
      hang(item);
    }
  }

  /// Of the next event; nothing when there is none.
  [[nodiscard]] std::optional<Instant> next_at() {
    if (size_ == 0) {
      return std::nullopt;
    }
    settle();
    return instant_of(late_is_next() ? late_.front().item.key : sorted_[next_sorted_].key);
  }

  /// Only while `size() > 0`.
  [[nodiscard]] std::pair<Instant, Event> pop() {
    settle();
    --size_;
    if (late_is_next()) {
      std::pop_heap(late_.begin(), late_.end(), &later);
      const Item item = late_.back().item;
      late_.pop_back();
      return {instant_of(item.key), item.event};
    }
    const Item& item = sorted_[next_sorted_++];
    return {instant_of(item.key), item.event};
  }

  /// What is popped after `ahead` others, unless something earlier is pushed meanwhile; nullptr where that is not known
  /// yet. For whoever wants its memory at hand by then.
  [[nodiscard]] const Event* upcoming(std::size_t ahead) const {
    return next_sorted_ + ahead < sorted_.size() ? &sorted_[next_sorted_ + ahead].event : nullptr;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  static constexpr unsigned kSlotBits = 16;  ///< of nanoseconds
  static constexpr unsigned kDigitBits = 12;
  static constexpr std::size_t kSlots = std::size_t{1} << kDigitBits;
  static constexpr std::size_t kWheels = 4;  ///< 16 + 4 * 12: all 64 bits of an instant
  static constexpr std::size_t kWords = kSlots / 64;
  static constexpr std::size_t kChunkBytes = 512;
  static constexpr std::size_t kChunksAtOnce = 64;
  static constexpr std::size_t kFewItems = 48;  ///< fewer are sorted by insertion

  struct Item {
    std::uint64_t key;
    Event event;
  };
  struct LateItem {
    Item item;
    std::uint64_t sequence;
  };
  static constexpr std::size_t kChunkItems = std::max<std::size_t>(4, (kChunkBytes - 16) / sizeof(Item));
  struct Chunk {
    Chunk* next;
    std::size_t count;
    std::array<Item, kChunkItems> items;
  };
  struct Slot {
    Chunk* first = nullptr;
    Chunk* last = nullptr;
  };
  /// Which slots of a wheel hold something.
  struct Marks {
    std::uint64_t words_in_use = 0;
    std::array<std::uint64_t, kWords> words{};
  };

  /// Instants as numbers that keep their order and begin at 0.
  static std::uint64_t key_of(Instant at) {
    return static_cast<std::uint64_t>(at.time_since_epoch().count()) ^ (std::uint64_t{1} << 63);
  }
  static Instant instant_of(std::uint64_t key) {
    return Instant{Duration{static_cast<Duration::rep>(key ^ (std::uint64_t{1} << 63))}};
  }
  static std::uint64_t slot_of(std::uint64_t key) { return key >> kSlotBits; }
  static bool later(const LateItem& a, const LateItem& b) {
    return a.item.key != b.item.key ? a.item.key > b.item.key : a.sequence > b.sequence;
  }
  [[nodiscard]] bool late_is_next() const {
    // At equal instants what is sorted was pushed first.
    return !late_.empty() && (next_sorted_ == sorted_.size() || late_.front().item.key < sorted_[next_sorted_].key);
  }

  void hang(const Item& item) {
    const std::uint64_t number = slot_of(item.key);
    const std::uint64_t differs = number ^ current_;
    const auto wheel =
        differs == 0 ? std::size_t{0} : static_cast<std::size_t>(std::bit_width(differs) - 1) / kDigitBits;
    const std::size_t index = (number >> (wheel * kDigitBits)) % kSlots;
    Slot& slot = slots_[wheel * kSlots + index];
    if (slot.last == nullptr || slot.last->count == kChunkItems) {
      Chunk* chunk = take_chunk();
      if (slot.last == nullptr) {
        slot.first = chunk;
        Marks& marks = marks_[wheel];
        marks.words[index / 64] |= std::uint64_t{1} << (index % 64);
        marks.words_in_use |= std::uint64_t{1} << (index / 64);
      } else {
        slot.last->next = chunk;
      }
      slot.last = chunk;
    }
    slot.last->items[slot.last->count++] = item;
  }

  /// Makes the next slot current when the current one is used up. Only while something is pending.
  void settle() {
    if (next_sorted_ < sorted_.size() || !late_.empty()) {
      return;
    }
    for (std::size_t wheel = 0; wheel < kWheels;) {
      const unsigned shift = static_cast<unsigned>(wheel) * kDigitBits;
      const std::optional<std::size_t> index = find_marked(marks_[wheel], (current_ >> shift) % kSlots);
      if (!index) {
        ++wheel;
        continue;
      }
      current_ = (((current_ >> shift) / kSlots * kSlots) | *index) << shift;
      const Slot slot = unhook(wheel, *index);
      if (wheel == 0) {
        sort_slot(slot);
        return;
      }
      for (Chunk* chunk = slot.first; chunk != nullptr;) {
        for (std::size_t i = 0; i < chunk->count; ++i) {
          hang(chunk->items[i]);
        }
        give_back(std::exchange(chunk, chunk->next));
      }
      wheel = 0;
    }
  }

  static std::optional<std::size_t> find_marked(const Marks& marks, std::size_t from) {
    const std::size_t word = from / 64;
    if (const std::uint64_t here = marks.words[word] >> (from % 64); here != 0) {
      return from + static_cast<std::size_t>(std::countr_zero(here));
    }
    const std::uint64_t behind = word + 1 == kWords ? 0 : marks.words_in_use >> (word + 1);
    if (behind == 0) {
      return std::nullopt;
    }
    const std::size_t next = word + 1 + static_cast<std::size_t>(std::countr_zero(behind));
    return next * 64 + static_cast<std::size_t>(std::countr_zero(marks.words[next]));
  }

  Slot unhook(std::size_t wheel, std::size_t index) {
    Marks& marks = marks_[wheel];
    marks.words[index / 64] &= ~(std::uint64_t{1} << (index % 64));
    if (marks.words[index / 64] == 0) {
      marks.words_in_use &= ~(std::uint64_t{1} << (index / 64));
    }
    return std::exchange(slots_[wheel * kSlots + index], Slot{});
  }

  void sort_slot(const Slot& slot) {
    sorted_.clear();
    next_sorted_ = 0;
    for (Chunk* chunk = slot.first; chunk != nullptr;) {
      sorted_.insert(sorted_.end(), chunk->items.begin(),
                     chunk->items.begin() + static_cast<std::ptrdiff_t>(chunk->count));
      give_back(std::exchange(chunk, chunk->next));
    }
    if (sorted_.size() > kFewItems) {
      sort_by_octet(sorted_, scratch_, 0);
      sort_by_octet(scratch_, sorted_, 8);
      return;
    }
    for (std::size_t i = 1; i < sorted_.size(); ++i) {
      const Item item = sorted_[i];
      std::size_t to = i;
      for (; to > 0 && sorted_[to - 1].key > item.key; --to) {
        sorted_[to] = sorted_[to - 1];
      }
      sorted_[to] = item;
    }
  }

  /// Within a slot instants differ in their lowest 16 bits: two stable passes of counting are a sort.
  static void sort_by_octet(const std::vector<Item>& from, std::vector<Item>& to, unsigned shift) {
    std::array<std::uint32_t, 256> place{};
    for (const Item& item : from) {
      ++place[(item.key >> shift) & 0xff];
    }
    std::uint32_t before = 0;
    for (std::uint32_t& count : place) {
      before += std::exchange(count, before);
    }
    to.resize(from.size());
    for (const Item& item : from) {
      to[place[(item.key >> shift) & 0xff]++] = item;
    }
  }

  Chunk* take_chunk() {
    if (free_ == nullptr) {
      blocks_.push_back(std::make_unique_for_overwrite<std::array<Chunk, kChunksAtOnce>>());
      for (Chunk& chunk : *blocks_.back()) {
        give_back(&chunk);
      }
    }
    Chunk* chunk = std::exchange(free_, free_->next);
    chunk->next = nullptr;
    chunk->count = 0;
    return chunk;
  }
  void give_back(Chunk* chunk) {
    chunk->next = free_;
    free_ = chunk;
  }

  std::vector<Slot> slots_;
  std::array<Marks, kWheels> marks_{};
  std::uint64_t current_ = slot_of(key_of(Instant{})) - 1;  ///< number of the slot that `sorted_` is
  std::vector<Item> sorted_;
  std::size_t next_sorted_ = 0;
  std::vector<Item> scratch_;
  std::vector<LateItem> late_;
  std::uint64_t next_late_ = 0;
  std::vector<std::unique_ptr<std::array<Chunk, kChunksAtOnce>>> blocks_;
  Chunk* free_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace pond::sim
