#pragma once

#include <cstddef>
#include <vector>

#include "pond/base/bytes.hpp"

namespace pond::upgrade {

/// Empty buffers on their way from one stream to the next, so that a stream without bytes holds no memory and a new one
/// allocates none.
class YamuxBufferPool {
 public:
  static constexpr std::size_t kMaxBuffers = 4;
  static constexpr std::size_t kMaxBytes = std::size_t{64} * 1024;  ///< capacity of all together
  static constexpr std::size_t kMinCapacity = 512;                  ///< what a fresh buffer holds at least

  /// An empty buffer for `need` bytes. One from the pool is never much larger than that: otherwise a remote could pin
  /// large buffers with one unread byte in each.
  [[nodiscard]] Bytes take(std::size_t need);
  void give(Bytes buffer) noexcept;
  void trim() noexcept;

 private:
  std::vector<Bytes> spare_;
  std::size_t bytes_ = 0;
};

/// First in, first out, and readable in one piece. Capacity stays within kShrinkFactor of the content, so that a bound
/// on the content is a bound on memory; appending and consuming cost amortized constant time a byte.
class YamuxByteQueue {
 public:
  static constexpr std::size_t kShrinkFactor = 8;
  static constexpr std::size_t kShrinkFloor = 4096;  ///< bytes of capacity that are never worth a copy to give back

  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() - head_; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] BytesView view() const noexcept { return BytesView{bytes_}.subspan(head_); }

  void append(BytesView more, YamuxBufferPool& pool);
  /// `n` is at most size().
  void consume(std::size_t n, YamuxBufferPool& pool);
  void clear(YamuxBufferPool& pool) noexcept;

 private:
  Bytes bytes_;
  std::size_t head_ = 0;
};

}  // namespace pond::upgrade
