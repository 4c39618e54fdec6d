#include "byte_net.hpp"

#include <algorithm>
#include <utility>

namespace pond::sim {
namespace {

constexpr std::size_t kWriteBytes = 64 * 1024;  ///< taken from the node at once, as net's links do
constexpr Duration kSynRetry = 1s;              ///< Linux's first timeout of a SYN
constexpr int kSynRetriesDrawn = 6;
constexpr std::uint16_t kPort = 4001;

wire::Multiaddr ip4_address(NodeIndex node, std::uint16_t port) {
  const auto octet = [](std::uint32_t value) { return static_cast<std::uint8_t>(value & 0xff); };
  const Bytes raw{static_cast<std::uint8_t>(wire::Protocol::kIp4),
                  10,
                  octet(node >> 16),
                  octet(node >> 8),
                  octet(node),
                  static_cast<std::uint8_t>(wire::Protocol::kTcp),
                  octet(port >> 8U),
                  octet(port)};
  return wire::Multiaddr::from_bytes(raw).value_or(wire::Multiaddr{});
}

/// The port that a dialer's socket has.
std::uint16_t own_port(std::uint32_t serial) {
  return static_cast<std::uint16_t>(20'000 + serial % 40'000);
}

}  // namespace

ByteNet::ByteNet(const NetworkSpec& spec, const LinkModel& links, ByteEvents& events, Rng& rng, SocketOwner& owner)
    : spec_(spec),
      links_(links),
      events_(events),
      rng_(rng),
      owner_(owner),
      machines_(links.nodes(), Machine{spec.megabits_per_s}) {
}

wire::Multiaddr ByteNet::address_of(NodeIndex node) {
  return ip4_address(node, kPort);
}

std::optional<NodeIndex> ByteNet::node_at(const wire::Multiaddr& address) {
  const std::optional<BytesView> ip = address.value_of(wire::Protocol::kIp4);
  if (!ip || ip->size() != 4 || (*ip)[0] != 10) {
    return std::nullopt;
  }
  return std::uint32_t{(*ip)[1]} << 16 | std::uint32_t{(*ip)[2]} << 8 | (*ip)[3];
}

void ByteNet::push(Instant at, ByteEvent::Kind kind, std::uint32_t place, std::uint32_t serial, std::size_t end) {
  events_.push(at, {.subject = place, .other = serial << 1 | static_cast<std::uint32_t>(end), .kind = kind});
}

/// Places are used again: an event is for what had the place when it was pushed.
std::uint32_t ByteNet::next_serial() {
  last_serial_ = last_serial_ == 0x7fffffffU ? 1 : last_serial_ + 1;
  return last_serial_;
}

void ByteNet::handle(const ByteEvent& event, Instant now) {
  const std::uint32_t place = event.subject;
  const std::uint32_t serial = event.other >> 1;
  const std::size_t end = event.other & 1;
  if (event.kind == ByteEvent::Kind::kSyn || event.kind == ByteEvent::Kind::kDialFailed) {
    if (place < dials_.capacity() && dials_[place].serial == serial) {
      if (event.kind == ByteEvent::Kind::kSyn) {
        on_syn(place, now);
      } else {
        on_dial_failed(place);
      }
    }
    return;
  }
  if (place >= pipes_.capacity() || pipes_[place].serial != serial) {
    return;
  }
  if (event.kind == ByteEvent::Kind::kDialed) {
    on_dialed(pipes_[place]);
  } else if (event.kind == ByteEvent::Kind::kArrival) {
    on_arrival(place, end, now);
  } else if (event.kind == ByteEvent::Kind::kRoom && pipes_[place].ends[end].open) {
    const NodeIndex node = pipes_[place].ends[end].node;
    fill(place, end, now);
    owner_.settle(node);
  }
}

// ---- Machines

void ByteNet::start(NodeIndex node) {
  machines_[node].up = true;
}

void ByteNet::end_process(NodeIndex node, Instant now) {
  for (const auto& [conn, socket] : std::exchange(machines_[node].sockets, {})) {
    if (socket.dialing) {
      static_cast<void>(dials_.take(socket.place));
      continue;
    }
    Pipe& pipe = pipes_[socket.place];
    const std::size_t end = end_of(pipe, node, conn);
    pipe.links[end].finish(now, rng_);
    pipe.ends[end].said_bye = true;
    watch(socket.place, 1 - end);
    detach(socket.place, end);
  }
  machines_[node].up = false;
}

void ByteNet::lose_machine(NodeIndex node) {
  for (const auto& [conn, socket] : std::exchange(machines_[node].sockets, {})) {
    if (socket.dialing) {
      static_cast<void>(dials_.take(socket.place));
    } else {
      detach(socket.place, end_of(pipes_[socket.place], node, conn));
    }
  }
  machines_[node].up = false;
}

// ---- Dialing

Duration ByteNet::draw_dial_delay(NodeIndex from, NodeIndex to) {
  Duration delay = links_.draw_delay(from, to, rng_);
  Duration timeout = kSynRetry;
  for (int i = 0; i < kSynRetriesDrawn && links_.loss() > 0 && rng_.unit() < links_.loss(); ++i) {
    delay += timeout;
    timeout *= 2;
  }
  return delay;
}

void ByteNet::open(NodeIndex node, const swarm::OpenSocket& request, Instant now) {
  ++counters_.dials;
  const std::optional<NodeIndex> to = node_at(request.address);
  const bool nowhere = !to || *to >= machines_.size() || *to == node;
  const std::uint32_t serial = next_serial();
  const std::uint32_t place = dials_.put({.serial = serial,
                                          .from = node,
                                          .to = to.value_or(node),
                                          .conn = request.conn,
                                          .begun = now,
                                          .unanswered = nowhere});
  machines_[node].sockets.emplace(request.conn, Socket{.dialing = true, .place = place});
  if (nowhere) {
    push(now + spec_.dial_timeout, ByteEvent::Kind::kDialFailed, place, serial);
  } else {
    push(now + draw_dial_delay(node, *to), ByteEvent::Kind::kSyn, place, serial);
  }
}

void ByteNet::on_syn(std::uint32_t place, Instant now) {
  if (const Dial& dial = dials_[place]; !machines_[dial.to].up || !links_.can_dial(dial.from, dial.to)) {
    dials_[place].unanswered = true;
    push(std::max(now, dial.begun + spec_.dial_timeout), ByteEvent::Kind::kDialFailed, place, dial.serial);
    return;
  }
  const Dial dial = dials_.take(place);
  const swarm::ConnId accepted =
      owner_.accept(dial.to, address_of(dial.to), ip4_address(dial.from, own_port(dial.serial)));
  Machine& dialer = machines_[dial.from];
  Machine& acceptor = machines_[dial.to];
  // What the acceptor writes at once must not come before its answer to the SYN.
  const Instant answered = now + draw_dial_delay(dial.to, dial.from);
  Pipe pipe;
  pipe.serial = dial.serial;
  pipe.ends[0].node = dial.from;
  pipe.ends[0].conn = dial.conn;
  pipe.ends[1].node = dial.to;
  pipe.ends[1].conn = accepted;
  pipe.ends[0].open = pipe.ends[1].open = true;
  pipe.links[0] = ByteLink{
      {.network = &links_, .up = &dialer.up_line, .down = &acceptor.down_line, .from = dial.from, .to = dial.to}};
  pipe.links[1] = ByteLink{
      {.network = &links_, .up = &acceptor.up_line, .down = &dialer.down_line, .from = dial.to, .to = dial.from},
      answered};
  const std::uint32_t made = pipes_.put(std::move(pipe));
  dialer.sockets.insert_or_assign(dial.conn, Socket{.dialing = false, .place = made});
  acceptor.sockets.emplace(accepted, Socket{.dialing = false, .place = made});
  push(answered, ByteEvent::Kind::kDialed, made, dial.serial);
  owner_.settle(dial.to);
}

void ByteNet::on_dialed(Pipe& pipe) {
  if (!pipe.ends[0].open) {
    return;
  }
  ++counters_.connected;
  const NodeIndex node = pipe.ends[0].node;
  owner_.dialed(node, pipe.ends[0].conn, ip4_address(node, own_port(pipe.serial)));
  owner_.settle(node);
}

void ByteNet::on_dial_failed(std::uint32_t place) {
  ++counters_.dials_failed;
  const Dial dial = dials_.take(place);
  machines_[dial.from].sockets.erase(dial.conn);
  owner_.dialed(dial.from, dial.conn, fail(Errc::kUnreachable, "the connection timed out"));
  owner_.settle(dial.from);
}

// ---- Writing

std::size_t ByteNet::end_of(const Pipe& pipe, NodeIndex node, swarm::ConnId conn) {
  return pipe.ends[0].node == node && pipe.ends[0].conn == conn ? 0 : 1;
}

void ByteNet::write(NodeIndex node, swarm::ConnId conn, Instant now) {
  const auto found = machines_[node].sockets.find(conn);
  if (found != machines_[node].sockets.end() && !found->second.dialing) {
    fill(found->second.place, end_of(pipes_[found->second.place], node, conn), now);
  }
}

void ByteNet::fill(std::uint32_t place, std::size_t end, Instant now) {
  Pipe& pipe = pipes_[place];
  End& from = pipe.ends[end];
  ByteLink& link = pipe.links[end];
  for (;;) {
    const std::size_t room = link.writable();
    from.waits_for_room = room == 0;
    if (from.waits_for_room) {
      break;
    }
    Bytes bytes = owner_.produce(from.node, from.conn, std::min(room, kWriteBytes));
    if (bytes.empty()) {
      break;
    }
    link.write(std::move(bytes), now, rng_);
  }
  watch(place, 1 - end);
}

void ByteNet::close(NodeIndex node, swarm::CloseSocket& request, Instant now) {
  const auto found = machines_[node].sockets.find(request.conn);
  if (found == machines_[node].sockets.end()) {
    return;
  }
  const Socket socket = found->second;
  machines_[node].sockets.erase(found);
  if (socket.dialing) {
    counters_.dials_failed += dials_.take(socket.place).unanswered ? 1U : 0U;
    return;
  }
  Pipe& pipe = pipes_[socket.place];
  const std::size_t end = end_of(pipe, node, request.conn);
  if (!request.last_bytes.empty()) {
    pipe.links[end].write(std::move(request.last_bytes), now, rng_);
  }
  pipe.links[end].finish(now, rng_);
  pipe.ends[end].said_bye = true;
  watch(socket.place, 1 - end);
  detach(socket.place, end);
}

/// No process has that end any more. False when the pipe is gone, since none has the other either.
bool ByteNet::detach(std::uint32_t place, std::size_t end) {
  pipes_[place].ends[end].open = false;
  if (pipes_[place].ends[1 - end].open) {
    return true;
  }
  static_cast<void>(pipes_.take(place));
  return false;
}

// ---- Arriving

/// Sees to it that there is an event when the next thing arrives at that end.
void ByteNet::watch(std::uint32_t place, std::size_t end) {
  Pipe& pipe = pipes_[place];
  const std::optional<Instant> next = pipe.links[1 - end].next_arrival();
  if (next && *next < pipe.ends[end].due) {
    pipe.ends[end].due = *next;
    push(*next, ByteEvent::Kind::kArrival, place, pipe.serial, end);
  }
}

void ByteNet::on_arrival(std::uint32_t place, std::size_t end, Instant now) {
  if (pipes_[place].ends[end].due != now) {
    return;  // there was an earlier one instead
  }
  pipes_[place].ends[end].due = Instant::max();
  const NodeIndex node = pipes_[place].ends[end].node;
  const NodeIndex sender = pipes_[place].ends[1 - end].node;
  const bool reachable = machines_[node].up && !links_.separated(sender, node);
  while (pipes_[place].links[1 - end].next_arrival().value_or(Instant::max()) <= now) {
    const ByteLink::Arrival arrival = pipes_[place].links[1 - end].read(reachable, now);
    switch (arrival.kind) {
      case ByteLink::Arrival::Kind::kNothing:
        break;
      case ByteLink::Arrival::Kind::kBytes:
        arrived(place, end, arrival.bytes, now);
        break;
      case ByteLink::Arrival::Kind::kEnd:
      case ByteLink::Arrival::Kind::kReset:
        if (!lose(place, end, {Errc::kReset, "the peer closed the connection"})) {
          owner_.settle(node);
          return;
        }
        break;
      case ByteLink::Arrival::Kind::kBroken:
        static_cast<void>(lose(place, 1 - end, {Errc::kUnreachable, "the connection timed out"}));
        owner_.settle(sender);
        return;
    }
  }
  make_room(place, end, now);
  watch(place, end);
  owner_.settle(node);
}

void ByteNet::arrived(std::uint32_t place, std::size_t end, BytesView bytes, Instant now) {
  End& to = pipes_[place].ends[end];
  if (to.open) {
    ++counters_.pieces;
    counters_.octets += bytes.size();
    owner_.received(to.node, to.conn, bytes);
  } else if (!to.said_bye) {
    // The machine was lost meanwhile, and is back: it knows nothing of that connection.
    to.said_bye = true;
    pipes_[place].links[end].reset(now, rng_);
    watch(place, 1 - end);
  }
}

/// Once there is room for a good deal, and the sender has heard of it.
void ByteNet::make_room(std::uint32_t place, std::size_t end, Instant now) {
  Pipe& pipe = pipes_[place];
  End& sender = pipe.ends[1 - end];
  if (sender.waits_for_room && pipe.links[1 - end].writable() >= kWriteBytes) {
    sender.waits_for_room = false;
    push(now + links_.latency().one_way(pipe.ends[end].node, sender.node), ByteEvent::Kind::kRoom, place, pipe.serial,
         1 - end);
  }
}

/// As `detach`; the owner is told.
bool ByteNet::lose(std::uint32_t place, std::size_t end, const Error& why) {
  const End lost = pipes_[place].ends[end];
  if (lost.open) {
    machines_[lost.node].sockets.erase(lost.conn);
    owner_.lost(lost.node, lost.conn, why);
  }
  return detach(place, end);
}

}  // namespace pond::sim
