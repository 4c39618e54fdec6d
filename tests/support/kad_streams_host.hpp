#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "pond/kad/kad.hpp"
#include "pond/node/kad_streams.hpp"
#include "pond/store/memory_store.hpp"

#include "support/kad_streams_peer.hpp"
#include "support/numbered_peers.hpp"

namespace pond::test {

/// KadStreams on a real swarm, with a real Kademlia in server mode behind it for the requests of others, and
/// hand-played peers in front of it. Octets take no time; the clock moves when a test says so. What KadStreams reports
/// of requests of its own is kept.
class KadStreamsHost {
 public:
  explicit KadStreamsHost(const node::KadStreamLimits& limits = {}, const swarm::Limits& swarm_limits = {})
      : swarm_(swarm::Swarm::make(config(swarm_limits), generate(rng_), book, rng_, now).value()),
        store_({}, swarm_.self()),
        kad_({}, swarm_.self(), book, store_, kad::Validators::openpond(), rng_,
             WallAnchor{now, WallTime{1'763'800'000'000}}, now),
        streams(
            swarm_, [this](kad::Input&& input, Instant at) { take(std::move(input), at); }, book, kad::Hearsay::kAny,
            limits, std::string{kTestKadProtocol}) {
    swarm_.set_protocols({std::string{kTestKadProtocol}}, now);
  }

  Instant now{1h};
  peers::PeerBook book;

 private:
  SeededRng rng_{7};
  swarm::Swarm swarm_;
  store::MemoryStore store_;
  kad::Kad kad_;

 public:
  node::KadStreams streams;
  bool dials_hang = false;                 ///< nobody answers them
  bool hold = false;                       ///< requests wait in `held` instead of being answered
  std::deque<kad::RequestToken> held;      ///< the oldest first
  std::size_t requests = 0;                ///< that reached kad
  std::map<kad::RpcId, std::string> done;  ///< "answered <key>", "sent", "failed <code>"

  std::optional<Error> why_streams_fail;  ///< instead of what the swarm says: a refusal loses against a reset behind it

  [[nodiscard]] const node::KadStreamCounters& counters() const { return streams.counters(); }
  [[nodiscard]] swarm::Swarm& swarm() { return swarm_; }

  /// A peer that has dialed this host.
  HandPeer& connect() { return connect(100 + peers_.size()); }
  /// The same, with a number that stands for its identity. Twice the same is one peer with two connections.
  HandPeer& connect(std::uint64_t identity) {
    HandPeer& peer = add(swarm::Direction::kOutbound, identity);
    peer.conn = swarm_.accept(address("/ip4/10.0.0.1/tcp/4001"), address("/ip4/10.0.0.2/tcp/4001"), now);
    settle();
    return peer;
  }
  /// A peer that can be dialed.
  HandPeer& listen() {
    HandPeer& peer = add(swarm::Direction::kInbound, 100 + peers_.size());
    const wire::Multiaddr where = address("/ip4/10.0.1." + std::to_string(peers_.size()) + "/tcp/4001");
    listening_.emplace(where, &peer);
    book.add_addresses(book.intern(peer.id()).value(), {&where, 1}, peers::AddressSource::kIdentified, now);
    return peer;
  }

  kad::RpcId send(HandPeer& to, wire::KadType type, std::string_view key, Duration timeout = 10s) {
    const kad::RpcId id{next_rpc_++};
    auto request = std::make_shared<wire::KadMessage>();
    request->type = type;
    request->key = to_bytes(as_bytes(key));
    streams.send({.rpc = id, .to = book.intern(to.id()).value(), .request = request, .deadline = now + timeout}, now);
    return id;
  }
  kad::RpcId find_node(HandPeer& to, std::string_view key, Duration timeout = 10s) {
    return send(to, wire::KadType::kFindNode, key, timeout);
  }
  /// The same, and lets happen what needs no time. What came of it; empty when nothing did.
  std::string ask(HandPeer& to, std::string_view key) {
    const kad::RpcId id = find_node(to, key);
    settle();
    return done[id];
  }
  std::uint32_t open(HandPeer& peer, BytesView bytes = {}) {
    const std::uint32_t stream = peer.open(bytes, now);
    settle();
    return stream;
  }
  /// Answers the oldest request that is held.
  void answer_held(std::string_view key) {
    const kad::RequestToken token = held.front();
    held.pop_front();
    streams.answer(token, {.type = wire::KadType::kFindNode, .key = to_bytes(as_bytes(key))}, now);
    settle();
  }
  void disconnect(HandPeer& peer) {
    swarm_.handle(swarm::SocketClosed{.conn = peer.conn.value(), .why = {Errc::kReset, "the pipe broke"}}, now);
    peer.closed = true;
    settle();
  }

  /// Lets everything happen that needs no time.
  void settle() {
    for (bool busy = true; busy;) {
      busy = false;
      while (step()) {
        busy = true;
      }
      for (const swarm::ConnId conn : std::exchange(wants_write_, {})) {
        busy = true;
        Bytes bytes;
        while (swarm_.produce(conn, bytes, 64 * 1024, now) > 0) {
        }
        deliver(conn, bytes);
      }
      for (const auto& peer : peers_) {
        if (peer->conn && !peer->closed) {
          const Bytes bytes = peer->pump(now);
          if (!bytes.empty()) {
            busy = true;
            swarm_.handle(swarm::Received{.conn = *peer->conn, .bytes = bytes}, now);
          }
        }
      }
    }
  }
  void run_for(Duration span) {
    const Instant end = now + span;
    settle();
    for (std::size_t rounds = 0;; ++rounds) {
      std::optional<Instant> next = streams.next_deadline();
      if (const auto other = swarm_.next_deadline(); other && (!next || *other < *next)) {
        next = other;
      }
      if (!next || *next > end) {
        break;
      }
      if (rounds > 100'000) {
        throw std::logic_error("a deadline stays in the past");
      }
      now = std::max(now, *next);
      swarm_.handle_timeout(now);
      streams.handle_timeout(now);
      settle();
    }
    now = end;
  }

 private:
  static swarm::Config config(const swarm::Limits& limits) {
    swarm::Config config{.limits = limits};
    config.limits.max_connections = 100;
    return config;
  }
  static crypto::PrivateKey generate(Rng& rng) {
    return crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng).value();
  }
  HandPeer& add(swarm::Direction direction, std::uint64_t identity) {
    peers_.push_back(std::make_unique<HandPeer>(direction, identity));
    return *peers_.back();
  }
  void deliver(swarm::ConnId conn, BytesView bytes) {
    for (const auto& peer : peers_) {
      if (peer->conn == conn && !peer->closed) {
        peer->receive(bytes, now);
      }
    }
  }

  bool step() {
    if (std::optional<swarm::Output> output = swarm_.poll()) {
      on(*output);
      return true;
    }
    std::optional<kad::Output> output = kad_.poll(now);
    if (!output) {
      return false;
    }
    if (const auto* answer = std::get_if<kad::SendAnswer>(&*output)) {
      streams.answer(answer->token, answer->answer, now);
    } else if (const auto* none = std::get_if<kad::NoAnswer>(&*output)) {
      streams.no_answer(none->token, now);
    } else if (const auto* refusal = std::get_if<kad::RefuseRequest>(&*output)) {
      streams.refuse(refusal->token, now);
    }
    return true;
  }
  void on(const swarm::Output& output) {
    if (const auto* open = std::get_if<swarm::OpenSocket>(&output)) {
      if (dials_hang) {
        return;
      }
      const auto peer = listening_.find(open->address.without_peer_id());
      if (peer == listening_.end()) {
        swarm_.handle(swarm::DialResult{.conn = open->conn, .local = fail(Errc::kUnreachable, "refused")}, now);
        return;
      }
      peer->second->conn = open->conn;
      swarm_.handle(swarm::DialResult{.conn = open->conn, .local = address("/ip4/10.0.0.1/tcp/4001")}, now);
    } else if (const auto* wants = std::get_if<swarm::WantsWrite>(&output)) {
      wants_write_.push_back(wants->conn);
    } else if (const auto* close = std::get_if<swarm::CloseSocket>(&output)) {
      deliver(close->conn, close->last_bytes);
      for (const auto& peer : peers_) {
        peer->closed = peer->closed || peer->conn == close->conn;
      }
    } else if (const auto* dialed = std::get_if<swarm::DialDone>(&output)) {
      streams.dialed(*dialed, now);
    } else if (const auto* opened = std::get_if<swarm::StreamOpened>(&output)) {
      streams.opened(*opened, now);
    } else if (const auto* ready = std::get_if<swarm::StreamReady>(&output)) {
      streams.ready(ready->stream, now);
    } else if (const auto* readable = std::get_if<swarm::StreamReadable>(&output)) {
      streams.readable(readable->stream, now);
    } else if (const auto* writable = std::get_if<swarm::StreamWritable>(&output)) {
      streams.writable(writable->stream, now);
    } else if (const auto* finished = std::get_if<swarm::StreamFinished>(&output)) {
      streams.finished(finished->stream, now);
    } else if (const auto* failed = std::get_if<swarm::StreamFailed>(&output)) {
      streams.failed(failed->stream, why_streams_fail.value_or(failed->why), now);
    }
  }

  void take(kad::Input&& input, Instant at) {
    if (const auto* request = std::get_if<kad::InboundRequest>(&input)) {
      ++requests;
      if (hold) {
        held.push_back(request->token);
      } else {
        kad_.handle(std::move(input), at);
      }
    } else if (const auto* answered = std::get_if<kad::RpcAnswered>(&input)) {
      report(answered->rpc, "answered " + to_string(answered->answer.key));
    } else if (const auto* sent = std::get_if<kad::RpcSent>(&input)) {
      report(sent->rpc, "sent");
    } else if (const auto* failed = std::get_if<kad::RpcFailed>(&input)) {
      report(failed->rpc, "failed " + std::string{name_of(failed->error.code)});
    }
  }
  void report(kad::RpcId id, std::string what) {
    std::string& known = done[id];
    EXPECT_EQ(known, "") << "a request was reported twice";
    known = std::move(what);
  }

  std::vector<std::unique_ptr<HandPeer>> peers_;
  std::map<wire::Multiaddr, HandPeer*> listening_;
  std::vector<swarm::ConnId> wants_write_;
  std::uint64_t next_rpc_ = 1;
};

}  // namespace pond::test
