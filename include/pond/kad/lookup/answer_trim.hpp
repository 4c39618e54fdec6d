#pragma once

#include <cstddef>
#include <vector>

#include "pond/wire/kad_message.hpp"
#include "pond/wire/key.hpp"

namespace pond::kad {

/// Leaves of an answer's peers the `most` nearest to `target`, nearest first, each id once. What an answer names beyond
/// that must not reach the PeerBook: js and go name as many peers as their buckets hold, and a liar as many as fit.
void keep_nearest(std::vector<wire::KadPeer>& peers, const wire::Key& target, std::size_t most);

}  // namespace pond::kad
