#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "pond/kad/kad.hpp"
#include "pond/kad/rpc/codec.hpp"
#include "pond/store/memory_store.hpp"
#include "pond/wire/frame.hpp"

#include "support/numbered_peers.hpp"

namespace pond::test {

/// Kademlia machines that exchange messages over a virtual network, in virtual time. Each has a book, a store and a
/// generator of its own; messages travel as octets. Breaks of kad's contract (an rpc unknown to the network, a deadline
/// that stays in the past) throw.
class KadNetwork {
 public:
  static constexpr WallTime kStart{1'763'800'000'000};

  struct Member {
    Member(std::uint32_t the_number, kad::Config config, Instant now, std::uint64_t seed)
        : number(the_number),
          id(numbered_peer(the_number)),
          where(address("/ip4/10.0." + std::to_string(the_number / 250) + "." + std::to_string(the_number % 250 + 1) +
                        "/tcp/4001")),
          rng(seed),
          store(store::Limits{}, id),
          kad(std::move(config), id, book, store, kad::Validators::openpond(), rng, WallAnchor{Instant{} + 1h, kStart},
              now) {
      kad.set_own_addresses({where}, now);
      due = kad.next_deadline().value_or(Instant::max());
    }

    std::uint32_t number;
    wire::PeerId id;
    wire::Multiaddr where;
    peers::PeerBook book;
    SeededRng rng;
    store::MemoryStore store;
    kad::Kad kad;

    Instant due;          ///< kad's deadline after the last call
    bool alive = true;    ///< false: whatever is sent to it is lost
    bool mute = false;    ///< true: it takes requests and never answers
    bool closed = false;  ///< true: it cannot be reached, and that shows at once
    std::set<std::uint32_t> connected;
    std::map<kad::OpId, kad::OpResult> results;
    std::vector<kad::TableChanged> table_changes;
    std::vector<wire::KadMessage> received;  ///< requests
    /// Takes an answer's place, when it gives one.
    std::function<std::optional<kad::Answer>(const wire::KadMessage&, Member&)> impostor;
  };

  explicit KadNetwork(std::uint64_t seed = 1) : rng_(seed) {}

  Member& add(kad::Config config = {}) {
    const auto number = static_cast<std::uint32_t>(members_.size());
    members_.push_back(std::make_unique<Member>(number, std::move(config), now, 1000 + number));
    by_id_.emplace(members_.back()->id, number);
    return *members_.back();
  }
  Member& operator[](std::size_t number) { return *members_[number]; }
  [[nodiscard]] std::size_t size() const { return members_.size(); }

  /// Both learn of each other what identify would tell them.
  void connect(Member& a, Member& b) {
    if (a.number == b.number || !a.connected.insert(b.number).second) {
      return;
    }
    b.connected.insert(a.number);
    introduce(a, b);
    introduce(b, a);
  }
  void disconnect(Member& a, Member& b) {
    if (a.connected.erase(b.number) == 0) {
      return;
    }
    b.connected.erase(a.number);
    for (auto [one, other] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
      const kad::PeerHandle handle = one->book.find(other->id).value();
      one->kad.handle(kad::PeerDown{handle}, now);
      one->book.unpin(handle);
      drain(*one);
    }
  }
  kad::PeerHandle handle_of(Member& in, const Member& whom) { return in.book.find(whom.id).value(); }
  bool in_table(Member& in, const Member& whom) {
    const auto handle = in.book.find(whom.id);
    return handle && in.kad.in_table(*handle);
  }

  /// `servers` machines that know each other by way of the first, after so much time that their tables are filled.
  static std::unique_ptr<KadNetwork> of_servers(std::size_t servers, kad::Config config = {}) {
    auto network = std::make_unique<KadNetwork>();
    for (std::size_t i = 0; i < servers; ++i) {
      network->add(config);
      network->connect((*network)[i], (*network)[0]);
      network->run_for(200ms);
    }
    network->run_for(20s);
    return network;
  }

  kad::OpId start(Member& at, kad::Operation operation, Duration timeout = 30s) {
    const kad::OpId op{next_op_++};
    at.kad.handle(kad::StartOperation{.op = op, .operation = std::move(operation), .deadline = now + timeout}, now);
    drain(at);
    return op;
  }
  /// Runs until the operation has ended.
  kad::OpResult run(Member& at, kad::Operation operation, Duration timeout = 30s) {
    const kad::OpId op = start(at, std::move(operation), timeout);
    const Instant latest = now + timeout + 1s;
    while (!at.results.contains(op)) {
      if (now > latest) {
        throw std::logic_error("an operation did not end by its deadline");
      }
      step();
    }
    return at.results.at(op);
  }

  void run_for(Duration time) {
    const Instant end = now + time;
    while (next_instant() <= end) {
      step();
    }
    now = end;
  }

  /// Everything that falls due at the next instant at which something does.
  void step() {
    now = std::max(now, next_instant());
    while (!events_.empty() && events_.begin()->first.first <= now) {
      const std::function<void()> event = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      event();
    }
    for (const auto& member : members_) {
      int rounds = 0;
      while (member->due <= now) {
        if (++rounds > 1000) {
          throw std::logic_error("next_deadline stays in the past");
        }
        member->kad.handle_timeout(now);
        drain(*member);
        ++timeouts_handled;
      }
    }
  }

  void drain(Member& member) {
    while (std::optional<kad::Output> output = member.kad.poll(now)) {
      on(member, *output);
    }
    member.due = member.kad.next_deadline().value_or(Instant::max());
  }

  Duration latency = 20ms;
  double loss = 0;  ///< of requests and of answers, each
  std::size_t messages = 0;
  std::size_t longest_answer = 0;
  std::size_t timeouts_handled = 0;
  Instant now = Instant{} + 1h;

 private:
  struct Carried {
    std::uint32_t from;
    wire::Key target;
  };
  using RpcKey = std::pair<std::uint32_t, kad::RpcId>;

  [[nodiscard]] Instant next_instant() const {
    Instant next = events_.empty() ? Instant::max() : events_.begin()->first.first;
    for (const auto& member : members_) {
      next = std::min(next, member->due);
    }
    return next;
  }

  void at(Instant when, std::function<void()> what) {
    events_.emplace(std::pair{when, next_event_++}, std::move(what));
  }

  void introduce(Member& to, Member& whom) {
    const kad::PeerHandle handle = to.book.intern(whom.id).value();
    to.book.pin(handle);
    to.book.add_addresses(handle, {&whom.where, 1}, peers::AddressSource::kIdentified, now);
    to.kad.handle(kad::PeerUp{.peer = handle, .serves_kad = whom.kad.config().mode == kad::Mode::kServer}, now);
    drain(to);
  }

  void on(Member& member, kad::Output& output) {
    if (auto* send = std::get_if<kad::SendRpc>(&output)) {
      carry(member, *send);
    } else if (const auto* abandon = std::get_if<kad::AbandonRpc>(&output)) {
      if (carried_.erase({member.number, abandon->rpc}) == 0) {
        throw std::logic_error("kad abandons what it never sent");
      }
    } else if (auto* done = std::get_if<kad::OperationDone>(&output)) {
      if (!member.results.emplace(done->op, std::move(done->result)).second) {
        throw std::logic_error("an operation ended twice");
      }
    } else if (const auto* changed = std::get_if<kad::TableChanged>(&output)) {
      member.table_changes.push_back(*changed);
    } else {
      reply(member, output);
    }
  }

  void carry(Member& from, const kad::SendRpc& send) {
    ++messages;
    const RpcKey key{from.number, send.rpc};
    if (!carried_.emplace(key, Carried{from.number, wire::Key::of(send.request->key)}).second) {
      throw std::logic_error("an rpc id was used twice");
    }
    at(std::max(send.deadline, now), [this, key] { fail(key, {Errc::kTimeout, "no answer in time"}); });
    const auto to = by_id_.find(from.book.id(send.to));
    if (to == by_id_.end() || members_[to->second]->closed) {
      at(now + latency, [this, key] { fail(key, {Errc::kUnreachable, "nobody is there"}); });
      return;
    }
    if (!members_[to->second]->alive || rng_.unit() < loss) {
      return;
    }
    Bytes bytes;
    wire::encode_kad(*send.request, bytes);
    at(now + latency, [this, key, to = to->second, bytes = std::move(bytes)] { deliver(key, to, bytes); });
  }

  void deliver(RpcKey rpc, std::uint32_t number, const Bytes& bytes) {
    Member& to = *members_[number];
    Member& from = *members_[rpc.first];
    if (!to.alive) {
      return;
    }
    connect(from, to);
    wire::KadMessage request = wire::decode_kad(bytes).value();
    to.received.push_back(request);
    if (to.mute) {
      return;
    }
    if (to.impostor) {
      if (std::optional<kad::Answer> lie = to.impostor(request, to)) {
        answer(to, rpc, *lie);
        return;
      }
    }
    const kad::RequestToken token{next_token_++};
    tokens_.emplace(token, rpc);
    to.kad.handle(kad::InboundRequest{.token = token, .from = to.book.find(from.id).value(), .message = bytes}, now);
    drain(to);
  }

  void reply(Member& member, const kad::Output& output) {
    if (const auto* sent = std::get_if<kad::SendAnswer>(&output)) {
      answer(member, take(sent->token), sent->answer);
    } else if (const auto* none = std::get_if<kad::NoAnswer>(&output)) {
      const RpcKey rpc = take(none->token);
      at(now + latency, [this, rpc] { report(rpc, kad::RpcSent{rpc.second}); });
    } else if (const auto* refuse = std::get_if<kad::RefuseRequest>(&output)) {
      const RpcKey rpc = take(refuse->token);
      at(now + latency, [this, rpc] { fail(rpc, {Errc::kReset, "the peer reset the stream"}); });
    }
  }

  RpcKey take(kad::RequestToken token) {
    const auto found = tokens_.find(token);
    if (found == tokens_.end()) {
      throw std::logic_error("a request was answered twice");
    }
    const RpcKey rpc = found->second;
    tokens_.erase(found);
    return rpc;
  }

  void answer(Member& from, RpcKey rpc, const kad::Answer& what) {
    Bytes framed;
    if (!kad::encode_answer(what, from.book, writer_, framed, now)) {
      throw std::logic_error("an answer does not fit");
    }
    longest_answer = std::max(longest_answer, framed.size());
    if (rng_.unit() < loss) {
      return;
    }
    at(now + latency, [this, rpc, framed = std::move(framed)] {
      const auto found = carried_.find(rpc);
      if (found == carried_.end()) {
        return;
      }
      Member& asker = *members_[rpc.first];
      BytesView rest = framed;
      wire::FrameReader reader{std::size_t{1} << 22};
      const BytesView body = **reader.next(rest);
      auto decoded =
          kad::decode_answer(body, found->second.target, asker.id, kad::Hearsay::kAny, asker.book, now).value();
      report(rpc, kad::RpcAnswered{.rpc = rpc.second, .answer = std::move(decoded)});
    });
  }

  void fail(RpcKey rpc, Error why) { report(rpc, kad::RpcFailed{.rpc = rpc.second, .error = why}); }

  void report(RpcKey rpc, kad::Input input) {
    if (carried_.erase(rpc) == 0) {
      return;
    }
    Member& member = *members_[rpc.first];
    member.kad.handle(std::move(input), now);
    drain(member);
  }

  SeededRng rng_;
  std::vector<std::unique_ptr<Member>> members_;
  std::map<wire::PeerId, std::uint32_t> by_id_;
  std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> events_;
  std::map<RpcKey, Carried> carried_;
  std::map<kad::RequestToken, RpcKey> tokens_;
  std::uint64_t next_event_ = 0;
  std::uint64_t next_token_ = 1;
  std::uint64_t next_op_ = 1;
  wire::KadAnswerWriter writer_;
};

}  // namespace pond::test
