#include "pond/sim/load_schedule.hpp"

#include <algorithm>

#include "pond/sim/distribution.hpp"

namespace pond::sim {

LoadSchedule::LoadSchedule(const LoadSpec& load, std::size_t members, Instant begin, Instant end, std::uint64_t seed)
    : load_(&load), members_(members), round_begin_(begin), end_(end), rng_(seed) {
  if (load.kind != LoadSpec::Kind::kUpkeep) {
    draw_next(begin);
    return;
  }
  order_.resize(load.every > Duration{} ? members : 0);
  for (std::uint32_t member = 0; member < order_.size(); ++member) {
    const std::uint64_t moment_ns = rng_.below(static_cast<std::uint64_t>(load.every.count()));
    order_[member] = {Duration{static_cast<Duration::rep>(moment_ns)}, member};
  }
  std::ranges::sort(order_);
  take_next_of_round();
}

void LoadSchedule::advance() {
  if (!next_) {
    return;
  }
  if (order_.empty()) {
    draw_next(next_->at);
    return;
  }
  if (++place_ == order_.size()) {
    place_ = 0;
    round_begin_ += load_->every;
  }
  take_next_of_round();
}

void LoadSchedule::draw_next(Instant after) {
  next_.reset();
  if (load_->per_second <= 0 || members_ == 0) {
    return;
  }
  const Instant at = after + draw_interval(load_->per_second, rng_);
  if (at < end_) {
    next_ = Turn{.at = at, .member = static_cast<std::uint32_t>(rng_.below(members_))};
  }
}

void LoadSchedule::take_next_of_round() {
  next_.reset();
  if (order_.empty()) {
    return;
  }
  const auto& [moment, member] = order_[place_];
  if (round_begin_ + moment < end_) {
    next_ = Turn{.at = round_begin_ + moment, .member = member};
  }
}

}  // namespace pond::sim
