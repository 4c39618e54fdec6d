#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "pond/sim/recorder.hpp"

namespace pond::sim {

/// The kinds that figures are about; kUpkeep's operations count as two of them.
inline constexpr std::array kOperationKinds = {LoadSpec::Kind::kClosest, LoadSpec::Kind::kPublish,
                                               LoadSpec::Kind::kFind, LoadSpec::Kind::kProvide,
                                               LoadSpec::Kind::kFindProviders};

/// One number out of a distribution.
struct Statistic {
  std::string_view name;             ///< `p95`
  std::optional<double> percentile;  ///< unset: the mean
  [[nodiscard]] double of(const Samples& samples) const {
    return percentile ? samples.percentile(*percentile) : samples.mean();
  }
};

/// What is sampled of each operation. From this table both the names of figures and their values are made, so there is
/// no value without a name and no name that nothing can yield.
struct Sampled {
  std::string_view name;  ///< `latency_ms`
  std::string_view unit;
  std::string_view what;
  Samples OperationSamples::* samples;
  std::span<const Statistic> statistics;
  std::span<const LoadSpec::Kind> kinds;  ///< of these kinds alone
};
[[nodiscard]] std::span<const Sampled> sampled_of_operations();

/// What is counted of each operation.
struct Counted {
  std::string_view name;  ///< `success`
  std::string_view unit;
  std::string_view what;
  std::optional<double> (*value)(const OperationSamples&);
};
[[nodiscard]] std::span<const Counted> counted_of_operations();

}  // namespace pond::sim
