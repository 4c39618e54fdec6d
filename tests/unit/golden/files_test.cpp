#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden_files.hpp"

namespace pond::test {
namespace {

const std::string kHead = "pond golden capture, format 1\npeer go\nrole dialer\nseed 1\nwall 5\n";

TEST(GoldenFiles, EveryPeerIsThereInBothRoles) {
  EXPECT_THAT(golden_names(),
              testing::ElementsAre("go.dialer", "go.listener", "js2.dialer", "js2.listener", "js3.dialer",
                                   "js3.listener", "py.dialer", "py.listener", "rust.dialer", "rust.listener"));
}

TEST(GoldenFiles, EachNamesItsPeerRoleAndLibrary) {
  for (const std::string& name : golden_names()) {
    const auto capture = load_golden(name);
    ASSERT_TRUE(capture) << name << ": " << capture.error();
    const bool dials = capture->settings.role == GoldenRole::kDialer;
    EXPECT_EQ(capture->peer + (dials ? ".dialer" : ".listener"), name);
    EXPECT_THAT(capture->library, testing::MatchesRegex("[a-z]+-libp2p [0-9]+\\.[0-9]+\\.[0-9]+")) << name;
  }
}

TEST(GoldenFiles, ContinuationsJoinTheirChunk) {
  const auto capture = parse_golden(kHead + "< 0102\n+ 03\n< 04\n= [connection]\n> [security]\n");
  ASSERT_TRUE(capture) << capture.error();
  EXPECT_EQ(capture->chunks, (std::vector<Bytes>{{1, 2, 3}, {4}}));
}

TEST(GoldenFiles, WhatIsNoCaptureIsRefusedWithItsLine) {
  for (const std::string last : {"< 010", "< ", "seed x", "role both", "remote nobody", "hello there", "<01"}) {
    EXPECT_EQ(parse_golden(kHead + last + "\n").error(), "line 6 is none of a golden capture") << last;
  }
  EXPECT_FALSE(parse_golden("").has_value());
  EXPECT_FALSE(parse_golden("pond golden capture, format 2\n").has_value());
  EXPECT_FALSE(parse_golden(kHead).has_value());
  EXPECT_FALSE(parse_golden(kHead + "< 01\n= [connection]\n").has_value()) << "nothing of what our end says";
}

TEST(GoldenFiles, AContinuationOfNothingIsRefused) {
  EXPECT_FALSE(parse_golden(kHead + "+ 01\n= [connection]\n> [security]\n").has_value());
}

}  // namespace
}  // namespace pond::test
