#include "pond/upgrade/multistream.hpp"

#include <algorithm>
#include <optional>

#include "pond/wire/varint.hpp"

namespace pond::upgrade {
namespace {

constexpr std::string_view kRefusal = "na";
constexpr std::string_view kList = "ls";

/// The limit on messages makes every legal length prefix this short.
constexpr std::size_t kMaxPrefixBytes = 2;
static_assert(kMaxMultistreamMessageBytes < (1U << (7 * kMaxPrefixBytes)));

void append_message(Bytes& out, std::string_view text) {
  wire::append_varint(out, text.size() + 1);
  append(out, as_bytes(text));
  out.push_back('\n');
}

/// The length prefix at the front of `in`, or nullopt when it is not all there.
Result<std::optional<wire::Varint>> read_prefix(BytesView in) {
  const BytesView front = in.first(std::min(in.size(), kMaxPrefixBytes));
  POND_TRY(const auto prefix, wire::read_varint(front));
  if (!prefix) {
    if (front.size() == kMaxPrefixBytes) {
      return fail(Errc::kTooLarge, "multistream message over the limit");
    }
    return std::nullopt;
  }
  if (prefix->value > kMaxMultistreamMessageBytes) {
    return fail(Errc::kTooLarge, "multistream message over the limit");
  }
  if (prefix->value == 0) {
    return fail(Errc::kMalformed, "multistream message without a newline");
  }
  return prefix;
}

/// The text of a message's body, which is at least one octet.
Result<std::string_view> text_of(BytesView body) {
  if (body.back() != '\n') {
    return fail(Errc::kMalformed, "multistream message without a newline");
  }
  return as_text(body.first(body.size() - 1));
}

/// Moves `in` past one message and returns its text, a view into `in`, or into `partial` when the message arrived in
/// several chunks (`partial` must then be cleared before the next call). nullopt: `in` is used up, and what it held of
/// a message is in `partial`.
Result<std::optional<std::string_view>> take_message(BytesView& in, Bytes& partial) {
  for (;;) {
    const BytesView front = partial.empty() ? in : BytesView{partial};
    POND_TRY(const auto prefix, read_prefix(front));
    // Without a prefix octet by octet, so that nothing behind the message is swallowed.
    std::size_t missing = 1;
    if (prefix) {
      const std::size_t length = prefix->size + static_cast<std::size_t>(prefix->value);
      if (front.size() >= length) {
        if (partial.empty()) {
          in = in.subspan(length);
        }
        return text_of(front.first(length).subspan(prefix->size));
      }
      missing = length - partial.size();
    }
    if (in.empty()) {
      return std::nullopt;
    }
    const std::size_t taken = std::min(missing, in.size());
    append(partial, in.first(taken));
    in = in.subspan(taken);
  }
}

/// Feeds `in` message by message to `on_message` until that reports that the negotiation is done, or fails, or `in` is
/// used up. Returns the octets consumed.
template <typename OnMessage, typename Done>
Result<std::size_t> feed(BytesView in, Bytes& partial, const OnMessage& on_message, const Done& done) {
  BytesView rest = in;
  while (!done()) {
    POND_TRY(const auto text, take_message(rest, partial));
    if (!text) {
      return in.size();
    }
    POND_CHECK(on_message(*text));
    partial.clear();
  }
  return in.size() - rest.size();
}

bool is_proposable(std::string_view name) {
  return name.starts_with('/') && name.size() < kMaxMultistreamMessageBytes &&
         name.find('\n') == std::string_view::npos;
}

}  // namespace

Result<void> MultistreamDialer::start(Bytes& out) {
  if (state_ != State::kNew) {
    return fail(Errc::kInvalidArgument, "negotiation already started");
  }
  if (count() == 0) {
    return fail(Errc::kInvalidArgument, "no protocol to propose");
  }
  for (std::size_t i = 0; i < count(); ++i) {
    if (!is_proposable(name(i))) {
      return fail(Errc::kInvalidArgument, "not a protocol name");
    }
  }
  append_message(out, kMultistreamHeader);
  append_message(out, name(0));
  state_ = State::kAwaitHeader;
  return {};
}

Result<std::size_t> MultistreamDialer::handle(BytesView in, Bytes& out) {
  if (state_ == State::kFailed) {
    return fail(Errc::kClosed, "negotiation has failed");
  }
  if (state_ == State::kNew) {
    return fail(Errc::kInvalidArgument, "negotiation not started");
  }
  const auto consumed =
      feed(in, partial_, [&](std::string_view text) { return on_message(text, out); }, [this] { return done(); });
  if (!consumed) {
    state_ = State::kFailed;
  }
  return consumed;
}

Result<void> MultistreamDialer::on_message(std::string_view text, Bytes& out) {
  if (state_ == State::kAwaitHeader) {
    if (text != kMultistreamHeader) {
      return fail(Errc::kProtocol, "peer does not speak multistream-select 1.0");
    }
    state_ = State::kAwaitAnswer;
    return {};
  }
  if (text == name(proposed_)) {
    state_ = State::kDone;
    return {};
  }
  if (text != kRefusal) {
    return fail(Errc::kProtocol, "neither an echo nor a refusal of the proposal");
  }
  if (proposed_ + 1 == count()) {
    return fail(Errc::kUnsupported, "peer supports none of the protocols proposed");
  }
  ++proposed_;
  append_message(out, name(proposed_));
  return {};
}

Result<std::size_t> MultistreamListener::handle(BytesView in, ProtocolNames supported, Bytes& out) {
  if (state_ == State::kFailed) {
    return fail(Errc::kClosed, "negotiation has failed");
  }
  const auto consumed = feed(
      in, partial_, [&](std::string_view text) { return on_message(text, supported, out); }, [this] { return done(); });
  if (!consumed) {
    state_ = State::kFailed;
  }
  return consumed;
}

Result<void> MultistreamListener::on_message(std::string_view text, ProtocolNames supported, Bytes& out) {
  if (state_ == State::kAwaitHeader) {
    if (text != kMultistreamHeader) {
      return fail(Errc::kProtocol, "peer does not speak multistream-select 1.0");
    }
    append_message(out, kMultistreamHeader);
    state_ = State::kAwaitProposal;
    return {};
  }
  if (++answered_ > kMaxMultistreamProposals) {
    return fail(Errc::kProtocol, "too many multistream proposals");
  }
  if (text == kRefusal) {
    return fail(Errc::kProtocol, "a refusal from the side that proposes");
  }
  if (!text.starts_with('/') && text != kList) {
    return fail(Errc::kMalformed, "protocol name without a leading slash");
  }
  for (std::size_t i = 0; i < supported.size(); ++i) {
    if (text == supported[i]) {
      append_message(out, text);
      protocol_ = supported[i];
      state_ = State::kDone;
      return {};
    }
  }
  append_message(out, kRefusal);
  has_refused_ = true;
  return {};
}

}  // namespace pond::upgrade
