#pragma once

#include <cstdint>

#include "pond/base/bytes.hpp"
#include "pond/crypto/hash.hpp"
#include "pond/wire/multiaddr.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::test {

/// A valid peer id for each number (the sha2-256 form), the same in every run; no key belongs to it.
[[nodiscard]] inline wire::PeerId numbered_peer(std::uint32_t number) {
  const Bytes text{static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
                   static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  Bytes multihash{0x12, 0x20};
  append(multihash, crypto::sha256(text));
  return wire::PeerId::from_bytes(multihash).value();
}

/// An address from its text, which must parse.
[[nodiscard]] inline wire::Multiaddr address(std::string_view text) {
  return wire::Multiaddr::parse(text).value();
}

}  // namespace pond::test
