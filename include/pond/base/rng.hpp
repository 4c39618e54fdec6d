#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace pond {

/// Randomness as an input. Drivers hand in the operating system's generator; tests and the simulator a seeded one, so
/// that a run can be replayed. Not thread-safe: one for each thread of machines.
class Rng {
 public:
  Rng() = default;
  Rng(const Rng&) = delete;
  Rng& operator=(const Rng&) = delete;
  virtual ~Rng() = default;

  /// Fills all of `out`. Must be cryptographically strong in a daemon: Noise's ephemeral keys come from here.
  virtual void fill(std::span<std::uint8_t> out) = 0;

  [[nodiscard]] std::uint64_t next_u64();

  /// Uniform in [0, bound); 0 for bound 0. Unbiased.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);

  /// Uniform in [0, 1).
  [[nodiscard]] double unit();
};

/// xoshiro256** seeded by SplitMix64: fast, repeatable, NOT for keys of real nodes.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed);
  void fill(std::span<std::uint8_t> out) override;

 private:
  [[nodiscard]] std::uint64_t step();
  std::array<std::uint64_t, 4> state_;
};

}  // namespace pond
