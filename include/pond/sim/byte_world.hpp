#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/sim/recorder.hpp"
#include "pond/sim/scenario.hpp"
#include "pond/sim/world.hpp"

namespace pond::sim {

/// What a ByteWorld's connections and memory came to: beside the figures, for whoever measures the simulator.
struct ByteWorldCounters {
  std::uint64_t connected = 0;  ///< sockets that were connected: a handshake of both sides each
  std::uint64_t octets = 0;     ///< that arrived
  std::uint64_t reads = 0;
  std::size_t connections = 0;  ///< at the moment
};

/// A network of whole `node::Node`s over simulated sockets, with real Noise and Yamux, in virtual time: what World is
/// at message level, and driven in the same way. Some hundred nodes to some thousand.
///
/// Each node is the one that the daemon runs, as its role is shipped. It knows no other way into the network than the
/// bootstrap nodes, or the first server where there are none. Who leaves ends its process, and the system closes its
/// sockets; who is killed vanishes without a word. A silent node lives as others do until it hangs, kHangsAfter it
/// joined: its system takes connections and octets, it does nothing with them.
class ByteWorld {
 public:
  static constexpr Duration kHangsAfter = 1min;

  /// Adversaries that lie, and filled tables, are of message level alone.
  [[nodiscard]] static Result<void> can_run(const Scenario& scenario);

  /// All outlive the world; `trace` may be null. `can_run` has said yes.
  ByteWorld(const Scenario& scenario, Recorder& recorder, OperationTrace* trace = nullptr);
  ~ByteWorld();
  ByteWorld(const ByteWorld&) = delete;
  ByteWorld& operator=(const ByteWorld&) = delete;

  /// Carries out up to so many events. False when the scenario has ended.
  bool advance(std::size_t events);

  [[nodiscard]] Duration elapsed() const;  ///< virtual, since the start
  [[nodiscard]] std::size_t phase() const;
  [[nodiscard]] std::uint64_t events() const;
  [[nodiscard]] std::uint64_t event_hash() const;
  [[nodiscard]] std::size_t nodes_up() const;
  [[nodiscard]] const std::vector<std::string>& violations() const;
  [[nodiscard]] ByteWorldCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pond::sim
