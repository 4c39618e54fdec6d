#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pond/base/time.hpp"

// How a scenario's words are read, and what is said about wrong ones.

namespace pond::sim {

/// The word that is most like `wrong`; nullopt when none is near enough to be what was meant.
[[nodiscard]] std::optional<std::string_view> nearest_word(std::string_view wrong,
                                                           std::span<const std::string_view> words);

/// "a, b and c".
[[nodiscard]] std::string listed(std::span<const std::string_view> words);

/// "250ms", "1.5s", "10min", "2h", "1d": a number that is not negative and its unit (us, ms, s, min, h, d), up to 1000
/// days.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

/// A number as people write it: 10, 0.5.
[[nodiscard]] std::string number_text(double value);

}  // namespace pond::sim
