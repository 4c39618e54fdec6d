#include <algorithm>

#include "impl.hpp"

namespace pond::sim {

/// Whose turn it is acts, or the next one of the group that can; upkeep is each node's own.
void ByteWorld::Impl::on_turn(std::uint32_t place) {
  LoadSchedule& load = loads[place];
  const LoadSchedule::Turn turn = *load.next();
  load.advance();
  if (const auto& next = load.next()) {
    at(next->at, ByteEvent::Kind::kLoad, place, static_cast<std::uint32_t>(current_phase));
  }
  const auto [first, last] = members_of(load.spec().group);
  const bool own = load.spec().kind == LoadSpec::Kind::kUpkeep;
  for (NodeIndex skipped = 0; skipped < (own ? 1 : last - first); ++skipped) {
    const NodeIndex index = first + (turn.member + skipped) % (last - first);
    if (acts(index)) {
      start_operation(index, load.spec());
      pump(index);
      return;
    }
  }
}

Actor ByteWorld::Impl::actor(NodeIndex index) const {
  const wire::PeerId& self = nodes[index].life->node->self();
  return {.node = index,
          .id = self,
          .addresses = {ByteNet::address_of(index).with_peer_id(self)},
          .wall = wall_of(index).wall(now)};
}

void ByteWorld::Impl::start_operation(NodeIndex index, const LoadSpec& load) {
  const Actor who = actor(index);
  if (load.kind == LoadSpec::Kind::kUpkeep) {
    // As an agent publishes: the signed record, and itself as the provider of the record's key.
    Account& account = workload.account_of(index);
    run(index, workload.record(account, who, now, Workload::Cause::kUpkeep));
    run(index, workload.provider(account, who, now, Workload::Cause::kUpkeep));
  } else if (auto task = workload.begin(load, who, now, rng)) {
    run(index, std::move(*task));
  }
}

void ByteWorld::Impl::run(NodeIndex index, Workload::Task task) {
  task.running.traced = trace != nullptr && trace->operation == operations;
  if (task.running.traced) {
    trace->trace.note(now, "start", index, operation_name(task.running.kind));
  }
  ++operations;
  recorder.started(task.running.kind);
  const kad::OpId op = nodes[index].life->node->run(std::move(task.operation), task.timeout, now);
  workload.started(index, op, std::move(task.running));
}

void ByteWorld::Impl::operation_done(NodeIndex index, const node::OperationDone& done) {
  const std::optional<Workload::Running> running = workload.ended(index, done.op);
  if (!running) {
    return;
  }
  Workload::Verdict verdict = workload.judge(*running, done.result, actor(index), now);
  if (verdict.wrong) {
    violation("node " + std::to_string(index) + " " + *verdict.wrong);
  }
  if (running->kind == LoadSpec::Kind::kClosest) {
    const auto passes = [&](peers::PeerHandle peer) {
      const NodeIndex node = node_of[static_cast<std::size_t>(peer)];
      return node != index && findable(node);
    };
    verdict.outcome.overlap =
        truth.overlap(servers, wire::Key::of(running->key), kad::kAnswerPeers, passes, done.result.peers);
  }
  if (running->traced) {
    trace->trace.note(now, "end", index, done.result.error ? done.result.error->what : "done");
  }
  hash.mix(static_cast<std::uint64_t>(verdict.outcome.succeeded) << 32 | verdict.outcome.messages);
  recorder.ended(verdict.outcome);
}

}  // namespace pond::sim
