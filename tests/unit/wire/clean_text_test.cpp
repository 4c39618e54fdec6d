// Private to the layer, hence the path.
#include "../../../src/wire/clean_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

namespace pond::wire {
namespace {

constexpr std::size_t kPlenty = 1000;

TEST(CleanText, LeavesTextOfAnyScriptAlone) {
  for (const auto* text : {"", "js-libp2p/3.3.11 node/20", "Grüße", "日本語", "😀"}) {
    EXPECT_EQ(clean_text(text, kPlenty), text);
    EXPECT_TRUE(is_clean_text(text));
  }
}

TEST(CleanText, ReplacesControlCharacters) {
  EXPECT_EQ(clean_text("a\nb\x1b[31m\x7f", kPlenty), "a?b?[31m?");
  EXPECT_EQ(clean_text(std::string_view{"\0", 1}, kPlenty), "?");
  EXPECT_EQ(clean_text("\xc2\x9b", kPlenty), "?");
}

TEST(CleanText, ReplacesLineSeparatorsAndBidirectionalControls) {
  for (const auto* text : {"\u2028", "\u2029", "\u202e", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c"}) {
    EXPECT_EQ(clean_text(text, kPlenty), "?");
    EXPECT_FALSE(is_clean_text(text));
  }
}

TEST(CleanText, ReplacesEachOctetThatIsNoUtf8) {
  EXPECT_EQ(clean_text("\xff", kPlenty), "?");
  EXPECT_EQ(clean_text("\x80z", kPlenty), "?z");
  EXPECT_EQ(clean_text("\xc0\xaf", kPlenty), "??");            // overlong
  EXPECT_EQ(clean_text("\xe0\x80\x80", kPlenty), "???");       // overlong
  EXPECT_EQ(clean_text("\xed\xa0\x80", kPlenty), "???");       // surrogate
  EXPECT_EQ(clean_text("\xf4\x90\x80\x80", kPlenty), "????");  // beyond U+10FFFF
  EXPECT_EQ(clean_text("\xe2\x82", kPlenty), "??");            // cut short
}

TEST(CleanText, CutsBetweenCharacters) {
  EXPECT_EQ(clean_text("abc", 2), "ab");
  EXPECT_EQ(clean_text("aü", 2), "a");
  EXPECT_EQ(clean_text("aü", 3), "aü");
}

RC_GTEST_PROP(CleanTextProperty, IsCleanAndShortEnough, (const std::string& text)) {
  const auto max = *rc::gen::inRange<std::size_t>(0, 50);
  const std::string cleaned = clean_text(text, max);
  RC_ASSERT(is_clean_text(cleaned));
  RC_ASSERT(cleaned.size() <= max);
}

RC_GTEST_PROP(CleanTextProperty, CleaningTwiceChangesNothing, (const std::string& text)) {
  const std::string once = clean_text(text, kPlenty);
  RC_ASSERT(clean_text(once, kPlenty) == once);
}

RC_GTEST_PROP(CleanTextProperty, IsFitForJson, (const std::string& text)) {
  RC_ASSERT(!nlohmann::json(clean_text(text, kPlenty)).dump().empty());
}

}  // namespace
}  // namespace pond::wire
