#include "pond/sim/byte_world.hpp"

#include <algorithm>
#include <cstring>

#include "../whole_run.hpp"
#include "impl.hpp"

namespace pond::sim {
namespace {

constexpr Duration kLookAroundInterval = 10s;
constexpr int kTimeoutsInARow = 1000;  ///< more of one node at one instant: its deadline stays in the past

peers::PeerBookLimits census_limits() {
  peers::PeerBookLimits limits;
  limits.max_peers = 0xfffffff0U;  // nobody is ever forgotten
  return limits;
}

}  // namespace

Result<void> ByteWorld::can_run(const Scenario& scenario) {
  if (scenario.tables_filled) {
    return fail(Errc::kUnsupported, "whole nodes find each other: tables_filled is of depth \"messages\"");
  }
  if (std::ranges::any_of(scenario.groups, [](const GroupSpec& group) { return group.adversary.has_value(); })) {
    return fail(Errc::kUnsupported, "whole nodes are as shipped: adversaries are of depth \"messages\"");
  }
  return {};
}

ByteWorld::Impl::Impl(const Scenario& the_scenario, Recorder& the_recorder, OperationTrace* the_trace)
    : scenario(the_scenario),
      recorder(the_recorder),
      trace(the_trace),
      rng(the_scenario.seed),
      now(Instant{} + 1h),
      started(now),
      links(the_scenario.network, the_scenario.nodes(), rng),
      net(the_scenario.network, links, events, rng, *this),
      planned(plan_events(the_scenario)),
      census(census_limits()),
      truth(census),
      workload(the_scenario.seed),
      phase_began(now) {
  if (trace != nullptr) {
    trace->trace = Trace{started};
  }
  populate();
  Instant begins = started;
  for (std::size_t i = 0; i < scenario.phases.size(); ++i) {
    at(begins, ByteEvent::Kind::kPhase, static_cast<std::uint32_t>(i));
    begins += scenario.phases[i].length;
  }
  for (std::size_t i = 0; i < planned.size(); ++i) {
    at(started + planned[i].at, ByteEvent::Kind::kPlanned, static_cast<std::uint32_t>(i));
  }
  at(begins, ByteEvent::Kind::kEnd);
  at(started + kLookAroundInterval, ByteEvent::Kind::kLookAround);
}

bool ByteWorld::Impl::step() {
  if (ended || events.empty()) {
    return false;
  }
  const auto [when, event] = events.pop();
  now = when;
  ++event_count;
  hash.mix(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  hash.mix(static_cast<std::uint64_t>(event.kind) << 32 | event.subject);
  handle(event);
  return !ended;
}

void ByteWorld::Impl::handle(const ByteEvent& event) {
  switch (event.kind) {
    case ByteEvent::Kind::kSyn:
    case ByteEvent::Kind::kDialed:
    case ByteEvent::Kind::kDialFailed:
    case ByteEvent::Kind::kArrival:
    case ByteEvent::Kind::kRoom:
      net.handle(event, now);
      return;
    case ByteEvent::Kind::kTimer:
      on_timer(event.subject);
      return;
    case ByteEvent::Kind::kJoin:
      join(event.subject);
      return;
    case ByteEvent::Kind::kLeave:
      if (nodes[event.subject].life_number == event.other) {
        churned(event.subject);
      }
      return;
    case ByteEvent::Kind::kHang:
      if (nodes[event.subject].life_number == event.other) {
        nodes[event.subject].hung = true;
        workload.forget(event.subject);
      }
      return;
    case ByteEvent::Kind::kLoad:
      if (event.other == current_phase) {
        on_turn(event.subject);
      }
      return;
    case ByteEvent::Kind::kPlanned:
      apply(*planned[event.subject].event);
      return;
    case ByteEvent::Kind::kPhase:
      begin_phase(event.subject);
      return;
    case ByteEvent::Kind::kLookAround:
      look_around();
      at(now + kLookAroundInterval, event.kind);
      return;
    case ByteEvent::Kind::kEnd:
      end();
      return;
  }
}

/// As net::NodeRunner: carries out everything that the node wants, and only then writes.
void ByteWorld::Impl::pump(NodeIndex index) {
  if (!acts(index)) {
    return;
  }
  node::Node& node = *nodes[index].life->node;
  for (;;) {
    while (std::optional<node::Output> output = node.poll(now)) {
      on_output(index, *output);
    }
    if (to_write.empty()) {
      break;
    }
    std::vector<swarm::ConnId> writing;
    std::swap(writing, to_write);
    for (const swarm::ConnId conn : writing) {
      net.write(index, conn, now);
    }
  }
  set_timer(index);
}

void ByteWorld::Impl::on_output(NodeIndex index, node::Output& output) {
  if (const auto* wants = std::get_if<swarm::WantsWrite>(&output)) {
    to_write.push_back(wants->conn);
  } else if (const auto* open = std::get_if<swarm::OpenSocket>(&output)) {
    net.open(index, *open, now);
  } else if (auto* close = std::get_if<swarm::CloseSocket>(&output)) {
    net.close(index, *close, now);
  } else if (const auto* done = std::get_if<node::OperationDone>(&output)) {
    operation_done(index, *done);
  }
}

void ByteWorld::Impl::set_timer(NodeIndex index) {
  WholeNode& node = nodes[index];
  const Instant due = node.life->node->next_deadline().value_or(Instant::max());
  // One that comes too early finds nothing due and is set anew: cheaper than to take events back.
  if (due < node.timer) {
    node.timer = std::max(due, now);
    at(node.timer, ByteEvent::Kind::kTimer, index);
  }
}

void ByteWorld::Impl::on_timer(NodeIndex index) {
  WholeNode& node = nodes[index];
  if (node.timer != now) {
    return;  // an earlier one took its place
  }
  node.timer = Instant::max();
  if (!acts(index)) {
    return;
  }
  int rounds = 0;
  for (auto due = node.life->node->next_deadline(); due && *due <= now; due = node.life->node->next_deadline()) {
    if (++rounds > kTimeoutsInARow) {
      violation("node " + std::to_string(index) + ": its next deadline stays in the past");
      node.hung = true;
      return;
    }
    node.life->node->handle_timeout(now);
    pump(index);
  }
  set_timer(index);
}

// ---- What the sockets say

swarm::ConnId ByteWorld::Impl::accept(NodeIndex node, const wire::Multiaddr& local, const wire::Multiaddr& remote) {
  // The system of a process that hangs takes connections all the same, and the process never hears of them.
  constexpr std::uint64_t kMute = std::uint64_t{1} << 63;
  return acts(node) ? nodes[node].life->node->accept(local, remote, now) : swarm::ConnId{kMute + next_mute_conn++};
}

void ByteWorld::Impl::dialed(NodeIndex node, swarm::ConnId conn, Result<wire::Multiaddr> local) {
  if (acts(node)) {
    nodes[node].life->node->handle(swarm::DialResult{.conn = conn, .local = std::move(local)}, now);
  }
}

void ByteWorld::Impl::received(NodeIndex node, swarm::ConnId conn, BytesView bytes) {
  // The last octets are the tag of what is encrypted: they differ when anything before them does.
  hash.mix(bytes.last(std::min<std::size_t>(bytes.size(), 8)));
  if (acts(node)) {
    nodes[node].life->node->handle(swarm::Received{.conn = conn, .bytes = bytes}, now);
  }
}

void ByteWorld::Impl::lost(NodeIndex node, swarm::ConnId conn, const Error& why) {
  if (acts(node)) {
    nodes[node].life->node->handle(swarm::SocketClosed{.conn = conn, .why = why}, now);
  }
}

Bytes ByteWorld::Impl::produce(NodeIndex node, swarm::ConnId conn, std::size_t max_bytes) {
  Bytes bytes;
  if (acts(node)) {
    static_cast<void>(nodes[node].life->node->produce(conn, bytes, max_bytes, now));
  }
  return bytes;
}

// ---- Phases

void ByteWorld::Impl::begin_phase(std::size_t index) {
  if (index > 0) {
    measure();
  }
  current_phase = index;
  phase_began = now;
  recorder.begin_phase(index, now);
  loads.clear();
  const PhaseSpec& phase = scenario.phases[index];
  for (std::size_t i = 0; i < phase.loads.size(); ++i) {
    const auto [first, last] = members_of(phase.loads[i].group);
    loads.emplace_back(phase.loads[i], last - first, now, now + phase.length, rng.next_u64());
    if (const auto& turn = loads.back().next()) {
      at(turn->at, ByteEvent::Kind::kLoad, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(index));
    }
  }
}

void ByteWorld::Impl::end() {
  look_around();
  measure();
  std::vector<std::uint64_t> counts;
  counts.reserve(nodes.size());
  for (NodeIndex index = 0; index < nodes.size(); ++index) {
    counts.push_back(counts_of(index).taken);
  }
  recorder.set_messages_per_node(std::move(counts));
  recorder.end(now);
  WholeRun run{.messages = messages,
               .node_minutes = node_minutes,
               .bootstrap_nodes = bootstrap_nodes.size(),
               .length = now - started};
  for (const NodeIndex index : bootstrap_nodes) {
    run.taken_by_bootstrap += counts_of(index).taken;
  }
  record(run, recorder);
  ended = true;
}

std::pair<NodeIndex, NodeIndex> ByteWorld::Impl::members_of(const std::string& group) const {
  const auto found = std::ranges::find(scenario.groups, group, &GroupSpec::name);
  if (found == scenario.groups.end()) {
    return {0, 0};
  }
  const auto place = static_cast<std::size_t>(found - scenario.groups.begin());
  return {first_of_group[place], first_of_group[place + 1]};
}

WallAnchor ByteWorld::Impl::wall_of(NodeIndex index) const {
  return WallAnchor{started, kStart + nodes[index].plan.clock_skew};
}

ByteWorld::ByteWorld(const Scenario& scenario, Recorder& recorder, OperationTrace* trace)
    : impl_(std::make_unique<Impl>(scenario, recorder, trace)) {
}
ByteWorld::~ByteWorld() = default;

bool ByteWorld::advance(std::size_t events) {
  for (std::size_t i = 0; i < events; ++i) {
    if (!impl_->step()) {
      return false;
    }
  }
  return true;
}

Duration ByteWorld::elapsed() const {
  return impl_->now - impl_->started;
}
std::size_t ByteWorld::phase() const {
  return impl_->current_phase;
}
std::uint64_t ByteWorld::events() const {
  return impl_->event_count;
}
std::uint64_t ByteWorld::event_hash() const {
  return impl_->hash.value();
}
std::size_t ByteWorld::nodes_up() const {
  return impl_->up;
}
const std::vector<std::string>& ByteWorld::violations() const {
  return impl_->violations;
}
ByteWorldCounters ByteWorld::counters() const {
  const ByteNetCounters& net = impl_->net.counters();
  return {.connected = net.connected, .octets = net.octets, .reads = net.pieces, .connections = impl_->net.pipes()};
}

}  // namespace pond::sim
