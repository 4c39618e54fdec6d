#include "scenario/variants.hpp"

namespace pond::sim {
namespace {

constexpr std::size_t kMaxVariants = 100;

void merge(TomlTable& into, const TomlTable& changes) {
  for (const TomlEntry& change : changes) {
    TomlValue* held = find(into, change.key);
    if (held == nullptr) {
      into.push_back(change);
      continue;
    }
    auto* held_table = std::get_if<TomlTable>(&held->what);
    const auto* change_table = std::get_if<TomlTable>(&change.value.what);
    if (held_table != nullptr && change_table != nullptr) {
      merge(*held_table, *change_table);
    } else {
      *held = change.value;
    }
  }
}

/// The table of that name in the list below `key`.
TomlTable* table_called(TomlTable& top, std::string_view key, std::string_view name) {
  TomlValue* tables = find(top, key);
  auto* list = tables == nullptr ? nullptr : std::get_if<TomlArray>(&tables->what);
  if (list == nullptr) {
    return nullptr;
  }
  for (TomlValue& element : *list) {
    auto* table = std::get_if<TomlTable>(&element.what);
    const TomlValue* own = table == nullptr ? nullptr : find(*table, "name");
    const auto* text = own == nullptr ? nullptr : std::get_if<std::string>(&own->what);
    if (text != nullptr && *text == name) {
      return table;
    }
  }
  return nullptr;
}

/// `key`: "groups" or "phases", whose list's tables the variant changes by their names.
void change_named(TomlTable& top, std::string_view key, const TomlValue& changes, Problems& problems) {
  const std::string one{key.substr(0, key.size() - 1)};
  const auto* table = std::get_if<TomlTable>(&changes.what);
  if (table == nullptr) {
    problems.add(changes.line,
                 "a variant changes a " + one + " by its name: " + std::string{key} + ".NAME.key = value");
    return;
  }
  for (const TomlEntry& change : *table) {
    TomlTable* named = table_called(top, key, change.key);
    const auto* values = std::get_if<TomlTable>(&change.value.what);
    if (named == nullptr) {
      problems.add(change.value.line, "no " + one + " is called '" + change.key + "'");
    } else if (values == nullptr) {
      problems.add(change.value.line, "'" + change.key + "' is a table, not " + std::string{kind_of(change.value)});
    } else {
      merge(*named, *values);
    }
  }
}

void append_checks(TomlTable& top, const TomlEntry& more) {
  TomlValue* held = find(top, "checks");
  auto* list = held == nullptr ? nullptr : std::get_if<TomlArray>(&held->what);
  const auto* added = std::get_if<TomlArray>(&more.value.what);
  if (list != nullptr && added != nullptr) {
    list->insert(list->end(), added->begin(), added->end());
  } else {
    // Either there were none, or one of the two is no list, which whoever reads the checks will say.
    merge(top, {more});
  }
}

TomlTable merged(const TomlTable& file, const TomlTable& variant, Problems& problems) {
  TomlTable top = file;
  std::erase_if(top, [](const TomlEntry& entry) { return entry.key == "variants"; });
  for (const TomlEntry& change : variant) {
    if (change.key == "groups" || change.key == "phases") {
      change_named(top, change.key, change.value, problems);
    } else if (change.key == "checks") {
      append_checks(top, change);
    } else if (change.key != "name") {
      merge(top, {change});
    }
  }
  return top;
}

}  // namespace

std::vector<VariantTables> expand_variants(const TomlTable& file, Problems& problems) {
  static constexpr std::array<std::string_view, 1> kTopKeys{"variants"};
  static constexpr std::array<std::string_view, 8> kKeys{"name",    "about",  "seed",   "tables_filled",
                                                         "network", "groups", "phases", "checks"};
  const TomlValue* list = find(file, "variants");
  if (list == nullptr) {
    return {{.name = {}, .top = file}};
  }
  const TomlTable alone{{"variants", *list}};
  TableReader top{alone, list->line, "the scenario", kTopKeys, problems};
  auto readers = top.tables("variants", "a variant", kKeys);
  if (readers.empty() || readers.size() > kMaxVariants) {
    top.fail("variants", "'variants' is a list of 1 to " + std::to_string(kMaxVariants));
  }
  std::vector<VariantTables> variants;
  for (TableReader& reader : readers) {
    VariantTables variant;
    reader.require("name");
    reader.name("name", variant.name);
    if (std::ranges::find(variants, variant.name, &VariantTables::name) != variants.end()) {
      reader.fail("name", "a second variant is called '" + variant.name + "'");
    }
    if (problems.any()) {
      break;
    }
    variant.top = merged(file, reader.values(), problems);
    variants.push_back(std::move(variant));
  }
  return variants;
}

}  // namespace pond::sim
