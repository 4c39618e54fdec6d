#pragma once

#include <cstddef>

namespace pond::net {

/// Gives freed memory back to the system. The allocator keeps what lies below anything still in use, so that a process
/// would stay as large as it was in the worst moment of its life.
class SpareMemory {
 public:
  /// Freed memory that has come together since the last time, in bytes; less is not worth the time.
  static constexpr std::size_t kWorthwhile = std::size_t{32} << 20;

  /// To be called from time to time. Takes some microseconds, and half a millisecond for each MiB that it gives back.
  void give_back();

 private:
  std::size_t kept_ = 0;  // the least free bytes of the heap seen since the last time: those are in no need of it
};

}  // namespace pond::net
