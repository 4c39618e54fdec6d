#include "record_verbs.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "pond/kad/records/eth_record.hpp"
#include "pond/net/os.hpp"

#include "key_files.hpp"
#include "node_options.hpp"

namespace pond::cli {
namespace {

Reply invalid(std::string message) {
  return {.exit = ExitCode::kUnverified,
          .document = {{"error", {{"code", "invalid-record"}, {"message", std::move(message)}}}}};
}

}  // namespace

Outcome<std::string> sign_record(const SignFlags& flags) {
  const std::string from_environment = environment("PRIVATE_KEY");
  if (flags.eth_key.empty() && from_environment.empty()) {
    return usage("a record is signed by an Ethereum key: give --eth-key FILE (pond key eth --out FILE) or PRIVATE_KEY");
  }
  auto key = flags.eth_key.empty() ? parse_eth_key(from_environment, "PRIVATE_KEY") : load_eth_key(flags.eth_key);
  if (!key) {
    return std::unexpected(key.error());
  }
  const auto peer = wire::PeerId::parse(flags.peer_id);
  if (!peer) {
    return usage("--peer-id " + flags.peer_id + ": not a peer id");
  }
  auto addresses = parse_addresses(flags.addresses, "--addr");
  if (!addresses) {
    return std::unexpected(addresses.error());
  }
  if (flags.ttl_s < 1) {
    return usage("--ttl is at least 1 second");
  }
  const WallTime now = net::wall_anchor().wall(net::monotonic_now());
  const auto value = kad::sign_eth_record({.network = flags.network,
                                           .peer_id = *peer,
                                           .timestamp = now.ms,
                                           .expires = now.ms + flags.ttl_s * 1000,
                                           .agent_name = flags.name,
                                           .multiaddrs = *std::move(addresses)},
                                          *key);
  if (!value) {
    return usage("no receiver would take such a record: " + std::string{value.error().what});
  }
  return to_string(*value);
}

Reply verify_record(const std::string& value, const std::string& network) {
  const BytesView bytes = as_bytes(value);
  const auto record = kad::parse_eth_record(bytes);
  if (!record) {
    return invalid(std::string{name_of(record.error().reason)} + ": " + std::string{record.error().what});
  }
  const WallTime now = net::wall_anchor().wall(net::monotonic_now());
  const auto verified = kad::verify_eth_record(kad::eth_key(record->agent.agent_id), bytes,
                                               network.empty() ? record->network : network, now);
  if (!verified) {
    return invalid(std::string{name_of(verified.error().reason)} + ": " + std::string{verified.error().what});
  }
  Json addresses = Json::array();
  for (const wire::Multiaddr& address : verified->agent.multiaddrs) {
    addresses.push_back(address.to_string());
  }
  return {.exit = ExitCode::kDone,
          .document = {{"address", verified->agent.agent_id.to_checksummed()},
                       {"peerId", verified->agent.peer_id.to_base58()},
                       {"agentName", verified->agent.agent_name},
                       {"multiaddrs", std::move(addresses)},
                       {"timestamp", verified->agent.timestamp},
                       {"expires", verified->expires},
                       {"network", verified->network},
                       {"verified", true},
                       {"record", value}}};
}

Outcome<std::string> read_input(const std::string& path, std::size_t max_bytes) {
  const auto closer = [](std::FILE* file) {
    if (file != stdin) {
      std::fclose(file);
    }
  };
  const std::unique_ptr<std::FILE, decltype(closer)> file{path == "-" ? stdin : std::fopen(path.c_str(), "rb"), closer};
  if (!file) {
    return usage("cannot read " + path + ": " + std::strerror(errno));
  }
  std::string text(max_bytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    return usage("cannot read " + path + ": " + std::strerror(errno));  // a directory opens, and fails here
  }
  if (text.size() > max_bytes) {
    return usage(path + " is longer than " + std::to_string(max_bytes) + " octets");
  }
  return text;
}

}  // namespace pond::cli
