#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pond/base/time.hpp"

namespace pond::sim {

// What a scenario says, as values: read from TOML by `scenario_file.hpp`, judged there, and never wrong afterwards.
// sim/README.md has the file format. Shares and probabilities are 0 to 1; times are virtual.

/// How deep the simulation goes.
enum class Depth : std::uint8_t {
  kMessages,  ///< Kademlia machines that exchange decoded messages: very many nodes
  kBytes,     ///< whole nodes over simulated sockets, with real Noise and Yamux
};

/// A length of time drawn anew for each session.
struct DurationSpec {
  enum class Kind : std::uint8_t { kFixed, kExponential, kWeibull, kTrace };
  Kind kind = Kind::kFixed;
  Duration median{};            ///< of all kinds but kTrace
  double shape = 0.5;           ///< of kWeibull; below 1: many short sessions and a long tail, as measured in the wild
  std::vector<Duration> trace;  ///< of kTrace: drawn from, uniformly
};

struct LatencySpec {
  enum class Kind : std::uint8_t {
    kUniform,  ///< each pair of nodes has a round trip between the two bounds
    kWorld,    ///< nodes live in regions of the world, by the matrix in latency.cpp
  };
  Kind kind = Kind::kWorld;
  Duration round_trip_min = 100ms;  ///< of kUniform
  Duration round_trip_max = 120ms;
  double jitter = 0.1;  ///< each message's delay is longer by up to this share of the pair's latency
};

struct NetworkSpec {
  LatencySpec latency;
  double loss = 0;         ///< of messages; at byte level of packets, which arrive later
  double duplication = 0;  ///< of messages that arrive, a second copy; not at byte level
  double reordering = 0;   ///< of messages: held back by up to `reorder_delay`; not at byte level
  Duration reorder_delay = 200ms;
  unsigned dial_round_trips = 3;  ///< TCP, Noise, and the first stream; before the first message of a connection
  Duration dial_timeout = 10s;    ///< at somebody who is away, behind NAT or beyond a partition: swarm::Limits' default
  Duration idle_close = 2min;     ///< a connection without messages for so long is closed (other stacks' connection managers)
  double megabits_per_s = 100;    ///< of each node, up and down, at byte level
};

struct ChurnSpec {
  DurationSpec session;   ///< how long a node stays
  DurationSpec away;      ///< how long it is gone then
  bool keep_store = true; ///< what it held is there again when it comes back
  bool new_identity = false;  ///< who comes back is somebody else
};

/// What a misbehaving group does. Each kind is a file in src/sim/adversaries/.
struct AdversarySpec {
  enum class Kind : std::uint8_t {
    kRandomPeers,  ///< answers with random peers
    kEclipse,      ///< answers with its accomplices nearest to the key, drops records
    kSilent,       ///< takes requests, never answers
    kSlow,         ///< answers right, after `delay`
    kWithhold,     ///< answers right but for records, which it says it has not
    kForge,        ///< answers with stale and forged records
    kFlood,        ///< as kEclipse, from addresses of one range, and seeks everybody's table
  };
  Kind kind = Kind::kSilent;
  Duration delay = 5s;           ///< of kSlow
  std::string near_key;          ///< not empty: its identities are mined to lie nearest to the key of that label
};

struct GroupSpec {
  enum class Role : std::uint8_t {
    kBootstrap,  ///< as shipped: server, bucket 200, 1000 connections; others begin with these
    kServer,     ///< a server with bucket 20
    kAgent,      ///< as shipped: client, bucket 20, 50 connections
  };
  std::string name;
  Role role = Role::kServer;
  std::size_t count = 0;
  std::optional<std::size_t> bucket_capacity;  ///< unset: the role's
  std::optional<std::size_t> max_connections;  ///< unset: the role's
  double nat = 0;                 ///< share of them that cannot be dialed
  double silent = 0;              ///< share that takes connections and never answers
  double slow = 0;                ///< share whose messages take `slow_by` longer
  Duration slow_by = 2s;
  Duration clock_skew{};          ///< clocks are off by up to this, either way
  Duration join_at{};             ///< after the start
  Duration join_over{};           ///< spread evenly over so long
  std::optional<ChurnSpec> churn;
  std::optional<AdversarySpec> adversary;
};

/// What a group's nodes do during a phase.
struct LoadSpec {
  enum class Kind : std::uint8_t {
    kClosest,        ///< look up a random key, and compare with the truly closest
    kPublish,        ///< put a new `/eth` record
    kFind,           ///< get a record that was published, of a random publisher
    kProvide,        ///< announce a key
    kFindProviders,  ///< find who announced a key
    kUpkeep,         ///< the document's agent: every `every`, put the own `/eth` record again and provide it
  };
  Kind kind = Kind::kClosest;
  std::string group;
  double per_second = 0;  ///< operations of the whole group together, at random moments; not of kUpkeep
  Duration every = 60s;   ///< of kUpkeep: each node's own interval
  std::string key;        ///< kFind, kPublish: this key's owner alone (one that an adversary's `near_key` names)
};

/// Something that happens once, `at` after its phase began.
struct EventSpec {
  enum class Kind : std::uint8_t {
    kPartition,  ///< the network falls into two, `share` of all nodes on the one side
    kHeal,
    kKill,     ///< `share` of the group's nodes are gone for good
    kLeave,    ///< `share` of the group's nodes go, and come back after `away`
    kRestart,  ///< `share` of the group's nodes are gone and back at once
    kLoss,     ///< the network's loss is `share` from now on
  };
  Kind kind = Kind::kHeal;
  Duration at{};
  std::string group;  ///< empty: all
  double share = 1;
  Duration away{};  ///< of kLeave
  bool keep_store = true;
};

struct PhaseSpec {
  std::string name;
  Duration length{};
  std::vector<LoadSpec> loads;
  std::vector<EventSpec> events;
};

/// A figure that must lie within bounds when the run has ended. figures.hpp names the figures.
struct CheckSpec {
  std::string figure;
  std::string phase;  ///< empty: of the whole run
  std::optional<double> at_least;
  std::optional<double> at_most;
};

struct Scenario {
  std::string name;     ///< a variant's is the file's name, "-" and the variant's
  std::string variant;  ///< which of the file's variants this is; empty when it has none
  std::string about;
  Depth depth = Depth::kMessages;
  std::uint64_t seed = 1;
  /// Tables are filled from the truth at the start, as after a long life; otherwise nodes join by way of the bootstrap
  /// nodes (the first server when there are none).
  bool tables_filled = false;
  NetworkSpec network;
  std::vector<GroupSpec> groups;
  std::vector<PhaseSpec> phases;
  std::vector<CheckSpec> checks;

  [[nodiscard]] std::size_t nodes() const;
  [[nodiscard]] Duration length() const;
};

}  // namespace pond::sim
