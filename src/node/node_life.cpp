#include <algorithm>
#include <utility>

#include "pond/kad/records/eth_record.hpp"
#include "pond/kad/records/test_record.hpp"
#include "pond/wire/multihash.hpp"

#include "node_impl.hpp"

namespace pond::node {
namespace {

/// Of so many bootstrap nodes one line says what went wrong.
constexpr std::size_t kTroublesSaid = 3;

std::string describe(const Error& error) {
  return std::string{error.what} + " (" + std::string{name_of(error.code)} + ")";
}

std::size_t stored_at(const kad::OpResult& result) {
  return static_cast<std::size_t>(std::ranges::count_if(
      result.reports, [](const kad::PeerReport& report) { return report.outcome == kad::PeerOutcome::kStored; }));
}

}  // namespace

// ---- Bootstrap

void Node::Impl::add_bootstrap_peers(Instant now) {
  for (const wire::Multiaddr& address : config.bootstrap) {
    const wire::PeerId id = *address.peer_id();
    const std::optional<swarm::PeerHandle> handle = id == swarm.self() ? std::nullopt : book->intern(id);
    if (!handle) {
      continue;
    }
    book->add_addresses(*handle, {&address, 1}, peers::AddressSource::kConfigured, now);
    const auto known = std::ranges::find(bootstrap, *handle, &BootstrapPeer::peer);
    if (known != bootstrap.end()) {
      known->addresses.push_back(address);
      continue;
    }
    book->pin(*handle);
    if (config.fixed_bootstrap_addresses) {
      book->fix_addresses(*handle);
    }
    bootstrap.push_back({.peer = *handle, .addresses = {address}});
  }
  keeper = BootstrapKeeper{{.peers = bootstrap.size(),
                            .attempts = config.bootstrap_attempts,
                            .retry = config.bootstrap_retry,
                            .retry_max = config.bootstrap_retry_max},
                           rng};
}

std::optional<std::size_t> Node::Impl::bootstrap_index(swarm::PeerHandle peer) const {
  const auto found = std::ranges::find(bootstrap, peer, &BootstrapPeer::peer);
  return found == bootstrap.end() ? std::nullopt : std::optional{static_cast<std::size_t>(found - bootstrap.begin())};
}

void Node::Impl::peer_connected(const swarm::PeerConnected& event, Instant now) {
  if (const auto index = bootstrap_index(event.peer)) {
    keeper.connected(*index, now);
    bootstrap[*index].trouble.clear();
    log(LogLevel::kInfo, "connected to bootstrap node " + book->id(event.peer).to_base58());
  }
}

void Node::Impl::peer_identified(const swarm::PeerIdentified& event, Instant now) {
  const bool serves_kad = event.info.speaks(config.kad_protocol);
  kad.handle(kad::PeerUp{.peer = event.peer, .serves_kad = serves_kad}, now);
  if (!serves_kad) {
    bootstrap_failed(event.peer, "it does not serve " + config.kad_protocol);
  }
  bootstrap_usable(event.peer, now);
}

/// Connected and in the table: what a bootstrap node needs before presence can be published to it. The two come in
/// either order, since the table keeps a peer for a while that is not connected.
void Node::Impl::bootstrap_usable(swarm::PeerHandle peer, Instant now) {
  if (bootstrap_index(peer) && swarm.identified(peer) != nullptr && kad.in_table(peer)) {
    presence.bootstrap_back(now);
  }
}

void Node::Impl::peer_disconnected(const swarm::PeerDisconnected& event, Instant now) {
  kad.handle(kad::PeerDown{event.peer}, now);
  bootstrap_failed(event.peer, "the connection was lost: " + std::string{event.why.what});
  if (const auto index = bootstrap_index(event.peer)) {
    keeper.disconnected(*index, now);
    if (keeper.connected_count() == 0) {
      presence.bootstrap_lost();
    }
    log(LogLevel::kInfo,
        "lost the connection to bootstrap node " + book->id(event.peer).to_base58() + ": " + describe(event.why));
  }
}

void Node::Impl::bootstrap_failed(swarm::PeerHandle peer, std::string why) {
  if (const auto index = bootstrap_index(peer)) {
    bootstrap[*index].trouble = std::move(why);
  }
}

std::string Node::bootstrap_trouble() const {
  const std::vector<BootstrapPeer>& peers = impl_->bootstrap;
  const auto can_be_asked = [this](const BootstrapPeer& each) { return impl_->kad.in_table(each.peer); };
  if (peers.empty() || std::ranges::any_of(peers, can_be_asked)) {
    return {};
  }
  const bool connected = impl_->keeper.connected_count() > 0;
  std::string text = connected ? "no bootstrap node can be asked" : "could not connect to any bootstrap node";
  for (std::size_t i = 0; i < std::min(peers.size(), kTroublesSaid); ++i) {
    text += (i == 0 ? ": " : "; ") + (peers[i].trouble.empty() ? "no answer yet" : peers[i].trouble) + " (" +
            peers[i].addresses.front().to_string() + ")";
  }
  return text;
}

bool Node::Impl::bootstrap_dialed(const swarm::DialDone& event, Instant now) {
  const auto found = bootstrap_dials.find(event.dial);
  if (found == bootstrap_dials.end()) {
    return false;
  }
  const std::size_t index = found->second;
  bootstrap_dials.erase(found);
  if (event.peer) {
    keeper.connected(index, now);
  } else {
    keeper.dial_failed(index, now);
    bootstrap_failed(bootstrap[index].peer, std::string{event.peer.error().what});
    log(LogLevel::kWarning, "cannot reach bootstrap node " + book->id(bootstrap[index].peer).to_base58() + ": " +
                                describe(event.peer.error()));
  }
  return true;
}

bool Node::Impl::step_life(Instant now) {
  if (closing) {
    return false;
  }
  if (const std::optional<std::size_t> index = keeper.poll(now)) {
    const BootstrapPeer& peer = bootstrap[*index];
    bootstrap_dials.emplace(swarm.dial(peer.peer, peer.addresses, now + config.bootstrap_dial_timeout, now), *index);
    return true;
  }
  if (const std::optional<Readiness::Step> step = readiness.poll(now, keeper.connected_count() > 0)) {
    check_readiness(*step, now);
    return true;
  }
  if (config.agent && presence.poll(now)) {
    publish(now);
    return true;
  }
  return false;
}

// ---- Readiness: the document's waitForDHT

void Node::Impl::check_readiness(Readiness::Step step, Instant now) {
  const Bytes key = kad::test_key(swarm.self());
  switch (step) {
    case Readiness::Step::kPut: {
      const kad::OpId op =
          run(kad::PutValue{.key = key, .value = kad::make_test_record(wall.wall(now))}, now + config.put_timeout, now);
      own_operations.emplace(op, Purpose::kReadinessPut);
      return;
    }
    case Readiness::Step::kGet: {
      const kad::OpId op =
          run(kad::GetValue{.key = key, .quorum = 1, .use_local_store = false}, now + config.get_timeout, now);
      own_operations.emplace(op, Purpose::kReadinessGet);
      return;
    }
    case Readiness::Step::kReportSlow:
      log(LogLevel::kWarning, "the DHT is not ready after " + std::to_string(readiness.attempts()) +
                                  " attempts, still trying: " + readiness.last_error());
      return;
    case Readiness::Step::kReportReady:
      out.emplace_back(Ready{});
      return;
  }
}

// ---- Presence

void Node::Impl::publish(Instant now) {
  const crypto::EthAddress& address = config.agent->key.address();
  const WallTime wall_now = wall.wall(now);
  const std::int64_t timestamp = kad::next_eth_timestamp(wall_now, newest_met);
  kad::EthDraft draft{.network = config.network,
                      .peer_id = swarm.self(),
                      .timestamp = timestamp,
                      .expires = (WallTime{timestamp} + config.record_lifetime).ms,
                      .agent_name = config.agent->name,
                      .multiaddrs = {}};
  for (const wire::Multiaddr& each : announced) {
    if (draft.multiaddrs.size() < kad::kMaxRecordMultiaddrs) {
      draft.multiaddrs.push_back(each.with_peer_id(swarm.self()));
    }
  }
  Result<Bytes> value = kad::sign_eth_record(draft, config.agent->key);
  if (!value) {
    log(LogLevel::kError, "cannot sign the presence record: " + describe(value.error()));
    presence.published(Presence::Outcome::kReachedNobody, now);
    return;
  }
  const Bytes key = kad::eth_key(address);
  reached_somebody = false;
  outdated = false;
  publishing = announced.empty() ? 1 : 2;  // a provider has an address
  own_operations.emplace(run(kad::PutValue{.key = key, .value = *std::move(value)}, now + config.put_timeout, now),
                         Purpose::kPublishRecord);
  if (!announced.empty()) {
    own_operations.emplace(run(kad::Provide{.key = wire::sha2_256_multihash(key)}, now + config.operation_timeout, now),
                           Purpose::kPublishProvider);
  }
  directory.remember({.address = address.to_lowercase(),
                      .peer_id = swarm.self().to_base58(),
                      .timestamp = timestamp,
                      .expires = draft.expires,
                      .agent_id = address.to_checksummed(),
                      .agent_name = config.agent->name});
}

void Node::Impl::own_operation_done(Purpose purpose, kad::OpResult& result, Instant now) {
  switch (purpose) {
    case Purpose::kReadinessPut:
      readiness.put_done(stored_at(result) > 0, now);
      return;
    case Purpose::kReadinessGet:
      readiness.get_done(result.value.has_value(), now);
      return;
    case Purpose::kPublishRecord:
      record_published(result, now);
      break;
    case Purpose::kPublishProvider:
      reached_somebody = reached_somebody || stored_at(result) > 0;
      if (result.error) {
        log(LogLevel::kWarning, "presence was not provided: " + describe(*result.error));
      }
      break;
  }
  if (--publishing == 0) {
    presence.published(outdated           ? Presence::Outcome::kOutdated
                       : reached_somebody ? Presence::Outcome::kReachedSomebody
                                          : Presence::Outcome::kReachedNobody,
                       now);
  }
}

void Node::Impl::record_published(kad::OpResult& result, Instant) {
  const std::size_t holders = stored_at(result);
  reached_somebody = reached_somebody || holders > 0;
  if (result.value) {
    const auto standing = kad::parse_eth_record(*result.value);
    if (standing && standing->agent.timestamp > newest_met.value_or(0)) {
      newest_met = standing->agent.timestamp;
      outdated = true;
      log(LogLevel::kInfo, "met a newer record of this address, publishing again");
    }
  }
  if (result.error) {
    log(LogLevel::kWarning, "presence was not stored: " + describe(*result.error));
  } else {
    log(LogLevel::kInfo, "presence stored at " + std::to_string(holders) + " nodes");
  }
}

}  // namespace pond::node
