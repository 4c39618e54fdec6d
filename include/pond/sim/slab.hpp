#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace pond::sim {

/// Holds things that are under way, each under a number: what an event, which must be small, refers to. A number is
/// used again once its thing was taken. References stay good until `take`, whatever is put meanwhile.
///
/// Memory comes in blocks; those beyond the first go back when nothing is left inside.
template <typename T>
class Slab {
 public:
  [[nodiscard]] std::uint32_t put(T value) {
    if (free_.empty()) {
      add_block();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    ++size_;
    (*this)[index] = std::move(value);
    return index;
  }

  /// `index`: what `put` gave and nobody has taken.
  [[nodiscard]] T take(std::uint32_t index) {
    T value = std::exchange((*this)[index], T{});
    free_.push_back(index);
    if (--size_ == 0 && blocks_.size() > 1) {
      blocks_.clear();
      free_ = {};
    }
    return value;
  }

  [[nodiscard]] T& operator[](std::uint32_t index) { return (*blocks_[index / kBlock])[index % kBlock]; }
  [[nodiscard]] const T& operator[](std::uint32_t index) const { return (*blocks_[index / kBlock])[index % kBlock]; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return blocks_.size() * kBlock; }

 private:
  static constexpr std::size_t kBlock = 1024;

  void add_block() {
    const std::size_t first = capacity();
    blocks_.push_back(std::make_unique<std::array<T, kBlock>>());
    for (std::size_t i = kBlock; i-- > 0;) {
      free_.push_back(static_cast<std::uint32_t>(first + i));  // the lowest is taken first
    }
  }

  std::vector<std::unique_ptr<std::array<T, kBlock>>> blocks_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace pond::sim
