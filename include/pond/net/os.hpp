#pragma once

#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"

// The operating system's clocks and entropy, in the form that the machines take them as inputs.

namespace pond::net {

/// The monotonic clock, now.
[[nodiscard]] Instant monotonic_now();

/// The wall clock, tied to the monotonic one.
[[nodiscard]] WallAnchor wall_anchor();

/// getrandom(2), buffered. Ends the process when the kernel has no entropy to give: nothing can be done safely then.
class OsRng final : public Rng {
 public:
  OsRng() = default;
  ~OsRng() override;
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::array<std::uint8_t, 512> buffer_{};
  std::size_t left_ = 0;
};

}  // namespace pond::net
