#include "support/golden_script.hpp"

#include "pond/crypto/ethereum.hpp"
#include "pond/crypto/hash.hpp"
#include "pond/kad/records/eth_record.hpp"

namespace pond::test {
namespace {

Bytes sha256_multihash(BytesView bytes) {
  Bytes multihash{0x12, 0x20};
  append(multihash, crypto::sha256(bytes));
  return multihash;
}

}  // namespace

std::vector<wire::KadMessage> golden_questions(const wire::PeerId& self, WallTime wall) {
  using wire::KadType;
  const auto key = crypto::EthKey::parse(to_hex(crypto::sha256(as_bytes("pond-golden")))).value();
  const auto address = wire::Multiaddr::parse("/ip4/127.0.0.1/tcp/4001").value();
  const Bytes record_key = kad::eth_key(key.address());
  const Bytes value = kad::sign_eth_record({.network = "local",
                                            .peer_id = self,
                                            .timestamp = wall.ms,
                                            .expires = (wall + kad::kDefaultEthLifetime).ms,
                                            .agent_name = "golden",
                                            .multiaddrs = {address},
                                            .others = {}},
                                           key)
                          .value();
  const Bytes multihash = sha256_multihash(record_key);
  const Bytes nobody = sha256_multihash(as_bytes("nobody"));
  std::vector<wire::KadMessage> questions(6);
  questions[0] = {.type = KadType::kFindNode, .key = to_bytes(self.bytes())};
  questions[1] = {.type = KadType::kPutValue,
                  .key = record_key,
                  .record = wire::KadRecord{.key = record_key, .value = value, .time_received = {}}};
  questions[2] = {.type = KadType::kGetValue, .key = record_key};
  questions[3] = {
      .type = KadType::kAddProvider, .key = multihash, .provider_peers = {{.id = self, .addresses = {address}}}};
  questions[4] = {.type = KadType::kGetProviders, .key = multihash};
  questions[5] = {.type = KadType::kFindNode, .key = nobody};
  return questions;
}

std::vector<wire::KadMessage> golden_hard_questions() {
  std::vector<wire::KadMessage> questions(2);
  questions[0] = {.type = wire::KadType::kPing};
  questions[1] = {.type = wire::KadType::kGetProviders, .key = to_bytes("no-multihash")};
  return questions;
}

std::optional<wire::KadMessage> GoldenServer::answer(const wire::KadMessage& request, const wire::PeerId& from) {
  wire::KadMessage answer{.type = request.type, .key = request.key};
  switch (request.type) {
    case wire::KadType::kPutValue:
      if (request.record) {
        wire::KadRecord record = *request.record;
        record.time_received = wire::rfc3339(wall_.ms);
        answer.record = records_.insert_or_assign(request.key, std::move(record)).first->second;
      }
      return answer;
    case wire::KadType::kGetValue:
      if (const auto found = records_.find(request.key); found != records_.end()) {
        answer.record = found->second;
      }
      return answer;
    case wire::KadType::kAddProvider:
      for (const wire::KadPeer& peer : request.provider_peers) {
        if (peer.id == from) {
          providers_.insert_or_assign(request.key, peer);
        }
      }
      return std::nullopt;
    case wire::KadType::kGetProviders:
      if (const auto found = providers_.find(request.key); found != providers_.end()) {
        answer.provider_peers = {found->second};
      }
      return answer;
    case wire::KadType::kFindNode:
      if (equal(request.key, self_.id.bytes())) {
        answer.closer_peers = {self_};
      }
      return answer;
    case wire::KadType::kPing:
      return answer;
  }
  return std::nullopt;
}

}  // namespace pond::test
