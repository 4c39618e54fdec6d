#include "yamux_buffer.hpp"

#include <algorithm>
#include <utility>

namespace pond::upgrade {

Bytes YamuxBufferPool::take(std::size_t need) {
  const std::size_t most = std::max(2 * kMinCapacity, 4 * need);
  for (std::size_t i = spare_.size(); i-- > 0;) {
    if (spare_[i].capacity() <= most) {
      Bytes found = std::move(spare_[i]);
      spare_.erase(spare_.begin() + static_cast<std::ptrdiff_t>(i));
      bytes_ -= found.capacity();
      return found;
    }
  }
  Bytes fresh;
  fresh.reserve(std::max(need, kMinCapacity));
  return fresh;
}

void YamuxBufferPool::give(Bytes buffer) noexcept {
  if (buffer.capacity() == 0 || spare_.size() == kMaxBuffers || bytes_ + buffer.capacity() > kMaxBytes) {
    return;
  }
  buffer.clear();
  bytes_ += buffer.capacity();
  spare_.push_back(std::move(buffer));
}

void YamuxBufferPool::trim() noexcept {
  spare_ = {};
  bytes_ = 0;
}

void YamuxByteQueue::append(BytesView more, YamuxBufferPool& pool) {
  if (more.empty()) {
    return;
  }
  if (bytes_.capacity() == 0) {
    bytes_ = pool.take(more.size());
  }
  // Moving the content to the front pays when it is no more than what was consumed before it.
  if (bytes_.size() + more.size() > bytes_.capacity() && head_ >= size()) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  pond::append(bytes_, more);
}

void YamuxByteQueue::consume(std::size_t n, YamuxBufferPool& pool) {
  head_ += n;
  if (empty()) {
    clear(pool);
    return;
  }
  if (bytes_.capacity() > kShrinkFloor && size() <= bytes_.capacity() / kShrinkFactor) {
    Bytes smaller;
    smaller.reserve(std::max(2 * size(), YamuxBufferPool::kMinCapacity));
    pond::append(smaller, view());
    bytes_ = std::move(smaller);
    head_ = 0;
  }
}

void YamuxByteQueue::clear(YamuxBufferPool& pool) noexcept {
  pool.give(std::exchange(bytes_, {}));
  head_ = 0;
}

}  // namespace pond::upgrade
