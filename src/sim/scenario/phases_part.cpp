#include "scenario/parts.hpp"
#include "scenario/words.hpp"

namespace pond::sim {
namespace {

using LoadKind = LoadSpec::Kind;
using EventKind = EventSpec::Kind;

constexpr std::size_t kMaxPhases = 1000;
constexpr double kMaxRate = 1e6;

constexpr std::array<Choice<LoadKind>, 6> kLoadWords{{{"closest", LoadKind::kClosest},
                                                      {"publish", LoadKind::kPublish},
                                                      {"find", LoadKind::kFind},
                                                      {"provide", LoadKind::kProvide},
                                                      {"find_providers", LoadKind::kFindProviders},
                                                      {"upkeep", LoadKind::kUpkeep}}};

constexpr std::array<Choice<EventKind>, 6> kEventWords{{{"partition", EventKind::kPartition},
                                                        {"heal", EventKind::kHeal},
                                                        {"kill", EventKind::kKill},
                                                        {"leave", EventKind::kLeave},
                                                        {"restart", EventKind::kRestart},
                                                        {"loss", EventKind::kLoss}}};

/// Reads which group a load or event is about; nullptr when that is wrong or not said.
const GroupSpec* read_group_of(TableReader& reader, const Scenario& scenario, std::string& name) {
  if (!reader.text("group", name)) {
    return nullptr;
  }
  const GroupSpec* group = find_group(scenario, name);
  if (group == nullptr) {
    std::vector<std::string_view> names;
    for (const GroupSpec& each : scenario.groups) {
      names.push_back(each.name);
    }
    const auto meant = nearest_word(name, names);
    reader.fail("group",
                "no group is called '" + name + "'" +
                    (meant ? ", did you mean '" + std::string{*meant} + "'?" : "; there are " + listed(names)));
  }
  return group;
}

/// Whether an earlier phase or load makes what this kind looks for.
bool is_there_to_find(const Scenario& scenario, const PhaseSpec& phase, LoadKind kind) {
  if (kind != LoadKind::kFind && kind != LoadKind::kFindProviders) {
    return true;
  }
  const LoadKind maker = kind == LoadKind::kFind ? LoadKind::kPublish : LoadKind::kProvide;
  const auto makes = [maker](const LoadSpec& load) { return load.kind == maker || load.kind == LoadKind::kUpkeep; };
  return std::ranges::any_of(phase.loads, makes) || std::ranges::any_of(scenario.phases, [&](const PhaseSpec& earlier) {
           return std::ranges::any_of(earlier.loads, makes);
         });
}

void judge_key(TableReader& reader, const Scenario& scenario, const LoadSpec& load) {
  const bool takes_key = load.kind == LoadKind::kFind || load.kind == LoadKind::kPublish;
  reader.only("key", takes_key, "kind = \"find\" or \"publish\"");
  const auto mines_it = [&load](const GroupSpec& group) {
    return group.adversary && group.adversary->near_key == load.key;
  };
  if (!load.key.empty() && std::ranges::none_of(scenario.groups, mines_it)) {
    reader.fail("key", "no adversary has 'near_key' = \"" + load.key + "\"");
  }
}

void read_load(TableReader& reader, const Scenario& scenario, LoadSpec& load) {
  reader.require("kind");
  reader.require("group");
  reader.choice("kind", load.kind, kLoadWords);
  const GroupSpec* group = read_group_of(reader, scenario, load.group);
  const bool is_upkeep = load.kind == LoadKind::kUpkeep;
  if (!is_upkeep) {
    reader.require("per_second");
  }
  if (reader.number("per_second", load.per_second, Zero::kRefused) && load.per_second > kMaxRate) {
    reader.fail("per_second", "'per_second' is at most " + number_text(kMaxRate));
  }
  reader.duration("every", load.every, Zero::kRefused);
  reader.only("per_second", !is_upkeep, "another kind than \"upkeep\"");
  reader.only("every", is_upkeep, "kind = \"upkeep\"");
  reader.name("key", load.key);
  judge_key(reader, scenario, load);
  if (group == nullptr) {
    return;
  }
  if (group->adversary) {
    reader.fail("group", "group '" + group->name + "' misbehaves: it answers, but does nothing of its own");
  } else if (is_upkeep && group->role == GroupSpec::Role::kBootstrap) {
    reader.fail("group", "group '" + group->name + "' has no upkeep: bootstrap nodes have no record of their own");
  }
}

void read_event(TableReader& reader, const Scenario& scenario, const PhaseSpec& phase, EventSpec& event) {
  reader.require("kind");
  reader.choice("kind", event.kind, kEventWords);
  const bool is_of_nodes =
      event.kind == EventKind::kKill || event.kind == EventKind::kLeave || event.kind == EventKind::kRestart;
  const bool is_partition = event.kind == EventKind::kPartition;
  reader.duration("at", event.at, Zero::kAllowed);
  if (event.at >= phase.length) {
    reader.fail("at", "'at' is not before the end of phase '" + phase.name + "'");
  }
  reader.share("share", event.share);
  if (is_partition || event.kind == EventKind::kLoss) {
    reader.require("share");
  }
  if (event.share == 0 && event.kind != EventKind::kLoss) {
    reader.fail("share", "'share' is more than nothing, not 0");
  }
  if (event.share == 1 && is_partition && reader.has("share")) {
    reader.fail("share", "'share' of a partition is less than all, not 1");
  }
  if (event.kind == EventKind::kLeave) {
    reader.require("away");
  }
  reader.duration("away", event.away, Zero::kRefused);
  reader.flag("keep_store", event.keep_store);
  read_group_of(reader, scenario, event.group);
  reader.only("share", event.kind != EventKind::kHeal, "another kind than \"heal\"");
  reader.only("away", event.kind == EventKind::kLeave, "kind = \"leave\"");
  reader.only("group", is_of_nodes, "kind = \"kill\", \"leave\" or \"restart\"");
  reader.only("keep_store", is_of_nodes && event.kind != EventKind::kKill, "kind = \"leave\" or \"restart\"");
}

/// Walks through all partitions and heals in the order of their times.
void judge_partitions(TableReader& top, const Scenario& scenario) {
  bool is_split = false;
  for (const PhaseSpec& phase : scenario.phases) {
    std::vector<EventSpec> events = phase.events;
    std::ranges::stable_sort(events, {}, &EventSpec::at);
    for (const EventSpec& event : events) {
      if (event.kind != EventKind::kPartition && event.kind != EventKind::kHeal) {
        continue;
      }
      const bool splits = event.kind == EventKind::kPartition;
      if (splits == is_split) {
        top.problems().add(top.line_of("phases"), "phase '" + phase.name + "' " +
                                                      (splits ? "parts the network, which is parted already"
                                                              : "heals the network, which is not parted"));
        return;
      }
      is_split = splits;
    }
  }
}

void judge_joins(TableReader& top, const Scenario& scenario) {
  for (const GroupSpec& group : scenario.groups) {
    if (group.join_at + group.join_over > scenario.length()) {
      top.problems().add(top.line_of("groups"), "group '" + group.name + "' has not joined when the last phase ends");
    }
  }
}

void read_phase(TableReader& reader, const Scenario& scenario, PhaseSpec& phase) {
  static constexpr std::array<std::string_view, 5> kLoadKeys{"kind", "group", "per_second", "every", "key"};
  static constexpr std::array<std::string_view, 6> kEventKeys{"kind", "at", "group", "share", "away", "keep_store"};
  reader.require("name");
  reader.require("length");
  reader.name("name", phase.name);
  reader.duration("length", phase.length, Zero::kRefused);
  for (TableReader& each : reader.tables("loads", "a load", kLoadKeys)) {
    read_load(each, scenario, phase.loads.emplace_back());
  }
  for (TableReader& each : reader.tables("events", "an event", kEventKeys)) {
    read_event(each, scenario, phase, phase.events.emplace_back());
  }
  for (const LoadSpec& load : phase.loads) {
    if (!is_there_to_find(scenario, phase, load.kind)) {
      const bool finds = load.kind == LoadKind::kFind;
      reader.problems().add(reader.line(), "phase '" + phase.name + "' looks for " + (finds ? "records" : "providers") +
                                               ", but nobody has a load \"" + (finds ? "publish" : "provide") +
                                               "\" or \"upkeep\" by then");
    }
  }
}

}  // namespace

void read_phases(TableReader& top, Scenario& scenario) {
  static constexpr std::array<std::string_view, 4> kKeys{"name", "length", "loads", "events"};
  top.require("phases");
  auto readers = top.tables("phases", "a phase", kKeys);
  if (top.has("phases") && readers.empty()) {
    top.fail("phases", "the scenario needs at least one phase");
  }
  if (readers.size() > kMaxPhases) {
    top.fail("phases", "more than " + std::to_string(kMaxPhases) + " phases");
    return;
  }
  for (TableReader& reader : readers) {
    PhaseSpec phase;
    read_phase(reader, scenario, phase);
    if (std::ranges::find(scenario.phases, phase.name, &PhaseSpec::name) != scenario.phases.end()) {
      reader.fail("name", "a second phase is called '" + phase.name + "'");
    }
    scenario.phases.push_back(std::move(phase));
  }
  if (top.ok()) {
    judge_partitions(top, scenario);
    judge_joins(top, scenario);
  }
}

std::string_view word_of(LoadSpec::Kind kind) {
  return std::ranges::find(kLoadWords, kind, &Choice<LoadKind>::value)->word;
}

}  // namespace pond::sim
