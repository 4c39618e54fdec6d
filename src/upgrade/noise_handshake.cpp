#include "pond/upgrade/noise_handshake.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "pond/wire/noise_payload.hpp"

namespace pond::upgrade {
namespace {

constexpr std::size_t kLengthBytes = NoiseSession::kLengthBytes;

std::size_t read_length(BytesView prefix) {
  return static_cast<std::size_t>(prefix[0]) << 8 | prefix[1];
}

}  // namespace

std::string_view common_muxer(std::span<const std::string> initiator, std::span<const std::string> responder) noexcept {
  for (const std::string& muxer : initiator) {
    if (std::ranges::find(responder, muxer) != responder.end()) {
      return muxer;
    }
  }
  return {};
}

NoiseHandshake::NoiseHandshake(NoiseRole role, const NoiseIdentity& identity, Rng& rng, NoiseOptions options)
    : identity_(&identity), options_(std::move(options)), xx_(role, identity.static_keys(), rng), role_(role) {
}

Result<void> NoiseHandshake::start(Bytes& out) {
  if (state_ != State::kNew) {
    return fail(Errc::kInvalidArgument, "noise handshake already started");
  }
  if (role_ == NoiseRole::kInitiator) {
    POND_CHECK(write_message({}, out));
  }
  state_ = State::kReading;
  return {};
}

Result<std::size_t> NoiseHandshake::handle(BytesView in, Bytes& out) {
  if (state_ == State::kFailed) {
    return fail(Errc::kClosed, "noise handshake has failed");
  }
  if (state_ == State::kNew) {
    return fail(Errc::kInvalidArgument, "noise handshake not started");
  }
  BytesView rest = in;
  while (!done()) {
    const auto message = take_message(rest);
    if (message && !*message) {
      break;
    }
    const Result<void> handled = message ? on_message(**message, out) : std::unexpected(message.error());
    partial_ = Bytes{};
    if (!handled) {
      state_ = State::kFailed;
      return std::unexpected(handled.error());
    }
  }
  return in.size() - rest.size();
}

Result<void> NoiseHandshake::check_length(std::size_t length) const {
  const std::size_t overhead = NoiseXx::overhead(xx_.next_message());
  if (length < overhead) {
    return fail(Errc::kMalformed, "noise handshake message too short");
  }
  if (length - overhead > kMaxNoisePayloadBytes) {
    return fail(Errc::kTooLarge, "noise handshake message over the limit");
  }
  if (xx_.next_message() == 1 && length != overhead) {
    return fail(Errc::kProtocol, "payload in the first noise message");
  }
  return {};
}

/// Moves `in` past one message. The view is into `in`, or into `partial_` for a message that arrived cut.
Result<std::optional<BytesView>> NoiseHandshake::take_message(BytesView& in) {
  for (;;) {
    const BytesView front = partial_.empty() ? in : BytesView{partial_};
    std::size_t wanted = kLengthBytes;
    if (front.size() >= kLengthBytes) {
      const std::size_t length = read_length(front);
      POND_CHECK(check_length(length));
      wanted += length;
      if (front.size() >= wanted) {
        if (partial_.empty()) {
          in = in.subspan(wanted);
        }
        return front.subspan(kLengthBytes, length);
      }
    }
    if (in.empty()) {
      return std::nullopt;
    }
    const std::size_t more = std::min(wanted - partial_.size(), in.size());
    append(partial_, in.first(more));
    in = in.subspan(more);
  }
}

Result<void> NoiseHandshake::on_message(BytesView message, Bytes& out) {
  const bool signed_payload = xx_.next_message() != 1;
  Bytes payload;
  POND_CHECK(xx_.read(message, payload));
  if (signed_payload) {
    POND_CHECK(on_payload(payload));
  }
  if (xx_.may_write()) {
    POND_CHECK(write_message(identity_->payload(), out));
  }
  if (xx_.complete()) {
    state_ = State::kDone;
  }
  return {};
}

Result<void> NoiseHandshake::on_payload(BytesView payload) {
  POND_TRY(const auto decoded, wire::decode_noise_payload(payload));
  POND_TRY(auto key, wire::decode_public_key(decoded.identity_key));
  remote_peer_ = wire::PeerId::from_public_key(key);
  if (options_.expected_peer && *options_.expected_peer != remote_peer_) {
    return fail(Errc::kWrongPeer, "another peer than the one that was dialled");
  }
  if (!key.verify(noise_signed_text(xx_.remote_static()), decoded.identity_sig)) {
    return fail(Errc::kBadSignature, "noise static key is not signed by the peer's identity");
  }
  remote_key_ = std::move(key);

  const std::vector<std::string>& ours = identity_->muxers();
  const std::vector<std::string>& theirs = decoded.stream_muxers;
  if (ours.empty() || theirs.empty()) {
    return {};
  }
  muxer_ = role_ == NoiseRole::kInitiator ? common_muxer(ours, theirs) : common_muxer(theirs, ours);
  if (muxer_.empty()) {
    return fail(Errc::kUnsupported, "no stream muxer in common");
  }
  return {};
}

Result<void> NoiseHandshake::write_message(BytesView payload, Bytes& out) {
  const std::size_t start = out.size();
  const std::size_t length = NoiseXx::overhead(xx_.next_message()) + payload.size();
  out.push_back(static_cast<std::uint8_t>(length >> 8));
  out.push_back(static_cast<std::uint8_t>(length));
  if (auto written = xx_.write(payload, out); !written) {
    out.resize(start);
    return written;
  }
  return {};
}

Result<NoiseOutcome> NoiseHandshake::take() {
  if (state_ != State::kDone || !remote_key_) {
    return fail(Errc::kInvalidArgument, "noise handshake has no outcome to take");
  }
  state_ = State::kTaken;
  CipherPair keys = xx_.split();
  const bool initiator = role_ == NoiseRole::kInitiator;
  return NoiseOutcome{
      .remote_key = *std::move(remote_key_),
      .remote_peer = remote_peer_,
      .muxer = std::move(muxer_),
      .session = NoiseSession{std::move(initiator ? keys.initiator_to_responder : keys.responder_to_initiator),
                              std::move(initiator ? keys.responder_to_initiator : keys.initiator_to_responder)}};
}

}  // namespace pond::upgrade
