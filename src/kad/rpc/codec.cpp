#include "pond/kad/rpc/codec.hpp"

#include <utility>

#include "pond/kad/lookup/answer_trim.hpp"

namespace pond::kad {
namespace {

void keep_usable(std::vector<wire::Multiaddr>& addresses, Hearsay hearsay) {
  if (hearsay == Hearsay::kGlobalOnly) {
    std::erase_if(addresses,
                  [](const wire::Multiaddr& address) { return wire::reach_of(address) != wire::Reach::kGlobal; });
  }
}

}  // namespace

Result<void> encode_answer(const Answer& answer, peers::PeerBook& book, wire::KadAnswerWriter& writer, Bytes& out,
                           Instant now) {
  writer.begin(answer.type, answer.key);
  if (answer.record) {
    writer.set_record(answer.record->key, answer.record->value, answer.record->time_received);
  }
  std::vector<Bytes> providers;
  providers.reserve(answer.providers.size());
  for (const wire::KadPeer& provider : answer.providers) {
    writer.add_provider(
        providers.emplace_back(wire::encode_kad_peer(provider.id, provider.addresses, provider.connection)));
  }
  for (const PeerHandle peer : answer.closer.view()) {
    writer.add_closer(book.encoded(peer, now));
  }
  POND_TRY([[maybe_unused]] const auto written, writer.finish(out));
  return {};
}

Result<Answer> decode_answer(BytesView protobuf, const wire::Key& target, const wire::PeerId& self, Hearsay hearsay,
                             peers::PeerBook& book, Instant now) {
  POND_TRY(wire::KadMessage message, wire::decode_kad(protobuf));
  Answer answer{.type = message.type,
                .key = std::move(message.key),
                .record = std::move(message.record),
                .providers = std::move(message.provider_peers),
                .closer = {}};
  for (wire::KadPeer& provider : answer.providers) {
    keep_usable(provider.addresses, hearsay);
  }
  keep_nearest(message.closer_peers, target, kKeptPeers);
  for (wire::KadPeer& peer : message.closer_peers) {
    keep_usable(peer.addresses, hearsay);
    const std::optional<PeerHandle> handle = peer.id == self ? std::nullopt : book.intern(peer.id);
    if (!handle) {
      continue;
    }
    book.add_addresses(*handle, peer.addresses, peers::AddressSource::kHint, now);
    if (!book.addresses(*handle, now).empty()) {
      static_cast<void>(answer.closer.push_back(*handle));
    }
  }
  return answer;
}

}  // namespace pond::kad
