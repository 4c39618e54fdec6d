#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "pond/sim/byte_link.hpp"
#include "pond/sim/link_model.hpp"
#include "pond/sim/slab.hpp"
#include "pond/swarm/types.hpp"
#include "pond/wire/multiaddr.hpp"

#include "byte_event.hpp"

namespace pond::sim {

/// Nodes are numbers, from 0, in the order of the scenario's groups.
using NodeIndex = std::uint32_t;

/// What drives the nodes of a ByteNet. Its functions are called from `ByteNet::handle` alone, `produce` from `write`
/// too; none of them may call the net, but `settle`, which comes last.
class SocketOwner {
 public:
  virtual ~SocketOwner() = default;
  [[nodiscard]] virtual swarm::ConnId accept(NodeIndex node, const wire::Multiaddr& local,
                                             const wire::Multiaddr& remote) = 0;
  virtual void dialed(NodeIndex node, swarm::ConnId conn, Result<wire::Multiaddr> local) = 0;
  virtual void received(NodeIndex node, swarm::ConnId conn, BytesView bytes) = 0;
  virtual void lost(NodeIndex node, swarm::ConnId conn, const Error& why) = 0;
  /// The node's octets for that socket, about `max_bytes` at most.
  [[nodiscard]] virtual Bytes produce(NodeIndex node, swarm::ConnId conn, std::size_t max_bytes) = 0;
  /// That node was told something: it may act on it now.
  virtual void settle(NodeIndex node) = 0;
};

struct ByteNetCounters {
  std::uint64_t dials = 0;
  std::uint64_t dials_failed = 0;
  std::uint64_t connected = 0;
  std::uint64_t octets = 0;  ///< that arrived
  std::uint64_t pieces = 0;  ///< in so many reads
};

/// The sockets of simulated machines: who dials whom, and what goes over connections. A node of number n listens at
/// `/ip4/10.x.y.z/tcp/4001`, where x.y.z is n.
///
/// Nobody answers a dial of a machine that is away, behind NAT or beyond a partition: the dialer waits for the timeout
/// of the scenario. A process that ends has its sockets closed by its system; a machine that vanishes says nothing, and
/// when it is back it resets what it does not know.
class ByteNet {
 public:
  /// All outlive the net. `links` knows how many nodes there are.
  ByteNet(const NetworkSpec& spec, const LinkModel& links, ByteEvents& events, Rng& rng, SocketOwner& owner);

  [[nodiscard]] static wire::Multiaddr address_of(NodeIndex node);
  [[nodiscard]] static std::optional<NodeIndex> node_at(const wire::Multiaddr& address);

  /// The machine is there and its node listens, or no longer.
  void start(NodeIndex node);
  void end_process(NodeIndex node, Instant now);
  void lose_machine(NodeIndex node);

  void open(NodeIndex node, const swarm::OpenSocket& request, Instant now);
  /// Takes from the owner what the socket has room for, and more when there is room again.
  void write(NodeIndex node, swarm::ConnId conn, Instant now);
  void close(NodeIndex node, swarm::CloseSocket& request, Instant now);

  void handle(const ByteEvent& event, Instant now);

  [[nodiscard]] const ByteNetCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] std::size_t sockets(NodeIndex node) const { return machines_[node].sockets.size(); }
  [[nodiscard]] std::size_t pipes() const noexcept { return pipes_.size(); }

 private:
  struct Dial {
    std::uint32_t serial = 0;  ///< 0: nothing is at this place
    NodeIndex from = 0;
    NodeIndex to = 0;
    swarm::ConnId conn{};
    Instant begun{};
    bool unanswered = false;  ///< nobody is there
  };
  struct End {
    NodeIndex node = 0;
    swarm::ConnId conn{};
    bool open = false;             ///< a process has it
    bool said_bye = false;         ///< its machine knows of it, or has told the other that it does not
    bool waits_for_room = false;   ///< there is more to write than the socket takes
    Instant due = Instant::max();  ///< of the kArrival that is pending, of what comes to this end
  };
  struct Pipe {
    std::uint32_t serial = 0;
    std::array<End, 2> ends;        ///< the dialer's, the acceptor's
    std::array<ByteLink, 2> links;  ///< from that end to the other
  };
  struct Socket {
    bool dialing;
    std::uint32_t place;  ///< of `dials_` or `pipes_`
  };
  struct Machine {
    explicit Machine(double megabits_per_s) : up_line(megabits_per_s), down_line(megabits_per_s) {}
    Line up_line;
    Line down_line;
    bool up = false;
    std::map<swarm::ConnId, Socket> sockets;
  };

  void on_syn(std::uint32_t place, Instant now);
  void on_dialed(Pipe& pipe);
  void on_dial_failed(std::uint32_t place);
  void on_arrival(std::uint32_t place, std::size_t end, Instant now);
  void arrived(std::uint32_t place, std::size_t end, BytesView bytes, Instant now);
  void make_room(std::uint32_t place, std::size_t end, Instant now);
  void fill(std::uint32_t place, std::size_t end, Instant now);
  void watch(std::uint32_t place, std::size_t end);
  [[nodiscard]] bool lose(std::uint32_t place, std::size_t end, const Error& why);
  bool detach(std::uint32_t place, std::size_t end);
  void push(Instant at, ByteEvent::Kind kind, std::uint32_t place, std::uint32_t serial, std::size_t end = 0);
  [[nodiscard]] std::uint32_t next_serial();
  [[nodiscard]] Duration draw_dial_delay(NodeIndex from, NodeIndex to);
  [[nodiscard]] static std::size_t end_of(const Pipe& pipe, NodeIndex node, swarm::ConnId conn);

  const NetworkSpec& spec_;
  const LinkModel& links_;
  ByteEvents& events_;
  Rng& rng_;
  SocketOwner& owner_;
  std::vector<Machine> machines_;
  Slab<Dial> dials_;
  Slab<Pipe> pipes_;
  std::uint32_t last_serial_ = 0;
  ByteNetCounters counters_;
};

}  // namespace pond::sim
