#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pond/kad/lookup/closest_lookup.hpp"

#include "../context.hpp"

namespace pond::kad {

/// One operation under way: a lookup, and behind it, for those that store, a request to each of the closest.
///
///   kLocal --own store asked--> kLookup --lookup finished--> kStoring --all ended--> kDone
///                                 `------- (nothing to store) -------------------'
///
/// Each kind of operation is a subclass that says what to ask, what to make of an answer, and what to do at the end.
/// At its deadline an operation ends where it stands, with what it has. What silent peers hold up ends sooner: a lookup
/// as closest_lookup.hpp says, or when only peers past the soft timeout are left and `has_enough`; storing when
/// somebody took it and the others have said nothing for the store patience.
class RunningOperation {
 public:
  RunningOperation(Context& context, Instant deadline) : context_(context), deadline_(deadline) {}
  RunningOperation(const RunningOperation&) = delete;
  RunningOperation& operator=(const RunningOperation&) = delete;
  virtual ~RunningOperation() = default;

  /// A request that the owner should send on the operation's behalf and report back.
  struct Send {
    PeerHandle to;
    RequestPtr request;
  };

  void begin(Instant now);
  [[nodiscard]] std::optional<Send> next(Instant now);
  void on_answer(PeerHandle from, const Answer& answer, Instant now);
  void on_sent(PeerHandle to, Instant now);
  void on_failure(PeerHandle from, const Error& why, Instant now);
  void on_local(const Result<store::Outcome>& outcome, Instant now);
  /// The end of `local_put`. `better`: what stands in the own store instead.
  void on_local_put(const std::optional<Bytes>& better, Instant now);
  void on_deadline(Instant now);
  /// As at the deadline; what found nothing says kCancelled.
  void on_cancel(Instant now);

  [[nodiscard]] bool done() const noexcept { return phase_ == Phase::kDone; }
  [[nodiscard]] OpResult take_result(Instant now);
  [[nodiscard]] Instant deadline() const noexcept { return deadline_; }
  /// When `next` may have something although nothing was reported.
  [[nodiscard]] Instant wake_at() const noexcept { return wake_at_; }

  /// The operation's own request to the local store, if it has one; the owner submits it and reports `on_local`.
  [[nodiscard]] virtual std::optional<store::Request> local_request() { return std::nullopt; }
  /// A value for the own store, which the owner judges and stores like anybody's; then it reports `on_local_put`.
  [[nodiscard]] virtual std::optional<PutValue> local_put() { return std::nullopt; }

  /// Requests to be sent when the operation has ended, whose outcome nobody waits for: corrections.
  [[nodiscard]] virtual std::vector<Send> afterwards() { return {}; }

 protected:
  enum class Phase : std::uint8_t { kNew, kLocal, kLookup, kStoring, kDone };

  /// Refuses the operation before anything is sent.
  [[nodiscard]] virtual std::optional<Error> check(Instant /*now*/) { return std::nullopt; }
  [[nodiscard]] virtual wire::Key target() const = 0;
  /// What the lookup asks each peer.
  [[nodiscard]] virtual RequestPtr question() const = 0;
  /// An answer to the question; true when the operation has what it wants.
  [[nodiscard]] virtual bool use_answer(PeerHandle /*from*/, const Answer& /*answer*/, Instant /*now*/) {
    return false;
  }
  /// Whether the lookup may end when all that it still waits for are peers past the soft timeout.
  [[nodiscard]] virtual bool has_enough() const { return false; }
  /// What each of the closest is to store; null for operations that store nothing.
  [[nodiscard]] virtual RequestPtr to_store(Instant /*now*/) { return nullptr; }
  /// An answer to what was stored: the error that it amounts to, if any.
  [[nodiscard]] virtual std::optional<Error> judge_stored(const Answer& /*answer*/, Instant /*now*/) {
    return std::nullopt;
  }
  virtual void use_local(const store::Outcome& /*outcome*/, Instant /*now*/) {}
  virtual void use_better(const Bytes& /*standing*/) {}
  /// Completes the result. `late`: the deadline cut the operation short.
  virtual void conclude(OpResult& result, bool late, Instant now) = 0;

  [[nodiscard]] const ClosestLookup& lookup() const { return *lookup_; }
  [[nodiscard]] bool anybody_answered() const;
  [[nodiscard]] wire::KadPeer peer_info(PeerHandle peer, Instant now) const;
  void finish() noexcept { phase_ = Phase::kDone; }

  Context& context_;
  OpResult result_;

 private:
  void start_lookup(Instant now);
  void lookup_ended(Instant now);
  void stored(PeerHandle peer, PeerOutcome outcome, std::optional<Error> error);
  void report_open_stores(std::string_view why);
  void report_lookup();

  Phase phase_ = Phase::kNew;
  Instant deadline_;
  Instant wake_at_ = Instant::max();
  bool late_ = false;
  bool cancelled_ = false;
  std::optional<ClosestLookup> lookup_;  // to the end of the operation: it pins everybody that is named here
  std::map<PeerHandle, Error> failures_;
  RequestPtr question_;
  RequestPtr store_request_;
  std::vector<PeerHandle> to_store_at_;  // not yet sent
  std::map<PeerHandle, bool> storing_;   // sent; true once it has ended
  std::size_t storing_open_ = 0;
  bool storing_phase_reached_ = false;
  bool somebody_took_it_ = false;
  Instant sent_last_at_{};  // of the requests to store
};

/// The operation for a command of the owner.
[[nodiscard]] std::unique_ptr<RunningOperation> make_operation(Context& context, Operation operation, Instant deadline);
/// A lookup for the routing table's sake.
[[nodiscard]] std::unique_ptr<RunningOperation> make_refresh(Context& context, Bytes preimage, Instant deadline);

}  // namespace pond::kad
