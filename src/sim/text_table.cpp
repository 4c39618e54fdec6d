#include "text_table.hpp"

#include <algorithm>

namespace pond::sim {

namespace {

constexpr std::size_t kLongestColumnName = 16;

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

void end_line(std::string& out) {
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
}

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

std::string shortened(std::string_view text, std::size_t width) {
  if (width == 0) {
    return {};
  }
  if (width_of(text) <= width) {
    return std::string{text};
  }
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if (!continues(text[end]) && ++seen == width) {
      break;
    }
  }
  return std::string{text.substr(0, end)} + "…";
}

std::string padded_left(std::string_view text, std::size_t width) {
  const std::size_t taken = width_of(text);
  return std::string(taken < width ? width - taken : 0, ' ') + std::string{text};
}

std::string padded_right(std::string_view text, std::size_t width) {
  const std::size_t taken = width_of(text);
  return std::string{text} + std::string(taken < width ? width - taken : 0, ' ');
}

std::string wrapped(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t begin = text.find_first_not_of(" \n\t\r");
    if (begin == std::string_view::npos) {
      break;
    }
    text.remove_prefix(begin);
    const std::string_view word = text.substr(0, text.find_first_of(" \n\t\r"));
    if (column > 0) {
      const bool fits = column + 1 + width_of(word) <= width;
      out += fits ? ' ' : '\n';
      column = fits ? column + 1 : 0;
    }
    out += word;
    column += width_of(word);
    text.remove_prefix(word.size());
  }
  return out;
}

std::string TextTable::text(std::size_t width) const {
  std::size_t label_width = width_of(title);
  for (const Row& row : rows) {
    label_width = std::max(label_width, width_of(row.label) + 2);
  }
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < columns.size(); ++column) {
    std::size_t widest = std::min(width_of(columns[column]), kLongestColumnName);
    for (const Row& row : rows) {
      widest = std::max(widest, width_of(row.cells[column]));
    }
    widths.push_back(widest + 2);
  }
  std::string out;
  for (std::size_t begin = 0; begin < columns.size();) {
    std::size_t end = begin;
    std::size_t used = label_width;
    while (end < columns.size() && (end == begin || used + widths[end] <= width)) {
      used += widths[end];
      ++end;
    }
    out += padded_right(title, label_width);
    for (std::size_t column = begin; column < end; ++column) {
      out += padded_left(shortened(columns[column], kLongestColumnName), widths[column]);
    }
    end_line(out);
    for (const Row& row : rows) {
      out += padded_right("  " + row.label, label_width);
      for (std::size_t column = begin; column < end; ++column) {
        out += padded_left(row.cells[column], widths[column]);
      }
      end_line(out);
    }
    begin = end;
  }
  return out;
}

}  // namespace pond::sim
