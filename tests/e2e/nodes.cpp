#include "nodes.hpp"

#include <csignal>
#include <stdexcept>
#include <utility>

#include "pond/base/rng.hpp"
#include "pond/wire/multiaddr.hpp"
#include "pond/wire/multibase.hpp"

namespace pond::e2e {

crypto::PrivateKey libp2p_key(std::uint64_t number) {
  SeededRng rng{number};
  return crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng).value();
}

crypto::EthKey eth_key(std::uint64_t number) {
  SeededRng rng{number + 1'000'000};
  return crypto::EthKey::generate(rng);
}

wire::PeerId peer_id(std::uint64_t number) {
  return wire::PeerId::from_public_key(libp2p_key(number).public_key());
}

std::string libp2p_key_text(std::uint64_t number) {
  return wire::base64_encode(wire::encode_private_key(libp2p_key(number)));
}

Node::Node(std::vector<std::string> args, const Options& options)
    : directory_(std::make_unique<TempDir>()), id_(peer_id(options.key)) {
  const std::string key = directory_->write("key", libp2p_key_text(options.key) + "\n");
  args.insert(args.end(), {"--key", key, "--listen", "/ip4/127.0.0.1/tcp/0", "--control", control()});
  if (args.front() == "agent") {
    args.insert(args.end(), {"--eth-key", directory_->write("eth", eth_key(options.key).to_hex() + "\n"), "--name",
                             "agent-" + std::to_string(options.key)});
  }
  args.insert(args.end(), options.more.begin(), options.more.end());
  process_ = std::make_unique<Process>(Launch{.args = args, .max_files = options.max_files});
  address_ = process_->line("listening ");
  const auto target = wire::tcp_target(wire::Multiaddr::parse(address_).value());
  port_ = target.value().port;
}

Node Node::bootstrap(const Options& options) {
  return Node{{"bootstrap"}, options};
}

Node Node::agent(const std::string& bootstrap, const Options& options) {
  return Node{{"agent", "--bootstrap", bootstrap}, options};
}

Finished Node::ask(std::vector<std::string> verb) const {
  verb.insert(verb.end(), {"--node", control(), "--json"});
  return run(verb);
}

Finished Node::visit(std::vector<std::string> verb) const {
  verb.insert(verb.end(), {"--bootstrap", address_, "--json"});
  return run(verb);
}

Json Node::status() const {
  return ask({"status"}).json();
}

std::uint64_t Node::counter(const std::string& name) const {
  return status().at("counters").at(name).get<std::uint64_t>();
}

Finished Node::stop() {
  process_->signal(SIGTERM);
  return process_->finish();
}

}  // namespace pond::e2e
