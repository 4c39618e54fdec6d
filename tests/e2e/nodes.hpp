#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pond/crypto/ethereum.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/wire/peer_id.hpp"

#include "process.hpp"

namespace pond::e2e {

/// The keys that tests use: the same number is the same key.
crypto::PrivateKey libp2p_key(std::uint64_t number);
crypto::EthKey eth_key(std::uint64_t number);
wire::PeerId peer_id(std::uint64_t number);
/// What BOOTSTRAP_PRIVATE_KEY and a key file hold.
std::string libp2p_key_text(std::uint64_t number);

/// A running `pond bootstrap` or `pond agent` on a port of its own of 127.0.0.1, with a control socket of its own.
class Node {
 public:
  struct Options {
    std::uint64_t key = 1;
    std::vector<std::string> more{};  ///< further arguments
    std::optional<std::size_t> max_files{};
  };
  /// Returns when the first address is listened on.
  static Node bootstrap(const Options& options);
  static Node bootstrap() { return bootstrap(Options{}); }
  /// An agent named "agent-<key>" with the Ethereum key of the same number.
  static Node agent(const Node& bootstrap, const Options& options) { return agent(bootstrap.address(), options); }
  static Node agent(const std::string& bootstrap, const Options& options);

  [[nodiscard]] const std::string& address() const { return address_; }  ///< with /p2p
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const wire::PeerId& id() const { return id_; }
  [[nodiscard]] std::string control() const { return directory_->file("control.sock"); }
  [[nodiscard]] Process& process() { return *process_; }

  /// A verb asked of this node over its control socket, with --json.
  [[nodiscard]] Finished ask(std::vector<std::string> verb) const;
  /// The same verb by a client of its own that knows this node.
  [[nodiscard]] Finished visit(std::vector<std::string> verb) const;
  [[nodiscard]] Json status() const;
  [[nodiscard]] std::uint64_t counter(const std::string& name) const;

  /// SIGTERM, and how it ended.
  Finished stop();

 private:
  Node(std::vector<std::string> args, const Options& options);

  std::unique_ptr<TempDir> directory_;
  std::unique_ptr<Process> process_;
  wire::PeerId id_;
  std::string address_;
  std::uint16_t port_ = 0;
};

}  // namespace pond::e2e
