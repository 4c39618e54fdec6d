#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/rng.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/upgrade/noise_identity.hpp"
#include "pond/upgrade/noise_session.hpp"
#include "pond/upgrade/noise_xx.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::upgrade {

inline constexpr std::string_view kNoiseProtocol = "/noise";

struct NoiseOptions {
  /// The peer that was dialled; any other is kWrongPeer. Absent: whoever proves an identity.
  std::optional<wire::PeerId> expected_peer;
};

/// What a completed handshake leaves.
struct NoiseOutcome {
  crypto::PublicKey remote_key;  ///< proved by its signature
  wire::PeerId remote_peer;      ///< the id of remote_key
  std::string muxer;             ///< agreed early; empty: negotiate it by multistream-select
  NoiseSession session;
};

/// The handshake of libp2p's `/noise` (specs/noise/README.md), without a timer: whoever owns the connection has one.
/// One thread at a time.
///
/// Protocol: each message has a 2-octet big-endian length in front. The initiator's `start` gives message 1 (no
/// payload); the responder answers with 2, the initiator with 3, both carrying identity key, signature of the static
/// key and the list of muxers. The initiator is done when it has read 2, the responder when it has read 3. A peer's
/// early data is looked at only after its signature has been verified.
///
/// Bounds: at most one message is held, of kMaxNoisePayloadBytes and NoiseXx::overhead octets, as it arrives. The
/// responder does no curve arithmetic before message 1 is complete.
class NoiseHandshake {
 public:
  /// `identity` must outlive the handshake. `rng` is drawn from now, 32 octets, and not kept.
  NoiseHandshake(NoiseRole role, const NoiseIdentity& identity, Rng& rng, NoiseOptions options = {});

  /// Initiator: appends message 1 to `out`. Responder: nothing to do. Call once, first.
  [[nodiscard]] Result<void> start(Bytes& out);

  /// Takes what the peer sent, in chunks of any size, and appends the answer to `out`. Returns how many octets of `in`
  /// were consumed: all until done; once done, what follows belongs to the session (`NoiseSession::open`), and later
  /// calls consume 0.
  /// kTooLarge: a message over the bound, announced. kMalformed: a message too short, or a payload that does not parse
  /// or lacks key or signature. kProtocol: a payload in message 1, a low-order key, or octets before `start`.
  /// kBadSignature: a tag or the identity's signature does not verify. kWrongPeer: another identity than expected.
  /// kUnsupported: both sides list muxers and have none in common, or a kind of key that is not known.
  /// An error is final: every later call returns kClosed. The message at fault has no answer in `out`.
  [[nodiscard]] Result<std::size_t> handle(BytesView in, Bytes& out);

  [[nodiscard]] bool done() const noexcept { return state_ == State::kDone || state_ == State::kTaken; }

  /// Moves the outcome out: once, when done; kInvalidArgument otherwise.
  [[nodiscard]] Result<NoiseOutcome> take();

 private:
  enum class State : std::uint8_t { kNew, kReading, kDone, kTaken, kFailed };

  [[nodiscard]] Result<void> write_message(BytesView payload, Bytes& out);
  [[nodiscard]] Result<void> check_length(std::size_t length) const;
  [[nodiscard]] Result<std::optional<BytesView>> take_message(BytesView& in);
  [[nodiscard]] Result<void> on_message(BytesView message, Bytes& out);
  [[nodiscard]] Result<void> on_payload(BytesView payload);

  const NoiseIdentity* identity_;
  NoiseOptions options_;
  NoiseXx xx_;
  Bytes partial_;  ///< length prefix and message, when it arrives cut
  std::optional<crypto::PublicKey> remote_key_;
  wire::PeerId remote_peer_;
  std::string muxer_;
  NoiseRole role_;
  State state_ = State::kNew;
};

/// The first muxer of the initiator's list that the responder's has too; empty when there is none.
[[nodiscard]] std::string_view common_muxer(std::span<const std::string> initiator,
                                            std::span<const std::string> responder) noexcept;

}  // namespace pond::upgrade
