#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"

namespace pond::node {

/// When an agent publishes: at once, then every interval (less or more by up to a twentieth, so that agents which
/// started together drift apart).
///
/// Three things bring the next publication forward: peers that come after one that reached nobody; a bootstrap node
/// that comes back after all were lost, for it may have forgotten the record, but no sooner than `kLeastPause` after
/// the last publication began, so that a connection that comes and goes does not make a flood; and a newer record of
/// the same address, met while publishing, which has to be outdone. The last at most `kMaxOutdoing` times in a row: two
/// programs that share one key would chase each other for ever.
class Presence {
 public:
  static constexpr std::size_t kMaxOutdoing = 3;
  static constexpr Duration kLeastPause = 5s;

  Presence(Duration interval, Rng& rng) : interval_(interval), rng_(rng) {}

  void start(Instant now);
  /// True: publish now. Then nothing until `published`.
  [[nodiscard]] bool poll(Instant now);
  enum class Outcome : std::uint8_t { kReachedSomebody, kReachedNobody, kOutdated };
  void published(Outcome outcome, Instant now);
  /// Somebody to publish to has appeared.
  void peers_came(Instant now);
  /// The last connection to a bootstrap node is gone; a bootstrap node can be published to.
  void bootstrap_lost() { lost_ = true; }
  void bootstrap_back(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

 private:
  [[nodiscard]] Duration jittered();
  [[nodiscard]] Instant after_pause(Instant now) const;

  Duration interval_;
  Rng& rng_;
  std::optional<Instant> next_;
  std::optional<Instant> begun_;  // the last publication
  bool reached_nobody_ = false;
  bool lost_ = false;  // all bootstrap nodes, and none has come back
  bool back_ = false;  // one came back while a publication was under way that may have missed it
  std::size_t outdoing_ = 0;
};

}  // namespace pond::node
