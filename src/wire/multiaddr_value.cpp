#include "multiaddr_value.hpp"

#include <algorithm>
#include <charconv>

#include "pond/wire/multibase.hpp"
#include "pond/wire/multihash.hpp"
#include "pond/wire/peer_id.hpp"

#include "base_codec.hpp"
#include "clean_text.hpp"
#include "ip_text.hpp"

namespace pond::wire {
namespace {

constexpr std::size_t kPortBytes = 2;

/// I2P's: a destination has 387 octets or more, a hashed one 32, an encrypted lease set 35 or more.
constexpr std::size_t kMinGarlic64Bytes = 386;
constexpr std::size_t kGarlic32Bytes = 32;
constexpr std::size_t kMinEncryptedGarlic32Bytes = 35;

Result<void> require(bool holds, std::string_view what) {
  if (!holds) {
    return fail(Errc::kMalformed, what);
  }
  return {};
}

Result<void> check_name(BytesView value) {
  return require(!value.empty() && is_clean_text(as_text(value)) && std::ranges::find(value, '/') == value.end(),
                 "multiaddr: a name that is empty, has a slash or does not print");
}

Result<void> check_path(BytesView value) {
  return require(value.size() >= 2 && value.front() == '/' && value.back() != '/' && is_clean_text(as_text(value)),
                 "multiaddr: a path that is not absolute, is a directory or does not print");
}

Result<void> check_port_behind_onion(BytesView value) {
  return require(value[value.size() - 2] != 0 || value[value.size() - 1] != 0, "multiaddr: an onion with port 0");
}

/// Decimal digits without sign, blanks or leading zeros.
std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t max) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  const bool canonical = text.size() == 1 || (!text.empty() && text.front() != '0');
  return whole && canonical && number <= max ? std::optional{number} : std::nullopt;
}

Result<Bytes> parse_big_endian(std::string_view text, std::size_t size) {
  const std::uint64_t max = size == 8 ? UINT64_MAX : (std::uint64_t{1} << (8 * size)) - 1;
  const auto number = parse_decimal(text, max);
  if (!number) {
    return fail(Errc::kMalformed, "multiaddr: not a number, or one that is out of range");
  }
  Bytes value(size);
  for (std::size_t i = 0; i < size; ++i) {
    value[size - 1 - i] = static_cast<std::uint8_t>(*number >> (8 * i));
  }
  return value;
}

void print_big_endian(BytesView value, std::string& out) {
  std::uint64_t number = 0;
  for (const std::uint8_t octet : value) {
    number = number << 8 | octet;
  }
  out += std::to_string(number);
}

Result<Bytes> parse_onion(std::string_view text, std::size_t host_size) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return fail(Errc::kMalformed, "multiaddr: an onion without a port");
  }
  auto value = decode_bits(kBase32Lower, text.substr(0, colon), Padding::kNone);
  if (!value || value->size() != host_size) {
    return fail(Errc::kMalformed, "multiaddr: not an onion");
  }
  POND_TRY(const Bytes port, parse_big_endian(text.substr(colon + 1), kPortBytes));
  append(*value, port);
  return *std::move(value);
}

void print_onion(BytesView value, std::string& out) {
  out += encode_bits(kBase32Lower, value.first(value.size() - kPortBytes), Padding::kNone);
  out.push_back(':');
  print_big_endian(value.last(kPortBytes), out);
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"-._~"}.find(c) != std::string_view::npos;
}

/// RFC 3986's segment-nz: pchars, of which those that no other syntax of a multiaddr needs may stand for themselves.
Result<Bytes> parse_http_path(std::string_view text) {
  Bytes value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto octet = from_hex(text.substr(i + 1, 2));
      if (!octet || octet->size() != 1) {
        return fail(Errc::kMalformed, "multiaddr: a broken percent encoding");
      }
      value.push_back(octet->front());
      i += 2;
    } else if (is_unreserved(text[i]) || std::string_view{"!$&'()*+,;=:@"}.find(text[i]) != std::string_view::npos) {
      value.push_back(static_cast<std::uint8_t>(text[i]));
    } else {
      return fail(Errc::kMalformed, "multiaddr: a character that needs percent encoding");
    }
  }
  return value;
}

void print_http_path(BytesView value, std::string& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : as_text(value)) {
    if (is_unreserved(c)) {
      out.push_back(c);
    } else {
      const auto octet = static_cast<std::uint8_t>(c);
      out.append({'%', kDigits[octet >> 4], kDigits[octet & 15]});
    }
  }
}

template <typename Ip>
Ip to_ip(BytesView value) {
  Ip ip{};
  std::ranges::copy(value, ip.begin());
  return ip;
}

Result<Bytes> found(std::optional<Bytes> value) {
  if (!value) {
    return fail(Errc::kMalformed, "multiaddr: a value of other digits than its protocol's");
  }
  return *std::move(value);
}

template <typename Ip>
Result<Bytes> found(const std::optional<Ip>& ip) {
  if (!ip) {
    return fail(Errc::kMalformed, "multiaddr: not an IP address of its protocol's version");
  }
  return to_bytes(BytesView{*ip});
}

Result<Bytes> parse_unchecked(ValueKind kind, std::string_view text) {
  switch (kind) {
    case ValueKind::kIp4:
      return found(parse_ip4(text));
    case ValueKind::kIp6:
      return found(parse_ip6(text));
    case ValueKind::kPrefixLength:
    case ValueKind::kPort:
    case ValueKind::kNumber64:
      return parse_big_endian(text, fixed_size(kind).value_or(0));
    case ValueKind::kOnion:
    case ValueKind::kOnion3:
      return parse_onion(text, fixed_size(kind).value_or(0) - kPortBytes);
    case ValueKind::kGarlic64:
      return found(decode_bits(kBase64I2p, text, Padding::kRequired));
    case ValueKind::kGarlic32:
      return found(decode_bits(kBase32Lower, text, Padding::kNone));
    case ValueKind::kPeerId: {
      POND_TRY(const PeerId id, PeerId::parse(text));
      return to_bytes(id.bytes());
    }
    case ValueKind::kCertHash: {
      POND_TRY(MultibaseValue value, multibase_decode(text));
      return std::move(value.data);
    }
    case ValueKind::kHttpPath:
      return parse_http_path(text);
    case ValueKind::kName:
    case ValueKind::kPath:
      return to_bytes(text);
    case ValueKind::kNone:
      break;
  }
  return Bytes{};
}

}  // namespace

Result<void> check_value(ValueKind kind, BytesView value) {
  switch (kind) {
    case ValueKind::kName:
      return check_name(value);
    case ValueKind::kPath:
      return check_path(value);
    case ValueKind::kPeerId: {
      POND_TRY([[maybe_unused]] const PeerId id, PeerId::from_bytes(value));
      return {};
    }
    case ValueKind::kOnion:
    case ValueKind::kOnion3:
      return check_port_behind_onion(value);
    case ValueKind::kGarlic64:
      return require(value.size() >= kMinGarlic64Bytes, "multiaddr: too short for an I2P destination");
    case ValueKind::kGarlic32:
      return require(value.size() == kGarlic32Bytes || value.size() >= kMinEncryptedGarlic32Bytes,
                     "multiaddr: not the size of an I2P hash");
    case ValueKind::kCertHash: {
      POND_TRY([[maybe_unused]] const Multihash hash, decode_multihash(value));
      return {};
    }
    case ValueKind::kHttpPath:
      return require(!value.empty(), "multiaddr: an empty HTTP path");
    case ValueKind::kNone:
    case ValueKind::kIp4:
    case ValueKind::kIp6:
    case ValueKind::kPrefixLength:
    case ValueKind::kPort:
    case ValueKind::kNumber64:
      break;  // any octets of the right number will do
  }
  return {};
}

Result<Bytes> parse_value(ValueKind kind, std::string_view text) {
  POND_TRY(Bytes value, parse_unchecked(kind, text));
  POND_CHECK(check_value(kind, value));
  return value;
}

void print_value(ValueKind kind, BytesView value, std::string& out) {
  switch (kind) {
    case ValueKind::kNone:
      return;
    case ValueKind::kIp4:
      out += print_ip4(to_ip<Ip4>(value));
      return;
    case ValueKind::kIp6:
      out += print_ip6(to_ip<Ip6>(value));
      return;
    case ValueKind::kPrefixLength:
    case ValueKind::kPort:
    case ValueKind::kNumber64:
      print_big_endian(value, out);
      return;
    case ValueKind::kName:
    case ValueKind::kPath:
      out += as_text(value);
      return;
    case ValueKind::kPeerId:
      out += encode_radix(kBase58Btc, value);
      return;
    case ValueKind::kOnion:
    case ValueKind::kOnion3:
      print_onion(value, out);
      return;
    case ValueKind::kGarlic64:
      out += encode_bits(kBase64I2p, value, Padding::kRequired);
      return;
    case ValueKind::kGarlic32:
      out += encode_bits(kBase32Lower, value, Padding::kNone);
      return;
    case ValueKind::kCertHash:
      out.push_back(static_cast<char>(Multibase::kBase64Url));
      out += encode_bits(kBase64Url, value, Padding::kNone);
      return;
    case ValueKind::kHttpPath:
      print_http_path(value, out);
      return;
  }
}

}  // namespace pond::wire
