#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pond/node/bootstrap_keeper.hpp"
#include "pond/node/kad_streams.hpp"
#include "pond/node/node.hpp"
#include "pond/node/presence.hpp"
#include "pond/node/readiness.hpp"
#include "pond/swarm/swarm.hpp"

namespace pond::node {

struct BootstrapPeer {
  swarm::PeerHandle peer;
  std::vector<wire::Multiaddr> addresses;
  std::string trouble;  // why it cannot be asked: what went wrong last; empty when nothing has
};

/// The node's own operations, told from its owner's.
enum class Purpose : std::uint8_t { kReadinessPut, kReadinessGet, kPublishRecord, kPublishProvider };

struct Node::Impl {
  Impl(Config the_config, swarm::Swarm&& the_swarm, std::unique_ptr<peers::PeerBook> the_book, store::Store& store,
       kad::Validators validators, Rng& the_rng, WallAnchor the_wall, Instant now);

  // ---- node.cpp
  void on(swarm::Output& event, Instant now);
  void on(kad::Output& output, Instant now);
  [[nodiscard]] bool step(Instant now);
  void start(std::vector<wire::Multiaddr> addresses, Instant now);
  kad::OpId run(kad::Operation operation, Instant deadline, Instant now);
  void set_mode(kad::Mode mode, Instant now);
  void log(LogLevel level, std::string text);
  void note_refusal(const Error& why, Instant now);

  // ---- node_life.cpp: bootstrap, readiness, presence
  void add_bootstrap_peers(Instant now);
  [[nodiscard]] std::optional<std::size_t> bootstrap_index(swarm::PeerHandle peer) const;
  void peer_connected(const swarm::PeerConnected& event, Instant now);
  void peer_identified(const swarm::PeerIdentified& event, Instant now);
  void bootstrap_usable(swarm::PeerHandle peer, Instant now);
  void peer_disconnected(const swarm::PeerDisconnected& event, Instant now);
  void bootstrap_failed(swarm::PeerHandle peer, std::string why);
  [[nodiscard]] bool bootstrap_dialed(const swarm::DialDone& event, Instant now);
  [[nodiscard]] bool step_life(Instant now);
  void check_readiness(Readiness::Step step, Instant now);
  void publish(Instant now);
  void own_operation_done(Purpose purpose, kad::OpResult& result, Instant now);
  void record_published(kad::OpResult& result, Instant now);

  // ---- operations that wait for the first peers
  [[nodiscard]] bool settled(Instant now);
  void release_held(Instant now);
  void expire_held(Instant now);
  void end_held(kad::OpId op, const Error& why, Instant now);

  Config config;
  std::unique_ptr<peers::PeerBook> book;
  swarm::Swarm swarm;
  Rng& rng;
  WallAnchor wall;
  kad::Kad kad;
  KadStreams streams;
  store::Store& store;
  std::deque<Output> out;
  Instant started;
  bool closing = false;  // nothing is begun any more

  std::vector<wire::Multiaddr> listening;
  std::vector<wire::Multiaddr> announced;  // without /p2p; what the network's filter lets others see
  std::vector<BootstrapPeer> bootstrap;
  BootstrapKeeper keeper;
  std::map<swarm::DialId, std::size_t> bootstrap_dials;
  Readiness readiness;
  Presence presence;
  std::size_t publishing = 0;  // of record and provider, how many are under way
  bool reached_somebody = false;
  bool outdated = false;
  std::optional<std::int64_t> newest_met;  // timestamp of the newest record of our address

  std::uint64_t next_op = 1;
  std::map<kad::OpId, Purpose> own_operations;
  struct Held {
    kad::OpId op;
    kad::Operation operation;
    Instant deadline;
  };
  std::deque<Held> held;
  std::optional<Instant> next_refusal_line;
  std::size_t refusals_unsaid = 0;
  bool has_settled = false;              // for good
  std::optional<Instant> first_peer_at;  // when the first peer entered the table
  std::optional<Instant> all_dialed_at;  // when every bootstrap node was connected or had failed once
  AgentDirectory directory;
};

}  // namespace pond::node
