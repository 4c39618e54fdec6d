#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "pond/swarm/types.hpp"

namespace pond::node {

/// Who holds how many of the node's places for inbound streams, and which stream leaves when they are all taken: the
/// one of the largest holder that has been silent for longest, as long as the newcomer holds fewer. So a peer gets its
/// fair share however many places others have taken, and keeps it: places move from those with many to those with few,
/// never back.
///
/// A holder is a peer, over all of its connections. A stream is busy while a request of it is worked on, and silent
/// since its last request was done, or since it was added. Bytes that complete no request do not break the silence.
///
/// add, remove, begin and end take time logarithmic in the number of holders at most (begin and end: constant), and no
/// function looks at all streams. Of holders that are equally large the one with the highest handle counts as largest.
/// Not thread-safe.
class InboundShares {
  using Streams = std::list<swarm::StreamRef>;
  struct Holder {
    Streams quiet;  // silent for longest first
    Streams busy;
    [[nodiscard]] std::size_t size() const noexcept { return quiet.size() + busy.size(); }
  };
  using Holders = std::map<swarm::PeerHandle, Holder>;

 public:
  /// Where a stream stands. Good from add to remove.
  class Place {
    friend class InboundShares;
    Holders::iterator holder;
    Streams::iterator at;
    bool busy = false;
  };

  [[nodiscard]] Place add(swarm::PeerHandle holder, swarm::StreamRef stream);
  void remove(const Place& place);

  void begin(Place& place) noexcept;  ///< a request is worked on; nothing when one was already
  void end(Place& place) noexcept;    ///< it is done; nothing when there was none

  /// The stream to close so that `newcomer` gets its place. None when no other holds more than the newcomer, and when
  /// every stream of the largest holder is busy.
  [[nodiscard]] std::optional<swarm::StreamRef> place_for(swarm::PeerHandle newcomer) const;

  [[nodiscard]] std::size_t held_by(swarm::PeerHandle holder) const;

 private:
  void rank(Holders::iterator holder, std::size_t size_before);

  Holders holders_;                                              // no empty ones
  std::set<std::pair<std::size_t, swarm::PeerHandle>> by_size_;  // all of them
};

}  // namespace pond::node
