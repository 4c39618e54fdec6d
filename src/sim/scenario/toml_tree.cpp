#include "scenario/toml_tree.hpp"

#include <algorithm>
#include <array>

// Its results carry errors as values then.
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace pond::sim {
namespace {

TomlValue to_value(const toml::node& node, std::size_t line);

TomlTable to_table(const toml::table& from) {
  TomlTable table;
  table.reserve(from.size());
  for (const auto& [key, node] : from) {
    table.push_back({std::string{key.str()}, to_value(node, key.source().begin.line)});
  }
  return table;
}

/// `line`: where its key is. A table that dotted keys make has no place of its own.
TomlValue to_value(const toml::node& node, std::size_t line) {
  TomlValue value{.what = TomlDate{}, .line = line};
  if (const auto* flag = node.as_boolean()) {
    value.what = flag->get();
  } else if (const auto* whole = node.as_integer()) {
    value.what = whole->get();
  } else if (const auto* number = node.as_floating_point()) {
    value.what = number->get();
  } else if (const auto* text = node.as_string()) {
    value.what = text->get();
  } else if (const auto* table = node.as_table()) {
    value.what = to_table(*table);
  } else if (const auto* array = node.as_array()) {
    TomlArray elements;
    elements.reserve(array->size());
    for (const toml::node& element : *array) {
      elements.push_back(to_value(element, element.source().begin.line));
    }
    value.what = std::move(elements);
  }
  return value;
}

}  // namespace

const TomlValue* find(const TomlTable& table, std::string_view key) {
  const auto at = std::ranges::find(table, key, &TomlEntry::key);
  return at == table.end() ? nullptr : &at->value;
}

TomlValue* find(TomlTable& table, std::string_view key) {
  const auto at = std::ranges::find(table, key, &TomlEntry::key);
  return at == table.end() ? nullptr : &at->value;
}

std::string_view kind_of(const TomlValue& value) {
  constexpr std::array<std::string_view, 7> kKinds{"true or false", "a whole number", "a number", "a text",
                                                   "a date",        "a list",         "a table"};
  return kKinds.at(value.what.index());
}

std::expected<TomlTable, TomlError> parse_toml(std::string_view text) {
  toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return std::unexpected(TomlError{error.source().begin.line, std::string{error.description()}});
  }
  return to_table(parsed.table());
}

}  // namespace pond::sim
