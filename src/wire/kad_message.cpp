#include "pond/wire/kad_message.hpp"

#include "pond/wire/kad_serving.hpp"

#include "kad_fields.hpp"
#include "peer_addresses.hpp"
#include "protobuf.hpp"

namespace pond::wire {
namespace {

KadConnection connection_of(std::uint64_t wire) {
  return wire <= static_cast<std::uint64_t>(KadConnection::kCannotConnect) ? static_cast<KadConnection>(wire)
                                                                           : KadConnection::kNotConnected;
}

/// Decodes one of the lists of peers; it keeps nothing but buffers between two peers.
class PeerListDecoder {
 public:
  PeerListDecoder(const KadDecodeLimits& limits, std::vector<KadPeer>& out) : limits_(limits), out_(out) {}

  Result<void> add(BytesView submessage) {
    if (seen_ == limits_.max_peers) {
      return {};
    }
    ++seen_;
    BytesView id_bytes;
    std::uint64_t connection = 0;
    candidates_.start(limits_.max_addresses_per_peer);
    POND_CHECK(parse_protobuf(submessage, [&](protozero::pbf_reader& field) -> Result<void> {
      switch (field.tag()) {
        case KadPeerField::kId: {
          POND_TRY(id_bytes, bytes_field(field));
          return {};
        }
        case KadPeerField::kAddresses: {
          POND_TRY(const BytesView address, bytes_field(field));
          candidates_.add(address);
          return {};
        }
        case KadPeerField::kConnection: {
          POND_TRY(connection, varint_field(field));
          return {};
        }
        default:
          return skip_field(field);
      }
    }));
    if (const auto id = PeerId::from_bytes(id_bytes)) {
      out_.push_back({.id = *id, .addresses = candidates_.addresses_of(*id), .connection = connection_of(connection)});
    }
    return {};
  }

 private:
  const KadDecodeLimits& limits_;
  std::vector<KadPeer>& out_;
  AddressCandidates candidates_;
  std::size_t seen_ = 0;
};

/// rust-libp2p drops a peer whose value it does not know, and go sends no other than these two.
bool says_connected(KadConnection connection) {
  return connection == KadConnection::kConnected;
}

std::size_t peer_size(const PeerId& id, const std::vector<Multiaddr>& addresses, KadConnection connection) {
  std::size_t size = bytes_field_size(id.bytes().size());
  for (const Multiaddr& address : addresses) {
    size += bytes_field_size(address.bytes().size());
  }
  return size + (says_connected(connection) ? varint_field_size(1) : 0);
}

void append_peer(Bytes& out, const PeerId& id, const std::vector<Multiaddr>& addresses, KadConnection connection) {
  append_bytes_field(out, KadPeerField::kId, id.bytes());
  for (const Multiaddr& address : addresses) {
    append_bytes_field(out, KadPeerField::kAddresses, address.bytes());
  }
  if (says_connected(connection)) {
    append_varint_field(out, KadPeerField::kConnection, 1);
  }
}

void append_peers(Bytes& out, std::uint32_t number, const std::vector<KadPeer>& peers) {
  for (const KadPeer& peer : peers) {
    append_bytes_header(out, number, peer_size(peer.id, peer.addresses, peer.connection));
    append_peer(out, peer.id, peer.addresses, peer.connection);
  }
}

}  // namespace

Result<KadMessage> decode_kad(BytesView protobuf, const KadDecodeLimits& limits) {
  POND_TRY(const KadRequestView view, view_kad_request(protobuf));
  KadMessage message{.type = view.type, .key = to_bytes(view.key)};
  if (view.has_record) {
    message.record = KadRecord{.key = to_bytes(view.record_key),
                               .value = to_bytes(view.record_value),
                               .time_received = std::string{view.time_received}};
  }
  PeerListDecoder closer{limits, message.closer_peers};
  PeerListDecoder providers{limits, message.provider_peers};
  POND_CHECK(parse_protobuf(protobuf, [&](protozero::pbf_reader& field) -> Result<void> {
    if (field.tag() != KadField::kCloserPeers && field.tag() != KadField::kProviderPeers) {
      return skip_field(field);
    }
    PeerListDecoder& list = field.tag() == KadField::kCloserPeers ? closer : providers;
    POND_TRY(const BytesView submessage, bytes_field(field));
    return list.add(submessage);
  }));
  return message;
}

void encode_kad(const KadMessage& message, Bytes& out) {
  append_kad_head(out, message.type, message.key);
  if (message.record) {
    KadRecordView{message.record->key, message.record->value, message.record->time_received}.append_field(out);
  }
  append_peers(out, KadField::kCloserPeers, message.closer_peers);
  append_peers(out, KadField::kProviderPeers, message.provider_peers);
}

Bytes encode_kad_peer(const PeerId& id, const std::vector<Multiaddr>& addresses, KadConnection connection) {
  Bytes out;
  out.reserve(peer_size(id, addresses, connection));
  append_peer(out, id, addresses, connection);
  return out;
}

}  // namespace pond::wire
