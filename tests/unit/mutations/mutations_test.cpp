#include <string>

#include <gtest/gtest.h>

#include "pond/sim/checks.hpp"
#include "pond/sim/run.hpp"
#include "pond/sim/scenario_file.hpp"

#include "mutation.hpp"

// The short scenarios are worth something only if they notice when Kademlia is broken. Here it is broken, one way at a
// time, and a scenario has to fail that passes otherwise.

namespace pond::sim {
namespace {

class Quiet final : public Progress {
 public:
  void report(const Standing&) override {}
};

/// The checks that fail, one in a line; empty when all pass.
std::string failures(const std::string& name) {
  const auto scenarios = load_scenarios(std::string{POND_SCENARIOS} + "/short/" + name + ".toml");
  if (!scenarios) {
    return scenarios.error().message;
  }
  Quiet quiet;
  const auto result = run(scenarios->front(), {}, quiet);
  if (!result) {
    return std::string{result.error().what};
  }
  std::string failed;
  for (const CheckResult& each : judge(scenarios->front(), result->recorder)) {
    if (!each.passed) {
      failed += each.check.figure + " = " + (each.value ? std::to_string(*each.value) : "not seen") + "\n";
    }
  }
  return failed;
}

struct Broken {
  kad::Mutation mutation;
  const char* scenario;
  const char* noticed_by;  ///< a figure whose check fails
};

class Mutations : public testing::TestWithParam<Broken> {
 protected:
  void TearDown() override { kad::active_mutation = kad::Mutation::kNone; }
};

TEST_P(Mutations, AreNoticed) {
  kad::active_mutation = kad::Mutation::kNone;
  EXPECT_EQ(failures(GetParam().scenario), "") << "it must pass where nothing is broken";
  kad::active_mutation = GetParam().mutation;
  const std::string failed = failures(GetParam().scenario);
  EXPECT_NE(failed.find(std::string{GetParam().noticed_by} + " ="), std::string::npos)
      << "failed instead: " << (failed.empty() ? "nothing" : failed);
}

INSTANTIATE_TEST_SUITE_P(
    OfKademlia, Mutations,
    testing::Values(Broken{kad::Mutation::kUnsortedCandidates, "steady-short", "closest.overlap.mean"},
                    Broken{kad::Mutation::kUncheckedRecords, "adversary-forge-short", "violations"},
                    Broken{kad::Mutation::kNoRefresh, "growth-short", "table.agreement.mean"},
                    Broken{kad::Mutation::kNoEviction, "churn-short", "table.dead_share"},
                    Broken{kad::Mutation::kHastyLookups, "steady-short", "closest.overlap.mean"},
                    Broken{kad::Mutation::kOldRecordsWin, "openpond-short", "publish.success"},
                    Broken{kad::Mutation::kFewHolders, "steady-short", "publish.holders.mean"}),
    [](const auto& broken) {
      switch (broken.param.mutation) {
        case kad::Mutation::kUnsortedCandidates:
          return "UnsortedCandidates";
        case kad::Mutation::kUncheckedRecords:
          return "UncheckedRecords";
        case kad::Mutation::kNoRefresh:
          return "NoRefresh";
        case kad::Mutation::kNoEviction:
          return "NoEviction";
        case kad::Mutation::kHastyLookups:
          return "HastyLookups";
        case kad::Mutation::kOldRecordsWin:
          return "OldRecordsWin";
        case kad::Mutation::kFewHolders:
          return "FewHolders";
        case kad::Mutation::kNone:
          break;
      }
      return "None";
    });

}  // namespace
}  // namespace pond::sim
