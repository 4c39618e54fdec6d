#include "pond/wire/peer_record.hpp"

#include <algorithm>

#include "pond/wire/envelope.hpp"

#include "peer_addresses.hpp"
#include "protobuf.hpp"

namespace pond::wire {
namespace {

constexpr std::uint32_t kPeerId = 1;
constexpr std::uint32_t kSeq = 2;
constexpr std::uint32_t kAddresses = 3;

constexpr std::uint32_t kMultiaddr = 1;  // of an AddressInfo

Result<BytesView> multiaddr_of(BytesView address_info) {
  BytesView multiaddr;
  POND_CHECK(parse_protobuf(address_info, [&](protozero::pbf_reader& field) -> Result<void> {
    if (field.tag() != kMultiaddr) {
      return skip_field(field);
    }
    POND_TRY(multiaddr, bytes_field(field));
    return {};
  }));
  return multiaddr;
}

}  // namespace

Bytes encode_peer_record(const PeerRecord& record) {
  Bytes out;
  append_bytes_field(out, kPeerId, record.id.bytes());
  if (record.seq != 0) {
    append_varint_field(out, kSeq, record.seq);
  }
  for (const Multiaddr& address : record.addresses) {
    append_bytes_header(out, kAddresses, bytes_field_size(address.bytes().size()));
    append_bytes_field(out, kMultiaddr, address.bytes());
  }
  return out;
}

Result<PeerRecord> decode_peer_record(BytesView protobuf) {
  PeerRecord record;
  BytesView id;
  AddressCandidates candidates;
  candidates.start(kMaxPeerRecordAddresses);
  POND_CHECK(parse_protobuf(protobuf, [&](protozero::pbf_reader& field) -> Result<void> {
    switch (field.tag()) {
      case kPeerId: {
        POND_TRY(id, bytes_field(field));
        return {};
      }
      case kSeq: {
        POND_TRY(record.seq, varint_field(field));
        return {};
      }
      case kAddresses: {
        POND_TRY(const BytesView info, bytes_field(field));
        POND_TRY(const BytesView multiaddr, multiaddr_of(info));
        candidates.add(multiaddr);
        return {};
      }
      default:
        return skip_field(field);
    }
  }));
  POND_TRY(record.id, PeerId::from_bytes(id));
  record.addresses = candidates.addresses_of(record.id);
  return record;
}

Result<Bytes> seal_peer_record(const crypto::PrivateKey& key, std::uint64_t seq,
                               const std::vector<Multiaddr>& addresses) {
  PeerRecord record{.id = PeerId::from_public_key(key.public_key()), .seq = seq, .addresses = addresses};
  record.addresses.resize(std::min(addresses.size(), kMaxSealedPeerRecordAddresses));
  return seal_envelope(key, kPeerRecordDomain, kPeerRecordPayloadType, encode_peer_record(record));
}

Result<PeerRecord> open_peer_record(BytesView envelope) {
  POND_TRY(const Envelope opened, open_envelope(envelope, kPeerRecordDomain, kPeerRecordPayloadType));
  POND_TRY(PeerRecord record, decode_peer_record(opened.payload));
  if (PeerId::from_public_key(opened.public_key) != record.id) {
    return fail(Errc::kWrongPeer, "peer record signed by another peer");
  }
  return record;
}

}  // namespace pond::wire
