#include <algorithm>

#include "swarm_impl.hpp"

namespace pond::swarm {

using Kind = ConnectionEvent::Kind;

/// Hands on everything that a connection has to say, and notes what it wants to write. The connection may be gone
/// after.
void Swarm::Impl::drain(ConnId id, Instant now) {
  for (;;) {
    Conn* conn = find(id);
    if (conn == nullptr) {
      return;
    }
    const std::optional<ConnectionEvent> event = conn->machine.poll(supported(), now);
    if (!event) {
      break;
    }
    on_event(*conn, *event, now);
  }
  after_use(*find(id), now);
}

void Swarm::Impl::after_use(Conn& conn, Instant now) {
  if (!conn.wants_write && conn.socket_open && conn.machine.has_output()) {
    conn.wants_write = true;
    out.emplace_back(WantsWrite{conn.id});
  }
  count(conn);
  account(conn, now);
  schedule(conn, now);
}

void Swarm::Impl::on_event(Conn& conn, const ConnectionEvent& event, Instant now) {
  switch (event.kind) {
    case Kind::kEstablished:
      on_established(conn, now);
      return;
    case Kind::kPong:
      return;
    case Kind::kRemoteGoesAway:
      conn.leaving = true;
      return;
    case Kind::kStreamOpened:
      on_stream_opened(conn, event, now);
      return;
    default:
      break;
  }
  const auto found = conn.streams.find(event.stream);
  if (found == conn.streams.end()) {
    return;
  }
  conn.last_active = now;
  if (!std::holds_alternative<AppStream>(found->second)) {
    on_stream_event(conn, found->second, event, now);
    return;
  }
  const StreamRef ref{.conn = conn.id, .stream = event.stream};
  switch (event.kind) {
    case Kind::kStreamReady:
      out.emplace_back(StreamReady{ref});
      return;
    case Kind::kStreamReadable:
      out.emplace_back(StreamReadable{ref});
      return;
    case Kind::kStreamWritable:
      out.emplace_back(StreamWritable{ref});
      return;
    case Kind::kStreamFinished:
      if (!conn.machine.has_stream(event.stream)) {
        conn.streams.erase(found);  // our side was closed before: that was all
      }
      out.emplace_back(StreamFinished{ref});
      return;
    case Kind::kStreamFailed:
      conn.streams.erase(found);
      out.emplace_back(StreamFailed{.stream = ref, .why = event.why});
      return;
    default:
      return;
  }
}

void Swarm::Impl::on_stream_opened(Conn& conn, const ConnectionEvent& event, Instant now) {
  conn.last_active = now;
  if (event.protocol == kIdentifyProtocol) {
    conn.streams.emplace(event.stream, IdentifyServer{});
    serve_identify(conn, event.stream, now);
    return;
  }
  if (event.protocol == kIdentifyPushProtocol) {
    const auto pushes = std::ranges::count_if(conn.streams, [](const auto& stream) {
      const auto* client = std::get_if<IdentifyClient>(&stream.second);
      return client != nullptr && client->push;
    });
    if (static_cast<std::size_t>(pushes) >= config.limits.max_identify_pushes_per_connection) {
      ++counters.streams_over_limit;
      conn.machine.reset(event.stream);
      return;
    }
    conn.streams.emplace(
        event.stream, IdentifyClient{.reader = wire::FrameReader{wire::kMaxIdentifyBytes}, .merged = {}, .push = true});
    conn.stream_deadlines[event.stream] = now + config.limits.identify_timeout;
    return;
  }
  if (event.protocol == kPingProtocol) {
    conn.streams.emplace(event.stream, PingServer{});
    return;
  }
  const std::optional<PeerHandle> peer = book.find(conn.machine.remote_peer());
  if (!peer) {
    return;
  }
  conn.streams.emplace(event.stream, AppStream{});
  out.emplace_back(
      StreamOpened{.stream = {.conn = conn.id, .stream = event.stream}, .peer = *peer, .protocol = event.protocol});
}

/// An event of a stream that the swarm itself serves.
void Swarm::Impl::on_stream_event(Conn& conn, StreamOwner& owner, const ConnectionEvent& event, Instant now) {
  auto* identify = std::get_if<IdentifyClient>(&owner);
  auto* ping_client = std::get_if<PingClient>(&owner);
  switch (event.kind) {
    case Kind::kStreamReadable:
      if (identify != nullptr) {
        read_identify(conn, event.stream, *identify, now);
      } else if (ping_client != nullptr) {
        read_pong(conn, event.stream, *ping_client, now);
      } else if (std::holds_alternative<PingServer>(owner)) {
        serve_ping(conn, event.stream, now);
      } else {
        drop_stream(conn, event.stream);  // nothing may follow on these
      }
      return;
    case Kind::kStreamWritable:
      if (std::holds_alternative<PingServer>(owner)) {
        serve_ping(conn, event.stream, now);
      }
      return;
    case Kind::kStreamFinished:
      if (identify != nullptr) {
        end_identify(conn, event.stream, *identify, now);
        return;
      }
      if (ping_client != nullptr) {
        const Error why{Errc::kReset, "the peer closed the ping stream without an answer"};
        out.emplace_back(PingDone{.peer = *book.find(conn.machine.remote_peer()), .round_trip = std::unexpected(why)});
      }
      conn.machine.finish(event.stream);
      conn.streams.erase(event.stream);
      conn.stream_deadlines.erase(event.stream);
      return;
    case Kind::kStreamFailed:
      if (ping_client != nullptr) {
        out.emplace_back(
            PingDone{.peer = *book.find(conn.machine.remote_peer()), .round_trip = std::unexpected(event.why)});
      }
      drop_stream(conn, event.stream);
      return;
    default:
      return;
  }
}

/// A peer may reset a stream right behind its last message, and both come in one read: what it said waits until the
/// owner has been told to read it, and not longer.
void Swarm::Impl::forget_unread(StreamRef stream) {
  if (Conn* conn = find(stream.conn); conn != nullptr) {
    conn->machine.reset(stream.stream);
    update_buffered(*conn);
  }
}

void Swarm::Impl::drop_stream(Conn& conn, std::uint32_t stream) {
  conn.machine.reset(stream);
  conn.streams.erase(stream);
  conn.stream_deadlines.erase(stream);
}

Result<std::uint32_t> Swarm::Impl::open_on(Conn& conn, std::string_view protocol, StreamOwner owner, Instant now) {
  POND_TRY(const std::uint32_t stream, conn.machine.open(intern(protocol), now));
  conn.streams.insert_or_assign(stream, std::move(owner));
  conn.last_active = now;
  return stream;
}

Result<StreamRef> Swarm::Impl::open_stream(PeerHandle handle, std::string_view protocol, StreamOwner owner,
                                           Instant now) {
  const auto peer = peers.find(handle);
  if (peer == peers.end()) {
    return fail(Errc::kClosed, "not connected to the peer");
  }
  Conn& conn = *find(preferred(peer->second));
  POND_TRY(const std::uint32_t stream, open_on(conn, protocol, std::move(owner), now));
  after_use(conn, now);
  return StreamRef{.conn = conn.id, .stream = stream};
}

std::string_view Swarm::Impl::intern(std::string_view name) {
  for (const std::string& known : names) {
    if (known == name) {
      return known;
    }
  }
  return names.emplace_back(name);
}

/// Whether the list is another one now.
bool Swarm::Impl::set_protocols(const std::vector<std::string>& protocols) {
  const std::vector<std::string_view> before = supported_;
  supported_ = {intern(kIdentifyProtocol), intern(kIdentifyPushProtocol), intern(kPingProtocol)};
  for (const std::string& protocol : protocols) {
    supported_.push_back(intern(protocol));
  }
  return supported_ != before;
}

}  // namespace pond::swarm
