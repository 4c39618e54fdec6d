#include <algorithm>

#include "pond/kad/records/eth_record.hpp"
#include "pond/kad/records/openpond_validators.hpp"
#include "pond/sim/distribution.hpp"

#include "../whole_run.hpp"
#include "impl.hpp"

namespace pond::sim {
namespace {

constexpr Duration kLookAroundInterval = 10s;

/// Verdicts that the whole network remembers: a record is checked once, not once for each of its holders. What it costs
/// a node is measured elsewhere.
constexpr std::size_t kVerdictsRemembered = 1U << 18;

peers::PeerBookLimits book_limits() {
  peers::PeerBookLimits limits;
  limits.max_peers = 0xfffffff0U;  // nobody is ever forgotten
  return limits;
}

kad::Validators shared_validators() {
  kad::Validators validators;
  const Result<void> added =
      validators.add("eth", kad::kMaxEthValueBytes, std::make_unique<kad::EthValidator>(kVerdictsRemembered));
  return added ? validators : kad::Validators{};
}

}  // namespace

World::Impl::Impl(const Scenario& the_scenario, Recorder& the_recorder, OperationTrace* the_trace)
    : scenario(the_scenario),
      recorder(the_recorder),
      trace(the_trace),
      rng(the_scenario.seed),
      now(Instant{} + 1h),
      started(now),
      links(the_scenario.network, the_scenario.nodes(), rng),
      book(book_limits()),
      validators(shared_validators()),
      host(std::make_unique<Host>(*this)),
      truth(book),
      workload(the_scenario.seed),
      planned(plan_events(the_scenario)),
      phase_began(now) {
  if (trace != nullptr) {
    trace->trace = Trace{started};
  }
  populate();
  Instant begins = started;
  for (std::size_t i = 0; i < scenario.phases.size(); ++i) {
    at(begins, WorldEvent::Kind::kPhase, static_cast<std::uint32_t>(i));
    begins += scenario.phases[i].length;
  }
  for (std::size_t i = 0; i < planned.size(); ++i) {
    at(started + planned[i].at, WorldEvent::Kind::kPlanned, static_cast<std::uint32_t>(i));
  }
  at(begins, WorldEvent::Kind::kEnd);
  at(started + kLookAroundInterval, WorldEvent::Kind::kLookAround);
  if (scenario.tables_filled) {
    while (queue.next_at() == started) {
      const auto [when, event] = queue.pop();
      handle(event);
    }
    fill_tables();
  }
}

/// The node that the event is about; nullptr when it is about none.
const SimNode* World::Impl::node_of(const WorldEvent& event) const {
  if (event.kind == WorldEvent::Kind::kParcel) {
    const Parcel& parcel = parcels[event.subject];
    return &nodes[parcel.kind == Parcel::Kind::kRequest ? parcel.asked : parcel.asker];
  }
  return event.kind == WorldEvent::Kind::kTimer || event.kind == WorldEvent::Kind::kConnected ? &nodes[event.subject]
                                                                                              : nullptr;
}

/// With very many nodes each event meets one that no cache holds. What the next events need is asked for in time, a
/// pointer further with each step: parcel, node, its life, its Kademlia.
void World::Impl::prefetch() const {
  constexpr std::size_t kParcelAhead = 8;
  constexpr std::size_t kNodeAhead = 6;
  constexpr std::size_t kLifeAhead = 4;
  constexpr std::size_t kKadAhead = 2;
  if (const WorldEvent* event = queue.upcoming(kParcelAhead);
      event != nullptr && event->kind == WorldEvent::Kind::kParcel) {
    __builtin_prefetch(&parcels[event->subject]);
  }
  if (const WorldEvent* event = queue.upcoming(kNodeAhead)) {
    __builtin_prefetch(node_of(*event));
  }
  if (const WorldEvent* event = queue.upcoming(kLifeAhead)) {
    if (const SimNode* node = node_of(*event)) {
      __builtin_prefetch(node->life.get());
      node->connections.prefetch();
    }
  }
  if (const WorldEvent* event = queue.upcoming(kKadAhead)) {
    if (const SimNode* node = node_of(*event); node != nullptr && node->life && node->life->kad) {
      node->life->kad->prefetch();
    }
  }
}

bool World::Impl::step() {
  if (ended || queue.empty()) {
    return false;
  }
  const auto [when, event] = queue.pop();
  prefetch();
  now = when;
  ++event_count;
  hash.mix(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  hash.mix(static_cast<std::uint64_t>(event.kind) << 32 | event.subject);
  handle(event);
  return !ended;
}

void World::Impl::handle(const WorldEvent& event) {
  switch (event.kind) {
    case WorldEvent::Kind::kParcel:
      arrive(event.subject);
      return;
    case WorldEvent::Kind::kTimer:
      on_timer(event.subject);
      return;
    case WorldEvent::Kind::kConnected:
      connected(event.subject, event.other);
      return;
    case WorldEvent::Kind::kUnreachable:
      bootstrap_unreachable(event.subject, event.other);
      return;
    case WorldEvent::Kind::kJoin:
      join(event.subject);
      return;
    case WorldEvent::Kind::kLeave:
      if (nodes[event.subject].life_number == event.other) {
        churned(event.subject);
      }
      return;
    case WorldEvent::Kind::kLoad:
      if (event.other == current_phase) {
        on_turn(event.subject);
      }
      return;
    case WorldEvent::Kind::kPlanned:
      apply(*planned[event.subject].event);
      return;
    case WorldEvent::Kind::kPhase:
      begin_phase(event.subject);
      return;
    case WorldEvent::Kind::kUpkeep:
      begin_upkeep(event.subject);
      pump(event.subject);
      return;
    case WorldEvent::Kind::kLookAround:
      look_around();
      at(now + kLookAroundInterval, event.kind);
      return;
    case WorldEvent::Kind::kEnd:
      end();
      return;
  }
}

void World::Impl::begin_phase(std::size_t index) {
  if (index > 0) {
    measure();
  }
  current_phase = index;
  phase_began = now;
  recorder.begin_phase(index, now);
  end_upkeep();
  loads.clear();
  const PhaseSpec& phase = scenario.phases[index];
  for (const LoadSpec& load : phase.loads) {
    const auto [first, last] = members_of(load.group);
    if (load.kind != LoadSpec::Kind::kUpkeep) {
      begin_load(load, last - first, phase.length);
      continue;
    }
    for (NodeIndex node = first; node < last; ++node) {
      const std::uint64_t after = rng.below(static_cast<std::uint64_t>(load.every.count()));
      at(now + Duration{static_cast<Duration::rep>(after)}, WorldEvent::Kind::kUpkeep, node);
    }
  }
}

void World::Impl::begin_load(const LoadSpec& load, std::size_t members, Duration length) {
  loads.emplace_back(load, members, now, now + length, rng.next_u64());
  if (const auto& turn = loads.back().next()) {
    at(turn->at, WorldEvent::Kind::kLoad, static_cast<std::uint32_t>(loads.size() - 1),
       static_cast<std::uint32_t>(current_phase));
  }
}

void World::Impl::end() {
  look_around();
  measure();
  std::vector<std::uint64_t> taken;
  taken.reserve(nodes.size());
  for (const SimNode& node : nodes) {
    taken.push_back(node.taken);
  }
  recorder.set_messages_per_node(std::move(taken));
  recorder.end(now);
  WholeRun run{.messages = messages,
               .node_minutes = node_minutes,
               .bootstrap_nodes = bootstrap_nodes.size(),
               .length = now - started};
  for (const NodeIndex index : bootstrap_nodes) {
    run.taken_by_bootstrap += nodes[index].taken;
  }
  record(run, recorder);
  ended = true;
}

const LoadSpec* World::Impl::upkeep_of(std::uint16_t group) const {
  if (scenario.phases.empty()) {
    return nullptr;
  }
  for (const LoadSpec& load : scenario.phases[current_phase].loads) {
    if (load.kind == LoadSpec::Kind::kUpkeep && load.group == scenario.groups[group].name) {
      return &load;
    }
  }
  return nullptr;
}

std::pair<NodeIndex, NodeIndex> World::Impl::members_of(const std::string& group) const {
  for (std::size_t g = 0; g < scenario.groups.size(); ++g) {
    if (scenario.groups[g].name == group) {
      return {first_of_group[g], first_of_group[g + 1]};
    }
  }
  return {0, 0};
}

bool World::Impl::never_answers(NodeIndex index) const {
  const Adversary* adversary = adversaries[nodes[index].group].get();
  return adversary != nullptr && adversary->is_silent();
}

WallTime World::Impl::wall(NodeIndex index) const {
  return WallAnchor{started, {kStart.ms + nodes[index].skew_ms}}.wall(now);
}

World::World(const Scenario& scenario, Recorder& recorder, OperationTrace* trace)
    : impl_(std::make_unique<Impl>(scenario, recorder, trace)) {
}
World::~World() = default;

bool World::advance(std::size_t events) {
  for (std::size_t i = 0; i < events; ++i) {
    if (!impl_->step()) {
      return false;
    }
  }
  return true;
}

Duration World::elapsed() const {
  return impl_->now - impl_->started;
}
std::size_t World::phase() const {
  return impl_->current_phase;
}
std::uint64_t World::events() const {
  return impl_->event_count;
}
std::uint64_t World::event_hash() const {
  return impl_->hash.value();
}
std::size_t World::nodes_up() const {
  return impl_->up;
}
const std::vector<std::string>& World::violations() const {
  return impl_->violations;
}

}  // namespace pond::sim
