#include "executor.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "pond/base/overloaded.hpp"
#include "pond/kad/records/eth_record.hpp"
#include "pond/net/os.hpp"
#include "pond/wire/multibase.hpp"

namespace pond::cli {
namespace {

constexpr std::size_t kPings = 3;

/// Text that JSON can hold; nullopt for anything that is not UTF-8.
std::optional<std::string> utf8(BytesView bytes) {
  std::string text = to_string(bytes);
  try {
    static_cast<void>(Json(text).dump());
    return text;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

Json to_json(const wire::KadPeer& peer) {
  Json addresses = Json::array();
  for (const wire::Multiaddr& address : peer.addresses) {
    addresses.push_back(address.to_string());
  }
  return {{"id", peer.id.to_base58()}, {"addrs", std::move(addresses)}};
}

Json to_json(const std::vector<wire::PeerId>& ids) {
  Json list = Json::array();
  for (const wire::PeerId& id : ids) {
    list.push_back(id.to_base58());
  }
  return list;
}

}  // namespace

void Executor::run(const Json& request, Done done) {
  auto parsed = parse_request(request);
  if (!parsed) {
    done(to_reply(parsed.error()));
    return;
  }
  run(*std::move(parsed), std::move(done));
}

void Executor::run(Request request, Done done) {
  const Duration timeout = request.timeout;
  std::visit(Overloaded{
                 [&](Lookup& verb) { lookup(verb, timeout, std::move(done)); },
                 [&](Get& verb) { get(std::move(verb), timeout, std::move(done)); },
                 [&](Put& verb) { put(std::move(verb), timeout, std::move(done)); },
                 [&](Provide& verb) { provide(std::move(verb), timeout, std::move(done)); },
                 [&](Providers& verb) {
                   list_peers(kad::FindProviders{.key = std::move(verb.key)}, verb.text, timeout, std::move(done));
                 },
                 [&](Closest& verb) {
                   list_peers(kad::GetClosest{.key = std::move(verb.key)}, verb.text, timeout, std::move(done));
                 },
                 [&](FindPeer& verb) { find_peer(std::move(verb), timeout, std::move(done)); },
                 [&](Ping& verb) { ping(verb, timeout, std::move(done)); },
                 [&](Records) { done(records()); },
                 [&](Health) { done(health()); },
                 [&](Status) { done(status()); },
             },
             request.what);
}

void Executor::operate(kad::Operation operation, Duration timeout, OnResult on_result) {
  runner_.with([&](node::Node& node, Instant now) {
    operations_.emplace(node.run(std::move(operation), timeout, now), std::move(on_result));
  });
}

Reply Executor::stored(const std::string& key, const kad::OpResult& result) const {
  Json stored = Json::array();
  Json failed = Json::array();
  for (const kad::PeerReport& report : result.reports) {
    if (report.outcome == kad::PeerOutcome::kStored) {
      stored.push_back(report.id.to_base58());
    } else {
      failed.push_back({{"id", report.id.to_base58()},
                        {"error", report.error ? std::string{report.error->what} : std::string{"no answer in time"}}});
    }
  }
  Reply reply{.exit = ExitCode::kDone, .document = {{"key", key}}};
  if (stored.empty()) {
    const Error why = result.error.value_or(Error{Errc::kUnreachable, "no peer took it"});
    reply.exit = why.code == Errc::kTimeout ? ExitCode::kDeadline : ExitCode::kFailed;
    reply.document = {{"error", {{"code", name_of(why.code)}, {"message", message_of(why, result)}}}};
    return reply;
  }
  reply.document["stored"] = std::move(stored);
  reply.document["failed"] = std::move(failed);
  return reply;
}

/// An error that speaks of nobody to ask, or of nobody who answered, is told with its cause.
std::string Executor::message_of(const Error& why, const kad::OpResult& result) const {
  if (why.code == Errc::kNoPeers) {
    const std::string trouble = node_.bootstrap_trouble();
    return trouble.empty() ? std::string{why.what} : trouble;
  }
  if (why.code == Errc::kUnreachable) {
    for (const kad::PeerReport& report : result.reports) {
      if (report.error) {
        return std::string{why.what} + ": " + std::string{report.error->what} + " (" + report.id.to_base58() + ")";
      }
    }
  }
  return std::string{why.what};
}

Reply Executor::nothing(const kad::OpResult& result) const {
  const Error why = result.error.value_or(Error{Errc::kNotFound, "nothing was found"});
  Reply reply{.exit = ExitCode::kFailed,
              .document = {{"error", {{"code", name_of(why.code)}, {"message", message_of(why, result)}}}}};
  if (result.unverifiable_answers > 0) {
    reply.exit = ExitCode::kUnverified;
    reply.document["error"] = {{"code", "unverifiable"}, {"message", "only answers that do not verify were found"}};
  } else if (why.code == Errc::kNotFound) {
    reply.exit = ExitCode::kNotFound;
  } else if (why.code == Errc::kTimeout) {
    reply.exit = ExitCode::kDeadline;
  } else if (why.code == Errc::kNoPeers && node_.bootstrap_trouble().empty()) {
    reply.exit = ExitCode::kNotFound;  // nobody who should be there is missing: the table is empty
  } else if (why.code == Errc::kInvalidArgument) {
    reply.exit = ExitCode::kUsage;
  }
  return reply;
}

void Executor::lookup(const Lookup& verb, Duration timeout, Done done) {
  operate(kad::GetValue{.key = kad::eth_key(verb.address)}, timeout,
          [this, address = verb.address, done = std::move(done)](const kad::OpResult& result) {
            if (!result.value) {
              done(nothing(result));
              return;
            }
            Json document{{"address", address.to_checksummed()}};
            const auto signed_record = kad::parse_eth_record(*result.value);
            const auto claims = result.verified && signed_record ? kad::Judged<kad::AgentClaims>{signed_record->agent}
                                                                 : kad::parse_unsigned_eth_record(*result.value);
            if (!claims) {
              done(nothing(result));
              return;
            }
            Json addresses = Json::array();
            for (const wire::Multiaddr& each : claims->multiaddrs) {
              addresses.push_back(each.to_string());
            }
            document["peerId"] = claims->peer_id.to_base58();
            document["agentName"] = claims->agent_name;
            document["multiaddrs"] = std::move(addresses);
            document["timestamp"] = claims->timestamp;
            document["expires"] = result.verified ? Json(signed_record->expires) : Json(nullptr);
            document["network"] = result.verified ? Json(signed_record->network) : Json(nullptr);
            document["verified"] = result.verified;
            document["record"] = to_string(*result.value);
            if (result.verified) {
              node_.remember({.address = address.to_lowercase(),
                              .peer_id = claims->peer_id.to_base58(),
                              .timestamp = claims->timestamp,
                              .expires = signed_record->expires,
                              .agent_id = address.to_checksummed(),
                              .agent_name = claims->agent_name});
            }
            done({.exit = result.verified ? ExitCode::kDone : ExitCode::kUnverified, .document = std::move(document)});
          });
}

void Executor::get(Get verb, Duration timeout, Done done) {
  operate(kad::GetValue{.key = std::move(verb.key)}, timeout,
          [this, text = std::move(verb.text), done = std::move(done)](const kad::OpResult& result) {
            if (!result.value) {
              done(nothing(result));
              return;
            }
            const std::optional<std::string> value = utf8(*result.value);
            done({.exit = result.verified ? ExitCode::kDone : ExitCode::kUnverified,
                  .document = {{"key", text},
                               {"value", value ? Json(*value) : Json(nullptr)},
                               {"valueBase64", wire::base64_encode(*result.value)},
                               {"verified", result.verified},
                               {"holders", to_json(result.holders)}}});
          });
}

void Executor::put(Put verb, Duration timeout, Done done) {
  operate(kad::PutValue{.key = std::move(verb.key), .value = std::move(verb.value)}, timeout,
          [this, text = std::move(verb.text), done = std::move(done)](const kad::OpResult& result) {
            done(stored(text, result));
          });
}

void Executor::provide(Provide verb, Duration timeout, Done done) {
  operate(kad::Provide{.key = std::move(verb.key)}, timeout,
          [this, text = std::move(verb.text), done = std::move(done)](const kad::OpResult& result) {
            done(stored(text, result));
          });
}

/// Providers and closest: `text` is the key as it was written.
void Executor::list_peers(kad::Operation operation, const std::string& text, Duration timeout, Done done) {
  operate(std::move(operation), timeout, [this, text, done = std::move(done)](const kad::OpResult& result) {
    if (result.peers.empty()) {
      done(nothing(result));
      return;
    }
    Json list = Json::array();
    for (const wire::KadPeer& peer : result.peers) {
      list.push_back(to_json(peer));
    }
    done({.exit = ExitCode::kDone, .document = {{"key", text}, {"peers", std::move(list)}}});
  });
}

void Executor::find_peer(FindPeer verb, Duration timeout, Done done) {
  operate(kad::FindPeer{.id = std::move(verb.id)}, timeout,
          [this, text = std::move(verb.text), done = std::move(done)](const kad::OpResult& result) {
            if (result.peers.empty()) {
              done(nothing(result));
              return;
            }
            done({.exit = ExitCode::kDone,
                  .document = {{"key", text}, {"peers", Json::array({to_json(result.peers.front())})}}});
          });
}

// ---- Ping

void Executor::ping(const Ping& verb, Duration timeout, Done done) {
  if (const auto* address = std::get_if<wire::Multiaddr>(&verb.peer)) {
    ping_at({*address}, 0, timeout, std::move(done));
    return;
  }
  const wire::PeerId& id = std::get<wire::PeerId>(verb.peer);
  if (const auto peer = node_.find(id); peer && node_.connected(*peer)) {
    ping_connected(*peer, timeout, std::move(done));
    return;
  }
  operate(kad::FindPeer{.id = id}, timeout, [this, timeout, id, done = std::move(done)](const kad::OpResult& result) {
    if (result.peers.empty()) {
      done(nothing(result));
      return;
    }
    std::vector<wire::Multiaddr> addresses;
    for (const wire::Multiaddr& address : result.peers.front().addresses) {
      addresses.push_back(address.with_peer_id(id));
    }
    ping_at(addresses, 0, timeout, done);
  });
}

void Executor::ping_at(const std::vector<wire::Multiaddr>& addresses, std::size_t next, Duration timeout, Done done) {
  if (next == addresses.size()) {
    done(to_reply({.exit = ExitCode::kFailed, .code = "unreachable", .message = "no address of the peer answers"}));
    return;
  }
  runner_.with([&](node::Node& node, Instant now) {
    const swarm::DialId dial = node.dial(addresses[next], now + timeout, now);
    dials_.emplace(dial, [this, addresses, next, timeout, done](const Result<swarm::PeerHandle>& peer) {
      if (peer) {
        ping_connected(*peer, timeout, done);
      } else if (peer.error().code == Errc::kTimeout) {
        done(to_reply({.exit = ExitCode::kDeadline, .code = "timeout", .message = std::string{peer.error().what}}));
      } else if (next + 1 == addresses.size()) {
        done(to_reply({.exit = ExitCode::kFailed,
                       .code = std::string{name_of(peer.error().code)},
                       .message = std::string{peer.error().what}}));
      } else {
        ping_at(addresses, next + 1, timeout, done);
      }
    });
  });
}

void Executor::ping_connected(swarm::PeerHandle peer, Duration timeout, Done done) {
  const std::uint64_t id = next_ping_++;
  const auto timer = std::make_shared<boost::asio::steady_timer>(io_, timeout);
  timer->async_wait([this, timer, peer, id](const boost::system::error_code&) { ping_late(peer, id); });
  runner_.with([&](node::Node& node, Instant now) {
    pings_[peer].push_back(
        {.id = id, .peer = node.id(peer), .left = kPings, .done = [timer, done = std::move(done)](Reply reply) {
           timer->cancel();
           done(std::move(reply));
         }});
    node.ping(peer, now);
  });
}

/// The deadline of a ping verb has passed, if it is still there.
void Executor::ping_late(swarm::PeerHandle peer, std::uint64_t id) {
  const auto found = pings_.find(peer);
  if (found == pings_.end()) {
    return;
  }
  const auto ping = std::ranges::find(found->second, id, &Pinging::id);
  if (ping == found->second.end()) {
    return;
  }
  const Done done = std::move(ping->done);
  found->second.erase(ping);
  if (found->second.empty()) {
    pings_.erase(found);
  }
  done(to_reply({.exit = ExitCode::kDeadline, .code = "timeout", .message = "no answer to the ping in time"}));
}

bool Executor::on(const node::Output& output) {
  if (const auto* operation = std::get_if<node::OperationDone>(&output)) {
    const auto found = operations_.find(operation->op);
    if (found == operations_.end()) {
      return false;
    }
    const OnResult on_result = std::move(found->second);
    operations_.erase(found);
    on_result(operation->result);
    return true;
  }
  if (const auto* dialed = std::get_if<swarm::DialDone>(&output)) {
    const auto found = dials_.find(dialed->dial);
    if (found == dials_.end()) {
      return false;
    }
    const auto on_dialed = std::move(found->second);
    dials_.erase(found);
    on_dialed(dialed->peer);
    return true;
  }
  const auto* pong = std::get_if<swarm::PingDone>(&output);
  const auto found = pong != nullptr ? pings_.find(pong->peer) : pings_.end();
  if (found == pings_.end()) {
    return false;
  }
  Pinging& ping = found->second.front();
  if (pong->round_trip) {
    const double ms = std::chrono::duration<double, std::milli>(*pong->round_trip).count();
    ping.round_trips.push_back(std::round(ms * 1000) / 1000);
    if (--ping.left > 0) {
      runner_.with([&](node::Node& node, Instant now) { node.ping(pong->peer, now); });
      return true;
    }
  }
  const Pinging finished = std::move(ping);
  found->second.erase(found->second.begin());
  if (found->second.empty()) {
    pings_.erase(found);
  }
  if (pong->round_trip) {
    finished.done(
        {.exit = ExitCode::kDone, .document = {{"peer", finished.peer.to_base58()}, {"rttMs", finished.round_trips}}});
  } else {
    const Error why = pong->round_trip.error();
    finished.done(to_reply({.exit = why.code == Errc::kTimeout ? ExitCode::kDeadline : ExitCode::kFailed,
                            .code = std::string{name_of(why.code)},
                            .message = std::string{why.what}}));
  }
  return true;
}

// ---- What the node says of itself

Reply Executor::records() {
  Json document = Json::object();
  for (const auto& [address, agent] : node_.known_agents(net::monotonic_now())) {
    document[address] = {{"peerId", agent.peer_id},
                         {"timestamp", agent.timestamp},
                         {"agentId", agent.agent_id},
                         {"agentName", agent.agent_name}};
  }
  return {.exit = ExitCode::kDone, .document = std::move(document)};
}

Reply Executor::health() const {
  const node::Health health = node_.health();
  return {.exit = health.ready ? ExitCode::kDone : ExitCode::kFailed,
          .document = {{"ready", health.ready},
                       {"bootstrapConnections", health.bootstrap_connections},
                       {"attempts", health.attempts},
                       {"lastError", health.last_error.empty() ? Json(nullptr) : Json(health.last_error)}}};
}

Reply Executor::status() const {
  const node::Status status = node_.status(net::monotonic_now());
  Json listening = Json::array();
  for (const wire::Multiaddr& address : status.listening) {
    listening.push_back(address.with_peer_id(status.peer_id).to_string());
  }
  Json counters = Json::object();
  for (const auto& [name, value] : node_.counters()) {
    counters[name] = value;
  }
  return {.exit = ExitCode::kDone,
          .document = {{"peerId", status.peer_id.to_base58()},
                       {"role", status.role == node::Role::kBootstrap ? "bootstrap"
                                : status.role == node::Role::kAgent   ? "agent"
                                                                      : "visitor"},
                       {"network", status.network},
                       {"listening", std::move(listening)},
                       {"connections", status.connections},
                       {"table", status.table},
                       {"records", status.records},
                       {"providers", status.providers},
                       {"uptimeS", std::chrono::duration_cast<std::chrono::seconds>(status.uptime).count()},
                       {"counters", std::move(counters)}}};
}

}  // namespace pond::cli
