#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pond/crypto/ethereum.hpp"
#include "pond/kad/kad.hpp"
#include "pond/sim/recorder.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

/// The network whose name the records of a simulation bear.
inline constexpr const char* kNetworkName = "sim";

/// An Ethereum account of the simulation, and what was published for it.
struct Account {
  crypto::EthKey key;
  Bytes record_key;                 ///< `/eth/<address>`
  std::int64_t last_timestamp = 0;  ///< of the newest record that was signed
  std::int64_t acknowledged = 0;    ///< timestamp of the newest record that some holder took; 0 while there is none
  unsigned publishing = 0;          ///< records under way
  Bytes first_value;                ///< what a forger hands out
  Bytes last_value;                 ///< the newest that was signed
};

/// Whoever acts, as it is at that moment.
struct Actor {
  std::uint32_t node = 0;
  wire::PeerId id;
  std::vector<wire::Multiaddr> addresses;
  WallTime wall{};
};

/// What is asked of the network, what was published in it, and what becomes of it. Either world carries it out.
///
/// Protocol: `begin`, `record` and `provider` say what a node is to do; once its operation has a number, `started`.
/// Then either `ended`, followed by `judge`, or `forget` when the node goes.
class Workload {
 public:
  explicit Workload(std::uint64_t seed) : seed_(seed) {}

  /// For whose sake something is published: a load's, or the presence of the node itself.
  enum class Cause : std::uint8_t { kLoad, kUpkeep };

  /// One operation under way.
  struct Running {
    LoadSpec::Kind kind = LoadSpec::Kind::kClosest;
    Instant started{};
    Bytes key;
    Account* account = nullptr;  ///< kPublish, kFind
    std::int64_t timestamp = 0;  ///< kPublish: of the record. kFind: the newest that was acknowledged by its start
    wire::PeerId provider{};     ///< kProvide: who announces. kFindProviders: who announced
    Cause cause = Cause::kLoad;
    bool traced = false;
  };
  /// One to be started.
  struct Task {
    kad::Operation operation;
    Duration timeout;
    Running running;
  };

  /// What a load has a node do. Nothing where there is nothing yet to be looked for, and where a record of the account
  /// is under way: it is published by one at a time, as an agent does it.
  [[nodiscard]] std::optional<Task> begin(const LoadSpec& load, const Actor& actor, Instant now, Rng& rng);
  /// A new record of that account.
  [[nodiscard]] Task record(Account& account, const Actor& actor, Instant now, Cause cause = Cause::kLoad);
  /// The actor as the provider of the account's record, as agents announce themselves.
  [[nodiscard]] Task provider(const Account& account, const Actor& actor, Instant now,
                              Cause cause = Cause::kLoad) const;

  void started(std::uint32_t node, kad::OpId op, Running running);
  /// Nothing of an operation that is not the workload's.
  [[nodiscard]] std::optional<Running> ended(std::uint32_t node, kad::OpId op);
  /// What that node had under way has no outcome any more.
  void forget(std::uint32_t node);

  struct Verdict {
    OperationOutcome outcome;          ///< without its overlap
    std::optional<std::string> wrong;  ///< what should never be
  };
  /// What came of an operation. What was stored, others can look for from now on.
  [[nodiscard]] Verdict judge(const Running& running, const kad::OpResult& result, const Actor& actor, Instant now);

  /// How many operations are under way that should have ended long ago, and a node that has one.
  struct Overdue {
    std::size_t count = 0;
    std::uint32_t node = 0;
  };
  [[nodiscard]] Overdue overdue(Instant now) const;

  /// The account of a node, or of a name; made when it is first asked for.
  [[nodiscard]] Account& account_of(std::uint32_t node);
  [[nodiscard]] Account& account_of(const std::string& name);
  /// The one with that record key; nullptr when it was never asked for.
  [[nodiscard]] const Account* account_with(const Bytes& record_key) const;
  /// A new record of that account, newer than all before.
  [[nodiscard]] static Bytes sign(Account& account, const Actor& actor);

 private:
  [[nodiscard]] Account make(const std::string& name);
  [[nodiscard]] Account& keep(Account& account);
  [[nodiscard]] Account* whose_record(const LoadSpec& load, Rng& rng);
  void judge_found(const Running& running, const kad::OpResult& result, const Actor& actor, Verdict& verdict) const;
  void drop(const Running& running);

  std::uint64_t seed_;
  std::map<std::uint32_t, Account> of_nodes_;
  std::map<std::string, Account> of_names_;
  std::map<Bytes, Account*> by_key_;
  std::map<std::pair<std::uint32_t, kad::OpId>, Running> running_;
  std::vector<Account*> published_;                       // of which somebody holds a record
  std::vector<std::pair<Bytes, wire::PeerId>> provided_;  // keys, and by whom
};

}  // namespace pond::sim
