#include "support/golden_peer.hpp"

#include <array>
#include <span>
#include <utility>

#include "support/framed.hpp"
#include "support/golden_keys.hpp"
#include "support/golden_words.hpp"

namespace pond::test {
namespace {

using Event = swarm::ConnectionEvent;
using Side = GoldenTranscript::Side;

constexpr std::string_view kIdentify = "/ipfs/id/1.0.0";
constexpr std::string_view kPush = "/ipfs/id/push/1.0.0";
constexpr std::string_view kPing = "/ipfs/ping/1.0.0";
constexpr std::string_view kKad = "/openpond/kad/1.0.0";
constexpr std::size_t kPingBytes = 32;
constexpr std::size_t kMaxFrameBytes = std::size_t{1} << 20;
constexpr std::size_t kProduceBytes = std::size_t{64} << 10;
constexpr Instant kNow{};  ///< always
constexpr GoldenTranscript::Section kConnection{};

upgrade::SecurityIdentity make_identity(const crypto::PrivateKey& key, Rng& rng, WallTime wall) {
  const std::array offered{upgrade::Security::kNoise};  // TLS draws its randomness by itself: nobody can replay it
  return upgrade::SecurityIdentity::make(key, offered, golden_muxers(), rng, wall).value();
}

std::vector<std::string_view> protocols_of(GoldenRole role) {
  std::vector<std::string_view> protocols{kIdentify, kPush, kPing};
  if (role == GoldenRole::kListener) {
    protocols.push_back(kKad);
  }
  return protocols;
}

Bytes ping_payload() {
  return Bytes(kPingBytes, kGoldenPingOctet);
}

}  // namespace

GoldenPeer::GoldenPeer(const GoldenSettings& settings)
    : settings_(settings),
      key_(golden_private_key(settings.seed)),
      identity_rng_(golden_identity_seed(settings.seed)),
      identity_(make_identity(key_, identity_rng_, settings.wall)),
      connection_rng_(golden_connection_seed(settings.seed)),
      protocols_(protocols_of(settings.role)),
      connection_(
          {.direction = settings.role == GoldenRole::kDialer ? swarm::Direction::kOutbound : swarm::Direction::kInbound,
           .expected_peer = settings.remote,
           .opened = settings.wall,
           .yamux = {}},
          identity_, connection_rng_),
      server_({.id = identity_.peer_id(), .addresses = settings.listen_addresses}, settings.wall),
      together_(golden_questions(identity_.peer_id(), settings.wall)),
      alone_(together_.begin(), together_.end()) {
  for (const wire::KadMessage& question : golden_hard_questions()) {
    alone_.push_back(question);
  }
  transcript_.open(kConnection, "connection");
}

Result<void> GoldenPeer::receive(BytesView in) {
  POND_CHECK(connection_.receive(in, kNow));
  while (const std::optional<Event> event = connection_.poll(std::span<const std::string_view>{protocols_}, kNow)) {
    on(*event);
  }
  return {};
}

Bytes GoldenPeer::take_output() {
  Bytes out;
  Bytes scratch;
  while (connection_.has_output() && connection_.produce(out, kProduceBytes, scratch) != 0) {
  }
  return out;
}

bool GoldenPeer::done() const noexcept {
  return settings_.role == GoldenRole::kDialer ? asked_all_ : server_.has_value() && server_.has_provider();
}

void GoldenPeer::on(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kEstablished:
      return on_established();
    case Event::Kind::kStreamOpened:
      return on_opened(event.stream, event.protocol);
    case Event::Kind::kStreamReady:
      return say(event.stream, {"agreed"});
    case Event::Kind::kStreamReadable:
      return on_readable(event.stream);
    case Event::Kind::kStreamFinished:
      on_readable(event.stream);
      connection_.finish(event.stream);
      return on_end(event.stream, "closed");
    case Event::Kind::kStreamFailed:
      return on_end(event.stream, std::string{name_of(event.why.code)});
    case Event::Kind::kRemoteGoesAway:
      return transcript_.add(kConnection, "goes away");
    case Event::Kind::kStreamWritable:
    case Event::Kind::kPong:
      return;
  }
}

void GoldenPeer::on_established() {
  transcript_.add(kConnection, "peer " + connection_.remote_peer().to_base58());
  const auto key = connection_.remote_peer().public_key();
  transcript_.add(kConnection, "key " + (key ? std::string{crypto::name_of(key->type())} : "hashed"));
  if (const auto id = open(kIdentify, Use::kAskIdentify, std::string{kIdentify})) {
    connection_.finish(*id);
  }
  if (const auto id = open(kPing, Use::kPing, std::string{kPing})) {
    write(*id, ping_payload());
  }
}

void GoldenPeer::on_opened(std::uint32_t id, std::string_view protocol) {
  const Use use = protocol == kIdentify ? Use::kGiveIdentify
                  : protocol == kPush   ? Use::kTakePush
                  : protocol == kPing   ? Use::kPong
                                        : Use::kServeKad;
  const GoldenTranscript::Section section{.side = Side::kTheirs, .stream = id};
  transcript_.open(section, "stream " + std::to_string(id) + " of the peer: " + std::string{protocol});
  streams_.insert_or_assign(id, Stream{.use = use, .reader = wire::FrameReader{kMaxFrameBytes}, .section = section});
  if (use == Use::kGiveIdentify) {
    give_identify(id);
  }
}

void GoldenPeer::on_readable(std::uint32_t id) {
  const Bytes bytes = to_bytes(connection_.peek(id));
  connection_.consume(id, bytes.size(), kNow);
  BytesView rest = bytes;
  for (auto found = streams_.find(id); found != streams_.end() && !rest.empty(); found = streams_.find(id)) {
    Stream& stream = found->second;
    if (stream.use == Use::kPing || stream.use == Use::kPong) {
      return on_ping(id, rest);
    }
    const auto frame = stream.reader.next(rest);
    if (!frame) {
      say(id, {"no frame: " + std::string{name_of(frame.error().code)}});
      connection_.reset(id);
      return on_end(id, "given up");
    }
    if (*frame) {
      on_frame(id, stream.use, **frame);
    }
  }
}

void GoldenPeer::on_frame(std::uint32_t id, Use use, BytesView frame) {
  if (use != Use::kAskKad && use != Use::kServeKad) {
    return take_identify(id, frame);
  }
  const auto message = wire::decode_kad(frame);
  if (!message) {
    return say(id, {"no message: " + std::string{name_of(message.error().code)}});
  }
  say(id, golden_lines(*message, frame.size(), settings_.wall));
  if (use == Use::kServeKad) {
    if (const auto answer = server_.answer(*message, connection_.remote_peer())) {
      write(id, framed(*answer));
    }
  } else if (id == shared_stream_) {
    ask_on(id);
  }
}

void GoldenPeer::on_end(std::uint32_t id, const std::string& how) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) {
    return;
  }
  transcript_.add(found->second.section, how);
  const Use use = found->second.use;
  streams_.erase(found);
  if (settings_.role != GoldenRole::kDialer) {
    return;
  }
  if (use == Use::kAskIdentify) {
    ask_together();
  } else if (use == Use::kAskKad) {
    ask_next_alone();
  }
}

std::optional<std::uint32_t> GoldenPeer::open(std::string_view protocol, Use use, const std::string& title) {
  const auto id = connection_.open(protocol, kNow);
  if (!id) {
    transcript_.add(kConnection, "no stream for " + title + ": " + std::string{name_of(id.error().code)});
    return std::nullopt;
  }
  const GoldenTranscript::Section section{.side = Side::kOurs, .stream = *id};
  transcript_.open(section, "stream " + std::to_string(*id) + " of ours: " + title);
  streams_.insert_or_assign(*id, Stream{.use = use, .reader = wire::FrameReader{kMaxFrameBytes}, .section = section});
  return *id;
}

void GoldenPeer::write(std::uint32_t id, BytesView bytes) {
  // All that is ever written to a stream is less than a window. A stream that takes none of it has been reset.
  static_cast<void>(connection_.write(id, bytes));
}

void GoldenPeer::say(std::uint32_t id, const std::vector<std::string>& lines) {
  if (const auto found = streams_.find(id); found != streams_.end()) {
    for (const std::string& line : lines) {
      transcript_.add(found->second.section, line);
    }
  }
}

void GoldenPeer::give_identify(std::uint32_t id) {
  wire::Identify message{.public_key = key_.public_key(),
                         .listen_addresses = settings_.listen_addresses,
                         .protocols = std::vector<std::string>{},
                         .observed_address = std::nullopt,
                         .protocol_version = "openpond/1.0.0",
                         .agent_version = "pond-golden",
                         .signed_peer_record = std::nullopt};
  for (const std::string_view protocol : protocols_) {
    message.protocols->emplace_back(protocol);
  }
  write(id, framed(message));
  connection_.finish(id);
}

void GoldenPeer::on_ping(std::uint32_t id, BytesView bytes) {
  Stream& stream = streams_.at(id);
  const bool ours = stream.use == Use::kPing;
  for (const std::uint8_t octet : bytes) {
    if (ours && octet != ping_payload().front()) {
      say(id, {"another octet than was sent"});
    }
    if (++stream.pinged % kPingBytes == 0) {
      say(id, {ours ? "pong" : "ping"});
    }
  }
  if (!ours) {
    write(id, bytes);
  } else if (stream.pinged >= kPingBytes) {
    connection_.finish(id);
  }
}

void GoldenPeer::take_identify(std::uint32_t id, BytesView frame) {
  const auto message = wire::decode_identify(frame, connection_.remote_peer());
  if (!message) {
    return say(id, {"no identify: " + std::string{name_of(message.error().code)}});
  }
  agent_ = message->agent_version.value_or(agent_);
  say(id, golden_lines(*message, frame.size(), connection_.remote_peer()));
}

void GoldenPeer::ask_together() {
  shared_stream_ = open(kKad, Use::kAskKad, "questions, one after the other");
  if (shared_stream_) {
    ask_on(*shared_stream_);
  } else {
    ask_next_alone();
  }
}

/// The next question, and the one behind it when it has no answer; after the last one, the end.
void GoldenPeer::ask_on(std::uint32_t id) {
  while (asked_together_ < together_.size()) {
    const wire::KadMessage& question = together_[asked_together_++];
    write(id, framed(question));
    if (question.type != wire::KadType::kAddProvider) {
      return;
    }
  }
  connection_.finish(id);
}

void GoldenPeer::ask_next_alone() {
  while (!alone_.empty()) {
    const wire::KadMessage question = std::move(alone_.front());
    alone_.pop_front();
    const std::string key = question.key.empty() ? "" : " of " + golden_key(question.key);
    if (const auto id = open(kKad, Use::kAskKad, golden_type(question.type) + key)) {
      write(*id, framed(question));
      connection_.finish(*id);
      return;
    }
  }
  asked_all_ = true;
}

}  // namespace pond::test
