#include <algorithm>
#include <tuple>

#include "pond/kad/records/eth_record.hpp"
#include "pond/wire/multihash.hpp"

#include "workload.hpp"

namespace pond::sim {
namespace {

// The document's time limits.
constexpr Duration kOperationTimeout = 30s;
constexpr Duration kGetTimeout = 10s;
constexpr Duration kPutTimeout = 20s;
constexpr Duration kOverdue = kOperationTimeout + 5s;

constexpr std::size_t kKeyBytes = 32;       // of a lookup without a record
constexpr std::size_t kProvidedBytes = 16;  // hashed to make the key of a provider record

Bytes random_bytes(std::size_t size, Rng& rng) {
  Bytes bytes(size);
  rng.fill(bytes);
  return bytes;
}

std::size_t stored_at(const kad::OpResult& result) {
  return static_cast<std::size_t>(
      std::ranges::count(result.reports, kad::PeerOutcome::kStored, &kad::PeerReport::outcome));
}

}  // namespace

std::optional<Workload::Task> Workload::begin(const LoadSpec& load, const Actor& actor, Instant now, Rng& rng) {
  Running running{.kind = load.kind, .started = now, .key = {}};
  switch (load.kind) {
    case LoadSpec::Kind::kClosest:
      running.key = random_bytes(kKeyBytes, rng);
      return Task{kad::GetClosest{running.key}, kOperationTimeout, running};
    case LoadSpec::Kind::kPublish:
    case LoadSpec::Kind::kUpkeep: {
      Account& account = load.key.empty() ? account_of(actor.node) : account_of(load.key);
      return account.publishing > 0 ? std::nullopt : std::optional{record(account, actor, now)};
    }
    case LoadSpec::Kind::kFind:
      running.account = whose_record(load, rng);
      if (running.account == nullptr) {
        return std::nullopt;
      }
      running.key = running.account->record_key;
      running.timestamp = running.account->acknowledged;
      return Task{kad::GetValue{.key = running.key}, kGetTimeout, running};
    case LoadSpec::Kind::kProvide:
      running.key = wire::sha2_256_multihash(random_bytes(kProvidedBytes, rng));
      running.provider = actor.id;
      return Task{kad::Provide{running.key}, kOperationTimeout, running};
    case LoadSpec::Kind::kFindProviders:
      if (provided_.empty()) {
        return std::nullopt;
      }
      std::tie(running.key, running.provider) = provided_[rng.below(provided_.size())];
      return Task{kad::FindProviders{.key = running.key, .enough = 1}, kOperationTimeout, running};
  }
  return std::nullopt;
}

Account* Workload::whose_record(const LoadSpec& load, Rng& rng) {
  if (!load.key.empty()) {
    return &account_of(load.key);
  }
  return published_.empty() ? nullptr : published_[rng.below(published_.size())];
}

Workload::Task Workload::record(Account& account, const Actor& actor, Instant now, Cause cause) {
  Bytes value = sign(account, actor);
  return {.operation = kad::PutValue{.key = account.record_key, .value = std::move(value)},
          .timeout = kPutTimeout,
          .running = {.kind = LoadSpec::Kind::kPublish,
                      .started = now,
                      .key = account.record_key,
                      .account = &account,
                      .timestamp = account.last_timestamp,
                      .cause = cause}};
}

Workload::Task Workload::provider(const Account& account, const Actor& actor, Instant now, Cause cause) const {
  const Bytes provided = wire::sha2_256_multihash(account.record_key);
  return {.operation = kad::Provide{provided},
          .timeout = kOperationTimeout,
          .running = {
              .kind = LoadSpec::Kind::kProvide, .started = now, .key = provided, .provider = actor.id, .cause = cause}};
}

void Workload::started(std::uint32_t node, kad::OpId op, Running running) {
  if (running.kind == LoadSpec::Kind::kPublish) {
    ++running.account->publishing;
  }
  running_.emplace(std::pair{node, op}, std::move(running));
}

/// It is not under way any more.
void Workload::drop(const Running& running) {
  if (running.kind == LoadSpec::Kind::kPublish) {
    --running.account->publishing;
  }
}

std::optional<Workload::Running> Workload::ended(std::uint32_t node, kad::OpId op) {
  const auto found = running_.find({node, op});
  if (found == running_.end()) {
    return std::nullopt;
  }
  Running running = std::move(found->second);
  running_.erase(found);
  drop(running);
  return running;
}

void Workload::forget(std::uint32_t node) {
  auto next = running_.lower_bound({node, kad::OpId{}});
  while (next != running_.end() && next->first.first == node) {
    drop(next->second);
    next = running_.erase(next);
  }
}

Workload::Verdict Workload::judge(const Running& running, const kad::OpResult& result, const Actor& actor,
                                  Instant now) {
  Verdict verdict{.outcome = {.kind = running.kind,
                              .node = actor.node,
                              .started = running.started,
                              .ended = now,
                              .succeeded = !result.error,
                              .hops = result.hops,
                              .messages = result.messages},
                  .wrong = {}};
  OperationOutcome& outcome = verdict.outcome;
  switch (running.kind) {
    case LoadSpec::Kind::kClosest:
      break;
    case LoadSpec::Kind::kPublish:
    case LoadSpec::Kind::kUpkeep:
      outcome.holders = stored_at(result);
      if (*outcome.holders > 0) {
        if (running.account->acknowledged == 0) {
          published_.push_back(running.account);
        }
        running.account->acknowledged = std::max(running.account->acknowledged, running.timestamp);
      }
      break;
    case LoadSpec::Kind::kFind:
      outcome.succeeded = result.value.has_value() && result.verified;
      if (outcome.succeeded) {
        judge_found(running, result, actor, verdict);
      }
      break;
    case LoadSpec::Kind::kProvide:
      outcome.holders = stored_at(result);
      if (*outcome.holders > 0 && running.cause == Cause::kLoad) {
        provided_.emplace_back(running.key, running.provider);
      }
      break;
    case LoadSpec::Kind::kFindProviders:
      outcome.succeeded = std::ranges::find(result.peers, running.provider, &wire::KadPeer::id) != result.peers.end();
      break;
  }
  return verdict;
}

/// How stale a record is that a reader was given. That it verifies was the reader's to see to: here it is seen again.
void Workload::judge_found(const Running& running, const kad::OpResult& result, const Actor& actor,
                           Verdict& verdict) const {
  if (*result.value == running.account->last_value) {
    verdict.outcome.staleness = Duration{};  // what its publisher signed last: nothing is newer
    return;
  }
  const auto record = kad::verify_eth_record(running.key, *result.value, kNetworkName, actor.wall);
  if (!record) {
    verdict.wrong = "was given a record that does not verify: " + std::string{record.error().what};
    verdict.outcome.staleness = Duration{};
    return;
  }
  const std::int64_t behind_ms = running.timestamp - record->agent.timestamp;
  verdict.outcome.staleness = std::chrono::milliseconds{std::max<std::int64_t>(behind_ms, 0)};
}

Workload::Overdue Workload::overdue(Instant now) const {
  Overdue overdue;
  for (const auto& [where, running] : running_) {
    if (now - running.started > kOverdue) {
      overdue.node = overdue.count++ == 0 ? where.first : overdue.node;
    }
  }
  return overdue;
}

}  // namespace pond::sim
