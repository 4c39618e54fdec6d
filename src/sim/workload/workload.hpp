#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pond/crypto/ethereum.hpp"
#include "pond/kad/kad.hpp"
#include "pond/sim/scenario.hpp"

namespace pond::sim {

/// An Ethereum account of the simulation, and what was published for it.
struct Account {
  crypto::EthKey key;
  Bytes record_key;                 ///< `/eth/<address>`
  std::int64_t last_timestamp = 0;  ///< of the newest record that was signed
  std::int64_t acknowledged = 0;    ///< timestamp of the newest record that some holder took; 0 while there is none
  Bytes first_value;                ///< what a forger hands out
  Bytes last_value;                 ///< the newest that was signed
};

/// What is asked of the network, and what was published in it.
class Workload {
 public:
  explicit Workload(std::uint64_t seed) : seed_(seed) {}

  /// One operation under way.
  struct Running {
    LoadSpec::Kind kind = LoadSpec::Kind::kClosest;
    Instant started{};
    Bytes key;
    Account* account = nullptr;  ///< kPublish, kFind
    std::int64_t timestamp = 0;  ///< kPublish: of the record. kFind: the newest that was acknowledged by its start
    std::uint32_t provider = 0;  ///< kFindProviders: who announced it
    bool upkeep = false;         ///< for the node's presence
    bool traced = false;
  };

  /// The account of a node, or of a name; made when it is first asked for.
  [[nodiscard]] Account& account_of(std::uint32_t node);
  [[nodiscard]] Account& account_of(const std::string& name);
  /// A new record of that account, newer than all before.
  [[nodiscard]] Bytes sign(Account& account, const wire::PeerId& peer, const std::vector<wire::Multiaddr>& addresses,
                           const std::string& network, WallTime now);

  std::map<std::pair<std::uint32_t, kad::OpId>, Running> running;
  std::vector<Account*> published;  ///< accounts of which somebody holds a record
  std::map<Bytes, Account*> by_key;
  std::vector<std::pair<Bytes, std::uint32_t>> provided;  ///< keys, and by which node
  std::uint64_t next_op = 1;

 private:
  [[nodiscard]] Account make(const std::string& name);
  [[nodiscard]] Account& keep(Account& account);

  std::uint64_t seed_;
  std::map<std::uint32_t, Account> of_nodes_;
  std::map<std::string, Account> of_names_;
};

}  // namespace pond::sim
