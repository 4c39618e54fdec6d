#include <algorithm>

#include "pond/wire/peer_record.hpp"

#include "swarm_impl.hpp"

namespace pond::swarm {

// ---- Identify: specs/identify. One message, then our side is closed: js waits for that before it believes us.

void Swarm::Impl::ask_identify(Conn& conn, Instant now) {
  const auto stream =
      open_on(conn, kIdentifyProtocol,
              IdentifyClient{.reader = wire::FrameReader{wire::kMaxIdentifyBytes}, .merged = std::nullopt}, now);
  if (stream) {
    conn.stream_deadlines[*stream] = now + config.limits.identify_timeout;
    conn.machine.finish(*stream);
  }
}

Bytes Swarm::Impl::identify_frame(const Conn& conn) const {
  wire::Identify message{
      .public_key = key.public_key(),
      .listen_addresses = announced,
      .protocols = std::vector<std::string>{},
      .observed_address = conn.remote,
      .protocol_version = config.protocol_version,
      .agent_version = config.agent_version,
      .signed_peer_record = signed_record.empty() ? std::nullopt : std::optional{signed_record},
  };
  for (const std::string_view protocol : supported_) {
    message.protocols->emplace_back(protocol);
  }
  Bytes body;
  wire::encode_identify(message, body);
  Bytes frame;
  wire::append_frame(frame, body);
  return frame;
}

void Swarm::Impl::serve_identify(Conn& conn, std::uint32_t stream, Instant now) {
  const Bytes frame = identify_frame(conn);
  if (conn.machine.write(stream, frame) != frame.size()) {
    drop_stream(conn, stream);
    return;
  }
  conn.machine.finish(stream);
  conn.stream_deadlines[stream] = now + config.limits.identify_timeout;
}

void Swarm::Impl::read_identify(Conn& conn, std::uint32_t stream, IdentifyClient& client, Instant now) {
  for (;;) {
    const BytesView waiting = conn.machine.peek(stream);
    if (waiting.empty()) {
      return;
    }
    BytesView rest = waiting;
    while (true) {
      const Result<std::optional<BytesView>> frame = client.reader.next(rest);
      if (!frame || client.messages > wire::kMaxIdentifyMessages) {
        drop_stream(conn, stream);
        return;
      }
      if (!*frame) {
        break;
      }
      Result<wire::Identify> message = wire::decode_identify(**frame, conn.machine.remote_peer());
      if (!message) {
        drop_stream(conn, stream);
        return;
      }
      ++client.messages;
      if (client.merged) {
        wire::merge_identify(*client.merged, *std::move(message));
      } else {
        client.merged = *std::move(message);
      }
    }
    conn.machine.consume(stream, waiting.size(), now);
    conn.machine.hold(stream, client.reader.buffered_bytes());
  }
}

void Swarm::Impl::end_identify(Conn& conn, std::uint32_t stream, const IdentifyClient& client, Instant now) {
  const std::optional<PeerHandle> handle = book.find(conn.machine.remote_peer());
  const auto found = handle ? peers.find(*handle) : peers.end();
  if (client.merged && found != peers.end()) {
    Peer& peer = found->second;
    if (client.push && peer.said) {
      wire::apply_identify_push(*peer.said, *client.merged);
    } else {
      peer.said = *client.merged;
    }
    learn(*handle, peer, *client.merged, now);
  }
  conn.machine.finish(stream);
  conn.streams.erase(stream);
  conn.stream_deadlines.erase(stream);
}

/// Takes over what a peer has just said of itself. Its newest statement holds: the addresses that it signed with it,
/// else those that it listed, and what it did not mention stays. A record's sequence orders signed records among
/// themselves: an older one than known is as good as none.
void Swarm::Impl::learn(PeerHandle handle, Peer& peer, const wire::Identify& statement, Instant now) {
  const wire::Identify& said = *peer.said;
  IdentifyInfo info;
  info.protocols = said.protocols.value_or(std::vector<std::string>{});
  info.listen_addresses = peer.info ? peer.info->listen_addresses : std::vector<wire::Multiaddr>{};
  info.observed_address = said.observed_address;
  info.agent_version = said.agent_version.value_or("");
  info.protocol_version = said.protocol_version.value_or("");
  std::optional<peers::AddressSource> source;
  if (statement.listen_addresses) {
    source = peers::AddressSource::kIdentified;
    info.listen_addresses = *statement.listen_addresses;
  }
  if (statement.signed_peer_record) {
    const Result<wire::PeerRecord> record = wire::open_peer_record(*statement.signed_peer_record);
    if (record && record->id == book.id(handle) && record->seq >= peer.record_seq) {
      peer.record_seq = record->seq;
      source = peers::AddressSource::kCertified;
      info.listen_addresses = record->addresses;
    }
  }
  if (config.address_filter == AddressFilter::kGlobalOnly) {
    std::erase_if(info.listen_addresses,
                  [](const wire::Multiaddr& address) { return wire::reach_of(address) != wire::Reach::kGlobal; });
  }
  if (source) {
    book.set_addresses(handle, info.listen_addresses, *source, now);
  }
  peer.info = info;
  out.emplace_back(PeerIdentified{.peer = handle, .info = std::move(info)});
  if (std::exchange(peer.push_owed, false)) {
    push_identify_to(peer, now);
  }
}

void Swarm::Impl::push_identify(Instant now) {
  for (auto& [handle, peer] : peers) {
    if (peer.info) {
      push_identify_to(peer, now);
    } else {
      peer.push_owed = true;  // it may have heard the old news already
    }
  }
}

void Swarm::Impl::push_identify_to(const Peer& peer, Instant now) {
  if (!peer.info->speaks(kIdentifyPushProtocol)) {
    return;
  }
  Conn& conn = *find(preferred(peer));
  const auto stream = open_on(conn, kIdentifyPushProtocol, IdentifyPusher{}, now);
  if (!stream) {
    return;
  }
  const Bytes frame = identify_frame(conn);
  if (conn.machine.write(*stream, frame) == frame.size()) {
    conn.machine.finish(*stream);
    conn.stream_deadlines[*stream] = now + config.limits.identify_timeout;
  } else {
    drop_stream(conn, *stream);
  }
  after_use(conn, now);
}

// ---- Ping: specs/ping. 32 octets, echoed as often as the peer likes: whatever comes goes back.

void Swarm::Impl::serve_ping(Conn& conn, std::uint32_t stream, Instant now) {
  for (;;) {
    const BytesView waiting = conn.machine.peek(stream);
    if (waiting.empty()) {
      return;
    }
    std::array<std::uint8_t, kPingBytes> echo;
    const std::size_t size = std::min(waiting.size(), echo.size());
    std::copy_n(waiting.begin(), size, echo.begin());
    const std::size_t taken = conn.machine.write(stream, BytesView{echo}.first(size));
    conn.machine.consume(stream, taken, now);
    if (taken < size) {
      return;  // the rest is echoed when the stream is writable
    }
  }
}

void Swarm::Impl::ping(PeerHandle handle, Instant now) {
  PingClient client{.payload = {}, .sent = now};
  rng.fill(client.payload);
  const auto stream = open_stream(handle, kPingProtocol, client, now);
  if (!stream) {
    out.emplace_back(PingDone{.peer = handle, .round_trip = std::unexpected(stream.error())});
    return;
  }
  Conn& conn = *find(stream->conn);
  conn.stream_deadlines[stream->stream] = now + config.limits.ping_timeout;
  if (conn.machine.write(stream->stream, client.payload) != kPingBytes) {
    drop_stream(conn, stream->stream);
    out.emplace_back(PingDone{.peer = handle, .round_trip = fail(Errc::kLimit, "no room to send a ping")});
  }
  after_use(conn, now);
}

void Swarm::Impl::read_pong(Conn& conn, std::uint32_t stream, const PingClient& client, Instant now) {
  const BytesView waiting = conn.machine.peek(stream);
  if (waiting.size() < kPingBytes) {
    return;
  }
  const bool same = equal(waiting.first(kPingBytes), client.payload);
  Result<Duration> round_trip = now - client.sent;
  if (!same) {
    round_trip = fail(Errc::kProtocol, "the pong is not what was sent");
  }
  out.emplace_back(PingDone{.peer = *book.find(conn.machine.remote_peer()), .round_trip = round_trip});
  drop_stream(conn, stream);
}

void Swarm::Impl::on_service_deadlines(Conn& conn, Instant now) {
  std::vector<std::uint32_t> due;
  for (const auto& [stream, deadline] : conn.stream_deadlines) {
    if (deadline <= now) {
      due.push_back(stream);
    }
  }
  for (const std::uint32_t stream : due) {
    const auto found = conn.streams.find(stream);
    if (found == conn.streams.end()) {
      conn.stream_deadlines.erase(stream);
      continue;
    }
    const auto* client = std::get_if<IdentifyClient>(&found->second);
    if (client != nullptr && client->merged) {
      end_identify(conn, stream, *client, now);  // complete messages came, only the end is missing
      conn.machine.reset(stream);
      continue;
    }
    if (std::holds_alternative<PingClient>(found->second)) {
      out.emplace_back(PingDone{.peer = *book.find(conn.machine.remote_peer()),
                                .round_trip = fail(Errc::kTimeout, "no answer to the ping in time")});
    }
    drop_stream(conn, stream);
  }
}

}  // namespace pond::swarm
