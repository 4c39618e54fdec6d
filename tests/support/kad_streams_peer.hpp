#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pond/swarm/connection.hpp"
#include "pond/upgrade/security.hpp"
#include "pond/wire/frame.hpp"
#include "pond/wire/kad_message.hpp"

#include "support/framed.hpp"

namespace pond::test {

inline constexpr std::string_view kTestKadProtocol = "/openpond/kad/1.0.0";

[[nodiscard]] inline Bytes kad_frame(wire::KadType type, std::string_view key) {
  return framed(wire::KadMessage{
      .type = type, .key = to_bytes(as_bytes(key)), .record = {}, .closer_peers = {}, .provider_peers = {}});
}
[[nodiscard]] inline Bytes find_node_frame(std::string_view key) {
  return kad_frame(wire::KadType::kFindNode, key);
}

/// A peer of a KadStreamsHost. It speaks the transport as it should, and above it does only what a test tells it, octet
/// by octet. Nothing travels before the host settles.
class HandPeer {
 public:
  struct Stream {
    Bytes received;  ///< what came and was read
    Bytes unsent;
    bool finished = false;        ///< the host closed its side
    std::optional<Error> failed;  ///< the host reset it or refused the protocol

    [[nodiscard]] bool open() const { return !finished && !failed; }
    /// Takes the whole messages off `received`, without their lengths.
    std::vector<wire::KadMessage> take_messages() {
      std::vector<wire::KadMessage> messages;
      wire::FrameReader reader{std::size_t{1} << 23};
      BytesView rest = received;
      std::size_t used = 0;
      for (auto next = reader.next(rest).value(); next; next = reader.next(rest).value()) {
        messages.push_back(wire::decode_kad(*next).value());
        used = received.size() - rest.size();
      }
      received.erase(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(used));
      return messages;
    }
    /// The keys of the messages taken so, one after the other: "a b c".
    std::string take_keys() {
      std::string keys;
      for (const wire::KadMessage& message : take_messages()) {
        keys += (keys.empty() ? "" : " ") + to_string(message.key);
      }
      return keys;
    }
  };

  HandPeer(swarm::Direction direction, std::uint64_t seed)
      : rng_(seed),
        key_(crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng_).value()),
        identity_(upgrade::SecurityIdentity::make(key_, std::vector{upgrade::Security::kNoise},
                                                  std::vector<std::string>{"/yamux/1.0.0"}, rng_, {})
                      .value()),
        machine_(swarm::ConnectionOptions{.direction = direction}, identity_, rng_) {}

  std::vector<std::string_view> protocols{kTestKadProtocol};
  bool reads = true;    ///< false: what comes stays in the transport, which stops the host after one window
  bool answers = true;  ///< requests of the host are answered at once with their own key
  bool closes = true;   ///< its side too, when the host has closed its side
  std::map<std::uint32_t, Stream> streams;
  std::vector<std::uint32_t> opened;  ///< by the host, in this order
  std::size_t requests = 0;           ///< of the host
  std::optional<swarm::ConnId> conn;
  bool closed = false;

  [[nodiscard]] const wire::PeerId& id() const { return identity_.peer_id(); }
  [[nodiscard]] std::size_t open_streams() const { return machine_.stream_count(); }

  /// An ADD_PROVIDER that announces this peer.
  [[nodiscard]] Bytes add_provider_frame(std::string_view key) const {
    return framed(wire::KadMessage{
        .type = wire::KadType::kAddProvider,
        .key = to_bytes(as_bytes(key)),
        .record = {},
        .closer_peers = {},
        .provider_peers = {{.id = id(), .addresses = {wire::Multiaddr::parse("/ip4/10.0.0.2/tcp/4001").value()}}}});
  }

  std::uint32_t open(BytesView bytes, Instant now) {
    const std::uint32_t stream = machine_.open(kTestKadProtocol, now).value();
    streams[stream] = {};
    write(stream, bytes);
    return stream;
  }
  void write(std::uint32_t stream, BytesView bytes) {
    Bytes& unsent = streams.at(stream).unsent;
    append(unsent, bytes);
    const std::size_t taken = machine_.write(stream, unsent);
    unsent.erase(unsent.begin(), unsent.begin() + static_cast<std::ptrdiff_t>(taken));
  }
  void finish(std::uint32_t stream) { machine_.finish(stream); }
  void reset(std::uint32_t stream) { machine_.reset(stream); }
  /// Takes no new streams from now on; those that are open go on.
  void go_away() { machine_.go_away(upgrade::YamuxGoAway::kNormal); }

  void receive(BytesView bytes, Instant now) {
    if (!machine_.receive(bytes, now)) {
      closed = true;
    }
  }
  /// What it has for the host.
  [[nodiscard]] Bytes pump(Instant now) {
    while (const auto event = machine_.poll(std::span<const std::string_view>{protocols}, now)) {
      on(*event, now);
    }
    Bytes out;
    Bytes scratch;
    while (!closed && machine_.produce(out, 64 * 1024, scratch) > 0) {
    }
    return out;
  }
  void read(std::uint32_t stream, Instant now) {
    const BytesView waiting = machine_.peek(stream);
    append(streams.at(stream).received, waiting);
    machine_.consume(stream, waiting.size(), now);
    if (answers && std::ranges::find(opened, stream) != opened.end()) {
      for (const wire::KadMessage& request : streams.at(stream).take_messages()) {
        ++requests;
        if (request.type != wire::KadType::kAddProvider) {
          write(stream, kad_frame(request.type, as_text(request.key)));
        }
      }
    }
  }

 private:
  using Kind = swarm::ConnectionEvent::Kind;

  void on(const swarm::ConnectionEvent& event, Instant now) {
    switch (event.kind) {
      case Kind::kStreamOpened:
        opened.push_back(event.stream);
        streams[event.stream] = {};
        break;
      case Kind::kStreamReadable:
        if (reads) {
          read(event.stream, now);
        }
        break;
      case Kind::kStreamWritable:
        write(event.stream, {});
        break;
      case Kind::kStreamFinished:
        streams.at(event.stream).finished = true;
        if (closes) {
          machine_.finish(event.stream);
        }
        break;
      case Kind::kStreamFailed:
        streams.at(event.stream).failed = event.why;
        break;
      default:
        break;
    }
  }

  SeededRng rng_;
  crypto::PrivateKey key_;
  upgrade::SecurityIdentity identity_;
  swarm::Connection machine_;
};

}  // namespace pond::test
