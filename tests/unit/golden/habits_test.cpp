#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden_files.hpp"

// What the captures show of how the other implementations behave, where that is a trap for a server or a client. A peer
// that is recorded anew in a newer version may have changed its habits: then pond need no longer bear with them.

namespace pond::test {
namespace {

using Lines = std::vector<std::string>;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::vector<std::string> kPeers{"go", "js2", "js3", "py", "rust"};

Lines transcript(const std::string& name) {
  const auto capture = load_golden(name);
  EXPECT_TRUE(capture) << capture.error();
  return capture ? capture->transcript : Lines{};
}

/// What the dialer's stream with that title showed.
Lines answers(const std::string& peer, std::string_view title) {
  const Lines all = transcript(peer + ".dialer");
  const auto head = std::ranges::find_if(all, [&](const std::string& line) {
    return line.starts_with("[stream ") && line.contains("of ours: " + std::string{title});
  });
  EXPECT_NE(head, all.end()) << title;
  if (head == all.end()) {
    return {};
  }
  const auto end = std::find_if(head + 1, all.end(), [](const std::string& line) { return line.starts_with("["); });
  return {head + 1, end};
}

TEST(GoldenHabits, OnlyPyAnswersAddProvider) {
  for (const std::string& peer : kPeers) {
    const auto answer = Contains(StartsWith("ADD_PROVIDER"));
    if (peer == "py") {
      EXPECT_THAT(answers(peer, "ADD_PROVIDER"), answer);
    } else {
      EXPECT_THAT(answers(peer, "ADD_PROVIDER"), Not(answer)) << peer;
      EXPECT_THAT(answers(peer, "questions"), Not(answer)) << peer;
    }
  }
}

TEST(GoldenHabits, EveryoneAnswersPutWithTheRecord) {
  for (const std::string& peer : kPeers) {
    EXPECT_THAT(answers(peer, "PUT_VALUE"), Contains(HasSubstr("record key the same"))) << peer;
  }
}

TEST(GoldenHabits, RustGivesNoTimeReceived) {
  for (const std::string& peer : kPeers) {
    EXPECT_THAT(answers(peer, "GET_VALUE"),
                Contains(HasSubstr(peer == "rust" ? "no timeReceived" : ", timeReceived 20")))
        << peer;
  }
}

TEST(GoldenHabits, RustAndNobodyElseLeavesTheKeyOutOfItsAnswer) {
  for (const std::string& peer : kPeers) {
    EXPECT_EQ(std::ranges::count(answers(peer, "GET_VALUE"), "  no key"), peer == "rust" ? 1 : 0) << peer;
  }
}

TEST(GoldenHabits, JsAnswersNoKeyThatIsNoMultihash) {
  for (const std::string& peer : kPeers) {
    const bool js = peer.starts_with("js");
    const Lines lines = answers(peer, "GET_PROVIDERS of no-multihash");
    EXPECT_EQ(std::ranges::any_of(lines, [](const auto& line) { return line.starts_with("GET_PROVIDERS"); }), !js)
        << peer;
  }
}

TEST(GoldenHabits, RustAnswersNoKademliaPing) {
  for (const std::string& peer : kPeers) {
    const Lines lines = answers(peer, "PING");
    EXPECT_EQ(std::ranges::any_of(lines, [](const auto& line) { return line.starts_with("PING"); }), peer != "rust")
        << peer;
  }
}

TEST(GoldenHabits, Js2AsksByKademliaPing) {
  EXPECT_THAT(transcript("js2.listener"), Contains(StartsWith("PING")));
}

TEST(GoldenHabits, EveryoneAnswersManyRequestsOnOneStream) {
  for (const std::string& peer : kPeers) {
    const Lines lines = answers(peer, "questions");
    EXPECT_EQ(std::ranges::count_if(lines, [](const auto& line) { return line.starts_with("FIND_NODE"); }), 2) << peer;
  }
}

TEST(GoldenHabits, EveryoneAnswersBehindAHalfClose) {
  for (const std::string& peer : kPeers) {
    EXPECT_THAT(answers(peer, "GET_VALUE"), Contains(StartsWith("GET_VALUE"))) << peer;
  }
}

TEST(GoldenHabits, PyAloneResetsAStreamThatWasHalfClosed) {
  for (const std::string& peer : kPeers) {
    EXPECT_EQ(answers(peer, "GET_VALUE").back(), peer == "py" ? "reset" : "closed") << peer;
  }
}

TEST(GoldenHabits, GoAsksOnAStreamAgainAndAgain) {
  const Lines lines = transcript("go.listener");
  const auto kad_streams = std::ranges::count_if(lines, [](const auto& line) { return line.contains("/kad/1.0.0]"); });
  const auto requests = std::ranges::count_if(lines, [](const auto& line) { return line.starts_with("FIND_NODE"); });
  EXPECT_GT(requests, kad_streams);
}

TEST(GoldenHabits, EveryProviderBringsItsOwnRecordAndItself) {
  for (const std::string& peer : kPeers) {
    const Lines lines = transcript(peer + ".listener");
    const std::string id = lines.at(1).substr(std::string_view{"peer "}.size());
    EXPECT_THAT(lines, Contains(StartsWith("  /eth record of " + id))) << peer;
    EXPECT_THAT(lines, Contains(StartsWith("  provider " + id + ", addresses "))) << peer;
    EXPECT_THAT(lines, Each(Not(HasSubstr("provider " + id + ", addresses 0")))) << peer;
  }
}

}  // namespace
}  // namespace pond::test
