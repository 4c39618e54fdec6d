#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pond::sim {

/// How many characters a text takes on a terminal: its code points. Names come from a file, in UTF-8.
[[nodiscard]] std::size_t width_of(std::string_view text);
/// Cut to that many, the last of which is then an ellipsis.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);
[[nodiscard]] std::string padded_left(std::string_view text, std::size_t width);
[[nodiscard]] std::string padded_right(std::string_view text, std::size_t width);
/// Broken between words, so that no line is longer unless a word is.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width);

/// Rows of aligned cells below a title and the names of the columns. Columns that do not fit in the width follow below,
/// with the labels of the rows again.
struct TextTable {
  struct Row {
    std::string label;
    std::vector<std::string> cells;  ///< one for each column
  };
  std::string title;
  std::vector<std::string> columns;
  std::vector<Row> rows;

  [[nodiscard]] std::string text(std::size_t width) const;
};

}  // namespace pond::sim
