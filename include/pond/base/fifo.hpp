#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace pond {

/// First in, first out, without memory while it is empty: a std::deque holds half a kilobyte then, which counts where
/// there are a hundred thousand machines. Pushing and popping are O(1) on average.
template <typename T>
class Fifo {
 public:
  template <typename... Args>
  T& emplace_back(Args&&... args) {
    return items_.emplace_back(std::forward<Args>(args)...);
  }
  void push_back(T item) { items_.push_back(std::move(item)); }

  [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size() - first_; }
  /// The oldest; not to be called when there is none.
  [[nodiscard]] T& front() { return items_[first_]; }

  /// Takes the oldest out; not to be called when there is none.
  [[nodiscard]] T pop() {
    T oldest = std::move(items_[first_++]);
    if (first_ == items_.size()) {
      items_ = std::vector<T>{};
      first_ = 0;
    } else if (first_ >= kCompactFrom && first_ * 2 >= items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return oldest;
  }

  /// The oldest first.
  [[nodiscard]] auto begin() const { return items_.begin() + static_cast<std::ptrdiff_t>(first_); }
  [[nodiscard]] auto end() const { return items_.end(); }

 private:
  static constexpr std::size_t kCompactFrom = 32;

  std::vector<T> items_;  // those before first_ have been taken out
  std::size_t first_ = 0;
};

}  // namespace pond
