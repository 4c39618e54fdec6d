#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "pond/crypto/keys.hpp"
#include "pond/wire/kad_message.hpp"

#include "support/numbered_peers.hpp"

/// Values for the tests of the wire's messages: samples for examples, generators for properties.
namespace pond::test {

/// `count` different addresses of about 15 octets.
[[nodiscard]] inline std::vector<wire::Multiaddr> numbered_addresses(std::size_t count, std::uint32_t first_port = 1) {
  std::vector<wire::Multiaddr> addresses;
  for (std::size_t i = 0; i < count; ++i) {
    addresses.push_back(address("/ip4/203.0.113.7/tcp/" + std::to_string(first_port + i)));
  }
  return addresses;
}

/// An address of about `size` octets.
[[nodiscard]] inline wire::Multiaddr long_address(std::size_t size, char filler = 'a') {
  return address("/dns4/" + std::string(size, filler) + "/tcp/1");
}

[[nodiscard]] inline crypto::PrivateKey ed25519_key(std::uint64_t seed) {
  SeededRng rng{seed};
  return crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng).value();
}

/// Protobuf with every living wire type under field numbers that nobody knows: 666, 777, 888, 999.
[[nodiscard]] inline Bytes unknown_fields() {
  return *from_hex(
      "d02901"
      "ca30026869"
      "c53701020304"
      "b93e0102030405060708");
}

[[nodiscard]] inline rc::Gen<std::vector<wire::Multiaddr>> any_addresses() {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange<std::size_t>(0, 5), rc::gen::inRange<std::uint32_t>(1, 60'000)),
                      [](const auto& choice) { return numbered_addresses(choice.first, choice.second); });
}

[[nodiscard]] inline rc::Gen<wire::KadPeer> any_kad_peer() {
  return rc::gen::map(rc::gen::tuple(rc::gen::arbitrary<std::uint32_t>(), any_addresses(), rc::gen::arbitrary<bool>()),
                      [](const auto& parts) {
                        return wire::KadPeer{.id = numbered_peer(std::get<0>(parts)),
                                             .addresses = std::get<1>(parts),
                                             .connection = std::get<2>(parts) ? wire::KadConnection::kConnected
                                                                              : wire::KadConnection::kNotConnected};
                      });
}

[[nodiscard]] inline wire::KadMessage draw_kad_message() {
  wire::KadMessage message;
  message.type = static_cast<wire::KadType>(*rc::gen::inRange(0, 6));
  message.key = *rc::gen::arbitrary<Bytes>();
  if (*rc::gen::arbitrary<bool>()) {
    message.record = wire::KadRecord{.key = *rc::gen::arbitrary<Bytes>(),
                                     .value = *rc::gen::arbitrary<Bytes>(),
                                     .time_received = *rc::gen::element<std::string>("", wire::rfc3339(1'000))};
  }
  message.closer_peers = *rc::gen::container<std::vector<wire::KadPeer>>(any_kad_peer());
  message.provider_peers = *rc::gen::container<std::vector<wire::KadPeer>>(any_kad_peer());
  return message;
}

}  // namespace pond::test
