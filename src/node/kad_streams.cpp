#include "pond/node/kad_streams.hpp"

#include <utility>

namespace pond::node {

KadStreams::KadStreams(swarm::Swarm& swarm, ToKad to_kad, peers::PeerBook& book, kad::Hearsay hearsay,
                       const KadStreamLimits& limits, std::string protocol)
    : swarm_(swarm),
      to_kad_(std::move(to_kad)),
      book_(book),
      hearsay_(hearsay),
      limits_(limits),
      protocol_(std::move(protocol)) {
}

}  // namespace pond::node
