#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/rng.hpp"
#include "pond/base/time.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/swarm/connection.hpp"
#include "pond/upgrade/security.hpp"
#include "pond/wire/frame.hpp"
#include "pond/wire/identify.hpp"
#include "pond/wire/kad_message.hpp"
#include "pond/wire/peer_id.hpp"

#include "support/golden_script.hpp"
#include "support/golden_transcript.hpp"

namespace pond::test {

enum class GoldenRole : std::uint8_t { kDialer, kListener };

/// All that a GoldenPeer does follows from this and from the octets that it receives.
struct GoldenSettings {
  GoldenRole role = GoldenRole::kDialer;
  std::uint64_t seed = 1;                ///< of its identity, its static and its ephemeral Noise key
  WallTime wall;                         ///< when the capture was made: dates its record, judges those of the remote
  std::optional<wire::PeerId> remote{};  ///< whom a dialer expects
  std::vector<wire::Multiaddr> listen_addresses{};  ///< what it says of itself; the remote's answers do not show it
};

/// The end of a golden capture that is ours: a peer on the product's Connection and codecs that plays a fixed part and
/// writes down what it sees of the remote. Octets in, octets out; time stands still.
///
/// Dialer (a Kademlia client): asks for identify, pings, then asks every question of `golden_questions` on one stream,
/// each when the one before has been answered; then each on a stream of its own, half-closed before the answer. What
/// the remote does wrong is written down, never mended.
/// Listener (a Kademlia server): asks for identify, pings, and answers as the only server of a network would.
/// Both answer identify and ping.
///
/// Every step follows from what was received, in the order of each stream: fed the octets of a capture, however cut, it
/// sees the same.
class GoldenPeer {
 public:
  explicit GoldenPeer(const GoldenSettings& settings);
  GoldenPeer(const GoldenPeer&) = delete;
  GoldenPeer& operator=(const GoldenPeer&) = delete;

  /// The errors of Connection::receive; final.
  [[nodiscard]] Result<void> receive(BytesView in);
  /// What must be sent now.
  [[nodiscard]] Bytes take_output();

  /// The dialer has asked everything, and every stream of its own has ended; the listener has been given a value and a
  /// provider.
  [[nodiscard]] bool done() const noexcept;
  [[nodiscard]] const GoldenTranscript& transcript() const noexcept { return transcript_; }
  [[nodiscard]] const wire::PeerId& id() const noexcept { return identity_.peer_id(); }
  [[nodiscard]] const wire::PeerId& remote_peer() const noexcept { return connection_.remote_peer(); }
  /// As the remote's identify has it; empty before.
  [[nodiscard]] const std::string& remote_agent() const noexcept { return agent_; }

 private:
  enum class Use : std::uint8_t { kAskIdentify, kPing, kAskKad, kGiveIdentify, kTakePush, kPong, kServeKad };
  struct Stream {
    Use use;
    wire::FrameReader reader;
    GoldenTranscript::Section section;
    std::size_t pinged = 0;  ///< octets of ping received
  };

  void on(const swarm::ConnectionEvent& event);
  void on_established();
  void on_opened(std::uint32_t id, std::string_view protocol);
  void on_readable(std::uint32_t id);
  void on_frame(std::uint32_t id, Use use, BytesView frame);
  void on_end(std::uint32_t id, const std::string& how);

  std::optional<std::uint32_t> open(std::string_view protocol, Use use, const std::string& title);
  void write(std::uint32_t id, BytesView bytes);
  void say(std::uint32_t id, const std::vector<std::string>& lines);
  void give_identify(std::uint32_t id);
  void on_ping(std::uint32_t id, BytesView bytes);
  void take_identify(std::uint32_t id, BytesView frame);

  void ask_together();
  void ask_on(std::uint32_t id);
  void ask_next_alone();

  GoldenSettings settings_;
  crypto::PrivateKey key_;
  SeededRng identity_rng_;
  upgrade::SecurityIdentity identity_;
  SeededRng connection_rng_;
  std::vector<std::string_view> protocols_;
  swarm::Connection connection_;
  GoldenServer server_;
  std::vector<wire::KadMessage> together_;  ///< asked on one stream
  std::size_t asked_together_ = 0;
  std::optional<std::uint32_t> shared_stream_;
  std::deque<wire::KadMessage> alone_;
  bool asked_all_ = false;
  std::map<std::uint32_t, Stream> streams_;
  GoldenTranscript transcript_;
  std::string agent_;
};

}  // namespace pond::test
