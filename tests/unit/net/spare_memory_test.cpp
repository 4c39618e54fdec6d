#include "spare_memory.hpp"

#include <cstddef>
#include <fstream>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

namespace pond::net {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kPiece = 60'000;

std::size_t resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

/// Memory that was in use and is free again, below something that is still in use.
struct Freed {
  explicit Freed(std::size_t bytes) {
    std::vector<std::vector<char>> pieces;
    for (std::size_t i = 0; i < bytes / kPiece; ++i) {
      pieces.emplace_back(kPiece, 'x');
    }
    above = std::move(pieces.back());
  }
  std::vector<char> above;
};

struct SpareMemoryOfTheHeap : testing::Test {
  void SetUp() override {
    const std::size_t before = mallinfo2().fordblks;
    const Freed freed{64 * kMiB};
    if (mallinfo2().fordblks < before + 48 * kMiB) {
      GTEST_SKIP() << "another allocator than glibc's";
    }
    malloc_trim(0);
    memory.give_back();
  }
  SpareMemory memory;
};

TEST_F(SpareMemoryOfTheHeap, GoesBackToTheSystem) {
  const Freed freed{100 * kMiB};
  const std::size_t before = resident_bytes();
  memory.give_back();
  EXPECT_LT(resident_bytes() + 80 * kMiB, before);
}

TEST_F(SpareMemoryOfTheHeap, GoesBackEachTimeThatItWasInUse) {
  for (int i = 0; i < 3; ++i) {
    std::vector<std::vector<char>> used(1700, std::vector<char>(kPiece, 'x'));
    const std::vector<char> above = std::move(used.back());
    memory.give_back();  // sees it in use
    const std::size_t before = resident_bytes();
    used = {};
    memory.give_back();
    EXPECT_LT(resident_bytes() + 80 * kMiB, before);
  }
}

TEST_F(SpareMemoryOfTheHeap, StaysWhenItIsLittle) {
  const Freed freed{10 * kMiB};
  const std::size_t before = resident_bytes();
  memory.give_back();
  EXPECT_GT(resident_bytes() + 5 * kMiB, before);
}

}  // namespace
}  // namespace pond::net
