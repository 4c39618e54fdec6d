#include "pond/kad/kad.hpp"

#include <map>
#include <set>
#include <utility>

#include "pond/base/overloaded.hpp"

#include "context.hpp"
#include "ops/operation.hpp"
#include "rpc/server.hpp"
#include "upkeep/upkeep.hpp"

namespace pond::kad {
namespace {

constexpr Duration kSweepInterval = 1s;
constexpr Duration kRefreshDeadline = 60s;  ///< of a lookup for the table's sake
/// Ids of refresh lookups; the owner's are below.
constexpr std::uint64_t kFirstRefreshOp = std::uint64_t{1} << 63;

/// Our own place in the book: FIND_NODE answers name us when we are the target.
PeerHandle own_handle(peers::PeerBook& book, const wire::PeerId& self) {
  const PeerHandle handle = book.intern(self).value_or(PeerHandle{});
  book.pin(handle);
  return handle;
}

}  // namespace

struct Kad::Impl {
  struct Running {
    std::unique_ptr<RunningOperation> operation;
    bool is_refresh = false;
    std::set<RpcId> rpcs;
    std::optional<Instant> timer;
  };
  /// Whose request an rpc is: an operation's, upkeep's (no op), or a correction's (neither).
  struct Rpc {
    PeerHandle to;
    wire::KadType type;
    std::optional<OpId> op;
    Instant sent;
  };

  Impl(const Config& config, wire::PeerId self, peers::PeerBook& book, store::Store& store, Validators validators,
       Rng& rng, WallAnchor wall, Instant now)
      : context{.config = config,
                .self = self,
                .self_handle = own_handle(book, self),
                .self_key = wire::Key::of(self),
                .book = book,
                .store = store,
                .validators = std::move(validators),
                .rng = rng,
                .wall = wall,
                .table = RoutingTable{book,
                                      wire::Key::of(self),
                                      {.bucket_capacity = config.bucket_capacity,
                                       .refresh_interval = config.refresh_interval}},
                .met = Acquaintances{book},
                .own_addresses = {},
                .counters = {},
                .answers = {},
                .operations = {},
                .upkeep = {},
                .own_puts = {}},
        server(context),
        upkeep(context, now),
        swept(now) {}

  void handle(Input& input, Instant now);
  void start(OpId id, std::unique_ptr<RunningOperation> operation, bool is_refresh, Instant now);
  void pump(OpId id, Instant now);
  void finish(OpId id, Instant now);
  void schedule(OpId id, Running& running);
  void send_corrections(const std::vector<RunningOperation::Send>& corrections, Instant now);
  void rpc_answered(RpcId rpc, const Answer& answer, Instant now);
  void rpc_sent(RpcId rpc, Instant now);
  void rpc_failed(RpcId rpc, const Error& why, Instant now);
  std::optional<Rpc> end_rpc(RpcId rpc);
  void note_upkeep_rpcs(Instant now);
  void poll_store(Instant now);
  void own_puts_done(Instant now);
  void refresh(Instant now);
  [[nodiscard]] std::optional<Instant> next_sweep() const;

  Context context;
  Server server;
  Upkeep upkeep;
  std::map<OpId, Running> running;
  std::map<RpcId, Rpc> rpcs;
  std::map<store::RequestId, OpId> local_requests;
  std::set<std::pair<Instant, OpId>> timers;
  std::size_t owners_operations = 0;
  std::uint64_t next_refresh_op = kFirstRefreshOp;
  std::uint64_t first_unnoted_rpc = 1;
  std::optional<OpId> refreshing;
  Instant swept;  // the store, at the last time
};

Kad::Kad(const Config& config, wire::PeerId self, peers::PeerBook& book, store::Store& store, Validators validators,
         Rng& rng, WallAnchor wall, Instant now)
    : impl_(std::make_unique<Impl>(config, self, book, store, std::move(validators), rng, wall, now)) {
}
Kad::~Kad() = default;

void Kad::handle(Input input, Instant now) {
  impl_->handle(input, now);
}

void Kad::Impl::handle(Input& input, Instant now) {
  std::visit(Overloaded{
                 [&](const PeerUp& in) { upkeep.peer_up(in.peer, in.serves_kad, now); },
                 [&](const PeerDown& in) { context.met.down(in.peer, now); },
                 [&](const InboundRequest& in) { server.on_request(in, now); },
                 [&](const RpcAnswered& in) { rpc_answered(in.rpc, in.answer, now); },
                 [&](const RpcSent& in) { rpc_sent(in.rpc, now); },
                 [&](const RpcFailed& in) { rpc_failed(in.rpc, in.error, now); },
                 [&](StartOperation& in) {
                   if (owners_operations >= context.config.max_operations) {
                     ++context.counters.operations_refused;
                     OpResult refused;
                     refused.error = Error{Errc::kLimit, "too many operations at once"};
                     context.operations.emplace_back(OperationDone{.op = in.op, .result = std::move(refused)});
                     return;
                   }
                   ++owners_operations;
                   start(in.op, make_operation(context, std::move(in.operation), in.deadline), false, now);
                 },
                 [&](const CancelOperation& in) {
                   if (const auto found = running.find(in.op); found != running.end()) {
                     found->second.operation->on_cancel(now);
                     finish(in.op, now);
                   }
                 },
             },
             input);
  note_upkeep_rpcs(now);
}

void Kad::Impl::start(OpId id, std::unique_ptr<RunningOperation> operation, bool is_refresh, Instant now) {
  Running& added =
      running.emplace(id, Running{.operation = std::move(operation), .is_refresh = is_refresh}).first->second;
  added.operation->begin(now);
  if (!added.operation->done()) {
    if (std::optional<store::Request> local = added.operation->local_request()) {
      const store::RequestId request = context.next_store_request++;
      local_requests.emplace(request, id);
      context.store.submit(request, *std::move(local), context.wall_now(now));
    } else if (std::optional<PutValue> put = added.operation->local_put()) {
      server.put_own(id, *std::move(put), now);
    } else {
      added.operation->on_local(fail(Errc::kNotFound, "no local store is asked"), now);
    }
  }
  pump(id, now);
}

/// Sends what the operation wants to send now, and ends it when it is done.
void Kad::Impl::pump(OpId id, Instant now) {
  const auto found = running.find(id);
  if (found == running.end()) {
    return;
  }
  Running& op = found->second;
  while (std::optional<RunningOperation::Send> send = op.operation->next(now)) {
    const Instant deadline = now + context.config.rpc_timeout;
    const wire::KadType type = send->request->type;
    const RpcId rpc =
        context.send(op.is_refresh ? context.upkeep : context.operations, send->to, std::move(send->request), deadline);
    rpcs.emplace(rpc, Rpc{.to = send->to, .type = type, .op = id, .sent = now});
    op.rpcs.insert(rpc);
  }
  if (op.operation->done()) {
    finish(id, now);
  } else {
    schedule(id, op);
  }
}

void Kad::Impl::schedule(OpId id, Running& op) {
  const Instant when = std::min(op.operation->deadline(), op.operation->wake_at());
  if (op.timer == when) {
    return;
  }
  if (op.timer) {
    timers.erase({*op.timer, id});
  }
  op.timer = when;
  timers.emplace(when, id);
}

void Kad::Impl::finish(OpId id, Instant now) {
  const auto found = running.find(id);
  Running op = std::move(found->second);
  running.erase(found);
  if (op.timer) {
    timers.erase({*op.timer, id});
  }
  for (const RpcId rpc : op.rpcs) {
    if (Rpc& open = rpcs.at(rpc); now - open.sent >= context.config.soft_timeout) {
      open.op.reset();  // how it ends no longer matters to the operation, but to the table: lookups do not wait for the
                        // dead
    } else if (const std::optional<Rpc> ended = end_rpc(rpc)) {
      // Behind the request itself, should that wait to be polled.
      (op.is_refresh ? context.upkeep : context.operations).emplace_back(AbandonRpc{rpc});
    }
  }
  if (op.is_refresh) {
    refreshing.reset();
    return;
  }
  --owners_operations;
  context.operations.emplace_back(OperationDone{.op = id, .result = op.operation->take_result(now)});
  send_corrections(op.operation->afterwards(), now);
}

void Kad::Impl::send_corrections(const std::vector<RunningOperation::Send>& corrections, Instant now) {
  for (const RunningOperation::Send& correction : corrections) {
    ++context.counters.corrections_sent;
    const RpcId rpc = context.send(context.upkeep, correction.to, correction.request, now + context.config.rpc_timeout);
    rpcs.emplace(rpc, Rpc{.to = correction.to, .type = correction.request->type, .op = std::nullopt, .sent = now});
  }
}

/// Upkeep sends by itself: its requests are told apart by being unknown here. Each is looked at once: one that has
/// ended before it was polled must not come back.
void Kad::Impl::note_upkeep_rpcs(Instant now) {
  for (auto output = context.upkeep.end(); output != context.upkeep.begin();) {
    const auto* send = std::get_if<SendRpc>(&*--output);
    if (send == nullptr) {
      continue;
    }
    if (static_cast<std::uint64_t>(send->rpc) < first_unnoted_rpc) {
      break;
    }
    rpcs.try_emplace(send->rpc, Rpc{.to = send->to, .type = send->request->type, .op = std::nullopt, .sent = now});
  }
  first_unnoted_rpc = context.next_rpc;
}

std::optional<Kad::Impl::Rpc> Kad::Impl::end_rpc(RpcId id) {
  const auto found = rpcs.find(id);
  if (found == rpcs.end()) {
    return std::nullopt;
  }
  const Rpc rpc = found->second;
  rpcs.erase(found);
  if (rpc.op) {
    if (const auto op = running.find(*rpc.op); op != running.end()) {
      op->second.rpcs.erase(id);
    }
  }
  context.rpc_ended(rpc.to);
  return rpc;
}

void Kad::Impl::rpc_answered(RpcId id, const Answer& answer, Instant now) {
  const auto found = rpcs.find(id);
  if (found == rpcs.end()) {
    return;
  }
  if (answer.type != found->second.type) {
    rpc_failed(id, {Errc::kProtocol, "the answer is of another type than the question"}, now);
    return;
  }
  const Rpc rpc = found->second;
  upkeep.on_rpc_ended(id);
  upkeep.answered(rpc.to, now);
  if (const auto op = rpc.op ? running.find(*rpc.op) : running.end(); op != running.end()) {
    op->second.operation->on_answer(rpc.to, answer, now);
  }
  end_rpc(id);
  if (rpc.op) {
    pump(*rpc.op, now);
  }
}

void Kad::Impl::rpc_sent(RpcId id, Instant now) {
  const auto rpc = end_rpc(id);
  if (!rpc || !rpc->op) {
    return;
  }
  if (const auto op = running.find(*rpc->op); op != running.end()) {
    op->second.operation->on_sent(rpc->to, now);
    pump(*rpc->op, now);
  }
}

void Kad::Impl::rpc_failed(RpcId id, const Error& why, Instant now) {
  const auto found = rpcs.find(id);
  if (found == rpcs.end()) {
    return;
  }
  const Rpc rpc = found->second;
  upkeep.on_rpc_ended(id);
  // A server that refuses one record or one provider is a good server.
  const bool stores = rpc.type == wire::KadType::kPutValue || rpc.type == wire::KadType::kAddProvider;
  if (!stores || why.code == Errc::kTimeout || why.code == Errc::kUnreachable) {
    upkeep.failed(rpc.to, why, now);
  }
  if (const auto op = rpc.op ? running.find(*rpc.op) : running.end(); op != running.end()) {
    op->second.operation->on_failure(rpc.to, why, now);
  }
  end_rpc(id);
  if (rpc.op) {
    pump(*rpc.op, now);
  }
}

void Kad::Impl::poll_store(Instant now) {
  while (std::optional<store::Completion> completion = context.store.poll()) {
    if (server.on_completion(*completion, now)) {
      own_puts_done(now);
      continue;
    }
    const auto local = local_requests.find(completion->id);
    if (local == local_requests.end()) {
      continue;
    }
    const OpId id = local->second;
    local_requests.erase(local);
    if (const auto op = running.find(id); op != running.end()) {
      op->second.operation->on_local(completion->outcome, now);
      pump(id, now);
    }
  }
}

void Kad::Impl::own_puts_done(Instant now) {
  while (!context.own_puts.empty()) {
    const OwnPutDone put = context.own_puts.pop();
    if (const auto op = running.find(put.op); op != running.end()) {
      op->second.operation->on_local_put(put.better, now);
      pump(put.op, now);
    }
  }
}

std::optional<Instant> Kad::Impl::next_sweep() const {
  const std::optional<WallTime> expiry = context.store.next_expiry();
  return expiry ? std::optional{std::max(context.wall.instant(*expiry), swept + kSweepInterval)} : std::nullopt;
}

void Kad::Impl::refresh(Instant now) {
  if (refreshing) {
    return;
  }
  if (std::optional<Bytes> preimage = upkeep.due_refresh(now)) {
    const OpId id{next_refresh_op++};
    refreshing = id;
    start(id, make_refresh(context, *std::move(preimage), now + kRefreshDeadline), true, now);
  }
}

void Kad::handle_timeout(Instant now) {
  Impl& self = *impl_;
  while (!self.timers.empty() && self.timers.begin()->first <= now) {
    const OpId id = self.timers.begin()->second;
    self.timers.erase(self.timers.begin());
    Impl::Running& op = self.running.at(id);
    op.timer.reset();
    if (op.operation->deadline() <= now) {
      op.operation->on_deadline(now);
    }
    self.pump(id, now);
  }
  self.upkeep.handle_timeout(now);
  self.refresh(now);
  if (const std::optional<Instant> sweep = self.next_sweep(); sweep && *sweep <= now) {
    self.swept = now;
    self.context.store.sweep(self.context.wall_now(now));
  }
  self.note_upkeep_rpcs(now);
}

std::optional<Output> Kad::poll(Instant now) {
  impl_->poll_store(now);
  for (Fifo<Output>* queue : {&impl_->context.answers, &impl_->context.operations, &impl_->context.upkeep}) {
    if (!queue->empty()) {
      return queue->pop();
    }
  }
  return std::nullopt;
}

std::optional<Instant> Kad::next_deadline() const {
  std::optional<Instant> when = impl_->next_sweep();
  if (!impl_->timers.empty() && (!when || impl_->timers.begin()->first < *when)) {
    when = impl_->timers.begin()->first;
  }
  if (const std::optional<Instant> upkeep = impl_->refreshing ? std::nullopt : impl_->upkeep.next_deadline();
      upkeep && (!when || *upkeep < *when)) {
    when = upkeep;
  }
  return when;
}

void Kad::set_mode(Mode mode) {
  impl_->context.config.mode = mode;
}

void Kad::set_wall(WallAnchor wall) {
  impl_->context.wall = wall;
}

void Kad::set_own_addresses(std::vector<wire::Multiaddr> addresses, Instant now) {
  Context& context = impl_->context;
  context.own_addresses = std::move(addresses);
  context.book.set_addresses(context.self_handle, context.own_addresses, peers::AddressSource::kConfigured, now);
}

void Kad::restore_table(std::span<const PeerHandle> peers, Instant now) {
  Context& context = impl_->context;
  for (const PeerHandle peer : peers) {
    if (context.table.verified(peer, now) == Insertion::kInserted) {
      ++context.counters.verified_into_table;
      context.upkeep.emplace_back(TableChanged{.peer = peer, .inside = true});
    }
  }
  context.table.spread_refreshes(now, context.rng);
  impl_->upkeep.table_restored(now);
}

const RoutingTable& Kad::table() const noexcept {
  return impl_->context.table;
}
Load Kad::load() const noexcept {
  const Context& context = impl_->context;
  return {.operations = impl_->owners_operations,
          .pending_requests = impl_->server.pending(),
          .verifications = impl_->upkeep.verifying(),
          .rpcs = impl_->rpcs.size(),
          .outputs = context.answers.size() + context.operations.size() + context.upkeep.size()};
}
std::size_t Kad::table_size() const {
  return impl_->context.table.size();
}
std::size_t Kad::verifying() const {
  return impl_->upkeep.verifying();
}
bool Kad::in_table(PeerHandle peer) const {
  return impl_->context.table.contains(peer);
}
std::vector<PeerHandle> Kad::closest_in_table(const wire::Key& key, std::size_t n) const {
  std::vector<PeerHandle> closest(std::min(n, RoutingTable::kMaxClosest));
  closest.resize(impl_->context.table.closest(key, closest));
  return closest;
}
const Counters& Kad::counters() const noexcept {
  return impl_->context.counters;
}
const Config& Kad::config() const noexcept {
  return impl_->context.config;
}

}  // namespace pond::kad
