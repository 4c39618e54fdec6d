#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "pond/wire/kad_message.hpp"

namespace pond::wire {
namespace {

// The years that RFC 3339 can write with its four digits: 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
constexpr std::int64_t kEarliestMs = -62'167'219'200'000;
constexpr std::int64_t kLatestMs = 253'402'300'799'999;

void write_digits(std::string& out, std::int64_t value, int count) {
  std::array<char, 4> digits{};
  for (int i = count - 1; i >= 0; --i) {
    digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(digits.data(), static_cast<std::size_t>(count));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Reads from the front of a text; every member says whether it could.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }

  /// One character out of `choices`, or 0.
  char take(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) {
      return 0;
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  /// Exactly `count` digits, of a value from `low` to `high`.
  std::optional<int> number(std::size_t count, int low, int high) {
    if (rest_.size() < count ||
        !std::all_of(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(count), is_digit)) {
      return std::nullopt;
    }
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value >= low && value <= high ? std::optional{value} : std::nullopt;
  }

  /// One digit or more, read as a decimal fraction and cut to thousandths.
  std::optional<int> thousandths() {
    if (rest_.empty() || !is_digit(rest_.front())) {
      return std::nullopt;
    }
    int value = 0;
    int weight = 100;
    while (!rest_.empty() && is_digit(rest_.front())) {
      value += (rest_.front() - '0') * weight;
      weight /= 10;
      rest_.remove_prefix(1);
    }
    return value;
  }

 private:
  std::string_view rest_;
};

std::optional<std::chrono::sys_days> read_date(Cursor& in) {
  const auto year = in.number(4, 0, 9999);
  if (!year || in.take("-") == 0) {
    return std::nullopt;
  }
  const auto month = in.number(2, 1, 12);
  if (!month || in.take("-") == 0) {
    return std::nullopt;
  }
  const auto day = in.number(2, 1, 31);
  if (!day) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days{date};
}

/// Milliseconds since midnight. Second 60, a leap second, counts as the first of the next minute.
std::optional<std::int64_t> read_time(Cursor& in) {
  const auto hour = in.number(2, 0, 23);
  if (!hour || in.take(":") == 0) {
    return std::nullopt;
  }
  const auto minute = in.number(2, 0, 59);
  if (!minute || in.take(":") == 0) {
    return std::nullopt;
  }
  const auto second = in.number(2, 0, 60);
  if (!second) {
    return std::nullopt;
  }
  int fraction = 0;
  if (in.take(".") != 0) {
    const auto thousandths = in.thousandths();
    if (!thousandths) {
      return std::nullopt;
    }
    fraction = *thousandths;
  }
  return ((*hour * 60 + *minute) * 60 + *second) * std::int64_t{1000} + fraction;
}

/// What local time is ahead of UTC, in milliseconds.
std::optional<std::int64_t> read_zone(Cursor& in) {
  if (in.take("Zz") != 0) {
    return 0;
  }
  const char sign = in.take("+-");
  if (sign == 0) {
    return std::nullopt;
  }
  const auto hours = in.number(2, 0, 23);
  if (!hours || in.take(":") == 0) {
    return std::nullopt;
  }
  const auto minutes = in.number(2, 0, 59);
  if (!minutes) {
    return std::nullopt;
  }
  const std::int64_t offset = (*hours * 60 + *minutes) * std::int64_t{60'000};
  return sign == '-' ? -offset : offset;
}

}  // namespace

std::string rfc3339(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds{std::clamp(unix_ms, kEarliestMs, kLatestMs)}};
  const auto midnight = floor<days>(time);
  const year_month_day date{midnight};
  const std::int64_t of_day = (time - midnight).count();
  std::string out;
  out.reserve(30);
  write_digits(out, int{date.year()}, 4);
  out += '-';
  write_digits(out, unsigned{date.month()}, 2);
  out += '-';
  write_digits(out, unsigned{date.day()}, 2);
  out += 'T';
  write_digits(out, of_day / 3'600'000, 2);
  out += ':';
  write_digits(out, of_day / 60'000 % 60, 2);
  out += ':';
  write_digits(out, of_day / 1'000 % 60, 2);
  out += '.';
  write_digits(out, of_day % 1'000, 3);
  out += "000000Z";
  return out;
}

std::optional<std::int64_t> parse_rfc3339_ms(std::string_view text) {
  if (text.size() > kMaxTimeTextBytes) {
    return std::nullopt;
  }
  Cursor in{text};
  const auto date = read_date(in);
  if (!date || in.take("Tt ") == 0) {
    return std::nullopt;
  }
  const auto of_day = read_time(in);
  if (!of_day) {
    return std::nullopt;
  }
  const auto ahead = read_zone(in);
  if (!ahead || !in.done()) {
    return std::nullopt;
  }
  return std::chrono::milliseconds{date->time_since_epoch()}.count() + *of_day - *ahead;
}

}  // namespace pond::wire
