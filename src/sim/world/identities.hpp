#pragma once

#include <cstddef>
#include <vector>

#include "pond/base/rng.hpp"
#include "pond/wire/key.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::sim {

/// A random peer id of the sha2-256 form. No key belongs to it: nothing at message level asks for one.
[[nodiscard]] wire::PeerId random_peer_id(Rng& rng);

/// `count` peer ids nearer to `target` than the nearest of a network of `nodes` is likely to be: what an attacker finds by
/// trying. Costs about 4 * nodes hashes each.
[[nodiscard]] std::vector<wire::PeerId> mined_peer_ids(const wire::Key& target, std::size_t count, std::size_t nodes,
                                                       Rng& rng);

}  // namespace pond::sim
