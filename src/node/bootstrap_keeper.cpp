#include "pond/node/bootstrap_keeper.hpp"

#include <algorithm>

namespace pond::node {

BootstrapKeeper::BootstrapKeeper(const Options& options, Rng& rng)
    : options_(options), rng_(&rng), peers_(options.peers, Peer{.backoff = Backoff{options.retry, options.retry_max}}) {
}

void BootstrapKeeper::start(Instant now) {
  for (Peer& peer : peers_) {
    if (peer.state == State::kIdle) {
      peer.state = State::kPausing;
      peer.since = now;
    }
  }
}

void BootstrapKeeper::connected(std::size_t index, Instant now) {
  Peer& peer = peers_[index];
  peer.state = State::kConnected;
  peer.tried = true;
  peer.failures = 0;
  peer.since = now;
}

void BootstrapKeeper::disconnected(std::size_t index, Instant now) {
  Peer& peer = peers_[index];
  if (peer.state != State::kConnected) {
    return;
  }
  const bool held = now - peer.since >= options_.settled;
  if (held) {
    peer.backoff.reset();
  }
  peer.state = State::kPausing;
  peer.since = connected_count() == 0 && held ? now : now + peer.backoff.pause(*rng_);
}

void BootstrapKeeper::dial_failed(std::size_t index, Instant now) {
  Peer& peer = peers_[index];
  if (peer.state != State::kDialing) {
    return;
  }
  peer.tried = true;
  ++peer.failures;
  peer.state = State::kPausing;
  peer.since = now + (peer.failures < options_.attempts ? options_.retry : peer.backoff.pause(*rng_));
}

void BootstrapKeeper::hurry(Instant now) {
  for (Peer& peer : peers_) {
    if (peer.state == State::kPausing) {
      peer.since = std::min(peer.since, now);
    }
  }
}

std::optional<std::size_t> BootstrapKeeper::poll(Instant now) {
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    if (peers_[i].state == State::kPausing && peers_[i].since <= now) {
      peers_[i].state = State::kDialing;
      return i;
    }
  }
  return std::nullopt;
}

std::optional<Instant> BootstrapKeeper::next_deadline() const {
  std::optional<Instant> when;
  for (const Peer& peer : peers_) {
    if (peer.state == State::kPausing && (!when || peer.since < *when)) {
      when = peer.since;
    }
  }
  return when;
}

std::size_t BootstrapKeeper::connected_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(peers_, [](const Peer& peer) { return peer.state == State::kConnected; }));
}

bool BootstrapKeeper::first_round_over() const {
  return std::ranges::all_of(peers_, [](const Peer& peer) { return peer.tried; });
}

}  // namespace pond::node
