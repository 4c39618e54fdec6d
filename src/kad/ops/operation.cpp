#include "operation.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "../mutation.hpp"

namespace pond::kad {
namespace {

/// A lookup begins with so many times k peers of the table, where it has them: enough to stand in for the nearest when
/// these are dead.
constexpr std::size_t kSeedsPerReplica = 3;

/// Once somebody took it, whoever is silent for so long about what it was to store is no longer waited for.
constexpr Duration kStorePatience = 3s;

}  // namespace

void RunningOperation::begin(Instant now) {
  if (const std::optional<Error> refused = check(now)) {
    result_.error = refused;
    finish();
    return;
  }
  phase_ = Phase::kLocal;
}

void RunningOperation::on_local(const Result<store::Outcome>& outcome, Instant now) {
  if (phase_ != Phase::kLocal) {
    return;
  }
  if (outcome) {
    use_local(*outcome, now);
  }
  start_lookup(now);
}

void RunningOperation::on_local_put(const std::optional<Bytes>& better, Instant now) {
  if (phase_ != Phase::kLocal) {
    return;
  }
  if (better) {
    use_better(*better);
  }
  start_lookup(now);
}

void RunningOperation::start_lookup(Instant now) {
  phase_ = Phase::kLookup;
  question_ = question();
  const wire::Key key = target();
  std::array<PeerHandle, RoutingTable::kMaxClosest> seeds;
  const std::size_t wanted = std::min(seeds.size(), kSeedsPerReplica * context_.config.replication);
  const std::size_t count = context_.table.closest(key, std::span{seeds}.first(wanted));
  const Config& config = context_.config;
  lookup_.emplace(context_.book, key, std::span{seeds}.first(count), context_.self_handle,
                  LookupConfig{.k = config.replication,
                               .alpha = config.parallelism,
                               .beta = config.resiliency,
                               .soft_timeout = config.soft_timeout,
                               .max_closer_peers = kKeptPeers});
  context_.table.looked_up(key, now);
  if (count == 0) {
    lookup_ended(now);
  }
}

std::optional<RunningOperation::Send> RunningOperation::next(Instant now) {
  wake_at_ = Instant::max();
  if (phase_ == Phase::kLookup) {
    const ClosestLookup::Step step = lookup_->next(now);
    if (const auto* ask = std::get_if<ClosestLookup::Ask>(&step)) {
      ++result_.messages;
      return Send{.to = ask->peer, .request = question_};
    }
    const auto* waiting = std::get_if<ClosestLookup::Waiting>(&step);
    if (waiting != nullptr && !(has_enough() && lookup_->only_slow_ones_left(now))) {
      wake_at_ = waiting->until;
      return std::nullopt;
    }
    lookup_->stop();
    lookup_ended(now);
  }
  if (phase_ == Phase::kStoring && !to_store_at_.empty()) {
    const PeerHandle peer = to_store_at_.front();
    to_store_at_.erase(to_store_at_.begin());
    storing_.emplace(peer, false);
    ++storing_open_;
    ++result_.messages;
    sent_last_at_ = now;
    return Send{.to = peer, .request = store_request_};
  }
  if (phase_ == Phase::kStoring && somebody_took_it_) {
    wake_at_ = sent_last_at_ + kStorePatience;
    if (now >= wake_at_) {
      report_open_stores("no answer in time");
      finish();
    }
  }
  return std::nullopt;
}

void RunningOperation::lookup_ended(Instant now) {
  store_request_ = to_store(now);
  if (!store_request_) {
    finish();
    return;
  }
  phase_ = Phase::kStoring;
  to_store_at_ = lookup_->result(mutated(Mutation::kFewHolders) ? 1 : context_.config.replication);
  storing_phase_reached_ = !to_store_at_.empty();
  if (to_store_at_.empty()) {
    finish();
  }
}

void RunningOperation::on_answer(PeerHandle from, const Answer& answer, Instant now) {
  if (phase_ == Phase::kStoring) {
    const std::optional<Error> error = judge_stored(answer, now);
    stored(from, error ? PeerOutcome::kFailed : PeerOutcome::kStored, error);
    return;
  }
  if (phase_ != Phase::kLookup) {
    return;
  }
  if (!lookup_->answered(from, answer.closer.view())) {
    return;
  }
  if (use_answer(from, answer, now)) {
    lookup_->stop();
    lookup_ended(now);
  }
}

void RunningOperation::on_sent(PeerHandle to, Instant) {
  if (phase_ == Phase::kStoring) {
    stored(to, PeerOutcome::kStored, std::nullopt);
  }
}

void RunningOperation::on_failure(PeerHandle from, const Error& why, Instant) {
  if (phase_ == Phase::kStoring && storing_.contains(from)) {
    stored(from, why.code == Errc::kTimeout ? PeerOutcome::kNoAnswerInTime : PeerOutcome::kFailed, why);
    return;
  }
  if (phase_ == Phase::kLookup && lookup_->failed(from)) {
    failures_.emplace(from, why);
  }
}

void RunningOperation::stored(PeerHandle peer, PeerOutcome outcome, std::optional<Error> error) {
  const auto found = storing_.find(peer);
  if (found == storing_.end() || found->second) {
    return;
  }
  found->second = true;
  --storing_open_;
  somebody_took_it_ = somebody_took_it_ || outcome == PeerOutcome::kStored;
  result_.reports.push_back({.id = context_.book.id(peer), .outcome = outcome, .error = error});
  if (storing_open_ == 0 && to_store_at_.empty()) {
    finish();
  }
}

void RunningOperation::on_deadline(Instant now) {
  if (done()) {
    return;
  }
  late_ = true;
  if (phase_ == Phase::kNew || phase_ == Phase::kLocal) {
    start_lookup(now);
  }
  report_open_stores("the deadline passed");
  finish();
}

/// Whoever was to store and said nothing of it.
void RunningOperation::report_open_stores(std::string_view why) {
  const auto report = [&](PeerHandle peer) {
    result_.reports.push_back(
        {.id = context_.book.id(peer), .outcome = PeerOutcome::kNoAnswerInTime, .error = Error{Errc::kTimeout, why}});
  };
  for (const auto& [peer, ended] : storing_) {
    if (!ended) {
      report(peer);
    }
  }
  for (const PeerHandle peer : to_store_at_) {
    report(peer);
  }
}

void RunningOperation::on_cancel(Instant now) {
  cancelled_ = !done();
  on_deadline(now);
}

/// Who was asked, for operations that store nothing, or did not come so far.
void RunningOperation::report_lookup() {
  for (const Candidate& candidate : lookup_->candidates()) {
    PeerReport report{.id = context_.book.id(candidate.peer), .outcome = PeerOutcome::kAnswered, .error = {}};
    switch (candidate.fate) {
      case PeerFate::kNotAsked:
        continue;
      case PeerFate::kAnswered:
        break;
      case PeerFate::kAsked:
      case PeerFate::kSilent:
        report.outcome = PeerOutcome::kNoAnswerInTime;
        break;
      case PeerFate::kFailed:
        report.outcome = PeerOutcome::kFailed;
        if (const auto why = failures_.find(candidate.peer); why != failures_.end()) {
          report.outcome = why->second.code == Errc::kTimeout ? PeerOutcome::kNoAnswerInTime : PeerOutcome::kFailed;
          report.error = why->second;
        }
        break;
    }
    result_.reports.push_back(std::move(report));
  }
}

OpResult RunningOperation::take_result(Instant now) {
  if (lookup_) {
    result_.hops = lookup_->hops();
    if (!storing_phase_reached_) {
      report_lookup();
    }
    conclude(result_, late_, now);
    if (cancelled_ && result_.error && result_.error->code == Errc::kTimeout) {
      result_.error = Error{Errc::kCancelled, "the operation was taken back"};
    }
  }
  return std::move(result_);
}

bool RunningOperation::anybody_answered() const {
  return lookup_ && !lookup_->result(1).empty();
}

wire::KadPeer RunningOperation::peer_info(PeerHandle peer, Instant now) const {
  return {.id = context_.book.id(peer),
          .addresses = context_.book.addresses(peer, now),
          .connection = wire::KadConnection::kNotConnected};
}

}  // namespace pond::kad
