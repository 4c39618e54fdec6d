#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "pond/base/rng.hpp"
#include "pond/swarm/swarm.hpp"

#include "support/numbered_peers.hpp"

namespace pond::test {

/// How the octets of one write are cut up on their way.
enum class Chunking : std::uint8_t { kWhole, kSingleOctets, kRandom };

/// What happens on a connection. Octets are counted in the order of arrival, both directions together.
struct LinkPlan {
  std::optional<std::size_t> cut_after;     ///< then both ends see a reset
  std::optional<std::size_t> silent_after;  ///< then nothing arrives any more, not even an end
};

class SwarmNet;

/// One Swarm with its driver and its owner: outputs for the driver are carried out, those for the owner are kept.
class SwarmHost {
 public:
  SwarmHost(SwarmNet& net, std::uint64_t seed, wire::Multiaddr where, swarm::Config config,
            peers::PeerBookLimits book_limits)
      : book(book_limits), rng(seed), address(std::move(where)), net_(&net), swarm_(make(seed, std::move(config))) {}

  peers::PeerBook book;
  SeededRng rng;
  wire::Multiaddr address;
  bool listening = true;
  bool stalled = false;                                           ///< its sockets take no bytes
  std::map<std::string, Result<std::vector<std::string>>> names;  ///< what its resolver knows
  std::vector<swarm::Resolve> resolves;
  std::vector<swarm::OpenSocket> opened;
  std::vector<swarm::CloseSocket> closed;
  std::vector<swarm::Output> events;  ///< what the owner was told

  [[nodiscard]] swarm::Swarm& swarm() { return *swarm_; }
  [[nodiscard]] const wire::PeerId& id() const { return swarm_->self(); }
  [[nodiscard]] wire::Multiaddr full_address() const { return address.with_peer_id(id()); }

  /// The handle of another host's peer, in this host's book.
  [[nodiscard]] peers::PeerHandle handle_of(const wire::PeerId& peer) { return book.intern(peer).value(); }
  [[nodiscard]] peers::PeerHandle handle_of(const SwarmHost& other) { return handle_of(other.id()); }

  template <typename Event>
  [[nodiscard]] std::vector<Event> all() const {
    std::vector<Event> found;
    for (const swarm::Output& event : events) {
      if (const auto* one = std::get_if<Event>(&event)) {
        found.push_back(*one);
      }
    }
    return found;
  }
  template <typename Event>
  [[nodiscard]] std::size_t count() const {
    return all<Event>().size();
  }
  /// The newest event of that kind.
  template <typename Event>
  [[nodiscard]] std::optional<Event> last() const {
    const auto found = all<Event>();
    return found.empty() ? std::nullopt : std::optional{found.back()};
  }

  /// Carries out what the swarm asks for. Call after every call of the swarm.
  void pump();

 private:
  swarm::Swarm make(std::uint64_t seed, swarm::Config config) {
    SeededRng key_rng{seed ^ 0x5eedU};
    auto key = crypto::PrivateKey::generate(crypto::KeyType::kEd25519, key_rng);
    return swarm::Swarm::make(std::move(config), *std::move(key), book, rng, Instant{}).value();
  }

  SwarmNet* net_;
  std::optional<swarm::Swarm> swarm_;
};

/// An end of a connection that a test plays by hand.
class RawEnd {
 public:
  Bytes received;
  bool closed = false;
  std::function<void()> on_bytes;  ///< after `received` has grown

  void send(BytesView bytes);
  void close();

 private:
  friend class SwarmNet;
  SwarmNet* net_ = nullptr;
  std::size_t link_ = 0;
  std::size_t side_ = 0;
};

/// A network in memory, with a clock of its own: sockets, names and timers of any number of hosts.
class SwarmNet {
 public:
  explicit SwarmNet(std::uint64_t seed = 1) : rng_(seed), seed_(seed) {}

  Instant now{1h};
  Duration latency = 1ms;
  Chunking chunking = Chunking::kWhole;
  LinkPlan plan;                          ///< of connections opened from now on
  std::set<wire::Multiaddr> black_holes;  ///< addresses that never answer
  std::size_t octets_delivered = 0;

  SwarmHost& add(swarm::Config config = {}, peers::PeerBookLimits book_limits = {}) {
    const std::size_t n = hosts_.size() + 1;
    hosts_.push_back(std::make_unique<SwarmHost>(*this, seed_ * 1000 + n,
                                                 test::address("/ip4/10.0.0." + std::to_string(n) + "/tcp/4001"),
                                                 std::move(config), book_limits));
    return *hosts_.back();
  }

  /// Connects a hand-played end to a listening host.
  RawEnd& raw_dial(SwarmHost& host) {
    const std::size_t link = new_link();
    RawEnd& raw = attach_raw(link, 0);
    const swarm::ConnId conn = host.swarm().accept(
        host.address, test::address("/ip4/10.9.9.9/tcp/" + std::to_string(20000 + link % 40000)), now);
    attach_host(link, 1, host, conn);
    host.pump();
    return raw;
  }

  /// Whoever dials that address gets a hand-played end, which `on_accept` is told of.
  void raw_listen(const wire::Multiaddr& where, std::function<void(RawEnd&)> on_accept) {
    raw_listeners_[where] = std::move(on_accept);
  }

  /// Lets everything happen that happens within `span`.
  void run_for(Duration span) {
    const Instant end = now + span;
    run_until(end, [] { return false; });
    now = end;
  }

  /// Lets things happen until `done`, at most for `longest`. Whether it came true.
  bool run_until_done(const std::function<bool()>& done, Duration longest = 60s) {
    return run_until(now + longest, done);
  }

  void pump_all() {
    for (const auto& host : hosts_) {
      host->pump();
    }
  }

 private:
  friend class SwarmHost;
  friend class RawEnd;

  struct End {
    std::function<void(BytesView)> receive;
    std::function<void(const Error&)> ended;
    bool open = false;
  };
  struct Link {
    LinkPlan plan;
    End ends[2];
    std::size_t octets = 0;
    bool silent = false;
    bool cut = false;
  };
  using Key = std::pair<SwarmHost*, swarm::ConnId>;

  std::size_t new_link() {
    links_.push_back(std::make_unique<Link>());
    links_.back()->plan = plan;
    return links_.size() - 1;
  }

  RawEnd& attach_raw(std::size_t link, std::size_t side) {
    raws_.push_back(std::make_unique<RawEnd>());
    RawEnd& raw = *raws_.back();
    raw.net_ = this;
    raw.link_ = link;
    raw.side_ = side;
    links_[link]->ends[side] = {.receive =
                                    [&raw](BytesView bytes) {
                                      append(raw.received, bytes);
                                      if (raw.on_bytes) {
                                        raw.on_bytes();
                                      }
                                    },
                                .ended = [&raw](const Error&) { raw.closed = true; },
                                .open = true};
    return raw;
  }

  void attach_host(std::size_t link, std::size_t side, SwarmHost& host, swarm::ConnId conn) {
    sockets_[{&host, conn}] = {link, side};
    links_[link]->ends[side] = {.receive =
                                    [this, &host, conn](BytesView bytes) {
                                      host.swarm().handle(swarm::Received{.conn = conn, .bytes = bytes}, now);
                                      host.pump();
                                    },
                                .ended =
                                    [this, &host, conn](const Error& why) {
                                      host.swarm().handle(swarm::SocketClosed{.conn = conn, .why = why}, now);
                                      host.pump();
                                    },
                                .open = true};
  }

  void after(Duration delay, std::function<void()> task) {
    tasks_.emplace(std::pair{now + delay, next_task_++}, std::move(task));
  }

  void open_socket(SwarmHost& host, const swarm::OpenSocket& request) {
    if (black_holes.contains(request.address)) {
      return;
    }
    after(2 * latency, [this, &host, request] { answer_dial(host, request); });
  }

  void answer_dial(SwarmHost& host, const swarm::OpenSocket& request) {
    const auto is_closed = [&](const swarm::CloseSocket& other) { return other.conn == request.conn; };
    if (std::ranges::any_of(host.closed, is_closed)) {
      return;
    }
    const auto listener = std::ranges::find_if(
        hosts_, [&](const auto& other) { return other->listening && other->address == request.address; });
    const auto raw = raw_listeners_.find(request.address);
    if (listener == hosts_.end() && raw == raw_listeners_.end()) {
      host.swarm().handle(
          swarm::DialResult{.conn = request.conn, .local = fail(Errc::kUnreachable, "connection refused")}, now);
      host.pump();
      return;
    }
    const std::size_t link = new_link();
    const auto local = test::address("/ip4/10.1.1.1/tcp/" + std::to_string(20000 + link % 40000));
    attach_host(link, 0, host, request.conn);
    if (raw != raw_listeners_.end()) {
      raw->second(attach_raw(link, 1));
    } else {
      SwarmHost& other = **listener;
      attach_host(link, 1, other, other.swarm().accept(other.address, local, now));
      other.pump();
    }
    host.swarm().handle(swarm::DialResult{.conn = request.conn, .local = local}, now);
    host.pump();
  }

  void send(std::size_t link, std::size_t from, BytesView bytes) {
    while (!bytes.empty()) {
      const std::size_t n = chunk(bytes.size());
      after(latency, [this, link, to = 1 - from, part = to_bytes(bytes.first(n))] { deliver(link, to, part); });
      bytes = bytes.subspan(n);
    }
  }

  std::size_t chunk(std::size_t size) {
    switch (chunking) {
      case Chunking::kSingleOctets:
        return 1;
      case Chunking::kRandom:
        return 1 + rng_.below(std::min<std::size_t>(size, rng_.below(4) == 0 ? 4 : 2000));
      case Chunking::kWhole:
        break;
    }
    return size;
  }

  void deliver(std::size_t number, std::size_t to, BytesView bytes) {
    Link& link = *links_[number];
    const std::size_t left =
        link.plan.cut_after.value_or(SIZE_MAX) - std::min(link.plan.cut_after.value_or(SIZE_MAX), link.octets);
    const std::size_t until_silent =
        link.plan.silent_after.value_or(SIZE_MAX) - std::min(link.plan.silent_after.value_or(SIZE_MAX), link.octets);
    const BytesView arriving = bytes.first(std::min({bytes.size(), left, until_silent}));
    link.octets += bytes.size();
    octets_delivered += arriving.size();
    link.silent = link.silent || arriving.size() == until_silent;
    if (!arriving.empty() && link.ends[to].open && !link.cut) {
      link.ends[to].receive(arriving);
    }
    if (arriving.size() == left && !link.cut) {
      link.cut = true;
      end(link, 0, {Errc::kReset, "connection reset"});
      end(link, 1, {Errc::kReset, "connection reset"});
    }
  }

  static void end(Link& link, std::size_t side, const Error& why) {
    if (std::exchange(link.ends[side].open, false)) {
      link.ends[side].ended(why);
    }
  }

  void close(std::size_t number, std::size_t from) {
    links_[number]->ends[from].open = false;
    after(latency, [this, number, to = 1 - from] {
      if (!links_[number]->silent) {
        end(*links_[number], to, {Errc::kReset, "end of file"});
      }
    });
  }

  [[nodiscard]] std::optional<Instant> next_event() const {
    std::optional<Instant> next;
    if (!tasks_.empty()) {
      next = tasks_.begin()->first.first;
    }
    for (const auto& host : hosts_) {
      if (const auto deadline = host->swarm().next_deadline(); deadline && (!next || *deadline < *next)) {
        next = deadline;
      }
    }
    return next;
  }

  bool run_until(Instant end, const std::function<bool()>& done) {
    pump_all();
    std::size_t steps_without_time = 0;
    for (;;) {
      if (done()) {
        return true;
      }
      const std::optional<Instant> next = next_event();
      if (!next || *next > end) {
        now = next ? end : now;
        return false;
      }
      steps_without_time = *next > now ? 0 : steps_without_time + 1;
      if (steps_without_time > 1'000'000) {
        ADD_FAILURE() << "a timer or a task spins";
        return false;
      }
      now = std::max(now, *next);
      step();
    }
  }

  void step() {
    while (!tasks_.empty() && tasks_.begin()->first.first <= now) {
      const auto task = std::move(tasks_.begin()->second);
      tasks_.erase(tasks_.begin());
      task();
    }
    for (const auto& host : hosts_) {
      if (const auto deadline = host->swarm().next_deadline(); deadline && *deadline <= now) {
        host->swarm().handle_timeout(now);
        host->pump();
      }
    }
  }

  SeededRng rng_;
  std::uint64_t seed_;
  std::vector<std::unique_ptr<SwarmHost>> hosts_;
  std::vector<std::unique_ptr<RawEnd>> raws_;
  std::vector<std::unique_ptr<Link>> links_;
  std::map<Key, std::pair<std::size_t, std::size_t>> sockets_;
  std::map<wire::Multiaddr, std::function<void(RawEnd&)>> raw_listeners_;
  std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> tasks_;
  std::uint64_t next_task_ = 0;
  std::map<SwarmHost*, std::vector<swarm::ConnId>> stalled_;
};

inline void RawEnd::send(BytesView bytes) {
  net_->send(link_, side_, bytes);
}

inline void RawEnd::close() {
  net_->close(link_, side_);
}

inline void SwarmHost::pump() {
  if (!stalled) {
    for (const swarm::ConnId conn : std::exchange(net_->stalled_[this], {})) {
      Bytes bytes;
      while (swarm_->produce(conn, bytes, 64 * 1024, net_->now) > 0) {
      }
      if (const auto socket = net_->sockets_.find({this, conn}); socket != net_->sockets_.end()) {
        net_->send(socket->second.first, socket->second.second, bytes);
      }
    }
  }
  while (auto output = swarm_->poll()) {
    if (const auto* open = std::get_if<swarm::OpenSocket>(&*output)) {
      opened.push_back(*open);
      net_->open_socket(*this, *open);
    } else if (const auto* wants = std::get_if<swarm::WantsWrite>(&*output)) {
      net_->stalled_[this].push_back(wants->conn);
    } else if (const auto* close = std::get_if<swarm::CloseSocket>(&*output)) {
      closed.push_back(*close);
      if (const auto socket = net_->sockets_.find({this, close->conn}); socket != net_->sockets_.end()) {
        net_->send(socket->second.first, socket->second.second, close->last_bytes);
        net_->close(socket->second.first, socket->second.second);
      }
    } else if (const auto* resolve = std::get_if<swarm::Resolve>(&*output)) {
      resolves.push_back(*resolve);
      if (const auto known = names.find(resolve->name); known != names.end()) {
        net_->after(net_->latency, [this, query = resolve->query, answers = known->second] {
          swarm_->handle(swarm::Resolved{.query = query, .answers = answers}, net_->now);
          pump();
        });
      }
    } else {
      events.push_back(*std::move(output));
    }
  }
  if (!stalled && !net_->stalled_[this].empty()) {
    pump();
  }
}

}  // namespace pond::test
