#include <algorithm>

#include "pond/kad/records/eth_record.hpp"
#include "pond/wire/multihash.hpp"

#include "impl.hpp"

namespace pond::sim {
namespace {

// The document's time limits.
constexpr Duration kOperationTimeout = 30s;
constexpr Duration kGetTimeout = 10s;
constexpr Duration kPutTimeout = 20s;

/// How often an operation looks for a node that is up, before it is given up.
constexpr int kPicks = 64;

std::size_t stored_at(const kad::OpResult& result) {
  return static_cast<std::size_t>(std::ranges::count(result.reports, kad::PeerOutcome::kStored, &kad::PeerReport::outcome));
}

}  // namespace

/// One operation of a load, at a random node of its group that is up.
void World::Impl::start_operation(const LoadSpec& load) {
  const auto [first, last] = members_of(load.group);
  for (int pick = 0; pick < kPicks && first < last; ++pick) {
    const NodeIndex index = first + static_cast<NodeIndex>(rng.below(last - first));
    if (nodes[index].life && nodes[index].life->kad) {
      start_operation_at(index, load);
      pump(index);
      return;
    }
  }
}

void World::Impl::start_operation_at(NodeIndex index, const LoadSpec& load) {
  Workload::Running running{.kind = load.kind, .started = now, .key = {}};
  switch (load.kind) {
    case LoadSpec::Kind::kClosest: {
      running.key.resize(32);
      rng.fill(running.key);
      run(index, kad::GetClosest{running.key}, kOperationTimeout, running);
      return;
    }
    case LoadSpec::Kind::kPublish:
    case LoadSpec::Kind::kUpkeep:
      publish(index, load.key.empty() ? workload.account_of(index) : workload.account_of(load.key), false);
      return;
    case LoadSpec::Kind::kFind: {
      Account* account = nullptr;
      if (!load.key.empty()) {
        account = &workload.account_of(load.key);
      } else if (!workload.published.empty()) {
        account = workload.published[rng.below(workload.published.size())];
      }
      if (account == nullptr) {
        return;
      }
      running.account = account;
      running.key = account->record_key;
      running.timestamp = account->acknowledged;
      run(index, kad::GetValue{.key = running.key}, kGetTimeout, running);
      return;
    }
    case LoadSpec::Kind::kProvide: {
      Bytes text(16);
      rng.fill(text);
      running.key = wire::sha2_256_multihash(text);
      run(index, kad::Provide{running.key}, kOperationTimeout, running);
      return;
    }
    case LoadSpec::Kind::kFindProviders: {
      if (workload.provided.empty()) {
        return;
      }
      const auto& [key, provider] = workload.provided[rng.below(workload.provided.size())];
      running.key = key;
      running.provider = provider;
      run(index, kad::FindProviders{.key = running.key, .enough = 1}, kOperationTimeout, running);
      return;
    }
  }
}

/// As an agent publishes: the signed record, and itself as the provider of the record's key.
void World::Impl::publish(NodeIndex index, Account& account, bool upkeep) {
  const std::vector<wire::Multiaddr> addresses = book.addresses(nodes[index].handle, now);
  Bytes value = workload.sign(account, book.id(nodes[index].handle), addresses, kNetworkName, wall(index));
  Workload::Running record{.kind = LoadSpec::Kind::kPublish,
                           .started = now,
                           .key = account.record_key,
                           .account = &account,
                           .timestamp = account.last_timestamp,
                           .upkeep = upkeep};
  run(index, kad::PutValue{.key = account.record_key, .value = std::move(value)}, kPutTimeout, record);
  if (upkeep) {
    const Bytes provided = wire::sha2_256_multihash(account.record_key);
    run(index, kad::Provide{provided}, kOperationTimeout,
        {.kind = LoadSpec::Kind::kProvide, .started = now, .key = provided, .upkeep = true});
  }
}

void World::Impl::run(NodeIndex index, kad::Operation operation, Duration timeout, Workload::Running running) {
  Life& life = *nodes[index].life;
  const kad::OpId op{workload.next_op++};
  running.traced = trace != nullptr && trace->operation + 1 == static_cast<std::uint64_t>(op);
  if (running.traced) {
    trace->trace.note(now, "start", index, name_of(running.kind));
    traced_node = index;
  }
  recorder.started(running.kind);
  if (running.upkeep) {
    ++life.publishing;
  }
  workload.running.emplace(std::pair{index, op}, std::move(running));
  life.kad->handle(kad::StartOperation{.op = op, .operation = std::move(operation), .deadline = now + timeout}, now);
}

void World::Impl::operation_done(NodeIndex index, Life& life, const kad::OperationDone& done) {
  const auto found = workload.running.find({index, done.op});
  if (found == workload.running.end()) {
    return;
  }
  const Workload::Running running = std::move(found->second);
  workload.running.erase(found);
  const kad::OpResult& result = done.result;
  OperationOutcome outcome{.kind = running.kind,
                           .node = index,
                           .started = running.started,
                           .ended = now,
                           .succeeded = !result.error,
                           .hops = result.hops,
                           .messages = result.messages};
  switch (running.kind) {
    case LoadSpec::Kind::kClosest:
      outcome.overlap = overlap_with_truth(index, running.key, result);
      break;
    case LoadSpec::Kind::kPublish:
    case LoadSpec::Kind::kUpkeep:
      outcome.holders = stored_at(result);
      if (*outcome.holders > 0) {
        if (running.account->acknowledged == 0) {
          workload.published.push_back(running.account);
        }
        running.account->acknowledged = std::max(running.account->acknowledged, running.timestamp);
      }
      break;
    case LoadSpec::Kind::kFind:
      outcome.succeeded = result.value.has_value() && result.verified;
      if (outcome.succeeded) {
        outcome.staleness = judge_found(index, running, *result.value);
      }
      break;
    case LoadSpec::Kind::kProvide:
      outcome.holders = stored_at(result);
      if (*outcome.holders > 0 && !running.upkeep) {
        workload.provided.emplace_back(running.key, index);
      }
      break;
    case LoadSpec::Kind::kFindProviders:
      outcome.succeeded = std::ranges::find(result.peers, book.id(nodes[running.provider].handle), &wire::KadPeer::id) != result.peers.end();
      break;
  }
  if (running.upkeep) {
    life.reached_somebody = life.reached_somebody || outcome.holders.value_or(0) > 0;
    if (--life.publishing == 0 && life.presence) {
      life.presence->published(life.reached_somebody ? node::Presence::Outcome::kReachedSomebody
                                                     : node::Presence::Outcome::kReachedNobody,
                               now);
    }
  }
  if (running.traced) {
    trace->trace.note(now, "end", index, result.error ? result.error->what : "done");
    traced_node.reset();
  }
  hash.mix(static_cast<std::uint64_t>(outcome.succeeded) << 32 | outcome.messages);
  recorder.ended(outcome);
}

/// Share of the truly closest that the lookup found.
double World::Impl::overlap_with_truth(NodeIndex index, const Bytes& key, const kad::OpResult& result) const {
  const std::vector<PeerHandle> closest =
      truth.closest(servers, wire::Key::of(key), kad::kAnswerPeers,
                    [&](PeerHandle peer) { return node_of(peer) != index && findable(node_of(peer)); });
  std::size_t found = 0;
  for (const wire::KadPeer& peer : result.peers) {
    const auto handle = book.find(peer.id);
    found += handle && std::ranges::find(closest, *handle) != closest.end() ? 1U : 0U;
  }
  return closest.empty() ? 1.0 : static_cast<double>(found) / static_cast<double>(closest.size());
}

/// How stale a record is that a reader was given. That it verifies was the reader's to see to: here it is seen again.
Duration World::Impl::judge_found(NodeIndex index, const Workload::Running& running, const Bytes& value) {
  const auto record = kad::verify_eth_record(running.key, value, kNetworkName, wall(index));
  if (!record) {
    violation("node " + std::to_string(index) + " was given a record that does not verify: " +
              std::string{record.error().what});
    return {};
  }
  const std::int64_t behind_ms = running.timestamp - record->agent.timestamp;
  return std::chrono::milliseconds{std::max<std::int64_t>(behind_ms, 0)};
}

/// A violation when an operation is still under way though its deadline has long passed.
void World::Impl::check_operations() {
  for (const auto& [where, running] : workload.running) {
    if (now - running.started > kOperationTimeout + 5s && nodes[where.first].up) {
      violation("an operation of node " + std::to_string(where.first) + " runs past its deadline");
    }
  }
}

std::string_view World::Impl::name_of(LoadSpec::Kind kind) {
  switch (kind) {
    case LoadSpec::Kind::kClosest:
      return "closest";
    case LoadSpec::Kind::kPublish:
      return "publish";
    case LoadSpec::Kind::kFind:
      return "find";
    case LoadSpec::Kind::kProvide:
      return "provide";
    case LoadSpec::Kind::kFindProviders:
      return "find providers";
    case LoadSpec::Kind::kUpkeep:
      return "upkeep";
  }
  return "?";
}

}  // namespace pond::sim
