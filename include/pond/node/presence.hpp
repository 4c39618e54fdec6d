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
/// Two things bring the next publication forward: peers that come after one that reached nobody, and a newer record of
/// the same address, met while publishing, which has to be outdone. The latter at most `kMaxOutdoing` times in a row:
/// two programs that share one key would chase each other for ever.
class Presence {
 public:
  static constexpr std::size_t kMaxOutdoing = 3;

  Presence(Duration interval, Rng& rng) : interval_(interval), rng_(rng) {}

  void start(Instant now);
  /// True: publish now. Then nothing until `published`.
  [[nodiscard]] bool poll(Instant now);
  enum class Outcome : std::uint8_t { kReachedSomebody, kReachedNobody, kOutdated };
  void published(Outcome outcome, Instant now);
  /// Somebody to publish to has appeared.
  void peers_came(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

 private:
  [[nodiscard]] Duration jittered();

  Duration interval_;
  Rng& rng_;
  std::optional<Instant> next_;
  bool reached_nobody_ = false;
  std::size_t outdoing_ = 0;
};

}  // namespace pond::node
