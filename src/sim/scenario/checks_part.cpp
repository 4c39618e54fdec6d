#include "pond/sim/figures.hpp"

#include "scenario/parts.hpp"
#include "scenario/words.hpp"

namespace pond::sim {
namespace {

/// Whether a figure of that kind of operation will be seen in the phase, or in any when `phase` is empty.
bool is_seen(const Scenario& scenario, std::string_view operation, std::string_view phase) {
  for (const PhaseSpec& each : scenario.phases) {
    if (!phase.empty() && each.name != phase) {
      continue;
    }
    for (const LoadSpec& load : each.loads) {
      const bool is_upkeep = load.kind == LoadSpec::Kind::kUpkeep;
      if (operation == word_of(load.kind) || (is_upkeep && (operation == "publish" || operation == "provide"))) {
        return true;
      }
    }
  }
  return false;
}

void judge_figure(TableReader& reader, const Scenario& scenario, const CheckSpec& check) {
  constexpr std::array<std::string_view, 5> kOperations{"closest", "publish", "find", "provide", "find_providers"};
  const std::string_view first = std::string_view{check.figure}.substr(0, check.figure.find('.'));
  if (std::ranges::find(kOperations, first) != kOperations.end() && !is_seen(scenario, first, check.phase)) {
    reader.fail("figure", "figure '" + check.figure + "' will not be seen: no load " +
                              (check.phase.empty() ? std::string{} : "of phase '" + check.phase + "' ") +
                              "makes operations \"" + std::string{first} + "\"");
  }
  if (first == "bootstrap" && std::ranges::none_of(scenario.groups, [](const GroupSpec& group) {
        return group.role == GroupSpec::Role::kBootstrap;
      })) {
    reader.fail("figure", "figure '" + check.figure + "' will not be seen: no group has role \"bootstrap\"");
  }
  constexpr std::array<std::string_view, 5> kOfMessages{"messages.lost", "queue.max", "table.dead_share",
                                                        "table.agreement.mean", "table.agreement.min"};
  if (scenario.depth == Depth::kBytes && std::ranges::find(kOfMessages, check.figure) != kOfMessages.end()) {
    reader.fail("figure", "figure '" + check.figure + "' will not be seen without depth = \"messages\"");
  }
  if (first == "memory" && !check.phase.empty()) {
    reader.fail("phase", "figure '" + check.figure + "' is of the whole run, not of a phase");
  }
}

void judge_bounds(TableReader& reader, const CheckSpec& check, const FigureInfo& figure) {
  if (!check.at_least && !check.at_most) {
    reader.fail("figure", "the check of '" + check.figure + "' needs 'at_least' or 'at_most'");
  }
  if (check.at_least && check.at_most && *check.at_least > *check.at_most) {
    reader.fail("at_least", "'at_least' is more than 'at_most'");
  }
  if (figure.unit != "share") {
    return;
  }
  for (const auto& [key, bound] : {std::pair{"at_least", check.at_least}, std::pair{"at_most", check.at_most}}) {
    if (bound && (*bound < 0 || *bound > 1)) {
      reader.fail(key, "'" + check.figure + "' is a share: '" + key + "' is 0 to 1, not " + number_text(*bound));
    }
  }
}

void read_check(TableReader& reader, const Scenario& scenario, CheckSpec& check) {
  reader.require("figure");
  reader.bound("at_least", check.at_least);
  reader.bound("at_most", check.at_most);
  if (reader.text("phase", check.phase) &&
      std::ranges::find(scenario.phases, check.phase, &PhaseSpec::name) == scenario.phases.end()) {
    reader.fail("phase", "no phase is called '" + check.phase + "'");
  }
  if (!reader.text("figure", check.figure)) {
    return;
  }
  const FigureInfo* figure = find_figure(check.figure);
  if (figure == nullptr) {
    const std::string_view meant = nearest_figure(check.figure);
    reader.fail("figure", "there is no figure '" + check.figure + "'" +
                              (meant.empty() ? std::string{} : ", did you mean '" + std::string{meant} + "'?") +
                              " (pond sim figures lists them)");
    return;
  }
  judge_bounds(reader, check, *figure);
  judge_figure(reader, scenario, check);
}

}  // namespace

void read_checks(TableReader& top, Scenario& scenario) {
  static constexpr std::array<std::string_view, 4> kKeys{"figure", "phase", "at_least", "at_most"};
  for (TableReader& reader : top.tables("checks", "a check", kKeys)) {
    CheckSpec check;
    read_check(reader, scenario, check);
    const auto is_same = [&check](const CheckSpec& other) {
      return other.figure == check.figure && other.phase == check.phase;
    };
    if (std::ranges::any_of(scenario.checks, is_same)) {
      reader.fail("figure", "figure '" + check.figure + "' is checked twice" +
                                (check.phase.empty() ? "" : " in phase '" + check.phase + "'"));
    }
    scenario.checks.push_back(std::move(check));
  }
}

}  // namespace pond::sim
