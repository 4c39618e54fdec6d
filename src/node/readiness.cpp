#include "pond/node/readiness.hpp"

#include <utility>

namespace pond::node {

Readiness::Readiness(const Options& options, Rng& rng)
    : options_(options), rng_(rng), backoff_(options.retry, options.retry_max) {
}

void Readiness::start(Instant now) {
  if (state_ == State::kIdle) {
    state_ = State::kWaiting;
    next_attempt_ = now;
  }
}

std::optional<Readiness::Step> Readiness::poll(Instant now, bool bootstrap_connected) {
  if (std::exchange(slow_pending_, false)) {
    return Step::kReportSlow;
  }
  switch (state_) {
    case State::kWaiting:
      if (now < next_attempt_) {
        return std::nullopt;
      }
      ++attempts_;
      if (!bootstrap_connected) {
        failed("no connection to a bootstrap node", now);
        return poll(now, false);
      }
      state_ = State::kPutting;
      return Step::kPut;
    case State::kPutDone:
      state_ = State::kGetting;
      return Step::kGet;
    case State::kReporting:
      state_ = State::kReady;
      return Step::kReportReady;
    default:
      return std::nullopt;
  }
}

void Readiness::put_done(bool stored_elsewhere, Instant now) {
  if (state_ != State::kPutting) {
    return;
  }
  if (stored_elsewhere) {
    state_ = State::kPutDone;
  } else {
    failed("no other node stored the test record", now);
  }
}

void Readiness::get_done(bool found_elsewhere, Instant now) {
  if (state_ != State::kGetting) {
    return;
  }
  if (found_elsewhere) {
    state_ = State::kReporting;
    last_error_.clear();
  } else {
    failed("no other node gave the test record back", now);
  }
}

void Readiness::failed(std::string why, Instant now) {
  last_error_ = std::move(why);
  state_ = State::kWaiting;
  slow_pending_ = attempts_ == options_.attempts;
  next_attempt_ = now + (attempts_ < options_.attempts ? options_.retry : backoff_.pause(rng_));
}

std::optional<Instant> Readiness::next_deadline() const {
  return state_ == State::kWaiting ? std::optional{next_attempt_} : std::nullopt;
}

}  // namespace pond::node
