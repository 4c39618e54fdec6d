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

std::size_t stored_at(const kad::OpResult& result) {
  return static_cast<std::size_t>(
      std::ranges::count(result.reports, kad::PeerOutcome::kStored, &kad::PeerReport::outcome));
}

}  // namespace

/// Whose turn it is acts, or the next one of the group that is up; upkeep is each node's own.
void ByteWorld::Impl::on_turn(std::uint32_t place) {
  Load& load = *loads[place];
  const LoadSchedule::Turn turn = *load.schedule.next();
  load.schedule.advance();
  if (const auto& next = load.schedule.next()) {
    at(next->at, ByteEvent::Kind::kLoad, place, static_cast<std::uint32_t>(current_phase));
  }
  const auto [first, last] = members_of(load.spec.group);
  const bool own = load.spec.kind == LoadSpec::Kind::kUpkeep;
  for (std::uint32_t skipped = 0; skipped < (own ? 1 : last - first); ++skipped) {
    const NodeIndex index = first + (turn.member + skipped) % (last - first);
    if (acts(index)) {
      start_operation(index, load.spec);
      pump(index);
      return;
    }
  }
}

void ByteWorld::Impl::start_operation(NodeIndex index, const LoadSpec& load) {
  Workload::Running running{.kind = load.kind, .started = now, .key = {}};
  switch (load.kind) {
    case LoadSpec::Kind::kClosest:
      running.key.resize(32);
      rng.fill(running.key);
      run(index, kad::GetClosest{running.key}, kOperationTimeout, running);
      return;
    case LoadSpec::Kind::kPublish:
      publish(index, load.key.empty() ? workload.account_of(index) : workload.account_of(load.key), false);
      return;
    case LoadSpec::Kind::kUpkeep:
      publish(index, workload.account_of(index), true);
      return;
    case LoadSpec::Kind::kFind:
      if (!load.key.empty()) {
        running.account = &workload.account_of(load.key);
      } else if (!workload.published.empty()) {
        running.account = workload.published[rng.below(workload.published.size())];
      }
      if (running.account != nullptr) {
        running.key = running.account->record_key;
        running.timestamp = running.account->acknowledged;
        run(index, kad::GetValue{.key = running.key}, kGetTimeout, running);
      }
      return;
    case LoadSpec::Kind::kProvide: {
      Bytes text(16);
      rng.fill(text);
      running.key = wire::sha2_256_multihash(text);
      run(index, kad::Provide{running.key}, kOperationTimeout, running);
      return;
    }
    case LoadSpec::Kind::kFindProviders:
      if (!workload.provided.empty()) {
        std::tie(running.key, running.provider) = workload.provided[rng.below(workload.provided.size())];
        run(index, kad::FindProviders{.key = running.key, .enough = 1}, kOperationTimeout, running);
      }
      return;
  }
}

/// As an agent publishes: the signed record, and itself as the provider of the record's key.
void ByteWorld::Impl::publish(NodeIndex index, Account& account, bool upkeep) {
  const wire::PeerId& self = nodes[index].life->node->self();
  const std::vector<wire::Multiaddr> addresses{ByteNet::address_of(index).with_peer_id(self)};
  Bytes value = workload.sign(account, self, addresses, kNetworkName, wall_of(index).wall(now));
  const Workload::Running record{.kind = LoadSpec::Kind::kPublish,
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

void ByteWorld::Impl::run(NodeIndex index, kad::Operation operation, Duration timeout, Workload::Running running) {
  running.traced = trace != nullptr && trace->operation + 1 == workload.next_op;
  ++workload.next_op;
  if (running.traced) {
    trace->trace.note(now, "start", index, "operation " + std::to_string(trace->operation));
  }
  recorder.started(running.kind);
  const kad::OpId op = nodes[index].life->node->run(std::move(operation), timeout, now);
  workload.running.emplace(std::pair{index, op}, std::move(running));
}

void ByteWorld::Impl::operation_done(NodeIndex index, const node::OperationDone& done) {
  const auto found = workload.running.find({index, done.op});
  if (found == workload.running.end()) {
    return;
  }
  const Workload::Running running = std::move(found->second);
  workload.running.erase(found);
  const kad::OpResult& result = done.result;
  OperationOutcome outcome;
  outcome.kind = running.kind;
  outcome.node = index;
  outcome.started = running.started;
  outcome.ended = now;
  outcome.succeeded = !result.error;
  outcome.hops = result.hops;
  outcome.messages = result.messages;
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
      outcome.succeeded = std::ranges::find(result.peers, census.id(nodes[running.provider].identity),
                                            &wire::KadPeer::id) != result.peers.end();
      break;
  }
  if (running.traced) {
    trace->trace.note(now, "end", index, result.error ? result.error->what : "done");
  }
  hash.mix(static_cast<std::uint64_t>(outcome.succeeded) << 32 | outcome.messages);
  recorder.ended(outcome);
}

/// Share of the truly closest that the lookup found.
double ByteWorld::Impl::overlap_with_truth(NodeIndex index, const Bytes& key, const kad::OpResult& result) const {
  const auto node_behind = [this](peers::PeerHandle peer) { return node_of[static_cast<std::size_t>(peer)]; };
  const std::vector<peers::PeerHandle> closest =
      truth.closest(servers, wire::Key::of(key), kad::Config{}.replication,
                    [&](peers::PeerHandle peer) { return node_behind(peer) != index && findable(node_behind(peer)); });
  const auto found = std::ranges::count_if(closest, [&](peers::PeerHandle peer) {
    return std::ranges::find(result.peers, census.id(peer), &wire::KadPeer::id) != result.peers.end();
  });
  return closest.empty() ? 1.0 : static_cast<double>(found) / static_cast<double>(closest.size());
}

/// How stale a record is that a reader was given. That it verifies was the reader's to see to: here it is seen again.
Duration ByteWorld::Impl::judge_found(NodeIndex index, const Workload::Running& running, const Bytes& value) {
  const auto record = kad::verify_eth_record(running.key, value, kNetworkName, wall_of(index).wall(now));
  if (!record) {
    violation("node " + std::to_string(index) +
              " was given a record that does not verify: " + std::string{record.error().what});
    return {};
  }
  return std::chrono::milliseconds{std::max<std::int64_t>(running.timestamp - record->agent.timestamp, 0)};
}

}  // namespace pond::sim
