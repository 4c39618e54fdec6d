#include <algorithm>

#include "swarm_impl.hpp"

namespace pond::swarm {
namespace {

/// The most that is still sent on a connection that is being closed.
constexpr std::size_t kLastBytes = 64 * 1024;

}  // namespace

Conn* Swarm::Impl::find(ConnId id) {
  const auto found = conns.find(id);
  return found == conns.end() ? nullptr : found->second.get();
}

const Conn* Swarm::Impl::find(ConnId id) const {
  const auto found = conns.find(id);
  return found == conns.end() ? nullptr : found->second.get();
}

Conn& Swarm::Impl::add_conn(ConnectionOptions options, const wire::Multiaddr& remote, Instant now) {
  const ConnId id{next_conn++};
  options.opened = config.wall.wall(now);
  options.negotiation_timeout = config.limits.negotiation_timeout;
  options.yamux.max_inbound_streams = config.limits.max_streams_per_connection;
  options.yamux.max_receive_bytes = config.limits.max_buffered_per_connection_bytes / 4 * 3;
  options.yamux.max_send_bytes = config.limits.max_buffered_per_connection_bytes / 4;
  options.yamux.ping_timeout = config.limits.keep_alive_timeout;
  auto conn = std::make_unique<Conn>(
      Conn{.id = id, .machine = Connection{std::move(options), identity, rng}, .remote = remote, .opened = now});
  Conn& added = *conn;
  conns.emplace(id, std::move(conn));
  schedule(added, now);
  return added;
}

ConnId Swarm::Impl::accept(const wire::Multiaddr&, const wire::Multiaddr& remote, Instant now) {
  ++counters.accepted;
  if (half_open.size() >= config.limits.max_half_open && !half_open.empty()) {
    ++counters.half_open_evicted;
    close(*half_open.begin(), {Errc::kLimit, "too many half-open connections"}, now);
  }
  Conn& conn = add_conn({.direction = Direction::kInbound}, remote, now);
  conn.socket_open = true;
  half_open.insert(conn.id);
  return conn.id;
}

void Swarm::Impl::received(ConnId id, BytesView bytes, Instant now) {
  Conn* conn = find(id);
  if (conn == nullptr) {
    return;
  }
  counters.bytes_in += bytes.size();
  conn->last_received = now;
  const Result<void> result = conn->machine.receive(bytes, now);
  drain(id, now);
  if (!result) {
    if (conn = find(id); conn != nullptr) {
      if (!conn->established) {
        ++counters.handshakes_failed;
      }
      close(id, result.error(), now);
    }
  }
}

void Swarm::Impl::socket_closed(ConnId id, const Error& why, Instant now) {
  if (const Conn* conn = find(id); conn != nullptr) {
    if (!conn->established) {
      ++counters.handshakes_failed;
    }
    forget(id, why, now);
  }
}

void Swarm::Impl::on_established(Conn& conn, Instant now) {
  half_open.erase(conn.id);
  const wire::PeerId& remote = conn.machine.remote_peer();
  if (remote == identity.peer_id()) {
    close(conn.id, {Errc::kWrongPeer, "connected to ourselves"}, now);
    return;
  }
  if (established.size() >= config.limits.max_connections && !make_room(conn, now)) {
    ++counters.refused_at_limit;
    close(conn.id, {Errc::kLimit, "the limit of connections is reached and none is idle"}, now);
    return;
  }
  const std::optional<PeerHandle> handle = book.intern(remote);
  if (!handle) {
    ++counters.refused_at_limit;
    close(conn.id, {Errc::kLimit, "the peer book is full of peers in use"}, now);
    return;
  }
  conn.established = now;
  conn.last_active = now;
  conn.keep_alive_at = now + config.limits.keep_alive_interval;
  established.insert(conn.id);
  const auto [found, first] = peers.try_emplace(*handle);
  Peer& peer = found->second;
  if (first) {
    peer.pin = peers::Pinned{book, *handle};
    out.emplace_back(PeerConnected{.peer = *handle, .direction = conn.machine.direction(), .remote = conn.remote});
  }
  peer.connections.push_back(conn.id);
  for (const ConnId other : peer.connections) {
    schedule(*find(other), now);  // one of them is a spare now
  }
  if (!peer.info) {
    ask_identify(conn, now);
  }
  if (conn.machine.direction() == Direction::kOutbound) {
    book.note_dial(*handle, conn.remote, true);
  }
  if (conn.job) {
    const DialJobId job = *conn.job;
    conn.job.reset();
    --attempts_running;
    jobs.at(job).attempts.erase(conn.id);
    finish_job(job, *handle, now);
    pump_queue(now);
  }
  // A dial to the same peer under way is served by a connection that came from there meanwhile.
  if (const auto job = jobs_by_peer.find(*handle); job != jobs_by_peer.end()) {
    finish_job(job->second, *handle, now);
  }
}

/// Closes the least valuable idle connection: no stream, old enough, and quiet for longest. Those of protected peers
/// are spared while they leave half of the room to others: else a node whose table is full would let nobody in any
/// more. For a peer that we dialed ourselves one of any age may go: nobody else can make us do that, and a lookup dials
/// more peers than an agent has room for.
bool Swarm::Impl::make_room(const Conn& newcomer, Instant now) {
  const Duration old_enough =
      newcomer.machine.direction() == Direction::kOutbound ? Duration{} : config.limits.idle_age_before_trim;
  const Conn* worst = nullptr;
  const Conn* worst_protected = nullptr;
  std::size_t protected_count = 0;
  for (const ConnId id : established) {
    const Conn& conn = *find(id);
    const std::optional<PeerHandle> peer = book.find(conn.machine.remote_peer());
    const bool is_protected = peer && protected_peers.contains(*peer);
    protected_count += is_protected ? 1U : 0U;
    const bool idle = conn.machine.stream_count() == 0 && now - *conn.established >= old_enough;
    const Conn*& candidate = is_protected ? worst_protected : worst;
    if (idle && (candidate == nullptr || conn.last_active < candidate->last_active)) {
      candidate = &conn;
    }
  }
  if (worst == nullptr && protected_count > config.limits.max_connections / 2) {
    worst = worst_protected;
  }
  if (worst == nullptr) {
    return false;
  }
  ++counters.trimmed_for_newcomers;
  close(worst->id, {Errc::kLimit, "closed for a newcomer"}, now);
  return true;
}

void Swarm::Impl::close(ConnId id, const Error& why, Instant now) {
  Conn* conn = find(id);
  if (conn == nullptr) {
    return;
  }
  CloseSocket last{.conn = id, .last_bytes = {}};
  if (conn->socket_open) {
    conn->machine.go_away(upgrade::YamuxGoAway::kNormal);
    conn->machine.produce(last.last_bytes, kLastBytes, scratch);
  }
  counters.bytes_out += last.last_bytes.size();
  out.emplace_back(std::move(last));
  forget(id, why, now);
}

void Swarm::Impl::forget(ConnId id, const Error& why, Instant now) {
  const auto found = conns.find(id);
  if (found == conns.end()) {
    return;
  }
  const std::unique_ptr<Conn> conn = std::move(found->second);
  conns.erase(found);
  half_open.erase(id);
  buffered -= conn->buffered;
  count(*conn);
  if (conn->timer) {
    conn_timers.erase({*conn->timer, id});
  }
  for (const auto& [stream, owner] : conn->streams) {
    if (std::holds_alternative<AppStream>(owner)) {
      out.emplace_back(StreamFailed{.stream = {.conn = id, .stream = stream}, .why = why});
    } else if (std::holds_alternative<PingClient>(owner)) {
      out.emplace_back(PingDone{.peer = *book.find(conn->machine.remote_peer()), .round_trip = std::unexpected(why)});
    }
  }
  if (established.erase(id) != 0) {
    const PeerHandle handle = *book.find(conn->machine.remote_peer());
    Peer& peer = peers.at(handle);
    std::erase(peer.connections, id);
    if (peer.connections.empty()) {
      out.emplace_back(PeerDisconnected{.peer = handle, .why = why});
      peers.erase(handle);
    } else {
      Conn& left = *find(peer.connections.front());
      if (!peer.info && left.streams.empty()) {
        ask_identify(left, now);
      }
      after_use(left, now);
    }
  }
  if (conn->job) {
    attempt_ended(*conn->job, *conn, why, now);
  }
}

/// Both ends judge by this alike, so that they keep the same one of two simultaneous dials.
bool Swarm::Impl::dialed_by_smaller(const Conn& conn) const {
  const bool we_are_smaller = identity.peer_id() < conn.machine.remote_peer();
  return we_are_smaller == (conn.machine.direction() == Direction::kOutbound);
}

ConnId Swarm::Impl::preferred(const Peer& peer) const {
  std::optional<ConnId> usable;
  for (const ConnId id : peer.connections) {
    const Conn& conn = *find(id);
    if (!conn.leaving && dialed_by_smaller(conn)) {
      return id;
    }
    usable = usable || conn.leaving ? usable : id;
  }
  return usable.value_or(peer.connections.front());
}

/// When a second connection to the same peer may be closed; nullopt for the only one, for the better one, and for one
/// that is the peer's to close: of two that one side dialed, that side alone decides.
std::optional<Instant> Swarm::Impl::spare_deadline(const Conn& conn) const {
  const std::optional<PeerHandle> handle = book.find(conn.machine.remote_peer());
  const auto peer = handle ? peers.find(*handle) : peers.end();
  if (peer == peers.end() || peer->second.connections.size() < 2) {
    return std::nullopt;
  }
  const Conn& better = *find(preferred(peer->second));
  if (better.id == conn.id || conn.machine.stream_count() != 0) {
    return std::nullopt;
  }
  const bool same_dialer = better.machine.direction() == conn.machine.direction();
  if (same_dialer && conn.machine.direction() == Direction::kInbound) {
    return std::nullopt;
  }
  return conn.last_active + config.limits.duplicate_grace;
}

Instant Swarm::Impl::attempt_deadline(const Conn& conn) const {
  const bool dialed = conn.machine.direction() == Direction::kOutbound;
  return conn.opened + (dialed ? config.limits.dial_attempt_timeout : config.limits.handshake_timeout);
}

void Swarm::Impl::schedule(Conn& conn, Instant now) {
  Instant when = attempt_deadline(conn);
  if (conn.established) {
    when = conn.leaving && conn.machine.stream_count() == 0 ? now : conn.keep_alive_at;
    for (const std::optional<Instant>& other : {conn.machine.next_deadline(), spare_deadline(conn)}) {
      when = other ? std::min(when, *other) : when;
    }
    for (const auto& [stream, deadline] : conn.stream_deadlines) {
      when = std::min(when, deadline);
    }
  }
  // A timer that is too early is corrected when it fires: cheaper than moving it with every packet.
  if (conn.timer && *conn.timer <= when) {
    return;
  }
  if (conn.timer) {
    conn_timers.erase({*conn.timer, conn.id});
  }
  conn.timer = when;
  conn_timers.emplace(when, conn.id);
}

void Swarm::Impl::wake(Conn& conn, Instant now) {
  if (conn.timer) {
    conn_timers.erase({*conn.timer, conn.id});
  }
  conn.timer = now;
  conn_timers.emplace(now, conn.id);
}

void Swarm::Impl::on_conn_timer(ConnId id, Instant now) {
  Conn& conn = *find(id);
  conn.timer.reset();
  if (!conn.established) {
    if (now >= attempt_deadline(conn)) {
      ++counters.handshakes_timed_out;
      close(id, {Errc::kTimeout, "the handshake was not finished in time"}, now);
      return;
    }
    schedule(conn, now);
    return;
  }
  if (!conn.machine.handle_timeout(now)) {
    ++counters.keep_alive_failures;
    close(id, {Errc::kTimeout, "the peer stopped answering keep-alives"}, now);
    return;
  }
  if (const auto spare = spare_deadline(conn); spare && *spare <= now) {
    ++counters.duplicates_closed;
    close(id, {Errc::kClosed, "the lesser of two connections"}, now);
    return;
  }
  if (conn.leaving && conn.machine.stream_count() == 0) {
    close(id, {Errc::kClosed, "the peer is going away"}, now);
    return;
  }
  keep_alive(conn, now);
  on_service_deadlines(conn, now);
  drain(id, now);
  if (Conn* left = find(id); left != nullptr) {
    schedule(*left, now);
  }
}

/// A ping when nothing has come for the interval.
void Swarm::Impl::keep_alive(Conn& conn, Instant now) {
  if (conn.keep_alive_at > now) {
    return;
  }
  const Instant quiet_at = conn.last_received + config.limits.keep_alive_interval;
  if (quiet_at <= now) {
    conn.machine.ping(now);
  }
  conn.keep_alive_at = quiet_at <= now ? now + config.limits.keep_alive_interval : quiet_at;
}

/// Takes over what the machine has counted since the last time.
void Swarm::Impl::count(Conn& conn) {
  const auto take = [](std::uint64_t& total, std::uint64_t& counted, std::uint64_t value) {
    total += value - counted;
    counted = value;
  };
  take(counters.streams_over_limit, conn.counted_refused, conn.machine.streams_refused());
  take(counters.streams_reset_for_memory, conn.counted_resets, conn.machine.streams_reset_for_memory());
  take(counters.negotiations_timed_out, conn.counted_timeouts, conn.machine.negotiations_timed_out());
}

/// Brings the sum of all buffers up to date after this connection was used, and keeps both bounds on them.
void Swarm::Impl::account(Conn& conn, Instant now) {
  update_buffered(conn);
  // Yamux keeps its part of the bound by itself: above it is only what owners hold beside that.
  while (conn.machine.stream_bytes() > config.limits.max_buffered_per_connection_bytes) {
    if (!reset_largest_stream(conn, now)) {
      break;
    }
  }
  if (buffered > config.limits.max_buffered_bytes) {
    enforce_memory(now);
  }
}

void Swarm::Impl::update_buffered(Conn& conn) {
  const std::size_t bytes = conn.machine.buffered_bytes();
  buffered = buffered - conn.buffered + bytes;
  conn.buffered = bytes;
}

bool Swarm::Impl::reset_largest_stream(Conn& conn, Instant now) {
  if (!conn.machine.reset_largest_stream()) {
    return false;
  }
  ++counters.streams_reset_for_memory;
  update_buffered(conn);
  wake(conn, now);  // to hand on the stream's end
  return true;
}

void Swarm::Impl::enforce_memory(Instant now) {
  while (buffered > config.limits.max_buffered_bytes) {
    Conn* largest = nullptr;
    for (const ConnId id : established) {
      Conn* conn = find(id);
      if (largest == nullptr || conn->buffered > largest->buffered) {
        largest = conn;
      }
    }
    if (largest == nullptr || !reset_largest_stream(*largest, now)) {
      return;
    }
  }
}

}  // namespace pond::swarm
