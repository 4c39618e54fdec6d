#include <algorithm>

#include "impl.hpp"

namespace pond::sim {

/// Whose turn it is acts, or the next one of the group that can.
void World::Impl::on_turn(std::uint32_t place) {
  LoadSchedule& load = loads[place];
  const LoadSchedule::Turn turn = *load.next();
  load.advance();
  if (const auto& next = load.next()) {
    at(next->at, WorldEvent::Kind::kLoad, place, static_cast<std::uint32_t>(current_phase));
  }
  const auto [first, last] = members_of(load.spec().group);
  for (NodeIndex skipped = 0; skipped < last - first; ++skipped) {
    const NodeIndex index = first + (turn.member + skipped) % (last - first);
    if (nodes[index].life && nodes[index].life->kad) {
      start_operation(index, load.spec());
      return;
    }
  }
}

void World::Impl::start_operation(NodeIndex index, const LoadSpec& load) {
  if (auto task = workload.begin(load, actor(index), now, rng)) {
    run(index, std::move(*task));
    pump(index);
  }
}

Actor World::Impl::actor(NodeIndex index) const {
  const PeerHandle handle = nodes[index].handle;
  return {.node = index, .id = book.id(handle), .addresses = book.addresses(handle, now), .wall = wall(index)};
}

void World::Impl::publish(NodeIndex index, Account& account) {
  run(index, workload.record(account, actor(index), now));
}

/// As an agent publishes: the signed record, and itself as the provider of the record's key.
void World::Impl::keep_up(NodeIndex index) {
  const Actor who = actor(index);
  Account& account = workload.account_of(index);
  run(index, workload.record(account, who, now, Workload::Cause::kUpkeep));
  run(index, workload.provider(account, who, now, Workload::Cause::kUpkeep));
}

void World::Impl::run(NodeIndex index, Workload::Task task) {
  Life& life = *nodes[index].life;
  const kad::OpId op{next_op++};
  task.running.traced = trace != nullptr && trace->operation + 1 == static_cast<std::uint64_t>(op);
  if (task.running.traced) {
    trace->trace.note(now, "start", index, operation_name(task.running.kind));
    traced_node = index;
  }
  recorder.started(task.running.kind);
  life.publishing += task.running.cause == Workload::Cause::kUpkeep ? 1U : 0U;
  workload.started(index, op, std::move(task.running));
  life.kad->handle(
      kad::StartOperation{.op = op, .operation = std::move(task.operation), .deadline = now + task.timeout}, now);
}

void World::Impl::operation_done(NodeIndex index, Life& life, const kad::OperationDone& done) {
  const std::optional<Workload::Running> running = workload.ended(index, done.op);
  if (!running) {
    return;
  }
  Workload::Verdict verdict = workload.judge(*running, done.result, actor(index), now);
  OperationOutcome& outcome = verdict.outcome;
  if (verdict.wrong) {
    violation("node " + std::to_string(index) + " " + *verdict.wrong);
  }
  if (running->kind == LoadSpec::Kind::kClosest) {
    outcome.overlap = truth.overlap(
        servers, wire::Key::of(running->key), kad::kAnswerPeers,
        [&](PeerHandle peer) { return node_of(peer) != index && findable(node_of(peer)); }, done.result.peers);
  }
  if (running->cause == Workload::Cause::kUpkeep) {
    life.reached_somebody = life.reached_somebody || outcome.holders.value_or(0) > 0;
    if (--life.publishing == 0 && life.presence) {
      life.presence->published(
          life.reached_somebody ? node::Presence::Outcome::kReachedSomebody : node::Presence::Outcome::kReachedNobody,
          now);
    }
  }
  if (running->traced) {
    trace->trace.note(now, "end", index, done.result.error ? done.result.error->what : "done");
    traced_node.reset();
  }
  hash.mix(static_cast<std::uint64_t>(outcome.succeeded) << 32 | outcome.messages);
  recorder.ended(outcome);
}

/// A violation when an operation is still under way though its deadline has long passed.
void World::Impl::check_operations() {
  if (const Workload::Overdue overdue = workload.overdue(now); overdue.count > 0) {
    violation(std::to_string(overdue.count) + " operations run past their deadline, one of them of node " +
              std::to_string(overdue.node));
  }
}

}  // namespace pond::sim
