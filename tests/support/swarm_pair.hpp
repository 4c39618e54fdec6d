#pragma once

#include <utility>

#include <gtest/gtest.h>

#include "support/swarm_net.hpp"

namespace pond::test {

/// Nothing is left of any connection: no count, no timer.
inline void expect_nothing_left(SwarmHost& host) {
  EXPECT_EQ(host.swarm().connection_count(), 0U);
  EXPECT_EQ(host.swarm().half_open_count(), 0U);
  EXPECT_TRUE(host.swarm().connected_peers().empty());
  EXPECT_FALSE(host.swarm().next_deadline().has_value());
  EXPECT_EQ(host.count<swarm::PeerConnected>(), host.count<swarm::PeerDisconnected>());
}

/// Two hosts that can reach each other. `a` dials.
struct SwarmPair {
  explicit SwarmPair(swarm::Config config_a = {}, swarm::Config config_b = {}, std::uint64_t seed = 1)
      : net(seed), a(net.add(std::move(config_a))), b(net.add(std::move(config_b))) {}

  SwarmNet net;
  SwarmHost& a;
  SwarmHost& b;

  swarm::DialId dial(SwarmHost& from, const wire::Multiaddr& to, Duration deadline = 30s) {
    const swarm::DialId id = from.swarm().dial(to, net.now + deadline, net.now);
    from.pump();
    return id;
  }

  /// Connects `a` to `b` and waits until both know each other by identify.
  void connect() {
    dial(a, b.full_address());
    ASSERT_TRUE(net.run_until_done(
        [&] { return a.count<swarm::PeerIdentified>() > 0 && b.count<swarm::PeerIdentified>() > 0; }));
    net.run_for(50ms);
  }

  peers::PeerHandle b_in_a() { return a.handle_of(b); }
  peers::PeerHandle a_in_b() { return b.handle_of(a); }

  /// A stream from `a` to `b`, just opened.
  swarm::StreamRef open(std::string_view protocol) {
    const auto stream = a.swarm().open_stream(b_in_a(), protocol, net.now);
    EXPECT_TRUE(stream.has_value());
    a.pump();
    return stream.value_or(swarm::StreamRef{});
  }

  /// The same, with both ends: `b` must support the protocol.
  std::pair<swarm::StreamRef, swarm::StreamRef> open_both(std::string_view protocol) {
    const swarm::StreamRef ours = open(protocol);
    const std::size_t before = b.count<swarm::StreamOpened>();
    EXPECT_TRUE(net.run_until_done([&] { return b.count<swarm::StreamOpened>() > before; }));
    net.run_for(10ms);
    return {ours, b.last<swarm::StreamOpened>().value().stream};
  }

  void serve(SwarmHost& host, const std::vector<std::string>& protocols) {
    host.swarm().set_protocols(protocols, net.now);
    host.pump();
  }

  std::size_t write(SwarmHost& host, swarm::StreamRef stream, std::string_view text) {
    const std::size_t taken = host.swarm().write(stream, as_bytes(text));
    host.pump();
    return taken;
  }
  void finish(SwarmHost& host, swarm::StreamRef stream) {
    host.swarm().finish(stream);
    host.pump();
  }
  void reset(SwarmHost& host, swarm::StreamRef stream) {
    host.swarm().reset(stream);
    host.pump();
  }
  /// Reads and consumes what waits.
  std::string read(SwarmHost& host, swarm::StreamRef stream) {
    std::string text;
    for (;;) {
      const BytesView waiting = host.swarm().peek(stream);
      if (waiting.empty()) {
        return text;
      }
      text += as_text(waiting);
      host.swarm().consume(stream, waiting.size());
      host.pump();
    }
  }
};

}  // namespace pond::test
