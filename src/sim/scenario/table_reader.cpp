#include "scenario/table_reader.hpp"

#include <cmath>

#include "scenario/words.hpp"

namespace pond::sim {
namespace {

constexpr std::size_t kMaxNameChars = 64;
constexpr std::size_t kMaxShownChars = 40;

/// A value as a message shows it.
std::string shown(const TomlValue& value) {
  if (const auto* flag = std::get_if<bool>(&value.what)) {
    return *flag ? "true" : "false";
  }
  if (const auto* whole = std::get_if<std::int64_t>(&value.what)) {
    return std::to_string(*whole);
  }
  if (const auto* number = std::get_if<double>(&value.what)) {
    return number_text(*number);
  }
  if (const auto* text = std::get_if<std::string>(&value.what)) {
    return '"' + (text->size() > kMaxShownChars ? text->substr(0, kMaxShownChars) + "..." : *text) + '"';
  }
  return std::string{kind_of(value)};
}

std::string quoted(std::string_view key) {
  return "'" + std::string{key} + "'";
}

/// "did you mean 'count'?", or all that there are.
std::string suggestion(std::string_view wrong, std::span<const std::string_view> words, std::string_view all) {
  if (const auto meant = nearest_word(wrong, words)) {
    return ", did you mean " + quoted(*meant) + "?";
  }
  return std::string{all} + listed(words);
}

}  // namespace

void Problems::add(std::size_t line, std::string what) {
  if (!first_) {
    first_ = TomlError{line, std::move(what)};
  }
}

TableReader::TableReader(const TomlTable& table, std::size_t line, std::string_view what,
                         std::span<const std::string_view> known, Problems& problems)
    : table_(&table), line_(line), what_(what), problems_(&problems) {
  const TomlEntry* unknown = nullptr;
  for (const TomlEntry& entry : table) {
    const bool is_known = std::ranges::find(known, entry.key) != known.end();
    if (!is_known && (unknown == nullptr || entry.value.line < unknown->value.line)) {
      unknown = &entry;
    }
  }
  if (unknown != nullptr) {
    problems.add(unknown->value.line, std::string{what} + " has no key " + quoted(unknown->key) +
                                          suggestion(unknown->key, known, "; there are "));
  }
}

template <typename T>
const T* TableReader::get(std::string_view key, std::string_view expected) {
  const TomlValue* value = find(*table_, key);
  if (value == nullptr) {
    return nullptr;
  }
  const T* held = std::get_if<T>(&value->what);
  if (held == nullptr) {
    fail(key, quoted(key) + " is " + std::string{expected} + ", not " + shown(*value));
  }
  return held;
}

bool TableReader::text(std::string_view key, std::string& out) {
  const auto* text = get<std::string>(key, "a text");
  if (text != nullptr) {
    out = *text;
  }
  return text != nullptr;
}

bool TableReader::name(std::string_view key, std::string& out) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  std::string text;
  if (!this->text(key, text)) {
    return false;
  }
  if (text.empty() || text.size() > kMaxNameChars || text.front() == '.' ||
      text.find_first_not_of(kAllowed) != std::string::npos) {
    fail(key, quoted(key) + " is 1 to 64 letters, digits, '-', '_' and '.', not " + shown(*find(*table_, key)));
    return false;
  }
  out = std::move(text);
  return true;
}

bool TableReader::flag(std::string_view key, bool& out) {
  const auto* flag = get<bool>(key, "true or false");
  if (flag != nullptr) {
    out = *flag;
  }
  return flag != nullptr;
}

std::optional<double> TableReader::numeric(std::string_view key, std::string_view expected) {
  const TomlValue* value = find(*table_, key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (const auto* whole = std::get_if<std::int64_t>(&value->what)) {
    return static_cast<double>(*whole);
  }
  const auto* number = get<double>(key, expected);
  return number != nullptr ? std::optional{*number} : std::nullopt;
}

bool TableReader::share(std::string_view key, double& out) {
  constexpr std::string_view kExpected = "a share from 0 to 1";
  const auto value = numeric(key, kExpected);
  if (!value) {
    return false;
  }
  // Written so that NaN is refused too.
  if (!(*value >= 0 && *value <= 1)) {
    fail(key, quoted(key) + " is " + std::string{kExpected} + ", not " + number_text(*value));
    return false;
  }
  out = *value;
  return true;
}

bool TableReader::number(std::string_view key, double& out, Zero zero) {
  const std::string_view expected = zero == Zero::kAllowed ? "a number that is not negative" : "a number above 0";
  const auto value = numeric(key, expected);
  if (!value) {
    return false;
  }
  if (!(zero == Zero::kAllowed ? *value >= 0 : *value > 0) || !std::isfinite(*value)) {
    fail(key, quoted(key) + " is " + std::string{expected} + ", not " + number_text(*value));
    return false;
  }
  out = *value;
  return true;
}

bool TableReader::bound(std::string_view key, std::optional<double>& out) {
  const auto value = numeric(key, "a number");
  if (value && !std::isfinite(*value)) {
    fail(key, quoted(key) + " is a number, not " + number_text(*value));
    return false;
  }
  if (value) {
    out = value;
  }
  return value.has_value();
}

bool TableReader::duration(std::string_view key, Duration& out, Zero zero) {
  constexpr std::string_view kExpected = R"(a time such as "250ms", "60s", "10min", "2h" or "1d")";
  const auto* text = get<std::string>(key, kExpected);
  if (text == nullptr) {
    return false;
  }
  const auto value = parse_duration(*text);
  if (!value) {
    fail(key, quoted(key) + " is " + std::string{kExpected} + ", not " + shown(*find(*table_, key)));
    return false;
  }
  if (zero == Zero::kRefused && *value == Duration::zero()) {
    fail(key, quoted(key) + " is longer than nothing, not " + shown(*find(*table_, key)));
    return false;
  }
  out = *value;
  return true;
}

bool TableReader::whole(std::string_view key, std::uint64_t& out, std::uint64_t least, std::uint64_t most) {
  const std::string expected = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  const auto* value = get<std::int64_t>(key, expected);
  if (value == nullptr) {
    return false;
  }
  if (*value < 0 || static_cast<std::uint64_t>(*value) < least || static_cast<std::uint64_t>(*value) > most) {
    fail(key, quoted(key) + " is " + expected + ", not " + std::to_string(*value));
    return false;
  }
  out = static_cast<std::uint64_t>(*value);
  return true;
}

std::optional<std::size_t> TableReader::choose(std::string_view key, std::span<const std::string_view> words) {
  const auto* text = get<std::string>(key, "a text");
  if (text == nullptr) {
    return std::nullopt;
  }
  const auto at = std::ranges::find(words, *text);
  if (at == words.end()) {
    fail(key, quoted(key) + " cannot be " + shown(*find(*table_, key)) + suggestion(*text, words, "; there are "));
    return std::nullopt;
  }
  return static_cast<std::size_t>(at - words.begin());
}

std::optional<TableReader> TableReader::table(std::string_view key, std::string_view what,
                                              std::span<const std::string_view> known) {
  const auto* table = get<TomlTable>(key, "a table");
  if (table == nullptr) {
    return std::nullopt;
  }
  return TableReader{*table, line_of(key), what, known, *problems_};
}

std::vector<TableReader> TableReader::tables(std::string_view key, std::string_view what,
                                             std::span<const std::string_view> known) {
  std::vector<TableReader> readers;
  const auto* array = get<TomlArray>(key, "a list of tables");
  if (array == nullptr) {
    return readers;
  }
  for (const TomlValue& element : *array) {
    if (const auto* table = std::get_if<TomlTable>(&element.what)) {
      readers.emplace_back(*table, element.line, what, known, *problems_);
    } else {
      problems_->add(element.line, quoted(key) + " is a list of tables, not of " + shown(element));
    }
  }
  return readers;
}

void TableReader::require(std::string_view key) {
  if (!has(key)) {
    problems_->add(line_, std::string{what_} + " needs " + quoted(key));
  }
}

void TableReader::only(std::string_view key, bool holds, std::string_view when) {
  if (!holds && has(key)) {
    fail(key, quoted(key) + " means nothing without " + std::string{when});
  }
}

std::size_t TableReader::line_of(std::string_view key) const {
  const TomlValue* value = find(*table_, key);
  return value != nullptr ? value->line : line_;
}

}  // namespace pond::sim
