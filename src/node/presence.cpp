#include "pond/node/presence.hpp"

#include <algorithm>
#include <utility>

namespace pond::node {

void Presence::start(Instant now) {
  next_ = now;
}

bool Presence::poll(Instant now) {
  if (!next_ || now < *next_) {
    return false;
  }
  next_.reset();
  begun_ = now;
  back_ = false;
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
  next_ = std::exchange(back_, false) ? after_pause(now) : now + jittered();
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

void Presence::bootstrap_back(Instant now) {
  if (!std::exchange(lost_, false)) {
    return;
  }
  if (next_) {
    next_ = std::min(*next_, after_pause(now));
  } else {
    back_ = true;
  }
}

Instant Presence::after_pause(Instant now) const {
  return begun_ ? std::max(now, *begun_ + kLeastPause) : now;
}

Duration Presence::jittered() {
  const auto span = static_cast<std::uint64_t>(interval_.count() / 10);
  return interval_ - interval_ / 20 + Duration{static_cast<Duration::rep>(rng_.below(span + 1))};
}

}  // namespace pond::node
