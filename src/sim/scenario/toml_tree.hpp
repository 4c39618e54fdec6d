#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// A TOML document as plain values that know their line, so that toml++ is compiled in one file, and so that variants
// can be merged before anything is judged.

namespace pond::sim {

struct TomlEntry;
struct TomlValue;
using TomlTable = std::vector<TomlEntry>;  ///< each key once; in no particular order
using TomlArray = std::vector<TomlValue>;
struct TomlDate {};  ///< a date or time of day: no key takes one

struct TomlValue {
  std::variant<bool, std::int64_t, double, std::string, TomlDate, TomlArray, TomlTable> what;
  std::size_t line = 0;
};

struct TomlEntry {
  std::string key;
  TomlValue value;
};

/// nullptr when the table has no such key.
[[nodiscard]] const TomlValue* find(const TomlTable& table, std::string_view key);
[[nodiscard]] TomlValue* find(TomlTable& table, std::string_view key);

/// "a text", "a table"...: for messages.
[[nodiscard]] std::string_view kind_of(const TomlValue& value);

struct TomlError {
  std::size_t line = 0;
  std::string what;
};

[[nodiscard]] std::expected<TomlTable, TomlError> parse_toml(std::string_view text);

}  // namespace pond::sim
