#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "pond/peers/peer_book.hpp"
#include "pond/wire/key.hpp"

#include "support/numbered_peers.hpp"

namespace pond::test {

/// A key whose first octet is given and whose other octets are zero: readable in a test, as in `tiny_key(0b1010'0000)`.
[[nodiscard]] constexpr wire::Key tiny_key(std::uint8_t first) {
  crypto::Digest raw{};
  raw[0] = first;
  return wire::Key{raw};
}

/// The `nth` numbered peer whose key begins with that octet; nth < 16. The same in every run.
[[nodiscard]] inline wire::PeerId tiny_peer(std::uint8_t first, std::size_t nth = 0) {
  static const auto kByOctet = [] {
    std::array<std::vector<wire::PeerId>, 256> found;
    for (std::uint32_t number = 0; number < 256U * 40; ++number) {
      const wire::PeerId id = numbered_peer(number);
      found[wire::Key::of(id).raw()[0]].push_back(id);
    }
    return found;
  }();
  return kByOctet[first].at(nth);
}

/// The same, interned.
[[nodiscard]] inline peers::PeerHandle tiny_handle(peers::PeerBook& book, std::uint8_t first, std::size_t nth = 0) {
  return book.intern(tiny_peer(first, nth)).value();
}

}  // namespace pond::test
