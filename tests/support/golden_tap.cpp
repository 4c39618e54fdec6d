#include "support/golden_tap.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "pond/base/rng.hpp"

#include "support/golden_keys.hpp"

namespace pond::test {
namespace {

constexpr std::size_t kOctetsPerLine = 60;
constexpr std::size_t kLengthBytes = 2;  ///< of a message of Noise

upgrade::NoiseIdentity make_identity(const GoldenSettings& settings) {
  SeededRng rng{golden_identity_seed(settings.seed)};
  return upgrade::NoiseIdentity::make(golden_private_key(settings.seed), golden_muxers(), rng).value();
}

upgrade::NoiseXx make_noise(const GoldenSettings& settings, const upgrade::NoiseIdentity& identity) {
  SeededRng rng{golden_connection_seed(settings.seed)};
  const bool dials = settings.role == GoldenRole::kDialer;
  return {dials ? upgrade::NoiseRole::kInitiator : upgrade::NoiseRole::kResponder, identity.static_keys(), rng};
}

void drop_front(Bytes& bytes, std::size_t n) {
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
}

/// `window syn 0`; empty for a data frame without flags.
std::string head_of(const upgrade::YamuxHeader& header) {
  using upgrade::YamuxType;
  std::string text;
  for (const auto& [flag, name] : {std::pair{upgrade::kYamuxSyn, " syn"},
                                   {upgrade::kYamuxAck, " ack"},
                                   {upgrade::kYamuxFin, " fin"},
                                   {upgrade::kYamuxRst, " rst"}}) {
    text += header.has(flag) ? name : "";
  }
  switch (header.type) {
    case YamuxType::kData:
      return text.empty() ? text : "data" + text;
    case YamuxType::kWindowUpdate:
      return "window" + text + " " + std::to_string(header.length);
    case YamuxType::kPing:
      return "ping" + text + " " + std::to_string(header.length);
    case YamuxType::kGoAway:
      return "go away" + text + " " + std::to_string(header.length);
  }
  return text;
}

void append_hex(std::vector<std::string>& lines, BytesView octets) {
  for (BytesView rest = octets; !rest.empty();) {
    const BytesView part = rest.first(std::min(rest.size(), kOctetsPerLine));
    lines.push_back(to_hex(part));
    rest = rest.subspan(part.size());
  }
}

void append_section(std::vector<std::string>& lines, const std::string& title, const std::vector<Bytes>& all) {
  if (!all.empty()) {
    lines.push_back("[" + title + "]");
  }
  for (const Bytes& octets : all) {
    append_hex(lines, octets);
  }
}

}  // namespace

GoldenTap::GoldenTap(const GoldenSettings& settings)
    : identity_(make_identity(settings)), noise_(make_noise(settings, identity_)) {
}

void GoldenTap::theirs(BytesView octets) {
  append(theirs_.unread, octets);
  read(theirs_, false);
}

void GoldenTap::ours(BytesView octets) {
  append(ours_.unread, octets);
  read(ours_, true);
  read(theirs_, false);  // what had come before it was its turn
}

void GoldenTap::read(Direction& direction, bool our_own) {
  bool more = true;
  while (more && trouble_.empty()) {
    switch (direction.phase) {
      case Phase::kSecurity:
        more =
            read_proposal(direction.unread, "/noise\n", our_own ? &security_ : nullptr, direction.phase, Phase::kNoise);
        break;
      case Phase::kNoise:
        more = read_noise(direction, our_own);
        break;
      case Phase::kMuxer:
      case Phase::kStreams:
        more = false;
        const Bytes octets = std::exchange(direction.unread, {});
        if (our_own) {
          decrypt(octets);
        }
    }
  }
}

/// One line of multistream-select, whose length fits an octet. `last` ends this part of the conversation.
bool GoldenTap::read_proposal(Bytes& from, std::string_view last, std::vector<Bytes>* kept, Phase& phase, Phase next) {
  const std::size_t length = from.empty() ? 0 : std::size_t{1} + from.front();
  if (length == 0 || from.size() < length) {
    return false;
  }
  const Bytes line = to_bytes(BytesView{from}.first(length));
  drop_front(from, length);
  if (as_text(BytesView{line}.subspan(1)) == last) {
    phase = next;
  }
  if (kept != nullptr) {
    kept->push_back(line);
    append(greeting_, line);
  }
  return true;
}

bool GoldenTap::read_noise(Direction& direction, bool our_own) {
  if (noise_.complete()) {
    direction.phase = Phase::kMuxer;
    return true;
  }
  const BytesView unread = direction.unread;
  const std::size_t length =
      unread.size() < kLengthBytes ? 0 : kLengthBytes + (std::size_t{unread[0]} << 8 | std::size_t{unread[1]});
  if (length == 0 || unread.size() < length || noise_.may_write() != our_own) {
    return false;
  }
  const Bytes message = to_bytes(unread.first(length));
  drop_front(direction.unread, length);
  Bytes said;
  if (our_own) {
    handshake_.push_back(message);
    append(greeting_, message);
    const BytesView payload = noise_.next_message() == 1 ? BytesView{} : identity_.payload();
    const auto written = noise_.write(payload, said);
    if (!written || !equal(said, BytesView{message}.subspan(kLengthBytes))) {
      trouble_ = "our message of Noise is not what follows from our keys";
    }
  } else if (!noise_.read(BytesView{message}.subspan(kLengthBytes), said)) {
    trouble_ = "the peer's message of Noise was not made for our keys";
  }
  if (noise_.complete() && trouble_.empty()) {
    upgrade::CipherPair keys = noise_.split();
    const bool initiator = our_own;  // who sends the third message
    session_.emplace(std::move(initiator ? keys.responder_to_initiator : keys.initiator_to_responder),
                     std::move(initiator ? keys.initiator_to_responder : keys.responder_to_initiator));
  }
  return trouble_.empty();
}

void GoldenTap::decrypt(BytesView octets) {
  while (session_ && trouble_.empty()) {
    const auto plain = session_->open(octets);
    if (!plain) {
      trouble_ = "what we sent cannot be decrypted";
      return;
    }
    if (!*plain) {
      break;
    }
    append(plain_, **plain);
  }
  read_frames();
}

void GoldenTap::read_frames() {
  // Where the muxer was agreed upon within Noise, a frame of Yamux comes first: its version is 0.
  if (inner_ == Phase::kMuxer && muxer_.empty() && !plain_.empty() && plain_.front() == 0) {
    inner_ = Phase::kStreams;
  }
  const std::string last = std::string{upgrade::kYamuxProtocol} + "\n";
  while (inner_ == Phase::kMuxer && read_proposal(plain_, last, &muxer_, inner_, Phase::kStreams)) {
  }
  while (inner_ == Phase::kStreams && plain_.size() >= upgrade::kYamuxHeaderBytes) {
    const auto header = upgrade::decode_yamux_header(
        std::span<const std::uint8_t, upgrade::kYamuxHeaderBytes>{plain_.data(), upgrade::kYamuxHeaderBytes});
    if (!header) {
      trouble_ = "what we sent is no frame of Yamux";
      return;
    }
    const std::size_t size = header->type == upgrade::YamuxType::kData ? header->length : 0;
    if (plain_.size() < upgrade::kYamuxHeaderBytes + size) {
      return;
    }
    on_frame(*header, BytesView{plain_}.subspan(upgrade::kYamuxHeaderBytes, size));
    drop_front(plain_, upgrade::kYamuxHeaderBytes + size);
  }
}

void GoldenTap::on_frame(const upgrade::YamuxHeader& header, BytesView data) {
  std::vector<Run>& runs = streams_[header.stream];
  std::string head = head_of(header);
  if (runs.empty() || !head.empty()) {
    runs.push_back({.head = std::move(head), .octets = {}});
  }
  append(runs.back().octets, data);
  append(written_[header.stream], data);
}

std::vector<std::string> GoldenTap::lines() const {
  std::vector<std::string> all;
  append_section(all, "security", security_);
  append_section(all, "noise", handshake_);
  append_section(all, "muxer", muxer_);
  for (const auto& [stream, runs] : streams_) {
    all.push_back(stream == 0 ? "[connection]" : "[stream " + std::to_string(stream) + "]");
    for (const Run& run : runs) {
      if (!run.head.empty()) {
        all.push_back(run.head);
      }
      append_hex(all, run.octets);
    }
  }
  if (!trouble_.empty()) {
    all.push_back(trouble_);
  }
  return all;
}

}  // namespace pond::test
