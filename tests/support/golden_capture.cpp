#include "support/golden_capture.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace pond::test {
namespace {

constexpr std::string_view kTitle = "pond golden capture, format 1";
constexpr std::size_t kOctetsPerLine = 60;

template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

void append_line(std::string& out, std::string_view word, std::string_view rest) {
  out.append(word).append(" ").append(rest).append("\n");
}

bool set(GoldenCapture& capture, std::string_view word, std::string_view rest) {
  GoldenSettings& settings = capture.settings;
  if (word == "peer") {
    capture.peer = rest;
  } else if (word == "library") {
    capture.library = rest;
  } else if (word == "agent") {
    capture.agent = rest;
  } else if (word == "role") {
    settings.role = rest == "dialer" ? GoldenRole::kDialer : GoldenRole::kListener;
    return rest == "dialer" || rest == "listener";
  } else if (word == "seed") {
    const auto seed = number<std::uint64_t>(rest);
    settings.seed = seed.value_or(0);
    return seed.has_value();
  } else if (word == "wall") {
    const auto wall = number<std::int64_t>(rest);
    settings.wall = {wall.value_or(0)};
    return wall.has_value();
  } else if (word == "remote") {
    const auto remote = wire::PeerId::parse(rest);
    settings.remote = remote ? std::optional{*remote} : std::nullopt;
    return remote.has_value();
  } else if (word == "=") {
    capture.transcript.emplace_back(rest);
  } else if (word == ">") {
    capture.said.emplace_back(rest);
  } else if (word == "<" || word == "+") {
    const auto octets = from_hex(rest);
    if (!octets || octets->empty() || (word == "+" && capture.chunks.empty())) {
      return false;
    }
    if (word == "<") {
      capture.chunks.emplace_back();
    }
    append(capture.chunks.back(), *octets);
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string golden_text(const GoldenCapture& capture) {
  const GoldenSettings& settings = capture.settings;
  std::string text{kTitle};
  text += "\n";
  append_line(text, "peer", capture.peer);
  append_line(text, "library", capture.library);
  append_line(text, "agent", capture.agent);
  append_line(text, "role", settings.role == GoldenRole::kDialer ? "dialer" : "listener");
  append_line(text, "seed", std::to_string(settings.seed));
  append_line(text, "wall", std::to_string(settings.wall.ms));
  if (settings.remote) {
    append_line(text, "remote", settings.remote->to_base58());
  }
  for (const Bytes& chunk : capture.chunks) {
    for (BytesView rest = chunk; !rest.empty();) {
      const BytesView part = rest.first(std::min(rest.size(), kOctetsPerLine));
      append_line(text, rest.size() == chunk.size() ? "<" : "+", to_hex(part));
      rest = rest.subspan(part.size());
    }
  }
  for (const std::string& line : capture.transcript) {
    append_line(text, "=", line);
  }
  for (const std::string& line : capture.said) {
    append_line(text, ">", line);
  }
  return text;
}

std::expected<GoldenCapture, std::string> parse_golden(std::string_view text) {
  GoldenCapture capture;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t space = line.find(' ');
    const bool good =
        number == 1 ? line == kTitle
                    : space != std::string_view::npos && set(capture, line.substr(0, space), line.substr(space + 1));
    if (!good) {
      return std::unexpected("line " + std::to_string(number) + " is none of a golden capture");
    }
  }
  if (capture.peer.empty() || capture.chunks.empty() || capture.transcript.empty() || capture.said.empty()) {
    return std::unexpected("the capture is not complete");
  }
  return capture;
}

}  // namespace pond::test
