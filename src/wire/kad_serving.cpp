#include "pond/wire/kad_serving.hpp"

#include "pond/wire/frame.hpp"

#include "kad_fields.hpp"
#include "protobuf.hpp"

namespace pond::wire {
namespace {

/// Takes the record of `submessage` in place of the one that `view` may have.
Result<void> view_record(BytesView submessage, KadRequestView& view) {
  view.has_record = true;
  view.record_key = {};
  view.record_value = {};
  view.time_received = {};
  return parse_protobuf(submessage, [&](protozero::pbf_reader& field) -> Result<void> {
    switch (field.tag()) {
      case KadRecordField::kKey: {
        POND_TRY(view.record_key, bytes_field(field));
        return {};
      }
      case KadRecordField::kValue: {
        POND_TRY(view.record_value, bytes_field(field));
        return {};
      }
      case KadRecordField::kTimeReceived: {
        POND_TRY(const BytesView time, bytes_field(field));
        view.time_received = time.size() <= kMaxTimeTextBytes ? as_text(time) : std::string_view{};
        return {};
      }
      default:
        return skip_field(field);
    }
  });
}

}  // namespace

KadRequestView view_of(const KadMessage& message) {
  KadRequestView view{.type = message.type, .key = message.key};
  if (message.record) {
    view.has_record = true;
    view.record_key = message.record->key;
    view.record_value = message.record->value;
    view.time_received = message.record->time_received;
  }
  return view;
}

Result<KadRequestView> view_kad_request(BytesView protobuf) {
  KadRequestView view{.body = protobuf};
  std::uint64_t type = 0;
  POND_CHECK(parse_protobuf(protobuf, [&](protozero::pbf_reader& field) -> Result<void> {
    switch (field.tag()) {
      case KadField::kType: {
        POND_TRY(type, varint_field(field));
        return {};
      }
      case KadField::kKey: {
        POND_TRY(view.key, bytes_field(field));
        return {};
      }
      case KadField::kRecord: {
        POND_TRY(const BytesView record, bytes_field(field));
        return view_record(record, view);
      }
      case KadField::kCloserPeers:
      case KadField::kProviderPeers: {
        POND_TRY([[maybe_unused]] const BytesView peer, bytes_field(field));
        return {};
      }
      default:
        return skip_field(field);
    }
  }));
  if (type > static_cast<std::uint64_t>(KadType::kPing)) {
    return fail(Errc::kMalformed, "kad: message type that does not exist");
  }
  view.type = static_cast<KadType>(type);
  return view;
}

void KadAnswerWriter::begin(KadType type, BytesView key) {
  type_ = type;
  key_ = key;
  has_record_ = false;
  closer_.clear();
  providers_.clear();
}

void KadAnswerWriter::set_record(BytesView key, BytesView value, std::string_view time_received) {
  has_record_ = true;
  record_key_ = key;
  record_value_ = value;
  time_received_ = time_received;
}

void KadAnswerWriter::add_provider(BytesView peer) {
  if (!peer.empty()) {
    providers_.push_back({.head = peer});
  }
}

void KadAnswerWriter::add_closer(BytesView peer) {
  if (!peer.empty()) {
    closer_.push_back({.head = peer});
  }
}

/// Takes every peer whole if they fit; otherwise changes nothing and returns false.
bool KadAnswerWriter::take_all(std::size_t& used) {
  std::size_t total = used;
  for (const auto* peers : {&providers_, &closer_}) {
    for (const Peer& peer : *peers) {
      total += bytes_field_size(peer.size());
    }
  }
  if (frame_size(total) > max_frame_bytes_) {
    return false;
  }
  for (auto* peers : {&providers_, &closer_}) {
    for (Peer& peer : *peers) {
      peer.taken = true;
    }
  }
  used = total;
  return true;
}

void KadAnswerWriter::take_what_fits(std::vector<Peer>& peers, std::size_t& used) const {
  for (Peer& peer : peers) {
    const std::size_t with_it = used + bytes_field_size(peer.size());
    if (peer.size() != 0 && frame_size(with_it) <= max_frame_bytes_) {
      peer.taken = true;
      used = with_it;
    }
  }
}

/// Splits the submessage before its first surplus address and after its last. What does not parse becomes empty.
void KadAnswerWriter::cut_addresses(Peer& peer, bool& any_cut) {
  const BytesView whole = peer.head;
  std::size_t addresses = 0;
  std::size_t kept_until = 0;
  std::size_t last_address_end = 0;
  const auto parsed = parse_protobuf(whole, [&](protozero::pbf_reader& field) -> Result<void> {
    const bool is_address = field.tag() == KadPeerField::kAddresses;
    POND_CHECK(skip_field(field));
    if (is_address) {
      last_address_end = whole.size() - field.length();
      if (++addresses == kAddressesInTightAnswer) {
        kept_until = last_address_end;
      }
    }
    return {};
  });
  if (!parsed) {
    peer.head = {};
  } else if (addresses > kAddressesInTightAnswer) {
    peer.head = whole.first(kept_until);
    peer.tail = whole.subspan(last_address_end);
    any_cut = true;
  }
}

Result<KadAnswerWriter::Written> KadAnswerWriter::finish(Bytes& out) {
  const KadRecordView record{record_key_, record_value_, time_received_};
  std::size_t used = kad_head_size(type_, key_) + (has_record_ ? bytes_field_size(record.size()) : 0);
  if (frame_size(used) > max_frame_bytes_) {
    return fail(Errc::kTooLarge, "kad: an answer's key and record are over its limit");
  }
  Written written;
  if (!take_all(used)) {
    for (auto* peers : {&providers_, &closer_}) {
      for (Peer& peer : *peers) {
        cut_addresses(peer, written.addresses_cut);
      }
    }
    take_what_fits(providers_, used);
    take_what_fits(closer_, used);
  }
  for (const Peer& peer : closer_) {
    written.closer_peers += peer.taken ? 1 : 0;
  }
  for (const Peer& peer : providers_) {
    written.provider_peers += peer.taken ? 1 : 0;
  }
  written.peers_left_out = closer_.size() + providers_.size() - written.closer_peers - written.provider_peers;
  written.bytes = frame_size(used);
  write(used, out);
  return written;
}

void KadAnswerWriter::write(std::size_t body_size, Bytes& out) const {
  append_varint(out, body_size);
  append_kad_head(out, type_, key_);
  if (has_record_) {
    KadRecordView{record_key_, record_value_, time_received_}.append_field(out);
  }
  const auto append_peers = [&out](std::uint32_t number, const std::vector<Peer>& peers) {
    for (const Peer& peer : peers) {
      if (peer.taken) {
        append_bytes_header(out, number, peer.size());
        append(out, peer.head);
        append(out, peer.tail);
      }
    }
  };
  append_peers(KadField::kCloserPeers, closer_);
  append_peers(KadField::kProviderPeers, providers_);
}

}  // namespace pond::wire
