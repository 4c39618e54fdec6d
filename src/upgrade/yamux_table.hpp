#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "yamux_stream.hpp"

namespace pond::upgrade {

/// Which ids the remote has used, in constant memory. Ids need not come in order: go and rust let concurrent openers
/// overtake each other between taking an id and sending it.
class YamuxSeenIds {
 public:
  static constexpr std::uint32_t kWindow = 1024;  ///< ids (of one parity) below the highest that are told apart

  enum class Verdict : std::uint8_t { kNew, kUsed, kTooOld };
  /// Judges `id` and remembers it.
  Verdict mark(StreamId id) noexcept;

 private:
  std::bitset<kWindow> used_;
  std::uint32_t end_ = 0;  ///< one above the highest id seen, counted in ids of one parity
};

/// The live streams, found by id and walked in the order of their ids, and the queues they stand in. References are
/// valid until the next insert() or erase().
class YamuxTable {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }
  [[nodiscard]] YamuxStream* find(StreamId id) noexcept;
  [[nodiscard]] const YamuxStream* find(StreamId id) const noexcept;

  /// A stream in its initial state. `id` is not in the table.
  YamuxStream& insert(StreamId id);
  /// Takes the stream, whose buffers are empty, out of the table and of all queues.
  void erase(YamuxStream& stream);
  void clear() noexcept;
  /// Frees what the table holds beyond its streams, if it has none.
  void trim() noexcept;

  /// The i-th stream in the order of ids.
  [[nodiscard]] YamuxStream& at(std::size_t i) noexcept { return slots_[index_[i].second]; }
  [[nodiscard]] const YamuxStream& at(std::size_t i) const noexcept { return slots_[index_[i].second]; }

  [[nodiscard]] bool empty(YamuxQueue queue) const noexcept { return heads_[position(queue)].count == 0; }
  /// The queue is not empty.
  [[nodiscard]] YamuxStream& front(YamuxQueue queue) noexcept { return slots_[heads_[position(queue)].first]; }
  /// Puts the stream at the end of the queue, or takes it out, unless it is so already.
  void enqueue(YamuxQueue queue, YamuxStream& stream) noexcept;
  void dequeue(YamuxQueue queue, YamuxStream& stream) noexcept;

 private:
  struct Ends {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t count = 0;
  };
  using Entry = std::pair<StreamId, std::uint32_t>;  // id, slot

  [[nodiscard]] static constexpr std::size_t position(YamuxQueue queue) noexcept {
    return static_cast<std::size_t>(queue);
  }
  [[nodiscard]] std::size_t lower_bound(StreamId id) const noexcept;

  std::vector<YamuxStream> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<Entry> index_;  // sorted by id
  std::array<Ends, kYamuxQueues> heads_{};
};

}  // namespace pond::upgrade
