#pragma once

#include <memory>

#include "pond/base/fifo.hpp"
#include "pond/store/store.hpp"
#include "pond/wire/key.hpp"

namespace pond::store {

/// The Store in memory. Every request is carried out when it is submitted; its completion waits for the next `poll`,
/// in the order of the requests. A request costs O(log n) in what is stored, spread over the requests: what has expired
/// is dropped a bounded number at a time.
///
/// Which one goes when a bound bites:
///
/// - All records (number, bytes): the expired first, then those farthest from the node's own id (XOR of the key's hash
///   and the node's). A newcomer that is farther than whatever would have to go is refused, and nothing is evicted.
///   Own records are no exception here; their publisher puts them again.
/// - One sender (share of both, records under /test/): the newcomer is refused. Own records are exempt.
/// - Unsigned records of one key, or of one sender: the oldest goes for the newest, so that nobody can lock the others
///   out; they are hearsay anyway.
/// - All providers (number, bytes): as records; among those of one key the one farthest from the key goes first.
/// - Providers of one key: an expired one, then the one farthest from the key, if the newcomer is nearer; else the
///   newcomer is refused. So a flood of identities cannot push out everybody without searching for near ones.
/// - Provider keys of one peer: the newcomer is refused.
///
/// A refusal completes with kLimit and changes nothing. Something that has already expired completes with
/// kInvalidArgument. Both bounds and quotas count what has expired until it is dropped, at the next `sweep` or request.
///
/// The addresses of a provider belong to the peer: what it announced last holds for all of its keys. Providers are
/// answered nearest to the key first.
///
/// Not thread-safe.
class MemoryStore final : public Store {
 public:
  /// `own` is the node's own id: the sender of its own records, and the point from which "far" is measured.
  MemoryStore(const Limits& limits, const wire::PeerId& own);

  /// The same with the point of measure given, which is not the hash of `own` in tests and simulations.
  MemoryStore(const Limits& limits, const wire::PeerId& own, const wire::Key& own_key);
  ~MemoryStore() override;

  void submit(RequestId id, Request request, WallTime now) override;
  [[nodiscard]] std::optional<Completion> poll() override;
  void sweep(WallTime now) override;
  [[nodiscard]] std::optional<WallTime> next_expiry() const override;
  [[nodiscard]] const Counters& counters() const noexcept override;

  /// How many expired records, and how many expired providers, one sweep drops at most.
  static constexpr std::size_t kMaxDropsPerSweep = 4096;

 private:
  struct Tables;
  [[nodiscard]] Tables& tables();

  Limits limits_;
  wire::PeerId own_;
  wire::Key own_key_;
  std::unique_ptr<Tables> tables_;  // once something is stored: a node that stores nothing is small
  Fifo<Completion> completed_;
};

}  // namespace pond::store
