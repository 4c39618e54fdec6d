#include "pond/wire/multiaddr.hpp"

#include "multiaddr_parts.hpp"
#include "multiaddr_value.hpp"

namespace pond::wire {
namespace {

/// No protocol's text is over ten times its octets, so shorter addresses cannot print longer than kMaxBytes.
constexpr std::size_t kAlwaysPrintsBytes = Multiaddr::kMaxBytes / 10;

Result<void> check_parts(BytesView rest) {
  while (!rest.empty()) {
    POND_TRY(const RawPart part, take_part(rest));
    POND_CHECK(check_value(part.protocol->kind, part.value));
    if (part.protocol->kind == ValueKind::kPath && !rest.empty()) {
      return fail(Errc::kMalformed, "multiaddr: a part behind a path");
    }
  }
  return {};
}

/// Where the last part starts if it is a peer id; the size of the whole otherwise. `raw` is a checked multiaddr.
std::size_t end_without_peer_id(BytesView raw) {
  BytesView rest = raw;
  while (!rest.empty()) {
    const std::size_t start = raw.size() - rest.size();
    const auto part = take_part(rest);
    if (!part) {
      break;
    }
    if (rest.empty() && part->protocol->kind == ValueKind::kPeerId) {
      return start;
    }
  }
  return raw.size();
}

}  // namespace

Result<Multiaddr> Multiaddr::from_bytes(BytesView binary) {
  if (binary.empty()) {
    return fail(Errc::kMalformed, "multiaddr: empty");
  }
  if (binary.size() > kMaxBytes) {
    return fail(Errc::kTooLarge, "multiaddr: too many octets");
  }
  POND_CHECK(check_parts(binary));
  Multiaddr address{to_bytes(binary)};
  if (binary.size() > kAlwaysPrintsBytes && address.to_string().size() > kMaxBytes) {
    return fail(Errc::kTooLarge, "multiaddr: its text is too long");
  }
  return address;
}

std::vector<Multiaddr::Part> Multiaddr::parts() const {
  std::vector<Part> all;
  BytesView rest = raw_;
  while (!rest.empty()) {
    const auto part = take_part(rest);
    if (!part) {
      break;  // cannot be: every Multiaddr has been checked
    }
    all.push_back({.code = part->protocol->code, .value = part->value});
  }
  return all;
}

std::optional<BytesView> Multiaddr::value_of(Protocol code) const {
  BytesView rest = raw_;
  while (!rest.empty()) {
    const auto part = take_part(rest);
    if (!part) {
      break;
    }
    if (part->protocol->code == static_cast<std::uint32_t>(code)) {
      return part->value;
    }
  }
  return std::nullopt;
}

std::optional<PeerId> Multiaddr::peer_id() const {
  BytesView last = bytes().subspan(end_without_peer_id(raw_));
  if (last.empty()) {
    return std::nullopt;
  }
  const auto part = take_part(last);
  if (!part) {
    return std::nullopt;
  }
  const auto id = PeerId::from_bytes(part->value);
  return id ? std::optional{*id} : std::nullopt;
}

Multiaddr Multiaddr::without_peer_id() const {
  return Multiaddr{to_bytes(bytes().first(end_without_peer_id(raw_)))};
}

Multiaddr Multiaddr::with_peer_id(const PeerId& id) const {
  Multiaddr address = without_peer_id();
  if (const ProtocolInfo* p2p = find_protocol(static_cast<std::uint64_t>(Protocol::kP2p)); p2p != nullptr) {
    append_part(address.raw_, *p2p, id.bytes());
  }
  return address;
}

}  // namespace pond::wire

std::size_t std::hash<pond::wire::Multiaddr>::operator()(const pond::wire::Multiaddr& address) const noexcept {
  return std::hash<std::string_view>{}(pond::as_text(address.bytes()));
}
