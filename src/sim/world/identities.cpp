#include "identities.hpp"

#include <array>
#include <bit>
#include <span>

namespace pond::sim {
namespace {

using Multihash = std::array<std::uint8_t, 34>;

wire::PeerId id_of(const Multihash& multihash) {
  return wire::PeerId::from_bytes(multihash).value_or(wire::PeerId{});
}

}  // namespace

wire::PeerId random_peer_id(Rng& rng) {
  Multihash multihash{0x12, 0x20};
  rng.fill(std::span{multihash}.subspan(2));
  return id_of(multihash);
}

std::vector<wire::PeerId> mined_peer_ids(const wire::Key& target, std::size_t count, std::size_t nodes, Rng& rng) {
  // The nearest of n random keys shares about log2(n) bits with the target.
  const unsigned wanted_bits = static_cast<unsigned>(std::bit_width(nodes)) + 1;
  std::vector<wire::PeerId> mined;
  Multihash multihash{0x12, 0x20};
  rng.fill(std::span{multihash}.subspan(2));
  for (std::uint64_t attempt = 0; mined.size() < count; ++attempt) {
    for (std::size_t i = 0; i < 8; ++i) {
      multihash[2 + i] = static_cast<std::uint8_t>(attempt >> (8 * i));
    }
    if (wire::Key::of(multihash).common_prefix_bits(target) >= wanted_bits) {
      mined.push_back(id_of(multihash));
    }
  }
  return mined;
}

}  // namespace pond::sim
