#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node_impl.hpp"

namespace pond::node {
namespace {

using Named = std::vector<std::pair<std::string, std::uint64_t>>;

/// Names of wire::KadType, in its order.
constexpr std::array<std::string_view, 6> kKadTypes = {"put_value",     "get_value", "add_provider",
                                                       "get_providers", "find_node", "ping"};

void add(Named& out, const swarm::Counters& c) {
  out.insert(out.end(), {{"swarm.accepted", c.accepted},
                         {"swarm.dialed", c.dialed},
                         {"swarm.dial_failures", c.dial_failures},
                         {"swarm.handshakes_failed", c.handshakes_failed},
                         {"swarm.handshakes_timed_out", c.handshakes_timed_out},
                         {"swarm.half_open_evicted", c.half_open_evicted},
                         {"swarm.trimmed_for_newcomers", c.trimmed_for_newcomers},
                         {"swarm.refused_at_limit", c.refused_at_limit},
                         {"swarm.duplicates_closed", c.duplicates_closed},
                         {"swarm.streams_over_limit", c.streams_over_limit},
                         {"swarm.negotiations_timed_out", c.negotiations_timed_out},
                         {"swarm.streams_reset_for_memory", c.streams_reset_for_memory},
                         {"swarm.keep_alive_failures", c.keep_alive_failures},
                         {"swarm.dials_refused", c.dials_refused},
                         {"swarm.bytes_in", c.bytes_in},
                         {"swarm.bytes_out", c.bytes_out}});
}

void add(Named& out, const kad::Counters& c) {
  for (std::size_t type = 0; type < kKadTypes.size(); ++type) {
    out.emplace_back("kad.requests_in." + std::string{kKadTypes[type]}, c.requests_in[type]);
  }
  for (std::size_t type = 0; type < kKadTypes.size(); ++type) {
    out.emplace_back("kad.requests_out." + std::string{kKadTypes[type]}, c.requests_out[type]);
  }
  out.insert(out.end(), {{"kad.requests_refused", c.requests_refused},
                         {"kad.malformed_in", c.malformed_in},
                         {"kad.records_rejected", c.records_rejected},
                         {"kad.records_of_other_networks", c.records_of_other_networks},
                         {"kad.records_judged", c.records_judged},
                         {"kad.corrections_sent", c.corrections_sent},
                         {"kad.operations_refused", c.operations_refused},
                         {"kad.overloaded", c.overloaded},
                         {"kad.verified_into_table", c.verified_into_table},
                         {"kad.evicted_from_table", c.evicted_from_table}});
}

void add(Named& out, const KadStreamCounters& c) {
  out.insert(out.end(), {{"kad_streams.inbound_over_limit", c.inbound_over_limit},
                         {"kad_streams.inbound_displaced", c.inbound_displaced},
                         {"kad_streams.inbound_over_connection_limit", c.inbound_over_connection_limit},
                         {"kad_streams.outbound_over_limit", c.outbound_over_limit},
                         {"kad_streams.requests_too_large", c.requests_too_large},
                         {"kad_streams.answers_too_large", c.answers_too_large},
                         {"kad_streams.requests_malformed", c.requests_malformed},
                         {"kad_streams.answers_malformed", c.answers_malformed},
                         {"kad_streams.queue_full", c.queue_full},
                         {"kad_streams.silent_streams_closed", c.silent_streams_closed},
                         {"kad_streams.closes_forced", c.closes_forced},
                         {"kad_streams.inbound_now", c.inbound_now},
                         {"kad_streams.outbound_now", c.outbound_now}});
}

void add(Named& out, const store::Counters& c) {
  out.insert(out.end(), {{"store.records", c.records},
                         {"store.record_bytes", c.record_bytes},
                         {"store.provider_records", c.provider_records},
                         {"store.provider_keys", c.provider_keys},
                         {"store.provider_bytes", c.provider_bytes},
                         {"store.expired", c.expired},
                         {"store.evicted", c.evicted},
                         {"store.refused_by_quota", c.refused_by_quota},
                         {"store.refused_sender_share", c.refused_sender_share},
                         {"store.refused_test_records", c.refused_test_records},
                         {"store.refused_records_full", c.refused_records_full},
                         {"store.refused_provider_keys", c.refused_provider_keys},
                         {"store.refused_providers_of_key", c.refused_providers_of_key},
                         {"store.refused_providers_full", c.refused_providers_full},
                         {"store.displaced_unsigned_of_key", c.displaced_unsigned_of_key},
                         {"store.displaced_unsigned_of_sender", c.displaced_unsigned_of_sender},
                         {"store.displaced_providers_of_key", c.displaced_providers_of_key},
                         {"store.provider_addresses_cut", c.provider_addresses_cut}});
}

void add(Named& out, const peers::PeerBookCounters& c) {
  out.insert(
      out.end(),
      {{"peers.evicted", c.evicted}, {"peers.refused", c.refused}, {"peers.addresses_dropped", c.addresses_dropped}});
}

}  // namespace

Named Node::counters() const {
  Named out;
  add(out, impl_->swarm.counters());
  add(out, impl_->kad.counters());
  add(out, impl_->streams.counters());
  add(out, impl_->store.counters());
  add(out, impl_->book->counters());
  return out;
}

}  // namespace pond::node
