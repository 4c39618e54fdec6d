#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pond/node/node.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/sim/byte_world.hpp"
#include "pond/sim/event_hash.hpp"
#include "pond/sim/link_model.hpp"
#include "pond/sim/load_schedule.hpp"
#include "pond/sim/node_plan.hpp"
#include "pond/store/memory_store.hpp"

#include "../truth.hpp"
#include "../workload/workload.hpp"
#include "byte_net.hpp"

namespace pond::sim {

/// A whole node while it is up.
struct WholeLife {
  explicit WholeLife(std::uint64_t seed) : rng(seed) {}
  SeededRng rng;
  std::unique_ptr<node::Node> node;
};

/// Of one node, over all of its lives.
struct RequestCounts {
  std::uint64_t taken = 0;    ///< Kademlia's requests that it was sent
  std::uint64_t asked = 0;    ///< that it sent
  std::uint64_t refused = 0;  ///< connections, since it had too many
};

/// What of a node outlasts its process.
struct WholeNode {
  NodePlan plan;
  std::unique_ptr<store::MemoryStore> store;  // outlives `life`, which uses it
  std::unique_ptr<WholeLife> life;            // null while it is away
  peers::PeerHandle identity{};               // of the present identity, in the census
  std::uint32_t identity_number = 0;
  std::uint32_t life_number = 0;
  Instant timer = Instant::max();  // of the kTimer that is pending
  bool hung = false;
  RequestCounts before;  // of its earlier lives
};

struct ByteWorld::Impl final : SocketOwner {
  static constexpr WallTime kStart{1'763'800'000'000};

  Impl(const Scenario& the_scenario, Recorder& the_recorder, OperationTrace* the_trace);

  // ---- byte_world.cpp: the clock and the driver
  bool step();
  void handle(const ByteEvent& event);
  void at(Instant when, ByteEvent::Kind kind, std::uint32_t subject = 0, std::uint32_t other = 0) {
    events.push(when, {.subject = subject, .other = other, .kind = kind});
  }
  void pump(NodeIndex index);
  void on_output(NodeIndex index, node::Output& output);
  void set_timer(NodeIndex index);
  void on_timer(NodeIndex index);
  void begin_phase(std::size_t index);
  void end();

  [[nodiscard]] swarm::ConnId accept(NodeIndex node, const wire::Multiaddr& local,
                                     const wire::Multiaddr& remote) override;
  void dialed(NodeIndex node, swarm::ConnId conn, Result<wire::Multiaddr> local) override;
  void received(NodeIndex node, swarm::ConnId conn, BytesView bytes) override;
  void lost(NodeIndex node, swarm::ConnId conn, const Error& why) override;
  [[nodiscard]] Bytes produce(NodeIndex node, swarm::ConnId conn, std::size_t max_bytes) override;
  void settle(NodeIndex node) override { pump(node); }

  // ---- members.cpp: who is there
  void populate();
  void adopt(NodeIndex index);
  void join(NodeIndex index);
  void leave(NodeIndex index, bool keep_store, bool vanishes);
  void churned(NodeIndex index);
  void apply(const EventSpec& event);
  [[nodiscard]] node::Config config_of(NodeIndex index);
  [[nodiscard]] crypto::PrivateKey key_of(NodeIndex index) const;
  [[nodiscard]] std::vector<NodeIndex> chosen(const std::string& group, double share);

  // ---- operations.cpp: the workload
  void on_turn(std::uint32_t load);
  void start_operation(NodeIndex index, const LoadSpec& load);
  void run(NodeIndex index, Workload::Task task);
  void operation_done(NodeIndex index, const node::OperationDone& done);
  [[nodiscard]] Actor actor(NodeIndex index) const;

  // ---- measures.cpp
  void look_around();
  void measure();
  [[nodiscard]] RequestCounts counts_of(NodeIndex index) const;
  void violation(std::string what);

  /// The nodes of a group, as a range of numbers: first and one past the last.
  [[nodiscard]] std::pair<NodeIndex, NodeIndex> members_of(const std::string& group) const;
  [[nodiscard]] const GroupSpec& group_of(NodeIndex index) const { return scenario.groups[nodes[index].plan.group]; }
  [[nodiscard]] bool is_server(NodeIndex index) const { return group_of(index).role != GroupSpec::Role::kAgent; }
  [[nodiscard]] bool acts(NodeIndex index) const { return nodes[index].life && !nodes[index].hung; }
  /// Whether a lookup should find it.
  [[nodiscard]] bool findable(NodeIndex index) const {
    return acts(index) && is_server(index) && !nodes[index].plan.nat;
  }
  [[nodiscard]] WallAnchor wall_of(NodeIndex index) const;

  const Scenario& scenario;
  Recorder& recorder;
  OperationTrace* trace;

  SeededRng rng;
  Instant now;
  Instant started;
  ByteEvents events;
  LinkModel links;
  ByteNet net;
  std::vector<WholeNode> nodes;
  std::vector<NodeIndex> first_of_group;  // and one more: the number of nodes
  std::vector<NodeIndex> bootstrap_nodes;
  std::vector<wire::Multiaddr> bootstrap_addresses;
  std::vector<PlannedEvent> planned;

  // Everybody who is, and was, there. The nodes have books of their own.
  peers::PeerBook census;
  std::vector<NodeIndex> node_of;  // by the census' handles
  std::vector<peers::PeerHandle> servers;
  Truth truth;
  Workload workload;

  std::uint64_t operations = 0;
  std::deque<LoadSchedule> loads;  // of the phase under way

  EventHash hash;
  std::vector<swarm::ConnId> to_write;
  std::uint64_t next_mute_conn = 1;
  std::uint64_t event_count = 0;
  std::size_t current_phase = 0;
  Instant phase_began;
  std::size_t up = 0;
  std::size_t most_connections = 0;
  std::size_t most_at_bootstrap = 0;
  std::uint64_t messages = 0;       // of all phases that have ended
  double node_minutes = 0;          // the same
  std::uint64_t events_before = 0;  // the phase, as those that follow
  ByteNetCounters net_before;
  std::vector<RequestCounts> counts_before;
  bool ended = false;
  std::vector<std::string> violations;
};

}  // namespace pond::sim
