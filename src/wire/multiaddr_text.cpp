#include "pond/wire/multiaddr.hpp"

#include "multiaddr_parts.hpp"
#include "multiaddr_value.hpp"

namespace pond::wire {
namespace {

/// Takes `/element` off the front of `rest`, which starts with its slash, and returns the element.
std::string_view take_element(std::string_view& rest) {
  rest.remove_prefix(1);
  const std::string_view element = rest.substr(0, rest.find('/'));
  rest.remove_prefix(element.size());
  return element;
}

std::string_view take_value(std::string_view& rest, ValueKind kind) {
  if (kind != ValueKind::kPath) {
    return take_element(rest);
  }
  const std::string_view path = rest;
  rest = {};
  return path;
}

}  // namespace

Result<Multiaddr> Multiaddr::parse(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return fail(Errc::kTooLarge, "multiaddr: the text is too long");
  }
  if (!text.starts_with('/')) {
    return fail(Errc::kMalformed, "multiaddr: the text does not start with a slash");
  }
  while (text.ends_with('/')) {
    text.remove_suffix(1);
  }
  if (text.empty()) {
    return fail(Errc::kMalformed, "multiaddr: empty");
  }
  Bytes raw;
  while (!text.empty()) {
    const ProtocolInfo* protocol = find_protocol(take_element(text));
    if (protocol == nullptr) {
      return fail(Errc::kUnsupported, "multiaddr: a protocol that the table does not have");
    }
    Bytes value;
    if (protocol->kind != ValueKind::kNone) {
      if (text.empty()) {
        return fail(Errc::kMalformed, "multiaddr: a protocol without its value");
      }
      POND_TRY(value, parse_value(protocol->kind, take_value(text, protocol->kind)));
    }
    append_part(raw, *protocol, value);
  }
  // A text may be shorter than the canonical one (`!` against `%21`), which has to keep the bound as well.
  return from_bytes(raw);
}

std::string Multiaddr::to_string() const {
  if (raw_.empty()) {
    return "/";
  }
  std::string text;
  BytesView rest = raw_;
  while (!rest.empty()) {
    const auto part = take_part(rest);
    if (!part) {
      break;  // cannot be: every Multiaddr has been checked
    }
    text.push_back('/');
    text += part->protocol->name;
    if (part->protocol->kind != ValueKind::kNone && part->protocol->kind != ValueKind::kPath) {
      text.push_back('/');
    }
    print_value(part->protocol->kind, part->value, text);
  }
  return text;
}

}  // namespace pond::wire
