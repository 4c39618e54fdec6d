#include "numbers.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace pond::sim {

namespace {

// The longest double without an exponent, its sign, and the few digits that we put behind the point.
constexpr std::size_t kLongest = 400;

std::string text_of(double value, std::chars_format format, int precision) {
  if (!std::isfinite(value)) {
    return std::isnan(value) ? "-" : value > 0 ? "inf" : "-inf";
  }
  std::array<char, kLongest> buffer;
  const auto done = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format, precision);
  return {buffer.data(), done.ptr};
}

std::string with_commas(std::string digits) {
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  const std::size_t point = std::min(digits.find('.'), digits.size());
  for (std::size_t at = point; at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

/// About three digits for small numbers, none behind the point for large ones.
std::string sensible(double value) {
  const double size = std::abs(value);
  if (std::floor(value) == value || size >= 1000) {
    return grouped(value, 0);
  }
  return grouped(value, size >= 100 ? 1 : size >= 1 ? 2 : 3);
}

std::string percent(double share) {
  const double percents = share * 100;
  if (share > 0.999 && share < 1) {
    return fixed(std::floor(percents * 100) / 100, 2) + " %";
  }
  return fixed(percents, percents > 0 && percents < 1 ? 2 : 1) + " %";
}

std::string bytes(double value) {
  constexpr std::array kUnits = {" B", " KiB", " MiB", " GiB", " TiB"};
  std::size_t unit = 0;
  while (std::abs(value) >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  const int digits = unit == 0 || std::abs(value) >= 100 ? 0 : std::abs(value) >= 10 ? 1 : 2;
  return grouped(value, digits) + kUnits[unit];
}

}  // namespace

std::string fixed(double value, int digits) {
  return text_of(value, std::chars_format::fixed, digits);
}

std::string plain(double value, int significant) {
  return text_of(value, std::chars_format::general, significant);
}

std::string grouped(std::uint64_t value) {
  return with_commas(std::to_string(value));
}

std::string grouped(double value, int digits) {
  return std::isfinite(value) ? with_commas(fixed(value, digits)) : fixed(value, digits);
}

std::string with_unit(double value, std::string_view unit) {
  if (!std::isfinite(value)) {
    return fixed(value, 0);
  }
  if (unit == "share") {
    return percent(value);
  }
  if (unit == "bytes") {
    return bytes(value);
  }
  if (unit == "ms") {
    return grouped(value, std::abs(value) < 100 ? 1 : 0) + " ms";
  }
  if (unit == "s") {
    return grouped(value, 1) + " s";
  }
  if (unit == "MiB") {
    return grouped(value, std::abs(value) < 100 ? 1 : 0) + " MiB";
  }
  if (unit == "per s") {
    return sensible(value) + " /s";
  }
  return sensible(value);
}

std::string span_text(Duration duration) {
  const Duration::rep seconds = duration / 1s;
  if (duration < 2min) {
    const double exact = static_cast<double>(duration.count()) / 1e9;
    return plain(std::floor(exact * 1000) / 1000, 6) + " s";
  }
  const auto two_digits = [](Duration::rep number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  if (duration < 2h) {
    const std::string minutes = std::to_string(seconds / 60) + " min";
    return seconds % 60 == 0 ? minutes : minutes + " " + two_digits(seconds % 60) + " s";
  }
  const std::string hours = std::to_string(seconds / 3600) + " h";
  return seconds / 60 % 60 == 0 ? hours : hours + " " + two_digits(seconds / 60 % 60) + " min";
}

std::string hex64(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    text[15 - i] = "0123456789abcdef"[(value >> (4 * i)) & 15];
  }
  return "0x" + text;
}

}  // namespace pond::sim
