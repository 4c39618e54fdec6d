#include "multiaddr_parts.hpp"

#include "pond/wire/varint.hpp"

namespace pond::wire {

Result<RawPart> take_part(BytesView& rest) {
  POND_TRY(const Varint code, read_whole_varint(rest));
  const ProtocolInfo* protocol = find_protocol(code.value);
  if (protocol == nullptr) {
    return fail(Errc::kUnsupported, "multiaddr: a protocol that the table does not have");
  }
  BytesView in = rest.subspan(code.size);
  std::uint64_t size = 0;
  if (const auto fixed = fixed_size(protocol->kind)) {
    size = *fixed;
  } else {
    POND_TRY(const Varint length, read_whole_varint(in));
    in = in.subspan(length.size);
    size = length.value;
  }
  if (size > in.size()) {
    return fail(Errc::kMalformed, "multiaddr: a value is cut short");
  }
  const auto taken = static_cast<std::size_t>(size);
  rest = in.subspan(taken);
  return RawPart{.protocol = protocol, .value = in.first(taken)};
}

void append_part(Bytes& out, const ProtocolInfo& protocol, BytesView value) {
  append_varint(out, protocol.code);
  if (!fixed_size(protocol.kind)) {
    append_varint(out, value.size());
  }
  append(out, value);
}

}  // namespace pond::wire
