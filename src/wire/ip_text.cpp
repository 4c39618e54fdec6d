#include "ip_text.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

namespace pond::wire {
namespace {

/// inet_pton is a pure function of its text: no name service, no locale. It wants a terminating zero.
template <int kFamily, typename Ip>
std::optional<Ip> parse_ip(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  std::ranges::copy(text, terminated.begin());
  Ip ip{};
  return inet_pton(kFamily, terminated.data(), ip.data()) == 1 ? std::optional{ip} : std::nullopt;
}

void append_number(std::string& out, unsigned number, int base) {
  std::array<char, 8> digits{};
  const auto [end, error] = std::to_chars(digits.begin(), digits.end(), number, base);
  out.append(digits.begin(), end);
}

struct Run {
  std::size_t start = 0;
  std::size_t length = 0;
};

/// The first of the longest runs of zero groups; RFC 5952 shortens no run of one.
Run longest_zero_run(const std::array<unsigned, 8>& groups) {
  Run best;
  Run current;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] != 0) {
      current = {};
      continue;
    }
    current = {.start = current.length == 0 ? i : current.start, .length = current.length + 1};
    if (current.length > best.length) {
      best = current;
    }
  }
  return best.length > 1 ? best : Run{};
}

bool is_mapped(const Ip6& ip) {
  return std::all_of(ip.begin(), ip.begin() + 10, [](auto octet) { return octet == 0; }) && ip[10] == 0xff &&
         ip[11] == 0xff;
}

}  // namespace

std::optional<Ip4> parse_ip4(std::string_view text) {
  return parse_ip<AF_INET, Ip4>(text);
}

std::optional<Ip6> parse_ip6(std::string_view text) {
  return parse_ip<AF_INET6, Ip6>(text);
}

std::string print_ip4(const Ip4& ip) {
  std::string text;
  for (const std::uint8_t octet : ip) {
    if (!text.empty()) {
      text.push_back('.');
    }
    append_number(text, octet, 10);
  }
  return text;
}

std::string print_ip6(const Ip6& ip) {
  if (is_mapped(ip)) {
    return "::ffff:" + print_ip4({ip[12], ip[13], ip[14], ip[15]});
  }
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = static_cast<unsigned>(ip[2 * i] << 8 | ip[2 * i + 1]);
  }
  const Run zeros = longest_zero_run(groups);
  std::string text;
  for (std::size_t i = 0; i < groups.size();) {
    if (zeros.length > 0 && i == zeros.start) {
      text += "::";
      i += zeros.length;
      continue;
    }
    if (!text.empty() && text.back() != ':') {
      text.push_back(':');
    }
    append_number(text, groups[i], 16);
    ++i;
  }
  return text;
}

}  // namespace pond::wire
