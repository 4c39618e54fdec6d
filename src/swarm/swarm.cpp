#include "pond/swarm/swarm.hpp"

#include <algorithm>

#include "pond/base/overloaded.hpp"
#include "pond/wire/peer_record.hpp"

#include "swarm_impl.hpp"

namespace pond::swarm {
namespace {

const std::array<std::string, 1> kMuxers{std::string{upgrade::kYamuxProtocol}};

}  // namespace

bool IdentifyInfo::speaks(std::string_view protocol) const {
  return std::ranges::find(protocols, protocol) != protocols.end();
}

Swarm::Impl::Impl(Config the_config, crypto::PrivateKey the_key, upgrade::SecurityIdentity the_identity,
                  peers::PeerBook& the_book, Rng& the_rng)
    : config(std::move(the_config)),
      key(std::move(the_key)),
      identity(std::move(the_identity)),
      book(the_book),
      rng(the_rng) {
  set_protocols({});
}

Swarm::Swarm(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}
Swarm::~Swarm() = default;
Swarm::Swarm(Swarm&&) noexcept = default;
Swarm& Swarm::operator=(Swarm&&) noexcept = default;

Result<Swarm> Swarm::make(Config config, crypto::PrivateKey key, peers::PeerBook& book, Rng& rng, Instant now) {
  POND_TRY(upgrade::SecurityIdentity identity,
           upgrade::SecurityIdentity::make(key, config.security, kMuxers, rng, config.wall.wall(now)));
  return Swarm{std::make_unique<Impl>(std::move(config), std::move(key), std::move(identity), book, rng)};
}

ConnId Swarm::accept(const wire::Multiaddr& local, const wire::Multiaddr& remote, Instant now) {
  impl_->last_now = now;
  return impl_->accept(local, remote, now);
}

void Swarm::handle(Input input, Instant now) {
  impl_->last_now = now;
  std::visit(Overloaded{
                 [&](const DialResult& in) { impl_->on_dial_result(in.conn, in.local, now); },
                 [&](const Received& in) { impl_->received(in.conn, in.bytes, now); },
                 [&](const SocketClosed& in) { impl_->socket_closed(in.conn, in.why, now); },
                 [&](const Resolved& in) { impl_->on_resolved(in.query, in.answers, now); },
             },
             input);
}

void Swarm::handle_timeout(Instant now) {
  impl_->last_now = now;
  while (!impl_->conn_timers.empty() && impl_->conn_timers.begin()->first <= now) {
    const ConnId id = impl_->conn_timers.begin()->second;
    impl_->conn_timers.erase(impl_->conn_timers.begin());
    impl_->on_conn_timer(id, now);
  }
  while (!impl_->job_timers.empty() && impl_->job_timers.begin()->first <= now) {
    const DialJobId id = impl_->job_timers.begin()->second;
    impl_->job_timers.erase(impl_->job_timers.begin());
    impl_->on_job_timer(id, now);
  }
}

std::optional<Output> Swarm::poll() {
  if (impl_->out.empty()) {
    return std::nullopt;
  }
  std::optional<Output> next{std::move(impl_->out.front())};
  impl_->out.pop_front();
  if (const auto* failed = std::get_if<StreamFailed>(&*next)) {
    impl_->forget_unread(failed->stream);
  }
  return next;
}

std::optional<Instant> Swarm::next_deadline() const {
  std::optional<Instant> when;
  if (!impl_->conn_timers.empty()) {
    when = impl_->conn_timers.begin()->first;
  }
  if (!impl_->job_timers.empty() && (!when || impl_->job_timers.begin()->first < *when)) {
    when = impl_->job_timers.begin()->first;
  }
  return when;
}

std::size_t Swarm::produce(ConnId id, Bytes& out, std::size_t max_bytes, Instant now) {
  impl_->last_now = now;
  Conn* conn = impl_->find(id);
  if (conn == nullptr) {
    return 0;
  }
  const std::size_t bytes = conn->machine.produce(out, max_bytes, impl_->scratch);
  impl_->counters.bytes_out += bytes;
  conn->wants_write = conn->machine.has_output();
  if (const std::optional<Error> failure = conn->machine.failure()) {
    impl_->close(id, *failure, now);
    return bytes;
  }
  impl_->drain(id, now);  // a stream may be writable again
  return bytes;
}

void Swarm::set_wall(WallAnchor wall) {
  impl_->config.wall = wall;
}

const wire::PeerId& Swarm::self() const noexcept {
  return impl_->identity.peer_id();
}

void Swarm::set_protocols(const std::vector<std::string>& protocols, Instant now) {
  impl_->last_now = now;
  if (impl_->set_protocols(protocols)) {
    impl_->push_identify(now);
  }
}

void Swarm::set_announced_addresses(std::vector<wire::Multiaddr> addresses, std::uint64_t sequence, Instant now) {
  impl_->last_now = now;
  if (addresses == impl_->announced && !impl_->signed_record.empty()) {
    return;
  }
  impl_->announced = std::move(addresses);
  const Result<Bytes> sealed = wire::seal_peer_record(impl_->key, sequence, impl_->announced);
  impl_->signed_record = sealed ? *sealed : Bytes{};
  impl_->push_identify(now);
}

DialId Swarm::dial(PeerHandle peer, Instant deadline, Instant now) {
  impl_->last_now = now;
  return impl_->dial(peer, impl_->book.addresses(peer, now), impl_->config.address_filter, deadline, now);
}

DialId Swarm::dial(PeerHandle peer, const std::vector<wire::Multiaddr>& addresses, Instant deadline, Instant now) {
  impl_->last_now = now;
  return impl_->dial(peer, addresses, AddressFilter::kAny, deadline, now);
}

DialId Swarm::dial(const wire::Multiaddr& address, Instant deadline, Instant now) {
  impl_->last_now = now;
  const std::optional<wire::PeerId> named = address.peer_id();
  const std::optional<PeerHandle> peer = named ? impl_->book.intern(*named) : std::nullopt;
  if (named && !peer) {
    return impl_->refuse_dial(DialId{impl_->next_dial++}, {Errc::kLimit, "the peer book is full of peers in use"});
  }
  // The caller asked for exactly this address: the filter is for what others say.
  return impl_->dial(peer, {address}, AddressFilter::kAny, deadline, now);
}

void Swarm::cancel_dial(DialId dial, Instant now) {
  impl_->last_now = now;
  impl_->cancel_dial(dial, now);
}

bool Swarm::connected(PeerHandle peer) const {
  return impl_->peers.contains(peer);
}

std::vector<PeerHandle> Swarm::connected_peers() const {
  std::vector<PeerHandle> handles;
  handles.reserve(impl_->peers.size());
  for (const auto& [handle, peer] : impl_->peers) {
    handles.push_back(handle);
  }
  return handles;
}

const IdentifyInfo* Swarm::identified(PeerHandle peer) const {
  const auto found = impl_->peers.find(peer);
  return found == impl_->peers.end() || !found->second.info ? nullptr : &*found->second.info;
}

void Swarm::disconnect(PeerHandle peer, Instant now) {
  impl_->last_now = now;
  const auto found = impl_->peers.find(peer);
  if (found == impl_->peers.end()) {
    return;
  }
  const std::vector<ConnId> connections = found->second.connections;
  for (const ConnId id : connections) {
    impl_->close(id, {Errc::kClosed, "disconnected by us"}, now);
  }
}

void Swarm::protect(PeerHandle peer, Protection protection) {
  if (protection == Protection::kProtected) {
    impl_->protected_peers.try_emplace(peer, impl_->book, peer);
  } else {
    impl_->protected_peers.erase(peer);
  }
}

Result<StreamRef> Swarm::open_stream(PeerHandle peer, std::string_view protocol, Instant now) {
  impl_->last_now = now;
  return impl_->open_stream(peer, protocol, AppStream{}, now);
}

BytesView Swarm::peek(StreamRef stream) const {
  const Conn* conn = impl_->find(stream.conn);
  return conn == nullptr ? BytesView{} : conn->machine.peek(stream.stream);
}

void Swarm::consume(StreamRef stream, std::size_t n) {
  if (Conn* conn = impl_->find(stream.conn); conn != nullptr) {
    conn->machine.consume(stream.stream, n, impl_->last_now);
    impl_->drain(stream.conn, impl_->last_now);
  }
}

std::size_t Swarm::write(StreamRef stream, BytesView bytes) {
  Conn* conn = impl_->find(stream.conn);
  if (conn == nullptr) {
    return 0;
  }
  const std::size_t taken = conn->machine.write(stream.stream, bytes);
  conn->last_active = impl_->last_now;
  impl_->after_use(*conn, impl_->last_now);
  return taken;
}

void Swarm::hold(StreamRef stream, std::size_t bytes) {
  if (Conn* conn = impl_->find(stream.conn); conn != nullptr) {
    conn->machine.hold(stream.stream, bytes);
    impl_->account(*conn, impl_->last_now);
  }
}

void Swarm::finish(StreamRef stream) {
  if (Conn* conn = impl_->find(stream.conn); conn != nullptr) {
    conn->machine.finish(stream.stream);
    conn->last_active = impl_->last_now;
    if (!conn->machine.has_stream(stream.stream)) {
      conn->streams.erase(stream.stream);
    }
    impl_->drain(stream.conn, impl_->last_now);
  }
}

void Swarm::reset(StreamRef stream) {
  if (Conn* conn = impl_->find(stream.conn); conn != nullptr) {
    impl_->drop_stream(*conn, stream.stream);
    conn->last_active = impl_->last_now;
    impl_->drain(stream.conn, impl_->last_now);
  }
}

void Swarm::ping(PeerHandle peer, Instant now) {
  impl_->last_now = now;
  impl_->ping(peer, now);
}

void Swarm::shutdown(Instant now) {
  impl_->last_now = now;
  while (!impl_->jobs.empty()) {
    impl_->finish_job(impl_->jobs.begin()->first, fail(Errc::kClosed, "the node is shutting down"), now);
  }
  std::vector<ConnId> all;
  for (const auto& [id, conn] : impl_->conns) {
    all.push_back(id);
  }
  std::ranges::sort(all);
  for (const ConnId id : all) {
    impl_->close(id, {Errc::kClosed, "the node is shutting down"}, now);
  }
}

const Counters& Swarm::counters() const noexcept {
  return impl_->counters;
}
std::size_t Swarm::connection_count() const noexcept {
  return impl_->established.size();
}
std::size_t Swarm::half_open_count() const noexcept {
  return impl_->half_open.size();
}

}  // namespace pond::swarm
