#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pond/base/time.hpp"
#include "pond/sim/recorder.hpp"
#include "pond/sim/scenario.hpp"
#include "pond/sim/trace.hpp"

namespace pond::sim {

/// One operation of the workload to be traced, by its number in the order of their starts, from 0.
struct OperationTrace {
  std::uint64_t operation = 0;
  Trace trace{Instant{}};
};

/// A network at message level: `kad::Kad` machines with their stores, very many of them, that hand each other decoded
/// messages in virtual time. They share one PeerBook, so that a peer is an index.
///
/// Protocol: construct, which takes the time that filling tables takes; then `advance` until it returns false. What
/// happened goes to the Recorder. The same scenario gives the same `event_hash`. Not thread-safe.
class World {
 public:
  /// All outlive the world; `trace` may be null.
  World(const Scenario& scenario, Recorder& recorder, OperationTrace* trace = nullptr);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Carries out up to so many events. False when the scenario has ended.
  bool advance(std::size_t events);

  [[nodiscard]] Duration elapsed() const;  ///< virtual, since the start
  [[nodiscard]] std::size_t phase() const;
  [[nodiscard]] std::uint64_t events() const;
  [[nodiscard]] std::uint64_t event_hash() const;
  [[nodiscard]] std::size_t nodes_up() const;
  /// What the checkers found wrong, the first few in words.
  [[nodiscard]] const std::vector<std::string>& violations() const;

  struct Impl;
  class Host;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace pond::sim
