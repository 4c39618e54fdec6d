#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pond/kad/kad.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/sim/event_hash.hpp"
#include "pond/sim/event_queue.hpp"
#include "pond/sim/link_model.hpp"
#include "pond/sim/load_schedule.hpp"
#include "pond/sim/node_plan.hpp"
#include "pond/sim/slab.hpp"
#include "pond/sim/world.hpp"

#include "../adversaries/adversary.hpp"
#include "../truth.hpp"
#include "../workload/workload.hpp"
#include "sim_node.hpp"

namespace pond::sim {

class World::Host final : public AdversaryHost {
 public:
  explicit Host(World::Impl& world) : world_(world) {}

  [[nodiscard]] std::vector<PeerHandle> accomplices(const wire::Key& key, std::size_t n) const override;
  [[nodiscard]] std::vector<PeerHandle> honest(const wire::Key& key, std::size_t n) const override;
  [[nodiscard]] PeerHandle anybody() override;
  [[nodiscard]] Bytes oldest_value(const Bytes& key) const override;
  [[nodiscard]] Rng& rng() override;

  NodeIndex speaker = 0;  ///< the liar that is asked

 private:
  World::Impl& world_;
};

/// What is under way between two nodes: a request, or what becomes of one.
struct Parcel {
  enum class Kind : std::uint8_t { kRequest, kAnswer, kSent, kFailure };
  Kind kind = Kind::kRequest;
  NodeIndex asker = 0;
  NodeIndex asked = 0;
  std::uint32_t asker_life = 0;
  std::uint32_t asked_life = 0;
  kad::RpcId rpc{};
  Instant deadline{};
  kad::RequestPtr request;
  std::unique_ptr<kad::Answer> answer;
  Error error{Errc::kTimeout, ""};
};

/// Something that happens at an instant.
struct WorldEvent {
  enum class Kind : std::uint8_t {
    kParcel,       ///< subject: of the slab; it arrives
    kTimer,        ///< subject: a node
    kConnected,    ///< subject: a node, other: the peer that it dialed
    kUnreachable,  ///< subject: a node, other: the peer that it dialed to keep in touch with a bootstrap node
    kJoin,         ///< subject: a node
    kLeave,        ///< subject: a node; other: its life number
    kLoad,         ///< subject: index of the load in the phase; other: the phase
    kPlanned,      ///< subject: one of the planned events
    kPhase,        ///< subject: the phase that begins
    kUpkeep,       ///< subject: a node that begins with its upkeep
    kLookAround,   ///< checkers, idle connections
    kEnd,
  };
  std::uint32_t subject;
  std::uint32_t other;
  Kind kind;
};

struct World::Impl {
  static constexpr WallTime kStart{1'763'800'000'000};
  static constexpr NodeIndex kNobody = 0xffffffffU;

  Impl(const Scenario& the_scenario, Recorder& the_recorder, OperationTrace* the_trace);

  // ---- world.cpp: the clock
  bool step();
  void handle(const WorldEvent& event);
  void prefetch() const;
  [[nodiscard]] const SimNode* node_of(const WorldEvent& event) const;
  void begin_phase(std::size_t index);
  void begin_load(const LoadSpec& load, std::size_t members, Duration length);
  void end();
  void at(Instant when, WorldEvent::Kind kind, std::uint32_t subject = 0, std::uint32_t other = 0) {
    queue.push(when, {.subject = subject, .other = other, .kind = kind});
  }

  // ---- nodes.cpp: what a node does
  /// Lets the node act until it has nothing to do; then sets its timer.
  void pump(NodeIndex index);
  void set_timer(NodeIndex index);
  void on_timer(NodeIndex index);
  void bootstrap_unreachable(NodeIndex index, NodeIndex peer);
  [[nodiscard]] bool step_life(NodeIndex index, Life& life);
  void on_output(NodeIndex index, Life& life, kad::Output& output);

  // ---- carrying.cpp: messages
  void carry(NodeIndex from, kad::SendRpc& send);
  void arrive(std::uint32_t slot);
  void deliver_request(std::uint32_t slot);
  void answered(NodeIndex from, kad::SendAnswer& sent);
  void reply(std::uint32_t slot, kad::Answer answer, Duration delay);
  void send_back(Parcel parcel, Duration delay);
  void fail_at(Instant when, NodeIndex asker, kad::RpcId rpc, const Error& why);
  /// A request that was not answered: its asker learns so at the deadline.
  void lost(const Parcel& parcel);
  void post(Instant when, Parcel parcel);
  [[nodiscard]] static std::string describe(const Parcel& parcel);
  [[nodiscard]] static std::string_view name_of(wire::KadType type);

  // ---- connecting.cpp
  enum class Dialing : std::uint8_t { kOwn, kOther };
  /// The connection, begun if need be; or why there can be none, and when that shows.
  struct Dialed {
    Connection* connection = nullptr;
    Instant fails_at{};
    Error error{Errc::kUnreachable, ""};
  };
  [[nodiscard]] Dialed dial(NodeIndex from, NodeIndex to);
  [[nodiscard]] bool make_room(NodeIndex at_node, Dialing dialing);
  void connected(NodeIndex from, NodeIndex to);
  void introduce(NodeIndex one, Connection& connection);
  void disconnect(NodeIndex a, NodeIndex b);
  void close_idle();
  [[nodiscard]] bool keeps(NodeIndex a, NodeIndex b) const;
  [[nodiscard]] std::size_t max_connections(NodeIndex index) const;
  [[nodiscard]] std::optional<std::size_t> bootstrap_place(NodeIndex index, NodeIndex bootstrap_node) const;

  // ---- membership.cpp: who is there
  void populate();
  [[nodiscard]] std::vector<wire::PeerId> mined_ids(const GroupSpec& group);
  void fill_tables();
  void join(NodeIndex index);
  void leave(NodeIndex index, bool keep_store);
  void churned(NodeIndex index);
  void start_kad(NodeIndex index);
  void adopt(NodeIndex index, const wire::PeerId& id);
  void infiltrate(NodeIndex index, const Adversary& adversary);
  void call_on(NodeIndex index, NodeIndex peer);
  void begin_upkeep(NodeIndex index);
  void end_upkeep();
  void apply(const EventSpec& event);
  [[nodiscard]] std::vector<NodeIndex> chosen(const std::string& group, double share);

  // ---- operations.cpp: the workload
  void on_turn(std::uint32_t load);
  void start_operation(NodeIndex index, const LoadSpec& load);
  void publish(NodeIndex index, Account& account);
  void keep_up(NodeIndex index);
  void run(NodeIndex index, Workload::Task task);
  void operation_done(NodeIndex index, Life& life, const kad::OperationDone& done);
  [[nodiscard]] Actor actor(NodeIndex index) const;
  void check_operations();

  // ---- measures.cpp
  void look_around();
  void check_node(NodeIndex index);
  void measure();
  void measure_tables();
  void measure_bootstrap(double seconds);
  void violation(std::string what);

  /// The load of kUpkeep that a group has in the phase under way.
  [[nodiscard]] const LoadSpec* upkeep_of(std::uint16_t group) const;
  /// The nodes of a group, as a range of numbers: first and one past the last.
  [[nodiscard]] std::pair<NodeIndex, NodeIndex> members_of(const std::string& group) const;
  [[nodiscard]] const GroupSpec& group_of(NodeIndex index) const { return scenario.groups[nodes[index].group]; }
  [[nodiscard]] NodeIndex node_of(PeerHandle peer) const { return node_of_handle[static_cast<std::uint32_t>(peer)]; }
  [[nodiscard]] bool is_server(NodeIndex index) const { return group_of(index).role != GroupSpec::Role::kAgent; }
  /// Whether a lookup should find it: up, a server that answers and can be dialed.
  [[nodiscard]] bool findable(NodeIndex index) const {
    const SimNode& node = nodes[index];
    return node.up && !node.silent && is_server(index) && !links.nat(index) && !never_answers(index);
  }
  [[nodiscard]] bool never_answers(NodeIndex index) const;
  [[nodiscard]] WallTime wall(NodeIndex index) const;

  const Scenario& scenario;
  Recorder& recorder;
  OperationTrace* trace;

  SeededRng rng;
  Instant now;
  Instant started;
  LinkModel links;
  peers::PeerBook book;
  kad::Validators validators;
  std::vector<SimNode> nodes;
  std::vector<NodeIndex> node_of_handle;
  std::vector<PeerHandle> servers;        // every server's present handle, by node
  std::vector<NodeIndex> first_of_group;  // and one more: the number of nodes
  std::vector<NodeIndex> bootstrap_nodes;
  std::vector<std::unique_ptr<Adversary>> adversaries;  // by group; null for honest ones
  std::unique_ptr<Host> host;
  Truth truth;
  Workload workload;
  std::uint64_t next_op = 1;
  std::deque<LoadSchedule> loads;  // of the phase under way; kUpkeep's are nodes' own
  std::vector<PlannedEvent> planned;

  EventQueue<WorldEvent> queue;
  Slab<Parcel> parcels;
  EventHash hash;
  std::uint64_t event_count = 0;
  std::size_t current_phase = 0;
  Instant phase_began;
  std::uint64_t messages = 0;
  double node_minutes = 0;  // of all phases that have ended
  std::uint64_t messages_lost = 0;
  std::uint64_t dials = 0;
  std::uint64_t dials_failed = 0;
  std::uint64_t refused_at_bootstrap = 0;
  std::size_t most_connections = 0;
  std::size_t most_at_bootstrap = 0;
  std::size_t longest_queue = 0;
  std::size_t up = 0;
  std::uint64_t messages_before = 0;  // the phase, as the next two
  std::uint64_t events_before = 0;
  std::vector<std::uint64_t> taken_before;  // by the bootstrap nodes
  std::optional<NodeIndex> traced_node;
  bool ended = false;
  std::vector<std::string> violations;
};

}  // namespace pond::sim
