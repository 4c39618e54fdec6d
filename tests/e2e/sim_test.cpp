// `pond sim`: what is wrong with a scenario or with the command is said in one line, exit 2, before anything runs.

#include <algorithm>

#include <gtest/gtest.h>

#include "process.hpp"

namespace pond::e2e {
namespace {

constexpr const char* kScenario = R"(name = "tiny"
groups = [{ name = "servers", role = "server", count = 10 }]
phases = [{ name = "run", length = "10s" }]
checks = [{ figure = "violations", at_most = 0 }]
)";

void expect_refused(const std::vector<std::string>& args, const std::string& message) {
  const Finished finished = run(args);
  EXPECT_EQ(finished.exit, 2) << finished.err;
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.err, "pond: " + message + "\n");
}

class Sim : public ::testing::Test {
 protected:
  TempDir dir;
  std::string file = dir.write("tiny.toml", kScenario);
};

TEST_F(Sim, AWrongScenarioIsRefusedWithItsPlace) {
  const std::string bad = dir.write("bad.toml", std::string{kScenario} + "sede = 1\n");
  const std::string said = bad + ":5: the scenario has no key 'sede', did you mean 'seed'?";
  expect_refused({"sim", "run", bad}, said);
  expect_refused({"sim", "check", file, bad}, said);
}
TEST_F(Sim, AScenarioThatIsNotThereIsRefused) {
  const std::string none = dir.file("none.toml");
  expect_refused({"sim", "run", none}, none + ": cannot be read");
  expect_refused({"sim", "run", dir.path()}, dir.path() + ": cannot be read");
}
TEST_F(Sim, ACheckOnAFigureThatIsNotThereIsRefused) {
  const std::string bad =
      dir.write("bad.toml", std::string{kScenario} +
                                "[[variants]]\nname = \"a\"\nchecks = [{ figure = \"violation\", at_most = 0 }]\n");
  expect_refused({"sim", "run", bad}, bad +
                                          ":7: there is no figure 'violation', did you mean 'violations'? (pond sim "
                                          "figures lists them)");
}
TEST_F(Sim, MoreNodesThanMemoryAllowsAreRefused) {
  const Finished finished = run({"sim", "run", file, "--nodes", "16000000"});
  EXPECT_EQ(finished.exit, 2) << finished.err;
  EXPECT_EQ(finished.out, "");
  EXPECT_TRUE(finished.err.starts_with("pond: " + file + ": scenario tiny with 16000000 nodes needs about "))
      << finished.err;
  EXPECT_TRUE(finished.err.ends_with(" GiB free\n")) << finished.err;
}
TEST_F(Sim, NodesThatCannotBeAreRefused) {
  expect_refused({"sim", "run", file, "--nodes", "0"}, file + ": scenario tiny takes 1 to 16000000 nodes, not 0");
}
TEST_F(Sim, NumbersThatAreNoneAreRefused) {
  for (const char* flag : {"--seed", "--nodes", "--trace-op"}) {
    for (const char* value : {"-1", "many", "1.5", "99999999999999999999"}) {
      const Finished finished = run({"sim", "run", file, flag, value});
      EXPECT_EQ(finished.exit, 2) << flag << value << finished.err;
      EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
      EXPECT_NE(finished.err.find(flag), std::string::npos) << finished.err;
    }
  }
}
TEST_F(Sim, ResultsThatCannotBeWrittenAreRefusedBeforeTheRun) {
  const std::string nowhere = dir.file("nowhere/out");
  expect_refused({"sim", "run", file, "--json", nowhere}, "--json " + nowhere + ": No such file or directory");
  expect_refused({"sim", "run", file, "--trace", nowhere}, "--trace " + nowhere + ": No such file or directory");
  expect_refused({"sim", "run", file, "--plot", file + "/x"}, "--plot " + file + "/x: Not a directory");
}
TEST_F(Sim, AnOperationIsTracedIntoAFile) {
  expect_refused({"sim", "run", file, "--trace-op", "3"}, "--trace-op says of which operation: give --trace FILE too");
}
TEST_F(Sim, AVariantIsOneOfTheFiles) {
  const std::string two = dir.write("two.toml", std::string{kScenario} + R"([[variants]]
name = "a"
[[variants]]
name = "b"
)");
  expect_refused({"sim", "run", two, "--variant", "c"}, two + " has no variant 'c', only a, b");
  expect_refused({"sim", "run", file, "--variant", "c"}, file + " has no variants");
  expect_refused({"sim", "run", two, "--trace", dir.file("t")},
                 "--trace is about one run: choose one of the variants with --variant");
}
TEST_F(Sim, WordsThatAreMissingOrTooManyAreRefused) {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"sim"},
                                             {"sim", "frobnicate"},
                                             {"sim", "run"},
                                             {"sim", "check"},
                                             {"sim", "run", file, file},
                                             {"sim", "run", file, "--json"},
                                             {"sim", "run", file, "--json", dir.file("j"), "--frobnicate"}}) {
    const Finished finished = run(args);
    EXPECT_EQ(finished.exit, 2) << finished.err;
    EXPECT_EQ(finished.out, "");
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
  }
}
TEST_F(Sim, CheckSaysHowLargeScenariosAre) {
  const Finished text = run({"sim", "check", file});
  EXPECT_EQ(text.exit, 0) << text.err;
  EXPECT_TRUE(text.out.starts_with(file + ": tiny, 10 nodes, 10.0 s, 1 check, about ")) << text.out;
  const Json json = run({"sim", "check", file, "--json"}).json();
  ASSERT_EQ(json.size(), 1U);
  EXPECT_EQ(members(json[0]), "checks estimatedBytes file nodes scenario seconds");
  EXPECT_EQ(json[0]["nodes"], 10);
}
TEST_F(Sim, FiguresAreListed) {
  const Finished text = run({"sim", "figures"});
  EXPECT_EQ(text.exit, 0);
  EXPECT_NE(text.out.find("find.latency_ms.p95"), std::string::npos);
  const Json json = run({"sim", "figures", "--json"}).json();
  EXPECT_EQ(members(json[0]), "name unit what");
}

}  // namespace
}  // namespace pond::e2e
