#include "pond/node/presence.hpp"

#include <algorithm>

namespace pond::node {

void Presence::start(Instant now) {
  next_ = now;
}

bool Presence::poll(Instant now) {
  if (!next_ || now < *next_) {
    return false;
  }
  next_.reset();
  return true;
}

void Presence::published(Outcome outcome, Instant now) {
  reached_nobody_ = outcome == Outcome::kReachedNobody;
  if (outcome == Outcome::kOutdated && outdoing_ < kMaxOutdoing) {
    ++outdoing_;
    next_ = now;
    return;
  }
  outdoing_ = 0;
  next_ = now + jittered();
}

void Presence::peers_came(Instant now) {
  if (next_ && reached_nobody_) {
    reached_nobody_ = false;
    next_ = std::min(*next_, now);
  }
}

std::optional<Instant> Presence::next_deadline() const {
  return next_;
}

Duration Presence::jittered() {
  const auto span = static_cast<std::uint64_t>(interval_.count() / 10);
  return interval_ - interval_ / 20 + Duration{static_cast<Duration::rep>(rng_.below(span + 1))};
}

}  // namespace pond::node
