#pragma once

#include <cstdint>

#include "pond/sim/event_queue.hpp"

namespace pond::sim {

/// Something that happens at an instant in a world of whole nodes.
struct ByteEvent {
  enum class Kind : std::uint8_t {
    // Of the network, see ByteNet. subject: a place; other: which thing of that place, and which end of it.
    kSyn,         ///< a dial reaches its target
    kDialed,      ///< the target's answer is back
    kDialFailed,  ///< the dialer has waited long enough
    kArrival,     ///< something is there to be read
    kRoom,        ///< the socket takes octets again
    // Of the world, see ByteWorld.
    kTimer,    ///< subject: a node
    kJoin,     ///< subject: a node
    kLeave,    ///< subject: a node; other: its life
    kHang,     ///< the same
    kLoad,     ///< subject: a load of the phase; other: the phase
    kPlanned,  ///< subject: one of the planned events
    kPhase,    ///< subject: the phase that begins
    kLookAround,
    kEnd,
  };
  std::uint32_t subject;
  std::uint32_t other;
  Kind kind;
};

using ByteEvents = EventQueue<ByteEvent>;

}  // namespace pond::sim
