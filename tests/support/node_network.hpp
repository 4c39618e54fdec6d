#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pond/node/node.hpp"
#include "pond/store/memory_store.hpp"
#include "pond/wire/multiaddr.hpp"

#include "support/numbered_peers.hpp"
#include "support/operation_results.hpp"

namespace pond::test {

/// Whole nodes over byte pipes in memory, in virtual time. What one writes reaches the other in order, cut at random. A
/// deadline that stays in the past throws.
class NodeNetwork {
 public:
  static constexpr WallTime kStart{1'763'800'000'000};

  struct Member {
    std::uint32_t number = 0;
    wire::Multiaddr where;
    std::unique_ptr<SeededRng> rng;
    std::unique_ptr<store::MemoryStore> store;
    std::unique_ptr<node::Node> node;
    bool reachable = true;  ///< whether it accepts connections
    bool asleep = false;    ///< it takes what comes, and does nothing about it
    bool ready = false;
    std::size_t dials = 0;        ///< sockets that it asked for
    std::vector<Instant> dialed;  ///< when
    std::vector<node::LogLine> log;
    OperationResults results;
    std::map<swarm::ConnId, std::uint64_t> links;  ///< open sockets

    [[nodiscard]] wire::Multiaddr address() const { return where.with_peer_id(node->self()); }
    [[nodiscard]] std::uint64_t counter(std::string_view name) const {
      for (const auto& [known, value] : node->counters()) {
        if (known == name) {
          return value;
        }
      }
      throw std::logic_error("no such counter");
    }
    [[nodiscard]] bool logged(std::string_view part) const {
      return std::ranges::any_of(log, [&](const node::LogLine& line) { return line.text.contains(part); });
    }
  };

  explicit NodeNetwork(std::size_t max_chunk = 3000) : max_chunk_(max_chunk) {}

  Member& add(node::Config config) {
    auto member = std::make_unique<Member>();
    member->number = static_cast<std::uint32_t>(members_.size());
    member->where = test::address("/ip4/10.0.0." + std::to_string(member->number + 1) + "/tcp/4001");
    member->rng = std::make_unique<SeededRng>(100 + member->number);
    crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyType::kEd25519, *member->rng).value();
    member->store =
        std::make_unique<store::MemoryStore>(config.limits.store, wire::PeerId::from_public_key(key.public_key()));
    member->node = node::Node::make(std::move(config), std::move(key), *member->store, *member->rng,
                                    WallAnchor{Instant{} + 1h, kStart}, now)
                       .value();
    members_.push_back(std::move(member));
    return *members_.back();
  }
  void start(Member& member) {
    member.node->start({member.where}, now);
    drain(member);
  }

  Member& add_bootstrap(const std::vector<wire::Multiaddr>& others = {}) {
    node::Config config = node::Config::for_role(node::Role::kBootstrap);
    config.bootstrap = others;
    Member& member = add(std::move(config));
    start(member);
    return member;
  }
  static node::Config agent_config(std::vector<wire::Multiaddr> bootstrap, std::uint8_t key_byte = 1) {
    node::Config config = node::Config::for_role(node::Role::kAgent);
    config.bootstrap = std::move(bootstrap);
    std::string text = "0x";
    for (int i = 0; i < 32; ++i) {
      text += to_hex(Bytes{key_byte});
    }
    config.agent =
        node::AgentIdentity{.key = crypto::EthKey::parse(text).value(), .name = "agent-" + std::to_string(key_byte)};
    return config;
  }
  Member& add_agent(std::vector<wire::Multiaddr> bootstrap, std::uint8_t key_byte = 1) {
    Member& member = add(agent_config(std::move(bootstrap), key_byte));
    start(member);
    return member;
  }

  kad::OpId begin(Member& at, kad::Operation operation, Duration timeout = 10s) {
    const kad::OpId op = at.node->run(std::move(operation), timeout, now);
    drain(at);
    return op;
  }
  kad::OpResult run(Member& at, kad::Operation operation, Duration timeout = 10s) {
    const kad::OpId op = begin(at, std::move(operation), timeout);
    return at.results.wait_for(op, *this, timeout);
  }

  /// Every connection of that node breaks without a word.
  void cut(Member& member) {
    const auto links = member.links;
    for (const auto& [conn, link] : links) {
      Link& broken = links_.at(link);
      for (const End& end : {broken.a, broken.b}) {
        if (end.open) {
          lose(end);
        }
      }
    }
  }

  void run_for(Duration time) {
    const Instant end = now + time;
    while (next_instant() <= end) {
      step();
    }
    now = end;
  }

  /// Whether it came true within that time.
  bool run_until(const std::function<bool()>& done, Duration longest) {
    const Instant end = now + longest;
    while (!done() && next_instant() <= end) {
      step();
    }
    return done();
  }

  void step() {
    now = std::max(now, next_instant());
    while (!events_.empty() && events_.begin()->first.first <= now) {
      const std::function<void()> event = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      event();
    }
    for (const auto& member : members_) {
      int rounds = 0;
      for (auto due = member->node->next_deadline(); due && *due <= now && !member->asleep;
           due = member->node->next_deadline()) {
        if (++rounds > 1000) {
          throw std::logic_error("next_deadline stays in the past");
        }
        member->node->handle_timeout(now);
        drain(*member);
      }
    }
  }

  void drain(Member& member) {
    if (member.asleep) {
      return;
    }
    std::vector<swarm::ConnId> to_write;
    while (std::optional<node::Output> output = member.node->poll(now)) {
      if (const auto* wants = std::get_if<swarm::WantsWrite>(&*output)) {
        to_write.push_back(wants->conn);
      } else {
        on(member, *output);
      }
    }
    for (const swarm::ConnId conn : to_write) {
      Bytes bytes;
      while (member.node->produce(conn, bytes, 64 * 1024, now) != 0) {
        send(member, conn, std::exchange(bytes, {}));
      }
    }
    if (!to_write.empty()) {
      drain(member);
    }
  }

  Duration latency = 10ms;
  Instant now = Instant{} + 1h;

 private:
  struct End {
    std::uint32_t member = 0;
    swarm::ConnId conn{};
    bool open = false;
  };
  struct Link {
    End a;
    End b;
  };

  [[nodiscard]] Instant next_instant() const {
    Instant next = events_.empty() ? Instant::max() : events_.begin()->first.first;
    for (const auto& member : members_) {
      if (const auto due = member->node->next_deadline(); due && !member->asleep) {
        next = std::min(next, *due);
      }
    }
    return next;
  }
  void at(Instant when, std::function<void()> what) {
    events_.emplace(std::pair{when, next_event_++}, std::move(what));
  }

  void on(Member& member, node::Output& output) {
    if (const auto* open = std::get_if<swarm::OpenSocket>(&output)) {
      ++member.dials;
      member.dialed.push_back(now);
      at(now + latency, [this, from = member.number, request = *open] { connect(from, request); });
    } else if (auto* close = std::get_if<swarm::CloseSocket>(&output)) {
      if (member.links.contains(close->conn)) {
        send(member, close->conn, std::move(close->last_bytes));
        close_end(member, close->conn);
      }
    } else if (auto* done = std::get_if<node::OperationDone>(&output)) {
      member.results.add(done->op, std::move(done->result));
    } else if (std::holds_alternative<node::Ready>(output)) {
      member.ready = true;
    } else if (auto* line = std::get_if<node::LogLine>(&output)) {
      member.log.push_back(std::move(*line));
    }
  }

  void connect(std::uint32_t from, const swarm::OpenSocket& request) {
    Member& dialer = *members_[from];
    const auto to = std::ranges::find_if(members_, [&](const auto& member) {
      return member->reachable && member->where == request.address.without_peer_id();
    });
    if (to == members_.end()) {
      dialer.node->handle(
          swarm::DialResult{.conn = request.conn, .local = fail(Errc::kUnreachable, "connection refused")}, now);
      drain(dialer);
      return;
    }
    Member& acceptor = **to;
    const std::uint64_t id = next_link_++;
    const swarm::ConnId accepted = acceptor.node->accept(acceptor.where, dialer.where, now);
    links_.emplace(id, Link{.a = {.member = from, .conn = request.conn, .open = true},
                            .b = {.member = acceptor.number, .conn = accepted, .open = true}});
    dialer.links.emplace(request.conn, id);
    acceptor.links.emplace(accepted, id);
    drain(acceptor);
    dialer.node->handle(swarm::DialResult{.conn = request.conn, .local = dialer.where}, now);
    drain(dialer);
  }

  [[nodiscard]] End& other_end(Member& member, swarm::ConnId conn) {
    Link& link = links_.at(member.links.at(conn));
    return link.a.member == member.number && link.a.conn == conn ? link.b : link.a;
  }

  void send(Member& member, swarm::ConnId conn, Bytes bytes) {
    const auto found = member.links.find(conn);
    if (found == member.links.end()) {
      return;
    }
    const End to = other_end(member, conn);
    for (std::size_t begin = 0; begin < bytes.size();) {
      const std::size_t size = std::min<std::size_t>(1 + chunks_.below(max_chunk_), bytes.size() - begin);
      Bytes chunk(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                  bytes.begin() + static_cast<std::ptrdiff_t>(begin + size));
      at(now + latency, [this, to, chunk = std::move(chunk)] {
        Member& receiver = *members_[to.member];
        if (receiver.links.contains(to.conn)) {
          receiver.node->handle(swarm::Received{.conn = to.conn, .bytes = chunk}, now);
          drain(receiver);
        }
      });
      begin += size;
    }
  }

  void close_end(Member& member, swarm::ConnId conn) {
    const End to = other_end(member, conn);
    Link& link = links_.at(member.links.at(conn));
    (link.a.member == member.number && link.a.conn == conn ? link.a : link.b).open = false;
    member.links.erase(conn);
    at(now + latency, [this, to] { lose(to); });
  }

  void lose(End end) {
    Member& member = *members_[end.member];
    const auto found = member.links.find(end.conn);
    if (found == member.links.end()) {
      return;
    }
    Link& link = links_.at(found->second);
    (link.a.member == end.member && link.a.conn == end.conn ? link.a : link.b).open = false;
    member.links.erase(found);
    member.node->handle(swarm::SocketClosed{.conn = end.conn, .why = {Errc::kReset, "the pipe broke"}}, now);
    drain(member);
  }

  std::size_t max_chunk_;
  SeededRng chunks_{42};
  std::vector<std::unique_ptr<Member>> members_;
  std::map<std::uint64_t, Link> links_;
  std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> events_;
  std::uint64_t next_event_ = 0;
  std::uint64_t next_link_ = 1;
};

}  // namespace pond::test
