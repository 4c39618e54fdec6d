#include "pond/sim/trace.hpp"

#include <gtest/gtest.h>

namespace pond::sim {
namespace {

constexpr Instant kBegin = Instant{} + 1h;

TEST(Trace, IsALineForEachEventInTheOrderOfTime) {
  Trace trace{kBegin};
  trace.note(kBegin + 2500ms, "answer", 4211, 17, "20 nearer peers");
  trace.note(kBegin + 1204318us, "request", 17, 4211, "GET_VALUE");
  trace.note(kBegin + 12000s, "done", 17, "");
  EXPECT_EQ(trace.text(),
            "      1.204318 s      17 -> 4211     request     GET_VALUE\n"
            "      2.500000 s    4211 -> 17       answer      20 nearer peers\n"
            "  12000.000000 s      17             done\n");
  EXPECT_EQ(trace.events(), 3U);
}

TEST(Trace, KeepsTheOrderOfWhatHappensAtOnce) {
  Trace trace{kBegin};
  for (std::uint32_t node = 0; node < 100; ++node) {
    trace.note(kBegin, "start", node, "");
  }
  const std::string text = trace.text();
  std::size_t at = 0;
  for (std::uint32_t node = 0; node < 100; ++node) {
    const std::size_t found = text.find(" " + std::to_string(node) + " ", at);
    ASSERT_NE(found, std::string::npos) << node;
    at = found + 1;
  }
}

TEST(Trace, AnEventStaysOneLineWhateverItTells) {
  Trace trace{kBegin};
  trace.note(kBegin, "say", 1, "two\nlines\x1b[31m");
  EXPECT_EQ(trace.text(), "      0.000000 s       1             say         two lines [31m\n");
}

TEST(Trace, StopsAtItsBoundAndSaysSo) {
  Trace trace{kBegin, 2};
  for (int i = 0; i < 1003; ++i) {
    trace.note(kBegin, "say", 1, "x");
  }
  EXPECT_EQ(trace.events(), 2U);
  EXPECT_EQ(trace.left_out(), 1001U);
  EXPECT_TRUE(trace.text().ends_with("\nand 1,001 more events, which were left out\n"));
}

}  // namespace
}  // namespace pond::sim
