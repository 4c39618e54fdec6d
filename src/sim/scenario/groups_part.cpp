#include "scenario/parts.hpp"
#include "scenario/session_trace.hpp"

namespace pond::sim {
namespace {

constexpr std::size_t kMaxGroups = 1000;
constexpr std::uint64_t kMaxBucketCapacity = 10'000;
constexpr std::uint64_t kMaxConnections = 1'000'000;

void read_trace(TableReader& reader, const Beside& beside, DurationSpec& spec) {
  std::string file;
  if (!reader.text("file", file)) {
    return;
  }
  const auto text = (*beside.read)(beside.folder / file);
  if (!text) {
    reader.fail("file", "trace file '" + file + "' cannot be read");
    return;
  }
  auto lengths = parse_session_trace(*text);
  if (!lengths) {
    const TomlError& error = lengths.error();
    const std::string place = error.line == 0 ? std::string{} : ", line " + std::to_string(error.line);
    reader.fail("file", "trace file '" + file + "'" + place + ": " + error.what);
    return;
  }
  spec.trace = *std::move(lengths);
}

void read_length(TableReader& churn, std::string_view key, std::string_view what, const Beside& beside,
                 DurationSpec& spec) {
  static constexpr std::array<std::string_view, 4> kKeys{"kind", "median", "shape", "file"};
  static constexpr std::array<Choice<DurationSpec::Kind>, 4> kKinds{{{"fixed", DurationSpec::Kind::kFixed},
                                                                     {"exponential", DurationSpec::Kind::kExponential},
                                                                     {"weibull", DurationSpec::Kind::kWeibull},
                                                                     {"trace", DurationSpec::Kind::kTrace}}};
  auto reader = churn.table(key, what, kKeys);
  if (!reader) {
    return;
  }
  reader->require("kind");
  reader->choice("kind", spec.kind, kKinds);
  const bool is_trace = spec.kind == DurationSpec::Kind::kTrace;
  reader->require(is_trace ? "file" : "median");
  reader->duration("median", spec.median, Zero::kRefused);
  reader->number("shape", spec.shape, Zero::kRefused);
  reader->only("median", !is_trace, "with kind = \"trace\"");
  reader->only("shape", spec.kind == DurationSpec::Kind::kWeibull, "without kind = \"weibull\"");
  reader->only("file", is_trace, "without kind = \"trace\"");
  read_trace(*reader, beside, spec);
}

void read_churn(TableReader& group, const Beside& beside, GroupSpec& spec) {
  static constexpr std::array<std::string_view, 4> kKeys{"session", "away", "keep_store", "new_identity"};
  auto reader = group.table("churn", "churn", kKeys);
  if (!reader) {
    return;
  }
  ChurnSpec churn;
  reader->require("session");
  reader->require("away");
  read_length(*reader, "session", "a session", beside, churn.session);
  read_length(*reader, "away", "an absence", beside, churn.away);
  reader->flag("keep_store", churn.keep_store);
  reader->flag("new_identity", churn.new_identity);
  if (churn.new_identity && churn.keep_store && reader->has("keep_store")) {
    reader->fail("keep_store", "'keep_store' cannot be true with 'new_identity': somebody else comes back");
  }
  churn.keep_store = churn.keep_store && !churn.new_identity;
  spec.churn = std::move(churn);
}

void read_adversary(TableReader& group, GroupSpec& spec) {
  using Kind = AdversarySpec::Kind;
  static constexpr std::array<std::string_view, 3> kKeys{"kind", "delay", "near_key"};
  static constexpr std::array<Choice<Kind>, 7> kKinds{{{"random-peers", Kind::kRandomPeers},
                                                       {"eclipse", Kind::kEclipse},
                                                       {"silent", Kind::kSilent},
                                                       {"slow", Kind::kSlow},
                                                       {"withhold", Kind::kWithhold},
                                                       {"forge", Kind::kForge},
                                                       {"flood", Kind::kFlood}}};
  auto reader = group.table("adversary", "an adversary", kKeys);
  if (!reader) {
    return;
  }
  AdversarySpec adversary;
  reader->require("kind");
  reader->choice("kind", adversary.kind, kKinds);
  reader->duration("delay", adversary.delay, Zero::kRefused);
  reader->name("near_key", adversary.near_key);
  reader->only("delay", adversary.kind == Kind::kSlow, "without kind = \"slow\"");
  if (spec.role == GroupSpec::Role::kAgent) {
    reader->problems().add(
        reader->line(), "group '" + spec.name + "' cannot misbehave: its role is \"agent\", and nobody asks an agent");
  }
  spec.adversary = std::move(adversary);
}

void read_group(TableReader& reader, const Beside& beside, GroupSpec& group) {
  static constexpr std::array<Choice<GroupSpec::Role>, 3> kRoles{{{"bootstrap", GroupSpec::Role::kBootstrap},
                                                                  {"server", GroupSpec::Role::kServer},
                                                                  {"agent", GroupSpec::Role::kAgent}}};
  for (const std::string_view key : {"name", "role", "count"}) {
    reader.require(key);
  }
  reader.name("name", group.name);
  reader.choice("role", group.role, kRoles);
  reader.count("count", group.count, 1, kMaxNodes);
  if (std::size_t capacity = 0; reader.count("bucket_capacity", capacity, 1, kMaxBucketCapacity)) {
    group.bucket_capacity = capacity;
  }
  if (std::size_t connections = 0; reader.count("max_connections", connections, 1, kMaxConnections)) {
    group.max_connections = connections;
  }
  reader.share("nat", group.nat);
  reader.share("silent", group.silent);
  reader.share("slow", group.slow);
  reader.duration("slow_by", group.slow_by, Zero::kRefused);
  reader.only("slow_by", reader.has("slow"), "without 'slow'");
  reader.duration("clock_skew", group.clock_skew, Zero::kAllowed);
  reader.duration("join_at", group.join_at, Zero::kAllowed);
  reader.duration("join_over", group.join_over, Zero::kAllowed);
  if (group.silent + group.slow > 1) {
    reader.fail("slow", "'silent' and 'slow' together are more than all of group '" + group.name + "'");
  }
  read_churn(reader, beside, group);
  read_adversary(reader, group);
}

bool is_honest_server(const GroupSpec& group) {
  return group.role != GroupSpec::Role::kAgent && !group.adversary;
}

/// What only all groups together show.
void judge_groups(TableReader& top, const Scenario& scenario) {
  const auto line = top.line_of("groups");
  if (scenario.depth == Depth::kBytes &&
      std::ranges::any_of(scenario.groups, [](const GroupSpec& group) { return group.adversary.has_value(); })) {
    top.problems().add(line, "'adversary' means nothing without depth = \"messages\"");
    return;
  }
  if (std::ranges::none_of(scenario.groups, is_honest_server)) {
    top.problems().add(line, "no group is an honest server: nobody would answer");
    return;
  }
  if (scenario.nodes() > kMaxNodes) {
    top.problems().add(line, "the groups have " + std::to_string(scenario.nodes()) + " nodes together; at most " +
                                 std::to_string(kMaxNodes) + " can be");
  }
  if (std::ranges::none_of(scenario.groups, [](const GroupSpec& group) {
        return is_honest_server(group) && group.join_at == Duration::zero();
      })) {
    top.problems().add(line, "no honest server is there at the start: somebody's 'join_at' must be 0");
  }
}

}  // namespace

void read_groups(TableReader& top, const Beside& beside, Scenario& scenario) {
  static constexpr std::array<std::string_view, 14> kKeys{
      "name", "role",    "count",      "bucket_capacity", "max_connections", "nat",   "silent",
      "slow", "slow_by", "clock_skew", "join_at",         "join_over",       "churn", "adversary"};
  top.require("groups");
  auto readers = top.tables("groups", "a group", kKeys);
  if (readers.size() > kMaxGroups) {
    top.fail("groups", "more than " + std::to_string(kMaxGroups) + " groups");
    return;
  }
  for (TableReader& reader : readers) {
    GroupSpec group;
    read_group(reader, beside, group);
    if (find_group(scenario, group.name) != nullptr) {
      reader.fail("name", "a second group is called '" + group.name + "'");
    }
    scenario.groups.push_back(std::move(group));
  }
  if (top.ok()) {
    judge_groups(top, scenario);
  }
}

const GroupSpec* find_group(const Scenario& scenario, std::string_view name) {
  const auto at = std::ranges::find(scenario.groups, name, &GroupSpec::name);
  return at == scenario.groups.end() ? nullptr : &*at;
}

}  // namespace pond::sim
