#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/kad/rpc/types.hpp"
#include "pond/sim/scenario.hpp"
#include "pond/wire/key.hpp"

namespace pond::sim {

using peers::PeerHandle;

/// What an adversary knows of the world: more than any real one would.
class AdversaryHost {
 public:
  AdversaryHost() = default;
  AdversaryHost(const AdversaryHost&) = delete;
  AdversaryHost& operator=(const AdversaryHost&) = delete;
  virtual ~AdversaryHost() = default;

  /// The n of the liar's own group that are nearest to `key`, nearest first, without itself.
  [[nodiscard]] virtual std::vector<PeerHandle> accomplices(const wire::Key& key, std::size_t n) const = 0;
  /// The n honest servers that are nearest to `key`.
  [[nodiscard]] virtual std::vector<PeerHandle> honest(const wire::Key& key, std::size_t n) const = 0;
  [[nodiscard]] virtual PeerHandle anybody() = 0;
  /// The first value that was ever published under `key`; empty when none was.
  [[nodiscard]] virtual Bytes oldest_value(const Bytes& key) const = 0;
  [[nodiscard]] virtual Rng& rng() = 0;
};

/// A question that a liar is asked.
struct Question {
  const wire::KadMessage& request;
  wire::Key key;
  const kad::Answer* honest = nullptr;  ///< what its Kademlia says, if it has one
};

struct Lie {
  kad::Answer answer;
  Duration delay{};
};

/// How one group of nodes misbehaves. One object for the whole group; it holds no state of a single node.
class Adversary {
 public:
  Adversary() = default;
  Adversary(const Adversary&) = delete;
  Adversary& operator=(const Adversary&) = delete;
  virtual ~Adversary() = default;

  /// Whether its nodes run Kademlia themselves, and lie only in what they answer.
  [[nodiscard]] virtual bool runs_kad() const { return false; }
  /// Whether its nodes seek the tables of others by connecting to them, instead of waiting to be found.
  [[nodiscard]] virtual bool seeks_tables() const { return false; }
  /// Whether it never says anything.
  [[nodiscard]] virtual bool is_silent() const { return false; }
  /// nullopt: silence.
  [[nodiscard]] virtual std::optional<Lie> answer(const Question& question, AdversaryHost& host) = 0;
};

[[nodiscard]] std::unique_ptr<Adversary> make_adversary(const AdversarySpec& spec);

// One maker for each kind; the classes are private to their files.
[[nodiscard]] std::unique_ptr<Adversary> make_random_peers();
[[nodiscard]] std::unique_ptr<Adversary> make_eclipse();
[[nodiscard]] std::unique_ptr<Adversary> make_flood();
[[nodiscard]] std::unique_ptr<Adversary> make_silent();
[[nodiscard]] std::unique_ptr<Adversary> make_slow(Duration delay);
[[nodiscard]] std::unique_ptr<Adversary> make_withhold();
[[nodiscard]] std::unique_ptr<Adversary> make_forge();

/// An answer that pretends: the echo of a PUT, no record, no providers, no peers.
[[nodiscard]] kad::Answer pretence(const wire::KadMessage& request);

}  // namespace pond::sim
