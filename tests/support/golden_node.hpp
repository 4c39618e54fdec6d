#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>

#include "pond/base/bytes.hpp"
#include "pond/base/rng.hpp"
#include "pond/node/node.hpp"
#include "pond/store/memory_store.hpp"

#include "support/golden_peer.hpp"

namespace pond::test {

/// A whole bootstrap node in the place of a GoldenPeer that listens: it has that one's keys, so that the octets of a
/// capture were encrypted for it too, and is asked to ping at once as that one does, so that the numbers of its streams
/// are the same. The peer's requests then meet the product's own identify, ping and Kademlia server. What the node asks
/// beyond that finds no answer. Time stands still, at the capture's.
class GoldenNode {
 public:
  /// `remote`: who will be at the other end.
  GoldenNode(const GoldenSettings& settings, const wire::PeerId& remote);
  ~GoldenNode();
  GoldenNode(const GoldenNode&) = delete;
  GoldenNode& operator=(const GoldenNode&) = delete;

  void receive(BytesView in);
  /// What must be sent now.
  [[nodiscard]] Bytes take_output();
  /// The node has closed the connection.
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  [[nodiscard]] bool pinged() const noexcept { return pinged_; }

  [[nodiscard]] node::Status status() const;

 private:
  /// The node draws its static key, then the connection's ephemeral key, then the octets of the ping.
  class Draws final : public Rng {
   public:
    explicit Draws(std::uint64_t seed);
    void fill(std::span<std::uint8_t> out) override;

   private:
    std::deque<Bytes> keys_;
    SeededRng others_;
  };

  void drain();

  Draws draws_;
  std::unique_ptr<store::MemoryStore> store_;
  std::unique_ptr<node::Node> node_;
  wire::PeerId remote_;
  swarm::ConnId conn_{};
  bool asked_to_ping_ = false;
  bool pinged_ = false;
  bool closed_ = false;
  Bytes output_;
};

}  // namespace pond::test
