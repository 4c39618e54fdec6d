#include "support/golden_words.hpp"

#include <algorithm>

#include "pond/kad/records/eth_record.hpp"
#include "pond/wire/peer_record.hpp"

namespace pond::test {
namespace {

constexpr std::string_view kIndent = "  ";

std::string octets(std::size_t n) {
  return std::to_string(n) + (n == 1 ? " octet" : " octets");
}

std::string time_received(const wire::KadRecord& record) {
  if (record.time_received.empty()) {
    return "no timeReceived";
  }
  return wire::parse_rfc3339_ms(record.time_received) ? "timeReceived " + record.time_received : "timeReceived odd";
}

std::string verdict(const wire::KadRecord& record, WallTime wall) {
  const auto eth = kad::verify_eth_record(record.key, record.value, "local", wall);
  return eth ? "/eth record of " + eth->agent.peer_id.to_base58() + ", " + eth->agent.agent_name
             : "not an /eth record: " + std::string{name_of(eth.error().reason)};
}

std::string peer_line(std::string_view list, const wire::KadPeer& peer) {
  return std::string{kIndent} + std::string{list} + " " + peer.id.to_base58() + ", addresses " +
         std::to_string(peer.addresses.size()) + ", connection " + std::to_string(static_cast<int>(peer.connection));
}

std::string signed_record(const wire::Identify& message, const wire::PeerId& sender) {
  if (!message.signed_peer_record) {
    return "none";
  }
  const auto record = wire::open_peer_record(*message.signed_peer_record);
  if (!record) {
    return "bad: " + std::string{name_of(record.error().code)};
  }
  return (record->id == sender ? "verified, addresses " : "of another peer, addresses ") +
         std::to_string(record->addresses.size());
}

}  // namespace

std::string golden_key(BytesView key) {
  const bool printable = std::ranges::all_of(key, [](std::uint8_t octet) { return octet > 0x20 && octet < 0x7f; });
  return printable ? to_string(key) : "0x" + to_hex(key);
}

std::string golden_type(wire::KadType type) {
  switch (type) {
    case wire::KadType::kPutValue:
      return "PUT_VALUE";
    case wire::KadType::kGetValue:
      return "GET_VALUE";
    case wire::KadType::kAddProvider:
      return "ADD_PROVIDER";
    case wire::KadType::kGetProviders:
      return "GET_PROVIDERS";
    case wire::KadType::kFindNode:
      return "FIND_NODE";
    case wire::KadType::kPing:
      return "PING";
  }
  return "?";
}

std::vector<std::string> golden_lines(const wire::KadMessage& message, std::size_t frame_bytes, WallTime wall) {
  std::vector<std::string> lines{
      golden_type(message.type) + ", " + octets(frame_bytes),
      std::string{kIndent} + (message.key.empty() ? "no key" : "key " + golden_key(message.key))};
  if (message.record) {
    const wire::KadRecord& record = *message.record;
    lines.push_back(std::string{kIndent} + "record key " +
                    (record.key == message.key ? "the same" : golden_key(record.key)) + ", value " +
                    octets(record.value.size()) + ", " + time_received(record));
    lines.push_back(std::string{kIndent} + verdict(record, wall));
  }
  for (const wire::KadPeer& peer : message.closer_peers) {
    lines.push_back(peer_line("closer", peer));
  }
  for (const wire::KadPeer& peer : message.provider_peers) {
    lines.push_back(peer_line("provider", peer));
  }
  return lines;
}

std::vector<std::string> golden_lines(const wire::Identify& message, std::size_t frame_bytes,
                                      const wire::PeerId& sender) {
  std::vector<std::string> lines{"identify, " + octets(frame_bytes)};
  const auto say = [&](const std::string& line) { lines.push_back(std::string{kIndent} + line); };
  say(std::string{"public key "} + (message.public_key ? "the peer's" : "none"));
  say("agent " + message.agent_version.value_or("none"));
  say("protocol version " + message.protocol_version.value_or("none"));
  for (const std::string& protocol : message.protocols.value_or(std::vector<std::string>{})) {
    say("speaks " + protocol);
  }
  for (const wire::Multiaddr& address : message.listen_addresses.value_or(std::vector<wire::Multiaddr>{})) {
    say("listens at " + address.to_string());
  }
  say("observed us at " + (message.observed_address ? message.observed_address->to_string() : "nothing"));
  say("signed record " + signed_record(message, sender));
  return lines;
}

}  // namespace pond::test
