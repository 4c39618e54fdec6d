#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pond/swarm/connection.hpp"
#include "pond/upgrade/security.hpp"

#include "support/swarm_net.hpp"

namespace pond::test {

/// A peer that speaks the transport correctly and above it does only what a test tells it.
class ScriptedPeer {
 public:
  explicit ScriptedPeer(SwarmNet& net, std::uint64_t seed, std::vector<std::string> muxers = {"/yamux/1.0.0"},
                        std::vector<swarm::Security> security = {swarm::Security::kNoise})
      : net_(&net),
        rng_(seed),
        key_(crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng_).value()),
        identity_(upgrade::SecurityIdentity::make(key_, security, muxers, rng_, {}).value()) {}

  std::vector<std::string_view> protocols;  ///< what it supports; literals
  std::vector<swarm::ConnectionEvent> events;
  std::optional<Error> failed;
  bool mute = false;  ///< sends nothing
  std::function<void(const swarm::ConnectionEvent&)> on_event;

  [[nodiscard]] const wire::PeerId& id() const { return identity_.peer_id(); }
  [[nodiscard]] const crypto::PrivateKey& key() const { return key_; }
  [[nodiscard]] swarm::Connection& machine() { return *machine_; }
  [[nodiscard]] bool closed() const { return raw_ != nullptr && raw_->closed; }
  [[nodiscard]] RawEnd& raw() { return *raw_; }

  void dial(SwarmHost& host) { start(net_->raw_dial(host), swarm::Direction::kOutbound); }
  void listen(const wire::Multiaddr& where) {
    net_->raw_listen(where, [this](RawEnd& raw) { start(raw, swarm::Direction::kInbound); });
  }

  [[nodiscard]] bool established() const { return machine_ && machine_->established(); }

  /// Call after every use of the machine.
  void pump() {
    while (const auto event = machine_->poll(std::span<const std::string_view>{protocols}, net_->now)) {
      events.push_back(*event);
      if (on_event) {
        on_event(*event);
      }
    }
    Bytes bytes;
    Bytes scratch;
    while (!mute && machine_->produce(bytes, 64 * 1024, scratch) > 0) {
    }
    raw_->send(bytes);
  }

  /// Opens a stream, writes and maybe finishes.
  std::uint32_t open(std::string_view protocol, BytesView bytes = {}, bool finish = false) {
    const std::uint32_t stream = machine_->open(protocol, net_->now).value();
    (void)machine_->write(stream, bytes);
    if (finish) {
      machine_->finish(stream);
    }
    pump();
    return stream;
  }

  [[nodiscard]] std::size_t count(swarm::ConnectionEvent::Kind kind) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(events, [&](const auto& event) { return event.kind == kind; }));
  }

 private:
  void start(RawEnd& raw, swarm::Direction direction) {
    raw_ = &raw;
    machine_ = std::make_unique<swarm::Connection>(
        swarm::ConnectionOptions{.direction = direction, .security = identity_.offered().front()}, identity_, rng_);
    raw.on_bytes = [this] {
      const Bytes bytes = std::exchange(raw_->received, {});
      if (const auto result = machine_->receive(bytes, net_->now); !result) {
        failed = result.error();
      }
      pump();
    };
    pump();
  }

  SwarmNet* net_;
  SeededRng rng_;
  crypto::PrivateKey key_;
  upgrade::SecurityIdentity identity_;
  RawEnd* raw_ = nullptr;
  std::unique_ptr<swarm::Connection> machine_;
};

}  // namespace pond::test
