#include "pond/wire/identify.hpp"

#include <algorithm>

#include "clean_text.hpp"
#include "peer_addresses.hpp"
#include "protobuf.hpp"

namespace pond::wire {
namespace {

constexpr std::uint32_t kPublicKey = 1;
constexpr std::uint32_t kListenAddrs = 2;
constexpr std::uint32_t kProtocols = 3;
constexpr std::uint32_t kObservedAddr = 4;
constexpr std::uint32_t kProtocolVersion = 5;
constexpr std::uint32_t kAgentVersion = 6;
constexpr std::uint32_t kSignedPeerRecord = 8;

/// What of a message goes on the wire: the choices are made before anything is written, so that fields ascend.
struct Selection {
  Bytes public_key;
  std::size_t addresses = 0;  ///< how many, from the first
  std::vector<BytesView> protocols;
  std::string protocol_version;
  std::string agent_version;
  bool signed_record = false;
  bool complete = true;
  std::size_t size = 0;  ///< of the message, in octets
};

/// Makes room for a field of `length` octets if the message then has `max` at most.
bool take(Selection& selection, std::size_t length, std::size_t max) {
  const std::size_t with_it = selection.size + bytes_field_size(length);
  if (with_it > max) {
    selection.complete = false;
    return false;
  }
  selection.size = with_it;
  return true;
}

std::string select_text(Selection& selection, const std::optional<std::string>& text) {
  if (!text) {
    return {};
  }
  std::string cleaned = clean_text(*text, kMaxIdentifyTextBytes);
  selection.size += bytes_field_size(cleaned.size());
  selection.complete = selection.complete && cleaned == *text;
  return cleaned;
}

void select_addresses(Selection& selection, const std::vector<Multiaddr>& addresses) {
  for (const Multiaddr& address : addresses) {
    const std::size_t max =
        selection.addresses < kIdentifyAssuredAddresses ? kMaxIdentifySentBytes : kIdentifyComfortableBytes;
    if (selection.addresses == kMaxIdentifySentAddresses || !take(selection, address.bytes().size(), max)) {
      selection.complete = false;
      return;
    }
    ++selection.addresses;
  }
}

/// The parts that are always in take less than kMaxIdentifySentBytes together: an RSA key of 8192 bits 1,062 octets, an
/// address 1,024, two texts 512.
Selection select(const Identify& message) {
  Selection selection;
  if (message.public_key) {
    selection.public_key = encode_public_key(*message.public_key);
    selection.size += bytes_field_size(selection.public_key.size());
  }
  if (message.observed_address) {
    selection.size += bytes_field_size(message.observed_address->bytes().size());
  }
  selection.protocol_version = select_text(selection, message.protocol_version);
  selection.agent_version = select_text(selection, message.agent_version);
  if (message.protocols) {
    for (const std::string& protocol : *message.protocols) {
      if (take(selection, protocol.size(), kMaxIdentifySentBytes)) {
        selection.protocols.push_back(as_bytes(protocol));
      }
    }
  }
  if (message.signed_peer_record) {
    selection.signed_record = take(selection, message.signed_peer_record->size(), kMaxIdentifySentBytes);
  }
  if (message.listen_addresses) {
    select_addresses(selection, *message.listen_addresses);
  }
  return selection;
}

/// The fields of one message as they lie on the wire; the last of each counts.
struct Fields {
  std::optional<BytesView> public_key;
  AddressCandidates listen_addresses;
  bool has_listen_addresses = false;
  std::optional<std::vector<std::string>> protocols;
  std::optional<BytesView> observed_address;
  std::optional<BytesView> protocol_version;
  std::optional<BytesView> agent_version;
  std::optional<BytesView> signed_peer_record;
};

void add_unique(std::vector<std::string>& protocols, std::string_view protocol) {
  if (protocols.size() < kMaxIdentifyProtocols &&
      std::find(protocols.begin(), protocols.end(), protocol) == protocols.end()) {
    protocols.emplace_back(protocol);
  }
}

void add_protocol(Fields& fields, std::string_view protocol) {
  if (!fields.protocols) {
    fields.protocols.emplace();
  }
  if (!protocol.empty() && protocol.size() <= kMaxIdentifyTextBytes && is_clean_text(protocol)) {
    add_unique(*fields.protocols, protocol);
  }
}

Result<void> read_field(Fields& fields, protozero::pbf_reader& field) {
  switch (field.tag()) {
    case kPublicKey: {
      POND_TRY(fields.public_key, bytes_field(field));
      return {};
    }
    case kListenAddrs: {
      POND_TRY(const BytesView address, bytes_field(field));
      fields.has_listen_addresses = true;
      fields.listen_addresses.add(address);
      return {};
    }
    case kProtocols: {
      POND_TRY(const BytesView protocol, bytes_field(field));
      add_protocol(fields, as_text(protocol));
      return {};
    }
    case kObservedAddr: {
      POND_TRY(fields.observed_address, bytes_field(field));
      return {};
    }
    case kProtocolVersion: {
      POND_TRY(fields.protocol_version, bytes_field(field));
      return {};
    }
    case kAgentVersion: {
      POND_TRY(fields.agent_version, bytes_field(field));
      return {};
    }
    case kSignedPeerRecord: {
      POND_TRY(fields.signed_peer_record, bytes_field(field));
      return {};
    }
    default:
      return skip_field(field);
  }
}

Result<std::optional<crypto::PublicKey>> key_of(const std::optional<BytesView>& protobuf, const PeerId& sender) {
  if (!protobuf) {
    return std::nullopt;
  }
  auto key = decode_public_key(*protobuf);
  if (!key) {
    if (key.error().code == Errc::kUnsupported) {
      return std::nullopt;
    }
    return std::unexpected(key.error());
  }
  if (PeerId::from_public_key(*key) != sender) {
    return fail(Errc::kWrongPeer, "identify carries the key of another peer");
  }
  return *std::move(key);
}

/// js ends it with the receiver's own id.
std::optional<Multiaddr> observed_of(const std::optional<BytesView>& binary) {
  if (!binary) {
    return std::nullopt;
  }
  const auto address = Multiaddr::from_bytes(*binary);
  if (!address) {
    return std::nullopt;
  }
  Multiaddr bare = address->without_peer_id();
  return bare.empty() ? std::nullopt : std::optional{std::move(bare)};
}

std::optional<std::string> text_of(const std::optional<BytesView>& octets) {
  return octets ? std::optional{clean_text(as_text(*octets), kMaxIdentifyTextBytes)} : std::nullopt;
}

/// Replaces `into` by `from` if that is there.
template <typename T>
void take_over(std::optional<T>& into, std::optional<T>& from) {
  if (from) {
    into = std::move(from);
  }
}

void take_over_single_fields(Identify& into, Identify& from) {
  take_over(into.public_key, from.public_key);
  take_over(into.observed_address, from.observed_address);
  take_over(into.protocol_version, from.protocol_version);
  take_over(into.agent_version, from.agent_version);
  take_over(into.signed_peer_record, from.signed_peer_record);
}

/// Adds the entries of `from` that are new, up to `max` in all.
template <typename T>
void join(std::optional<std::vector<T>>& into, std::optional<std::vector<T>>& from, std::size_t max) {
  if (!into) {
    into = std::move(from);
    return;
  }
  if (!from) {
    return;
  }
  for (T& entry : *from) {
    if (into->size() < max && std::find(into->begin(), into->end(), entry) == into->end()) {
      into->push_back(std::move(entry));
    }
  }
}

}  // namespace

bool encode_identify(const Identify& message, Bytes& out) {
  const Selection selection = select(message);
  if (message.public_key) {
    append_bytes_field(out, kPublicKey, selection.public_key);
  }
  for (std::size_t i = 0; i < selection.addresses; ++i) {
    append_bytes_field(out, kListenAddrs, (*message.listen_addresses)[i].bytes());
  }
  for (const BytesView protocol : selection.protocols) {
    append_bytes_field(out, kProtocols, protocol);
  }
  if (message.observed_address) {
    append_bytes_field(out, kObservedAddr, message.observed_address->bytes());
  }
  if (message.protocol_version) {
    append_bytes_field(out, kProtocolVersion, as_bytes(selection.protocol_version));
  }
  if (message.agent_version) {
    append_bytes_field(out, kAgentVersion, as_bytes(selection.agent_version));
  }
  if (selection.signed_record) {
    append_bytes_field(out, kSignedPeerRecord, *message.signed_peer_record);
  }
  return selection.complete;
}

Result<Identify> decode_identify(BytesView protobuf, const PeerId& sender) {
  if (protobuf.size() > kMaxIdentifyBytes) {
    return fail(Errc::kTooLarge, "identify message too long");
  }
  Fields fields;
  fields.listen_addresses.start(kMaxIdentifyAddresses);
  POND_CHECK(parse_protobuf(protobuf, [&](protozero::pbf_reader& field) { return read_field(fields, field); }));
  Identify message;
  POND_TRY(message.public_key, key_of(fields.public_key, sender));
  if (fields.has_listen_addresses) {
    message.listen_addresses = fields.listen_addresses.addresses_of(sender);
  }
  message.protocols = std::move(fields.protocols);
  message.observed_address = observed_of(fields.observed_address);
  message.protocol_version = text_of(fields.protocol_version);
  message.agent_version = text_of(fields.agent_version);
  if (fields.signed_peer_record) {
    message.signed_peer_record = to_bytes(*fields.signed_peer_record);
  }
  return message;
}

void merge_identify(Identify& into, Identify more) {
  take_over_single_fields(into, more);
  join(into.listen_addresses, more.listen_addresses, kMaxIdentifyAddresses);
  join(into.protocols, more.protocols, kMaxIdentifyProtocols);
}

void apply_identify_push(Identify& known, Identify push) {
  take_over_single_fields(known, push);
  take_over(known.listen_addresses, push.listen_addresses);
  take_over(known.protocols, push.protocols);
}

}  // namespace pond::wire
