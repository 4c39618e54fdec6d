#pragma once

#include <string>
#include <vector>

#include "scenario/table_reader.hpp"
#include "scenario/toml_tree.hpp"

namespace pond::sim {

/// A file's tables as one of its variants has them.
struct VariantTables {
  std::string name;  ///< empty: the file has no variants
  TomlTable top;
};

/// Merges each of `[[variants]]` into what the file says otherwise: its values replace, its tables are merged key by
/// key, `groups.NAME` and `phases.NAME` change what is called so, its checks come behind the others.
[[nodiscard]] std::vector<VariantTables> expand_variants(const TomlTable& file, Problems& problems);

}  // namespace pond::sim
