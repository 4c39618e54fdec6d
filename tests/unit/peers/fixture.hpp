#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pond/peers/peer_book.hpp"

#include "support/numbered_peers.hpp"

namespace pond::peers {

inline constexpr Instant kStart{1h};

inline PeerHandle interned(PeerBook& book, std::uint32_t number) {
  return book.intern(test::numbered_peer(number)).value();
}

inline std::vector<wire::Multiaddr> tcp_ports(int first, int count) {
  std::vector<wire::Multiaddr> made;
  for (int port = first; port < first + count; ++port) {
    made.push_back(test::address("/ip4/10.0.0.1/tcp/" + std::to_string(port)));
  }
  return made;
}

}  // namespace pond::peers
