#pragma once

#include <cstddef>
#include <cstdint>

#include "pond/base/time.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/store/store.hpp"
#include "pond/swarm/types.hpp"

namespace pond::node {

/// Bounds on the streams that carry Kademlia.
struct KadStreamLimits {
  std::size_t max_inbound = 5000;   ///< of the node; OpenPond's maxInboundStreams
  std::size_t max_outbound = 5000;  ///< of the node; OpenPond's maxOutboundStreams
  std::size_t max_inbound_per_connection = 512;
  std::size_t max_request_bytes = 64U << 10;  ///< one message from a client
  std::size_t max_answer_bytes = 4U << 20;    ///< one message from a server: what go and js send at most
  std::size_t max_queued_requests = 20'000;   ///< of ours, that wait for a connection or a stream
  Duration first_message_timeout = 10s;       ///< an inbound stream that stays silent from the start
  Duration next_message_timeout = 60s;        ///< an inbound stream that falls silent: go's idle timeout
  Duration own_idle_timeout = 30s;            ///< a stream of ours that is kept for the next request
  Duration close_timeout = 10s;               ///< for the peer to close its side of a stream that we closed idle
  std::size_t max_closing = 512;              ///< streams in that state, beside max_outbound; beyond it they are reset
};

/// Every bound of a node, in one place, with its default. What each counts when it bites stands in the counters of the
/// same layer: swarm::Counters, store::Counters, peers::PeerBookCounters, kad::Counters, KadStreamCounters.
struct Limits {
  swarm::Limits swarm;
  store::Limits store;
  peers::PeerBookLimits peers;
  KadStreamLimits kad_streams;
};

struct KadStreamCounters {
  std::uint64_t inbound_over_limit = 0;  ///< max_inbound: refused
  std::uint64_t inbound_displaced = 0;   ///< max_inbound: closed for a stream of a peer that holds fewer
  std::uint64_t inbound_over_connection_limit = 0;
  std::uint64_t outbound_over_limit = 0;  ///< max_outbound: a request had to wait
  std::uint64_t requests_too_large = 0;
  std::uint64_t answers_too_large = 0;
  std::uint64_t requests_malformed = 0;
  std::uint64_t answers_malformed = 0;
  std::uint64_t queue_full = 0;             ///< max_queued_requests
  std::uint64_t silent_streams_closed = 0;  ///< first_message_timeout, next_message_timeout
  std::uint64_t closes_forced = 0;          ///< close_timeout, max_closing: a stream of ours had to be reset
  std::uint64_t inbound_now = 0;
  std::uint64_t outbound_now = 0;
};

}  // namespace pond::node
