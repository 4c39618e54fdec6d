#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pond/base/time.hpp"
#include "pond/sim/figures.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

inline constexpr std::size_t kLoadKinds =
    6;  ///< of LoadSpec::Kind; kUpkeep's operations count as kPublish and kProvide

/// What figures and reports call that kind of operation: `closest`, `find_providers`.
[[nodiscard]] std::string_view operation_name(LoadSpec::Kind kind);

/// How one operation of the workload ended.
struct OperationOutcome {
  LoadSpec::Kind kind = LoadSpec::Kind::kClosest;
  std::uint32_t node = 0;
  Instant started{};
  Instant ended{};
  bool succeeded = false;
  std::size_t hops = 0;
  std::size_t messages = 0;            ///< requests that it sent
  std::optional<double> overlap;       ///< kClosest: share of the truly closest 20 that it found
  std::optional<std::size_t> holders;  ///< kPublish, kProvide: how many took it
  std::optional<Duration> staleness;   ///< kFind: by how much what was read is older than the newest that was published
};

/// Numbers of one kind, all kept, to six digits. Percentiles are exact (nearest rank). All answers are the same in
/// whatever order the numbers came.
class Samples {
 public:
  /// What is not a number is passed over.
  void add(double value) {
    if (!std::isnan(value)) {
      values_.push_back(static_cast<float>(value));
      sorted_ = false;
    }
  }
  [[nodiscard]] std::size_t count() const noexcept { return values_.size(); }
  /// NaN when there are none.
  [[nodiscard]] double mean() const;
  [[nodiscard]] double max() const;
  [[nodiscard]] double percentile(double p) const;  ///< p: 0 to 100
  [[nodiscard]] const std::vector<float>& sorted() const;

 private:
  mutable std::vector<float> values_;
  mutable bool sorted_ = true;
};

/// What was seen of one kind of operation in one phase, or in the whole run.
struct OperationSamples {
  std::uint64_t started = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  Samples latency_ms;  ///< of those that succeeded
  Samples hops;        ///< of all that ended, as what follows
  Samples messages;
  Samples overlap;
  Samples holders;
  Samples staleness_s;
};

/// What became of the operations that were started within one span of time, for the plot.
struct SuccessPoint {
  Instant at{};  ///< the middle of that span
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
};

/// Takes down what a run shows, phase by phase, and makes figures of it. Knows nothing of nodes: the world tells it.
///
/// Protocol: `begin_phase` for each phase in order, in between what happens, `end` once. An operation counts in the
/// phase in which it was started, even when it ends in a later one; what is started at the very instant at which a
/// phase begins is told after `begin_phase`. What is set, added and raised before the first phase or after `end` is of
/// the whole run alone.
class Recorder {
 public:
  explicit Recorder(const Scenario& scenario);

  void begin_phase(std::size_t index, Instant now);
  void started(LoadSpec::Kind kind);
  void ended(const OperationOutcome& outcome);
  /// A figure that the world measures: of the phase under way, and, being the latest, of the whole run.
  void set(std::string_view figure, double value);
  /// A figure that adds up over the phases.
  void add(std::string_view figure, double value);
  /// A figure of which the greatest counts.
  void raise(std::string_view figure, double value);
  /// A figure of which the least counts.
  void lower(std::string_view figure, double value);
  /// Messages that each node took over the whole run, for the plot and the whole run's `messages.per_node.max`.
  void set_messages_per_node(std::vector<std::uint64_t> counts);
  void end(Instant now);

  /// Of one phase; of the whole run without an index.
  [[nodiscard]] Figures figures(std::optional<std::size_t> phase = std::nullopt) const;
  [[nodiscard]] const OperationSamples& samples(LoadSpec::Kind kind,
                                                std::optional<std::size_t> phase = std::nullopt) const;
  /// About a hundred spans of equal length, in order. Nothing may have been started in some of them.
  [[nodiscard]] const std::vector<SuccessPoint>& success_over_time() const;
  [[nodiscard]] const std::vector<std::uint64_t>& messages_per_node() const;
  /// When each phase began, of those that have.
  [[nodiscard]] const std::vector<Instant>& phase_begins() const;
  /// How long it all took, in virtual time; zero before `end`.
  [[nodiscard]] Duration length() const;

 private:
  struct Part {
    std::array<OperationSamples, kLoadKinds> operations;
    Figures measured;
  };

  [[nodiscard]] Part* current();
  [[nodiscard]] Part* part_of(Instant started);
  template <typename Combine>
  void measure(std::string_view figure, double value, Combine combine);

  // One part for each phase, and one for the whole run behind them.
  std::vector<Part> parts_;
  std::vector<Instant> begins_;
  std::optional<Instant> end_;
  Duration span_;
  std::vector<SuccessPoint> success_;
  std::vector<std::uint64_t> messages_per_node_;
};

}  // namespace pond::sim
