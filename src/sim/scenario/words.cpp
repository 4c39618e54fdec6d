#include "scenario/words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <utility>
#include <vector>

namespace pond::sim {
namespace {

constexpr double kMaxDurationSeconds = 1000.0 * 24 * 3600;

/// Levenshtein's.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0U : 1U);
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, replaced}));
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string_view> nearest_word(std::string_view wrong, std::span<const std::string_view> words) {
  std::optional<std::string_view> best;
  // A word with more wrong than right in it was not meant. Long ones are not worth the time: nobody means them.
  std::size_t least = std::min(wrong.size(), std::size_t{64}) / 2 + 1;
  for (const std::string_view word : words) {
    if (wrong.size() > 2 * word.size() + 2) {
      continue;
    }
    if (const std::size_t distance = edits(wrong, word); distance < least) {
      least = distance;
      best = word;
    }
  }
  return best;
}

std::string listed(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += i == 0 ? "" : i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

std::optional<Duration> parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 6> kSeconds{
      {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}, {"d", 24 * 3600}}};
  // from_chars also reads "inf" and "nan".
  if (text.empty() || text.front() < '0' || text.front() > '9') {
    return std::nullopt;
  }
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (read.ec != std::errc{}) {
    return std::nullopt;
  }
  const std::string_view unit = text.substr(static_cast<std::size_t>(read.ptr - text.data()));
  const auto* const known = std::ranges::find(kSeconds, unit, &std::pair<std::string_view, double>::first);
  if (known == kSeconds.end() || number * known->second > kMaxDurationSeconds) {
    return std::nullopt;
  }
  return std::chrono::round<Duration>(std::chrono::duration<double>{number * known->second});
}

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), written.ptr};
}

}  // namespace pond::sim
