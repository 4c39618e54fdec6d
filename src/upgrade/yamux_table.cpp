#include "yamux_table.hpp"

#include <algorithm>

namespace pond::upgrade {

YamuxSeenIds::Verdict YamuxSeenIds::mark(StreamId id) noexcept {
  const std::uint32_t n = id / 2;
  if (n >= end_) {
    if (n - end_ >= kWindow) {
      used_.reset();
    } else {
      for (std::uint32_t i = end_; i < n; ++i) {
        used_.reset(i % kWindow);
      }
    }
    used_.set(n % kWindow);
    end_ = n + 1;
    return Verdict::kNew;
  }
  if (end_ - n > kWindow) {
    return Verdict::kTooOld;
  }
  if (used_.test(n % kWindow)) {
    return Verdict::kUsed;
  }
  used_.set(n % kWindow);
  return Verdict::kNew;
}

std::size_t YamuxTable::lower_bound(StreamId id) const noexcept {
  const auto it = std::lower_bound(index_.begin(), index_.end(), id,
                                   [](const Entry& entry, StreamId wanted) { return entry.first < wanted; });
  return static_cast<std::size_t>(it - index_.begin());
}

const YamuxStream* YamuxTable::find(StreamId id) const noexcept {
  const std::size_t i = lower_bound(id);
  return i < index_.size() && index_[i].first == id ? &slots_[index_[i].second] : nullptr;
}

YamuxStream* YamuxTable::find(StreamId id) noexcept {
  const std::size_t i = lower_bound(id);
  return i < index_.size() && index_[i].first == id ? &slots_[index_[i].second] : nullptr;
}

YamuxStream& YamuxTable::insert(StreamId id) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  index_.insert(index_.begin() + static_cast<std::ptrdiff_t>(lower_bound(id)), Entry{id, slot});
  YamuxStream& stream = slots_[slot];
  stream.id = id;
  stream.slot = slot;
  return stream;
}

void YamuxTable::erase(YamuxStream& stream) {
  dequeue(YamuxQueue::kEvents, stream);
  dequeue(YamuxQueue::kControl, stream);
  dequeue(YamuxQueue::kData, stream);
  index_.erase(index_.begin() + static_cast<std::ptrdiff_t>(lower_bound(stream.id)));
  free_.push_back(stream.slot);
  stream = YamuxStream{};
}

void YamuxTable::clear() noexcept {
  slots_ = {};
  free_ = {};
  index_ = {};
  heads_ = {};
}

void YamuxTable::trim() noexcept {
  if (index_.empty()) {
    clear();
  }
}

void YamuxTable::enqueue(YamuxQueue queue, YamuxStream& stream) noexcept {
  YamuxStream::Link& link = stream.links[position(queue)];
  if (link.linked) {
    return;
  }
  Ends& ends = heads_[position(queue)];
  link = {.previous = ends.last, .next = 0, .linked = true};
  if (ends.count == 0) {
    ends.first = stream.slot;
  } else {
    slots_[ends.last].links[position(queue)].next = stream.slot;
  }
  ends.last = stream.slot;
  ++ends.count;
}

void YamuxTable::dequeue(YamuxQueue queue, YamuxStream& stream) noexcept {
  YamuxStream::Link& link = stream.links[position(queue)];
  if (!link.linked) {
    return;
  }
  Ends& ends = heads_[position(queue)];
  if (ends.first == stream.slot) {
    ends.first = link.next;
  } else {
    slots_[link.previous].links[position(queue)].next = link.next;
  }
  if (ends.last == stream.slot) {
    ends.last = link.previous;
  } else {
    slots_[link.next].links[position(queue)].previous = link.previous;
  }
  link = {};
  --ends.count;
}

}  // namespace pond::upgrade
