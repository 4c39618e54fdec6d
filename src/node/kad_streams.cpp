#include "pond/node/kad_streams.hpp"

#include <utility>

namespace pond::node {

KadStreams::KadStreams(swarm::Swarm& swarm, kad::Kad& kad, peers::PeerBook& book, kad::Hearsay hearsay,
                       const KadStreamLimits& limits, std::string protocol)
    : swarm_(swarm), kad_(kad), book_(book), hearsay_(hearsay), limits_(limits), protocol_(std::move(protocol)) {
}

}  // namespace pond::node
