#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "pond/base/backoff.hpp"
#include "pond/base/result.hpp"
#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"

namespace pond::node {

/// Keeps a node connected to its bootstrap peers, which it knows by their position in the configured list.
///
/// Protocol: the owner polls for a peer to dial, dials it, and reports `dial_failed`, or `connected` when a connection
/// stands, whoever dialed it; and `disconnected` when the last one is gone.
///
///   start         every peer is dialed at once.
///   dial_failed   the first `attempts - 1` times again after `retry`; from then on after pauses that grow from `retry`
///                 to `retry_max`, for as long as the node lives.
///   disconnected  again after a pause that grows with each loss, and is short again once a connection has held for
///                 `settled`; when it was the last connection to any of them, with no pause the first time.
///
/// Invariant: a peer is either connected, being dialed, or has a time at which it will be.
class BootstrapKeeper {
 public:
  struct Options {
    std::size_t peers = 0;
    std::size_t attempts = 3;
    Duration retry = 5s;
    Duration retry_max = 5min;
    Duration settled = 60s;
  };

  BootstrapKeeper(const Options& options, Rng& rng);

  void start(Instant now);
  void connected(std::size_t peer, Instant now);
  void disconnected(std::size_t peer, Instant now);
  void dial_failed(std::size_t peer, Instant now);

  /// The node has something to do and nobody to do it with: those that pause are dialed now.
  void hurry(Instant now);

  /// A peer to dial now. Each is given once and then awaited.
  [[nodiscard]] std::optional<std::size_t> poll(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] std::size_t connected_count() const;
  /// Whether every peer has been connected or has failed once: nothing more is to be hoped for at once.
  [[nodiscard]] bool first_round_over() const;

 private:
  enum class State : std::uint8_t { kIdle, kPausing, kDialing, kConnected };
  struct Peer {
    State state = State::kIdle;
    std::size_t failures = 0;  // in a row
    bool tried = false;
    Instant since{};  // kConnected: the connection's beginning; kPausing: when the pause ends
    Backoff backoff;
  };

  Options options_;
  Rng* rng_;
  std::vector<Peer> peers_;
};

}  // namespace pond::node
