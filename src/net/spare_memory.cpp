#include "spare_memory.hpp"

#include <algorithm>

#include <malloc.h>

namespace pond::net {

#if defined(__GLIBC__)

// Bytes that were given back still count as free. What makes them worth giving back again is that they have been in use
// meanwhile, so that there were fewer.
void SpareMemory::give_back() {
  const std::size_t free = mallinfo2().fordblks;
  kept_ = std::min(kept_, free);
  if (free - kept_ < kWorthwhile) {
    return;
  }
  malloc_trim(0);
  kept_ = mallinfo2().fordblks;
}

#else

void SpareMemory::give_back() {
}

#endif

}  // namespace pond::net
