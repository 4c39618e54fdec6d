#include "pond/sim/link_model.hpp"

#include <algorithm>

#include "pond/sim/share_picker.hpp"

namespace pond::sim {
namespace {

/// That share of a time. One product and one cut: the same everywhere.
Duration share_of(Duration time, double share) {
  return Duration{static_cast<Duration::rep>(static_cast<double>(time.count()) * share)};
}

bool happens(double probability, Rng& rng) {
  return probability > 0 && rng.unit() < probability;
}

}  // namespace

LinkModel::LinkModel(const NetworkSpec& spec, std::size_t nodes, Rng& rng)
    : spec_(spec), latency_(spec.latency, nodes, rng), flags_(nodes) {
}

Duration LinkModel::draw_delay(std::uint32_t from, std::uint32_t to, Rng& rng) const {
  const Duration latency = latency_.one_way(from, to);
  const double jitter = spec_.latency.jitter > 0 ? spec_.latency.jitter * rng.unit() : 0;
  return latency + share_of(latency, jitter) + slow_by(from);
}

Delivery LinkModel::deliver(std::uint32_t from, std::uint32_t to, Rng& rng) const {
  Delivery delivery;
  if (separated(from, to) || happens(spec_.loss, rng)) {
    return delivery;
  }
  delivery.copies = happens(spec_.duplication, rng) ? 2 : 1;
  for (std::size_t i = 0; i < delivery.copies; ++i) {
    delivery.delay[i] = draw_delay(from, to, rng);
    if (happens(spec_.reordering, rng)) {
      delivery.delay[i] += share_of(spec_.reorder_delay, rng.unit());
    }
  }
  return delivery;
}

Duration LinkModel::round_trip(std::uint32_t a, std::uint32_t b) const {
  return 2 * latency_.one_way(a, b) + slow_by(a) + slow_by(b);
}

void LinkModel::set_slow(std::uint32_t node, Duration by) {
  if (slow_us_.empty()) {
    slow_us_.resize(flags_.size());
  }
  slow_us_[node] = static_cast<std::uint32_t>(std::clamp<std::int64_t>(by / 1us, 0, UINT32_MAX));
}

Duration LinkModel::slow_by(std::uint32_t node) const {
  return slow_us_.empty() ? Duration{} : std::chrono::microseconds{slow_us_[node]};
}

void LinkModel::set_nat(std::uint32_t node, bool behind) {
  flags_[node] = static_cast<std::uint8_t>(behind ? flags_[node] | kNat : flags_[node] & ~kNat);
}

void LinkModel::set_side(std::uint32_t node, bool other) {
  flags_[node] = static_cast<std::uint8_t>(other ? flags_[node] | kOtherSide : flags_[node] & ~kOtherSide);
}

void LinkModel::partition(double share, Rng& rng) {
  SharePicker other_side{flags_.size(), share};
  for (std::uint32_t node = 0; node < flags_.size(); ++node) {
    set_side(node, other_side.next(rng));
  }
}

void LinkModel::heal() {
  for (std::uint32_t node = 0; node < flags_.size(); ++node) {
    set_side(node, false);
  }
}

}  // namespace pond::sim
