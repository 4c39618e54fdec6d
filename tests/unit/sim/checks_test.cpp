#include "pond/sim/checks.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "support/sim_run.hpp"

namespace pond::sim {
namespace {

/// Two phases with four and one violations and lookups of which 19 of 20 peers were right.
struct Judged {
  Scenario scenario;

  explicit Judged(std::vector<CheckSpec> checks) {
    scenario.phases = {{"first", 10s, {}, {}}, {"second", 10s, {}, {}}};
    scenario.checks = std::move(checks);
  }

  std::vector<CheckResult> operator()() const {
    Recorder recorder{scenario};
    recorder.begin_phase(0, Instant{});
    recorder.add("violations", 4);
    recorder.begin_phase(1, Instant{} + 10s);
    recorder.add("violations", 1);
    for (int i = 0; i < 7; ++i) {
      OperationOutcome outcome;
      outcome.started = Instant{} + 10s;
      outcome.succeeded = true;
      outcome.overlap = 0.95;
      recorder.ended(outcome);
    }
    recorder.end(Instant{} + 20s);
    return judge(scenario, recorder);
  }
};

TEST(Checks, ComparesWithBothBounds) {
  const auto results = Judged{{{"violations", "", 5, {}},
                               {"violations", "", 6, {}},
                               {"violations", "", {}, 5},
                               {"violations", "", {}, 4},
                               {"violations", "", 5, 5},
                               {"violations", "", {}, {}}}}();
  ASSERT_EQ(results.size(), 6U);
  EXPECT_TRUE(results[0].passed);
  EXPECT_FALSE(results[1].passed);
  EXPECT_TRUE(results[2].passed);
  EXPECT_FALSE(results[3].passed);
  EXPECT_TRUE(results[4].passed);
  EXPECT_TRUE(results[5].passed);
  EXPECT_EQ(results[3].value, 5);
  EXPECT_EQ(results[1].check.at_least, 6);
  EXPECT_FALSE(all_passed(results));
  EXPECT_TRUE(all_passed(std::vector{results[0], results[2]}));
}

TEST(Checks, LooksAtThePhaseThatIsNamed) {
  const auto results = Judged{{{"violations", "first", {}, 3}, {"violations", "second", {}, 3}}}();
  EXPECT_EQ(results[0].value, 4);
  EXPECT_FALSE(results[0].passed);
  EXPECT_EQ(results[1].value, 1);
  EXPECT_TRUE(results[1].passed);
}

TEST(Checks, FailsWhenTheFigureWasNotSeen) {
  const auto results = Judged{{{"closest.success", "first", {}, 1},
                               {"find.success", "", {}, {}},
                               {"violations", "third", {}, {}},
                               {"no.such.figure", "", 0, {}}}}();
  for (const CheckResult& result : results) {
    EXPECT_FALSE(result.passed) << result.check.figure;
    EXPECT_FALSE(result.value) << result.check.figure;
  }
}

// 0.95 is not a float: what is kept of it lies a little below.
TEST(Checks, ASampleMeetsTheBoundThatItEquals) {
  const auto results = Judged{{{"closest.overlap.mean", "", 0.95, 0.95},
                               {"closest.overlap.min", "", 0.95, 0.95},
                               {"closest.overlap.min", "", 0.9501, {}},
                               {"closest.overlap.min", "", {}, 0.9499}}}();
  EXPECT_TRUE(results[0].passed);
  EXPECT_TRUE(results[1].passed);
  EXPECT_FALSE(results[2].passed);
  EXPECT_FALSE(results[3].passed);
}

TEST(Checks, WholeNumbersAreExactHoweverLarge) {
  EXPECT_FALSE(within_bounds({"", "", {}, 20'000'000}, 20'000'001));
  EXPECT_FALSE(within_bounds({"", "", 20'000'000, {}}, 19'999'999));
  EXPECT_FALSE(within_bounds({"", "", {}, 0}, 1));
  EXPECT_TRUE(within_bounds({"", "", {}, 0}, 0));
}

}  // namespace
}  // namespace pond::sim
