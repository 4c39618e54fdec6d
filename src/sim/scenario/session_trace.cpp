#include "scenario/session_trace.hpp"

#include <string>

#include "scenario/words.hpp"

namespace pond::sim {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  text = text.substr(0, text.find('#'));
  const std::size_t begin = text.find_first_not_of(kBlanks);
  return begin == std::string_view::npos ? std::string_view{}
                                         : text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

std::expected<std::vector<Duration>, TomlError> parse_session_trace(std::string_view text) {
  constexpr std::size_t kMaxShownChars = 40;
  std::vector<Duration> lengths;
  for (std::size_t line = 1; !text.empty(); ++line) {
    if (line > kMaxTraceLines) {
      return std::unexpected(TomlError{line, "more than " + std::to_string(kMaxTraceLines) + " lines"});
    }
    const std::size_t end = text.find('\n');
    const std::string_view word = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (word.empty()) {
      continue;
    }
    auto length = parse_duration(word);
    if (!length) {
      length = parse_duration(std::string{word} + 's');
    }
    if (!length || *length == Duration::zero()) {
      const std::string shown{word.substr(0, kMaxShownChars)};
      return std::unexpected(TomlError{line, "\"" + shown + "\" is no session length such as \"90s\" or 90"});
    }
    lengths.push_back(*length);
  }
  if (lengths.empty()) {
    return std::unexpected(TomlError{0, "holds no session length"});
  }
  return lengths;
}

}  // namespace pond::sim
