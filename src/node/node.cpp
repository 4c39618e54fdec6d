#include "pond/node/node.hpp"

#include <algorithm>
#include <utility>

#include "pond/base/overloaded.hpp"
#include "pond/kad/records/eth_record.hpp"

#include "node_impl.hpp"

namespace pond::node {
namespace {

/// Refused requests are logged at most so often; the counters have all of them.
constexpr Duration kRefusalLineInterval = 10s;

/// How long after the first bootstrap node operations still wait for the others.
constexpr Duration kWaitForOthers = 500ms;
/// How long operations wait for one that answers, once all have been dialed: as long as a lookup that hears nothing.
constexpr Duration kWaitForAnswers = 5s;

kad::Config kad_config(const Config& config) {
  kad::Config kad = config.kad;
  kad.network = config.network;
  kad.accept_unsigned = config.accept_unsigned;
  return kad;
}

kad::Hearsay hearsay(const Config& config) {
  return config.address_filter == swarm::AddressFilter::kAny ? kad::Hearsay::kAny : kad::Hearsay::kGlobalOnly;
}

std::optional<Instant> earliest(std::initializer_list<std::optional<Instant>> instants) {
  std::optional<Instant> first;
  for (const std::optional<Instant>& instant : instants) {
    if (instant && (!first || *instant < *first)) {
      first = instant;
    }
  }
  return first;
}

}  // namespace

Config Config::for_role(Role role) {
  Config config;
  config.role = role;
  const bool is_server = role == Role::kBootstrap;
  config.kad.mode = is_server ? kad::Mode::kServer : kad::Mode::kClient;
  config.kad.bucket_capacity = is_server ? 200 : 20;
  config.limits.swarm.max_connections = is_server ? 1000 : 50;
  config.limits.swarm.max_parallel_dials = is_server ? 100 : 25;
  return config;
}

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}
Node::~Node() = default;

Result<std::unique_ptr<Node>> Node::make(Config config, crypto::PrivateKey key, store::Store& store, Rng& rng,
                                         WallAnchor wall, Instant now, kad::Validators validators) {
  if (!kad::is_network_name(config.network)) {
    return fail(Errc::kInvalidArgument, "a network's name is 1 to 32 of a-z, 0-9 and -");
  }
  if (config.role == Role::kAgent && !config.agent) {
    return fail(Errc::kInvalidArgument, "an agent needs an Ethereum key and a name");
  }
  for (const wire::Multiaddr& address : config.bootstrap) {
    if (!address.peer_id()) {
      return fail(Errc::kInvalidArgument, "a bootstrap address ends in /p2p/<peer id>");
    }
  }
  auto book = std::make_unique<peers::PeerBook>(config.limits.peers, crypto::KeyedHash{rng});
  const swarm::Config swarm_config{.limits = config.limits.swarm,
                                   .address_filter = config.address_filter,
                                   .security = config.security,
                                   .wall = wall,
                                   .agent_version = "pond/0.1.0",
                                   .protocol_version = "ipfs/0.1.0"};
  POND_TRY(swarm::Swarm swarm, swarm::Swarm::make(swarm_config, std::move(key), *book, rng, now));
  if (config.agent) {
    const WallTime wall_now = wall.wall(now);
    const kad::EthDraft draft{.network = config.network,
                              .peer_id = swarm.self(),
                              .timestamp = wall_now.ms,
                              .expires = (wall_now + config.record_lifetime).ms,
                              .agent_name = config.agent->name,
                              .multiaddrs = {},
                              .others = {}};
    POND_TRY([[maybe_unused]] const Bytes presence, kad::sign_eth_record(draft, config.agent->key));
  }
  std::unique_ptr<Node> node{new Node{std::make_unique<Impl>(std::move(config), std::move(swarm), std::move(book),
                                                             store, std::move(validators), rng, wall, now)}};
  node->impl_->add_bootstrap_peers(now);
  return node;
}

Node::Impl::Impl(Config the_config, swarm::Swarm&& the_swarm, std::unique_ptr<peers::PeerBook> the_book,
                 store::Store& the_store, kad::Validators validators, Rng& the_rng, WallAnchor the_wall, Instant now)
    : config(std::move(the_config)),
      book(std::move(the_book)),
      swarm(std::move(the_swarm)),
      rng(the_rng),
      wall(the_wall),
      kad(kad_config(config), swarm.self(), *book, the_store, std::move(validators), the_rng, the_wall, now),
      streams(
          swarm, [this](kad::Input&& input, Instant at) { kad.handle(std::move(input), at); }, *book, hearsay(config),
          config.limits.kad_streams, config.kad_protocol),
      store(the_store),
      started(now),
      keeper({}, the_rng),
      readiness({.attempts = config.readiness_attempts,
                 .retry = config.readiness_retry,
                 .retry_max = config.readiness_retry_max},
                the_rng),
      presence(config.publish_interval, the_rng) {
  set_mode(config.kad.mode, now);
}

void Node::Impl::set_mode(kad::Mode mode, Instant now) {
  config.kad.mode = mode;
  kad.set_mode(mode);
  swarm.set_protocols(mode == kad::Mode::kServer ? std::vector{config.kad_protocol} : std::vector<std::string>{}, now);
}

void Node::Impl::log(LogLevel level, std::string text) {
  out.emplace_back(LogLine{.level = level, .text = std::move(text)});
}

// ---- Driver's side

swarm::ConnId Node::accept(const wire::Multiaddr& local, const wire::Multiaddr& remote, Instant now) {
  return impl_->swarm.accept(local, remote, now);
}

void Node::handle(swarm::Input input, Instant now) {
  impl_->swarm.handle(std::move(input), now);
}

void Node::handle_timeout(Instant now) {
  Impl& self = *impl_;
  if (const auto due = self.swarm.next_deadline(); due && *due <= now) {
    self.swarm.handle_timeout(now);
  }
  if (const auto due = self.streams.next_deadline(); due && *due <= now) {
    self.streams.handle_timeout(now);
  }
  if (const auto due = self.kad.next_deadline(); due && *due <= now) {
    self.kad.handle_timeout(now);
  }
  self.expire_held(now);
}

/// Whom to hear first: what is ready for the driver, then the connections, then Kademlia, then the node's own life.
std::optional<Output> Node::poll(Instant now) {
  Impl& self = *impl_;
  for (;;) {
    if (!self.out.empty()) {
      std::optional<Output> next{std::move(self.out.front())};
      self.out.pop_front();
      return next;
    }
    if (!self.step(now)) {
      return std::nullopt;
    }
  }
}

bool Node::Impl::step(Instant now) {
  if (std::optional<swarm::Output> event = swarm.poll()) {
    on(*event, now);
    return true;
  }
  if (std::optional<kad::Output> output = kad.poll(now)) {
    on(*output, now);
    return true;
  }
  if (!held.empty() && settled(now)) {
    release_held(now);
    return true;
  }
  return step_life(now);
}

std::optional<Instant> Node::next_deadline() const {
  const Impl& self = *impl_;
  std::optional<Instant> held;
  for (const Impl::Held& waiting : self.held) {
    held = earliest({held, waiting.deadline});
  }
  if (held && self.first_peer_at && !self.has_settled) {
    held = earliest({held, *self.first_peer_at + kWaitForOthers});
  }
  if (held && self.all_dialed_at) {
    held = earliest({held, *self.all_dialed_at + kWaitForAnswers});
  }
  if (self.closing) {
    return earliest({self.swarm.next_deadline(), self.streams.next_deadline(), self.kad.next_deadline(), held});
  }
  return earliest({self.swarm.next_deadline(), self.streams.next_deadline(), self.kad.next_deadline(),
                   self.keeper.next_deadline(), self.readiness.next_deadline(), self.presence.next_deadline(), held});
}

std::size_t Node::produce(swarm::ConnId conn, Bytes& out, std::size_t max_bytes, Instant now) {
  return impl_->swarm.produce(conn, out, max_bytes, now);
}

void Node::set_mode(kad::Mode mode, Instant now) {
  impl_->set_mode(mode, now);
}

void Node::set_wall(WallAnchor wall) {
  impl_->wall = wall;
  impl_->kad.set_wall(wall);
  impl_->swarm.set_wall(wall);
}

void Node::start(std::vector<wire::Multiaddr> listening, Instant now) {
  impl_->start(std::move(listening), now);
}

void Node::Impl::start(std::vector<wire::Multiaddr> addresses, Instant now) {
  listening = std::move(addresses);
  announced = config.announce.empty() ? listening : config.announce;
  if (config.announce.empty() && config.address_filter == swarm::AddressFilter::kGlobalOnly) {
    std::erase_if(announced,
                  [](const wire::Multiaddr& address) { return wire::reach_of(address) != wire::Reach::kGlobal; });
  }
  for (wire::Multiaddr& address : announced) {
    address = address.without_peer_id();
  }
  swarm.set_announced_addresses(announced, static_cast<std::uint64_t>(wall.wall(now).ms), now);
  kad.set_own_addresses(announced, now);
  if (config.role == Role::kAgent && announced.empty()) {
    log(LogLevel::kWarning,
        "no address of this agent can be reached from network " + config.network +
            ": it publishes its record without addresses and no provider record; --announce names one");
  }
  keeper.start(now);
  if (config.role == Role::kAgent) {
    readiness.start(now);
    presence.start(now);
  }
  if (config.role == Role::kBootstrap) {
    out.emplace_back(Ready{});
  }
}

void Node::Impl::on(swarm::Output& event, Instant now) {
  std::visit(Overloaded{
                 [&](swarm::OpenSocket& e) { out.emplace_back(std::move(e)); },
                 [&](swarm::WantsWrite& e) { out.emplace_back(e); },
                 [&](swarm::CloseSocket& e) { out.emplace_back(std::move(e)); },
                 [&](swarm::Resolve& e) { out.emplace_back(std::move(e)); },
                 [&](const swarm::PeerConnected& e) { peer_connected(e, now); },
                 [&](const swarm::PeerIdentified& e) { peer_identified(e, now); },
                 [&](const swarm::PeerDisconnected& e) { peer_disconnected(e, now); },
                 [&](swarm::DialDone& e) {
                   if (!streams.dialed(e, now) && !bootstrap_dialed(e, now)) {
                     out.emplace_back(std::move(e));
                   }
                 },
                 [&](const swarm::StreamOpened& e) {
                   if (!streams.opened(e, now)) {
                     swarm.reset(e.stream);
                   }
                 },
                 [&](const swarm::StreamReady& e) { streams.ready(e.stream, now); },
                 [&](const swarm::StreamReadable& e) { streams.readable(e.stream, now); },
                 [&](const swarm::StreamWritable& e) { streams.writable(e.stream, now); },
                 [&](const swarm::StreamFinished& e) { streams.finished(e.stream, now); },
                 [&](const swarm::StreamFailed& e) { streams.failed(e.stream, e.why, now); },
                 [&](swarm::PingDone& e) { out.emplace_back(std::move(e)); },
             },
             event);
}

void Node::Impl::on(kad::Output& output, Instant now) {
  std::visit(Overloaded{
                 [&](const kad::SendRpc& o) { streams.send(o, now); },
                 [&](const kad::AbandonRpc& o) { streams.abandon(o.rpc, now); },
                 [&](const kad::SendAnswer& o) { streams.answer(o.token, o.answer, now); },
                 [&](const kad::NoAnswer& o) { streams.no_answer(o.token, now); },
                 [&](const kad::RefuseRequest& o) {
                   note_refusal(o.error, now);
                   streams.refuse(o.token, now);
                 },
                 [&](kad::OperationDone& o) {
                   if (const auto own = own_operations.find(o.op); own != own_operations.end()) {
                     const Purpose purpose = own->second;
                     own_operations.erase(own);
                     own_operation_done(purpose, o.result, now);
                   } else {
                     out.emplace_back(OperationDone{.op = o.op, .result = std::move(o.result)});
                   }
                 },
                 [&](const kad::TableChanged& o) {
                   swarm.protect(o.peer, o.inside ? swarm::Protection::kProtected : swarm::Protection::kNone);
                   if (o.inside) {
                     first_peer_at = first_peer_at.value_or(now);
                     presence.peers_came(now);
                     bootstrap_usable(o.peer, now);
                   }
                 },
                 [&](const kad::ServerFailed& o) { bootstrap_failed(o.peer, std::string{o.why.what}); },
                 [&](const kad::RecordTaken& o) { directory.remember(o.key, o.value); },
                 [&](const kad::RecordEvicted& o) { directory.evicted(o.key); },
             },
             output);
}

/// One line for many: a peer can provoke a refusal with every request.
void Node::Impl::note_refusal(const Error& why, Instant now) {
  ++refusals_unsaid;
  if (next_refusal_line && now < *next_refusal_line) {
    return;
  }
  log(LogLevel::kWarning, "refused a request: " + std::string{why.what} + " (" + std::string{name_of(why.code)} + ", " +
                              std::to_string(refusals_unsaid) + " since the last such line)");
  next_refusal_line = now + kRefusalLineInterval;
  refusals_unsaid = 0;
}

// ---- Operations

kad::OpId Node::run(kad::Operation operation, Duration timeout, Instant now) {
  if (impl_->keeper.connected_count() == 0) {
    impl_->keeper.hurry(now);  // for this operation it may be too late, for the owner's next one it is not
  }
  return impl_->run(std::move(operation), now + timeout, now);
}

kad::OpId Node::Impl::run(kad::Operation operation, Instant deadline, Instant now) {
  const kad::OpId id{next_op++};
  if (settled(now)) {
    kad.handle(kad::StartOperation{.op = id, .operation = std::move(operation), .deadline = deadline}, now);
    return id;
  }
  keeper.hurry(now);
  held.push_back({.op = id, .operation = std::move(operation), .deadline = deadline});
  return id;
}

/// Whether it makes sense to start an operation: every bootstrap node is in the table or has failed once, or the first
/// of them came a while ago. An operation that started with the first alone would miss what only the others know. Or
/// they are connected and silent: then there is no more to wait for than in a lookup.
bool Node::Impl::settled(Instant now) {
  if (has_settled || bootstrap.empty()) {
    return true;
  }
  const bool all_identified = std::ranges::all_of(bootstrap, [&](const BootstrapPeer& peer) {
    return !swarm.connected(peer.peer) || swarm.identified(peer.peer) != nullptr;
  });
  if (keeper.first_round_over()) {
    all_dialed_at = all_dialed_at.value_or(now);
  }
  const bool all_known = all_dialed_at && kad.verifying() == 0 && all_identified;
  const bool all_silent = all_dialed_at && now >= *all_dialed_at + kWaitForAnswers;
  has_settled = first_peer_at && (all_known || now >= *first_peer_at + kWaitForOthers);
  return has_settled || all_known || all_silent;
}

void Node::Impl::release_held(Instant now) {
  std::deque<Held> waiting;
  std::swap(waiting, held);
  for (Held& each : waiting) {
    kad.handle(kad::StartOperation{.op = each.op, .operation = std::move(each.operation), .deadline = each.deadline},
               now);
  }
}

void Node::Impl::expire_held(Instant now) {
  std::erase_if(held, [&](const Held& waiting) {
    if (waiting.deadline > now) {
      return false;
    }
    end_held(waiting.op, {Errc::kTimeout, "no bootstrap node could be asked before the deadline"}, now);
    return true;
  });
}

/// An operation ends that was never started.
void Node::Impl::end_held(kad::OpId op, const Error& why, Instant now) {
  kad::OpResult result;
  result.error = why;
  if (const auto own = own_operations.find(op); own != own_operations.end()) {
    const Purpose purpose = own->second;
    own_operations.erase(own);
    own_operation_done(purpose, result, now);
  } else {
    out.emplace_back(OperationDone{.op = op, .result = std::move(result)});
  }
}

void Node::cancel(kad::OpId op, Instant now) {
  const auto waiting = std::ranges::find(impl_->held, op, &Impl::Held::op);
  if (waiting == impl_->held.end()) {
    impl_->kad.handle(kad::CancelOperation{op}, now);
    return;
  }
  impl_->held.erase(waiting);
  impl_->end_held(op, {Errc::kCancelled, "the operation was taken back"}, now);
}

// ---- Owner's side

const wire::PeerId& Node::self() const noexcept {
  return impl_->swarm.self();
}

swarm::DialId Node::dial(const wire::Multiaddr& address, Instant deadline, Instant now) {
  return impl_->swarm.dial(address, deadline, now);
}
void Node::ping(swarm::PeerHandle peer, Instant now) {
  impl_->swarm.ping(peer, now);
}
std::optional<swarm::PeerHandle> Node::find(const wire::PeerId& id) const {
  return impl_->book->find(id);
}
bool Node::connected(swarm::PeerHandle peer) const {
  return impl_->swarm.connected(peer);
}
const wire::PeerId& Node::id(swarm::PeerHandle peer) const {
  return impl_->book->id(peer);
}
std::vector<wire::Multiaddr> Node::addresses(swarm::PeerHandle peer, Instant now) const {
  return impl_->book->addresses(peer, now);
}

void Node::remember(const KnownAgent& agent) {
  impl_->directory.remember(agent);
}
std::map<std::string, KnownAgent> Node::known_agents(Instant now) {
  impl_->directory.forget_expired(impl_->wall.wall(now));
  return impl_->directory.agents();
}

Health Node::health() const {
  const bool connected = impl_->keeper.connected_count() > 0;
  const bool is_server = impl_->config.role == Role::kBootstrap;
  return {.ready = is_server || (impl_->readiness.ready() && connected),
          .bootstrap_connections = impl_->keeper.connected_count(),
          .attempts = impl_->readiness.attempts(),
          .last_error = !is_server && impl_->readiness.ready() && !connected ? "no connection to a bootstrap node"
                                                                             : impl_->readiness.last_error()};
}

Status Node::status(Instant now) const {
  const store::Counters& stored = impl_->store.counters();
  return {.peer_id = impl_->swarm.self(),
          .role = impl_->config.role,
          .network = impl_->config.network,
          .listening = impl_->listening,
          .connections = impl_->swarm.connection_count(),
          .half_open = impl_->swarm.half_open_count(),
          .table = impl_->kad.table_size(),
          .records = stored.records,
          .record_bytes = stored.record_bytes,
          .providers = stored.provider_records,
          .uptime = now - impl_->started};
}

const Config& Node::config() const noexcept {
  return impl_->config;
}

void Node::shutdown(Instant now) {
  impl_->closing = true;
  impl_->streams.close();
  impl_->swarm.shutdown(now);
}

}  // namespace pond::node
