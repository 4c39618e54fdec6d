#include <cstdint>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/wire/kad_message.hpp"

namespace pond::wire {
namespace {

TEST(Rfc3339, WritesUtcWithNineFractionDigits) {
  EXPECT_EQ(rfc3339(1'795'334'415'759), "2026-11-22T08:00:15.759000000Z");
}

TEST(Rfc3339, WritesTheEpoch) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
}

TEST(Rfc3339, WritesTheMillisecondBeforeTheEpoch) {
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999000000Z");
}

TEST(Rfc3339, WritesALeapDay) {
  EXPECT_EQ(rfc3339(951'782'400'000), "2000-02-29T00:00:00.000000000Z");
}

TEST(Rfc3339, StaysWithinFourDigitYears) {
  EXPECT_EQ(rfc3339(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59.999000000Z");
  EXPECT_EQ(rfc3339(std::numeric_limits<std::int64_t>::min()), "0000-01-01T00:00:00.000000000Z");
}

TEST(Rfc3339, ReadsWhatJsSends) {
  EXPECT_EQ(parse_rfc3339_ms("2026-11-22T08:00:15.759000000Z"), 1'795'334'415'759);
}

TEST(Rfc3339, ReadsAnyNumberOfFractionDigits) {
  EXPECT_EQ(parse_rfc3339_ms("1970-01-01T00:00:01Z"), 1'000);
  EXPECT_EQ(parse_rfc3339_ms("1970-01-01T00:00:01.5Z"), 1'500);
  EXPECT_EQ(parse_rfc3339_ms("1970-01-01T00:00:01.0049Z"), 1'004);
  EXPECT_EQ(parse_rfc3339_ms("1970-01-01T00:00:01.99999999999999Z"), 1'999);
}

TEST(Rfc3339, ReadsOffsets) {
  EXPECT_EQ(parse_rfc3339_ms("1970-01-01T02:00:00+02:00"), 0);
  EXPECT_EQ(parse_rfc3339_ms("1969-12-31T19:30:00-04:30"), 0);
}

TEST(Rfc3339, ReadsLowerCaseAndASpace) {
  EXPECT_EQ(parse_rfc3339_ms("1970-01-01t00:00:00z"), 0);
  EXPECT_EQ(parse_rfc3339_ms("1970-01-01 00:00:00Z"), 0);
}

TEST(Rfc3339, ReadsALeapSecondAsTheNextMinute) {
  EXPECT_EQ(parse_rfc3339_ms("2016-12-31T23:59:60Z"), parse_rfc3339_ms("2017-01-01T00:00:00Z"));
}

TEST(Rfc3339, RefusesDaysThatDoNotExist) {
  EXPECT_TRUE(parse_rfc3339_ms("2024-02-29T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339_ms("2023-02-29T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339_ms("2023-04-31T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339_ms("2023-13-01T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339_ms("2023-00-01T00:00:00Z"));
}

TEST(Rfc3339, RefusesTimesThatDoNotExist) {
  EXPECT_FALSE(parse_rfc3339_ms("2023-01-01T24:00:00Z"));
  EXPECT_FALSE(parse_rfc3339_ms("2023-01-01T00:60:00Z"));
  EXPECT_FALSE(parse_rfc3339_ms("2023-01-01T00:00:61Z"));
}

TEST(Rfc3339, RefusesEveryTruncation) {
  const std::string_view whole = "2026-11-22T08:00:15.759000000Z";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_rfc3339_ms(whole.substr(0, size))) << whole.substr(0, size);
  }
}

TEST(Rfc3339, RefusesWhatFollows) {
  EXPECT_FALSE(parse_rfc3339_ms("1970-01-01T00:00:00Z "));
  EXPECT_FALSE(parse_rfc3339_ms("1970-01-01T00:00:00+01:000"));
}

TEST(Rfc3339, RefusesOverlongText) {
  const std::string long_fraction = "1970-01-01T00:00:00." + std::string(kMaxTimeTextBytes, '0') + "Z";
  EXPECT_FALSE(parse_rfc3339_ms(long_fraction));
}

RC_GTEST_PROP(Rfc3339Property, ReadsBackWhatItWrites, ()) {
  const auto ms = *rc::gen::inRange<std::int64_t>(-62'167'219'200'000, 253'402'300'800'000);
  RC_ASSERT(parse_rfc3339_ms(rfc3339(ms)) == ms);
}

RC_GTEST_PROP(Rfc3339Property, LaterTimesAreGreaterTexts, ()) {
  const auto a = *rc::gen::inRange<std::int64_t>(0, 253'402'300'800'000);
  const auto b = *rc::gen::inRange<std::int64_t>(0, 253'402'300'800'000);
  RC_ASSERT((a < b) == (rfc3339(a) < rfc3339(b)));
}

RC_GTEST_PROP(Rfc3339Property, SurvivesAnyText, (const std::string& text)) {
  [[maybe_unused]] const auto ms = parse_rfc3339_ms(text);
}

}  // namespace
}  // namespace pond::wire
