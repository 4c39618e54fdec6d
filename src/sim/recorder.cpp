#include "pond/sim/recorder.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <string>
#include <utility>

#include "operation_figures.hpp"

namespace pond::sim {

namespace {

constexpr Duration::rep kSpans = 100;

std::size_t index_of(LoadSpec::Kind kind) {
  return static_cast<std::size_t>(kind);
}

double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e9;
}

void take(OperationSamples& into, const OperationOutcome& outcome) {
  if (outcome.succeeded) {
    ++into.succeeded;
    into.latency_ms.add(static_cast<double>((outcome.ended - outcome.started).count()) / 1e6);
  } else {
    ++into.failed;
  }
  into.hops.add(static_cast<double>(outcome.hops));
  into.messages.add(static_cast<double>(outcome.messages));
  if (outcome.overlap) {
    into.overlap.add(*outcome.overlap);
  }
  if (outcome.holders) {
    into.holders.add(static_cast<double>(*outcome.holders));
  }
  if (outcome.staleness) {
    into.staleness_s.add(seconds(*outcome.staleness));
  }
}

void add_figures(Figures& figures, LoadSpec::Kind kind, const OperationSamples& seen) {
  if (seen.started == 0 && seen.succeeded == 0 && seen.failed == 0) {
    return;
  }
  const std::string name{operation_name(kind)};
  for (const Counted& counted : counted_of_operations()) {
    if (const std::optional<double> value = counted.value(seen)) {
      figures.insert_or_assign(name + "." + std::string{counted.name}, *value);
    }
  }
  for (const Sampled& sampled : sampled_of_operations()) {
    const Samples& samples = seen.*sampled.samples;
    if (samples.count() == 0 || std::ranges::find(sampled.kinds, kind) == sampled.kinds.end()) {
      continue;
    }
    for (const Statistic& statistic : sampled.statistics) {
      figures.insert_or_assign(name + "." + std::string{sampled.name} + "." + std::string{statistic.name},
                               statistic.of(samples));
    }
  }
}

}  // namespace

Recorder::Recorder(const Scenario& scenario) : parts_(scenario.phases.size() + 1) {
  const Duration length = scenario.length();
  // Whole seconds, and the last span may reach beyond the end.
  constexpr Duration kSecond = 1s;
  span_ = kSecond * std::max(Duration::rep{1}, (length / kSpans + kSecond - Duration{1}) / kSecond);
  const auto spans = static_cast<std::size_t>((length + span_ - Duration{1}) / span_);
  success_.resize(std::max(spans, std::size_t{1}));
}

void Recorder::begin_phase(std::size_t index, Instant now) {
  assert(index == begins_.size() && index + 1 < parts_.size());
  if (index == 0) {
    for (std::size_t i = 0; i < success_.size(); ++i) {
      success_[i].at = now + span_ * static_cast<Duration::rep>(i) + span_ / 2;
    }
  }
  begins_.push_back(now);
}

Recorder::Part* Recorder::current() {
  return begins_.empty() || end_ ? nullptr : &parts_[begins_.size() - 1];
}

Recorder::Part* Recorder::part_of(Instant started) {
  const auto later = std::ranges::upper_bound(begins_, started);
  return later == begins_.begin() ? nullptr : &parts_[static_cast<std::size_t>(later - begins_.begin()) - 1];
}

void Recorder::started(LoadSpec::Kind kind) {
  if (Part* part = current()) {
    ++part->operations[index_of(kind)].started;
  }
  ++parts_.back().operations[index_of(kind)].started;
}

void Recorder::ended(const OperationOutcome& outcome) {
  take(parts_.back().operations[index_of(outcome.kind)], outcome);
  Part* part = part_of(outcome.started);
  if (part == nullptr) {
    return;
  }
  take(part->operations[index_of(outcome.kind)], outcome);
  const auto span = static_cast<std::size_t>((outcome.started - begins_.front()) / span_);
  SuccessPoint& point = success_[std::min(span, success_.size() - 1)];
  ++(outcome.succeeded ? point.succeeded : point.failed);
}

template <typename Combine>
void Recorder::measure(std::string_view figure, double value, Combine combine) {
  assert(find_figure(figure) != nullptr);
  const auto into = [&](Figures& figures) {
    if (const auto found = figures.find(figure); found != figures.end()) {
      found->second = combine(found->second, value);
    } else {
      figures.emplace(figure, value);
    }
  };
  if (Part* part = current()) {
    into(part->measured);
  }
  into(parts_.back().measured);
}

void Recorder::set(std::string_view figure, double value) {
  measure(figure, value, [](double, double latest) { return latest; });
}

void Recorder::add(std::string_view figure, double value) {
  measure(figure, value, std::plus<>{});
}

void Recorder::raise(std::string_view figure, double value) {
  measure(figure, value, [](double a, double b) { return std::max(a, b); });
}

void Recorder::lower(std::string_view figure, double value) {
  measure(figure, value, [](double a, double b) { return std::min(a, b); });
}

void Recorder::set_messages_per_node(std::vector<std::uint64_t> counts) {
  messages_per_node_ = std::move(counts);
  if (!messages_per_node_.empty()) {
    parts_.back().measured.insert_or_assign("messages.per_node.max",
                                            static_cast<double>(std::ranges::max(messages_per_node_)));
  }
}

void Recorder::end(Instant now) {
  end_ = now;
}

Figures Recorder::figures(std::optional<std::size_t> phase) const {
  const Part& part = phase ? parts_[*phase] : parts_.back();
  Figures figures = part.measured;
  for (const LoadSpec::Kind kind : kOperationKinds) {
    add_figures(figures, kind, part.operations[index_of(kind)]);
  }
  return figures;
}

const OperationSamples& Recorder::samples(LoadSpec::Kind kind, std::optional<std::size_t> phase) const {
  const Part& part = phase ? parts_[*phase] : parts_.back();
  return part.operations[index_of(kind)];
}

const std::vector<SuccessPoint>& Recorder::success_over_time() const {
  return success_;
}

const std::vector<std::uint64_t>& Recorder::messages_per_node() const {
  return messages_per_node_;
}

const std::vector<Instant>& Recorder::phase_begins() const {
  return begins_;
}

Duration Recorder::length() const {
  return end_ && !begins_.empty() ? *end_ - begins_.front() : Duration{};
}

}  // namespace pond::sim
