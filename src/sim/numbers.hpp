#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pond/base/time.hpp"

namespace pond::sim {

// Numbers as text, by std::to_chars: the same on every machine, in every locale. What is not a number is "-".

/// With so many digits behind the point.
[[nodiscard]] std::string fixed(double value, int digits);
/// With so many significant digits at most, as short as it can be: `0.05`, `1e+09`.
[[nodiscard]] std::string plain(double value, int significant = 6);
/// With commas between thousands.
[[nodiscard]] std::string grouped(std::uint64_t value);
/// As `fixed`, with commas.
[[nodiscard]] std::string grouped(double value, int digits);
/// As people read it, in the unit of a FigureInfo: `99.8 %`, `1,240 ms`, `12.3 MiB`. A share of less than all is never
/// rounded up to all.
[[nodiscard]] std::string with_unit(double value, std::string_view unit);
/// `2 h 05 min`, `90 s`, `1.5 s`.
[[nodiscard]] std::string span_text(Duration duration);
/// `0x0123456789abcdef`
[[nodiscard]] std::string hex64(std::uint64_t value);

}  // namespace pond::sim
