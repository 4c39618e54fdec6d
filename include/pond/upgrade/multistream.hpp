#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"

namespace pond::upgrade {

/// multistream-select 1.0 (libp2p/specs connections/README.md). A message is an unsigned varint length, a text and
/// `\n`, which the length counts. Both sides open with the header line; then the dialer proposes one protocol after
/// another, and the listener echoes the one that it takes and answers `na` to the others.
inline constexpr std::string_view kMultistreamHeader = "/multistream/1.0.0";

/// The longest message either side reads, its `\n` included and its length prefix not.
inline constexpr std::size_t kMaxMultistreamMessageBytes = 1024;

/// How many messages behind the header a listener answers (proposals and `ls`) before it gives the dialer up.
inline constexpr std::size_t kMaxMultistreamProposals = 32;

/// A borrowed list of protocol names, whichever string type its owner keeps. Any thread, like the list itself.
class ProtocolNames {
 public:
  ProtocolNames() = default;
  // Implicit on purpose: callers hand in the containers that they have.
  ProtocolNames(std::span<const std::string> names) : strings_(names) {}
  ProtocolNames(std::span<const std::string_view> names) : views_(names) {}

  [[nodiscard]] std::size_t size() const noexcept { return strings_.size() + views_.size(); }
  [[nodiscard]] std::string_view operator[](std::size_t i) const noexcept {
    return views_.empty() ? std::string_view{strings_[i]} : views_[i];
  }

 private:
  std::span<const std::string> strings_;
  std::span<const std::string_view> views_;
};

/// The side that opened the connection or stream. One thread at a time.
///
/// Protocol: `start` writes the header and the first proposal in one go. Each `na` brings the next proposal out; an
/// echo ends the negotiation; when the list is used up the error is kUnsupported.
///
/// With one protocol only (`may_write_early`) the application's bytes may follow the proposal at once, without a wait
/// for the answer: it is then checked when it arrives, in front of the application's own answer.
class MultistreamDialer {
 public:
  /// The names, most wanted first, are borrowed until done or failed.
  explicit MultistreamDialer(ProtocolNames names) noexcept : names_(names) {}
  /// For the one protocol of a new stream; borrowed in the same way.
  explicit MultistreamDialer(std::string_view only) noexcept : only_(only) {}

  /// Appends header and first proposal to `out`. Call once, first. kInvalidArgument, with nothing appended, when the
  /// list is empty or a name does not begin with `/`, holds a `\n`, or would make a message over
  /// kMaxMultistreamMessageBytes.
  [[nodiscard]] Result<void> start(Bytes& out);

  /// Takes what the listener sent, in chunks of any size, and appends what must be sent back to `out`. Returns how many
  /// octets of `in` it consumed: all of them until done (incomplete messages are kept inside); once done, what follows
  /// the echo is left to the caller, and later calls consume 0.
  /// kUnsupported: every name was refused. kMalformed: not a multistream message. kTooLarge: over
  /// kMaxMultistreamMessageBytes, announced. kProtocol: neither the echo nor `na`, or no header first.
  /// An error is final: every later call returns kClosed.
  [[nodiscard]] Result<std::size_t> handle(BytesView in, Bytes& out);

  [[nodiscard]] bool done() const noexcept { return state_ == State::kDone; }

  /// The protocol agreed on: one of the borrowed names. Empty before done.
  [[nodiscard]] std::string_view protocol() const noexcept { return done() ? name(proposed_) : std::string_view{}; }

  /// Whether application bytes may be written behind the proposal before done.
  [[nodiscard]] bool may_write_early() const noexcept { return count() == 1; }

 private:
  enum class State : std::uint8_t { kNew, kAwaitHeader, kAwaitAnswer, kDone, kFailed };

  [[nodiscard]] std::size_t count() const noexcept { return only_.empty() ? names_.size() : 1; }
  [[nodiscard]] std::string_view name(std::size_t i) const noexcept { return only_.empty() ? names_[i] : only_; }
  [[nodiscard]] Result<void> on_message(std::string_view text, Bytes& out);

  ProtocolNames names_;
  std::string_view only_;
  std::size_t proposed_ = 0;  ///< index of the proposal that is out
  Bytes partial_;             ///< the beginning of a message that is not all there; at most prefix + limit
  State state_ = State::kNew;
};

/// The side that accepted the connection or stream. One thread at a time. Allocates only for messages that arrive cut.
///
/// Protocol: the header is answered by the header. Then each message gets an answer: a supported name its echo, which
/// ends the negotiation; any other name, `ls` and `/libp2p/simultaneous-connect` the answer `na`.
class MultistreamListener {
 public:
  /// Takes what the dialer sent, in chunks of any size, and appends the answers to `out`: to a header and proposal that
  /// arrive together, both at once. `supported` is borrowed for the call. Returns how many octets of `in` it consumed:
  /// all of them until done (incomplete messages are kept inside); once done, what follows the proposal (pipelined
  /// application bytes) is left to the caller, and later calls consume 0.
  /// kMalformed: not a multistream message, or a name that does not begin with `/`. kTooLarge: over
  /// kMaxMultistreamMessageBytes, announced. kProtocol: no header first, `na` from the dialer, or more than
  /// kMaxMultistreamProposals messages. An error is final: every later call returns kClosed.
  [[nodiscard]] Result<std::size_t> handle(BytesView in, ProtocolNames supported, Bytes& out);

  [[nodiscard]] bool done() const noexcept { return state_ == State::kDone; }

  /// The protocol agreed on: the entry of the list `supported` of the call that completed the negotiation, and valid as
  /// long as that. Empty before done.
  [[nodiscard]] std::string_view protocol() const noexcept { return protocol_; }

  /// Whether a proposal was answered `na`. A dialer that writes on behind its proposal makes an error of what follows.
  [[nodiscard]] bool has_refused() const noexcept { return has_refused_; }

 private:
  enum class State : std::uint8_t { kAwaitHeader, kAwaitProposal, kDone, kFailed };

  [[nodiscard]] Result<void> on_message(std::string_view text, ProtocolNames supported, Bytes& out);

  std::string_view protocol_;
  Bytes partial_;  ///< as in MultistreamDialer
  std::uint8_t answered_ = 0;
  bool has_refused_ = false;
  State state_ = State::kAwaitHeader;
};

}  // namespace pond::upgrade
