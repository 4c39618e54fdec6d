#include "client.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pond/kad/records/eth_record.hpp"
#include "pond/net/os.hpp"

#include "support/multistream_wire.hpp"
#include "support/yamux_wire.hpp"

namespace pond::e2e {
namespace {

constexpr std::size_t kMaxOutput = 256 * 1024;
const std::vector<std::string> kMuxers{"/yamux/1.0.0"};
const std::vector<std::string> kNothing{};

upgrade::SecurityIdentity security_identity(std::uint64_t key, Rng& rng) {
  return upgrade::SecurityIdentity::make(libp2p_key(key), std::vector{upgrade::Security::kNoise}, kMuxers, rng,
                                         WallTime{wall_ms()})
      .value();
}

upgrade::NoiseIdentity noise_identity(std::uint64_t key, Rng& rng) {
  return upgrade::NoiseIdentity::make(libp2p_key(key), kMuxers, rng).value();
}

}  // namespace

// ---- Tcp

Tcp::Tcp(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0 ||
      fcntl(fd_, F_SETFL, O_NONBLOCK) != 0) {
    const int why = errno;
    close(fd_);
    throw std::runtime_error(std::string{"connect: "} + std::strerror(why));
  }
}

Tcp::~Tcp() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

Tcp::Tcp(Tcp&& other) noexcept : fd_(std::exchange(other.fd_, -1)), ended_(other.ended_) {
}

Tcp& Tcp::operator=(Tcp&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(ended_, other.ended_);
  return *this;
}

void Tcp::wait(Wait what) {
  const short events = what == Wait::kRead ? POLLIN : POLLIN | POLLOUT;
  pollfd waiting{.fd = fd_, .events = events, .revents = 0};
  if (poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds{kPatience}.count())) <= 0) {
    throw std::runtime_error("the node neither answers nor closes the connection");
  }
}

bool Tcp::send_some(BytesView& bytes) {
  const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) {
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
    return true;
  }
  ended_ = errno != EAGAIN;
  return !ended_;
}

bool Tcp::receive_some(Bytes& out) {
  std::array<std::uint8_t, 65536> chunk;
  const ssize_t got = recv(fd_, chunk.data(), chunk.size(), 0);
  if (got > 0) {
    append(out, BytesView{chunk}.first(static_cast<std::size_t>(got)));
    return true;
  }
  ended_ = got == 0 || errno != EAGAIN;
  return !ended_;
}

bool Tcp::send(BytesView bytes) {
  while (!bytes.empty()) {
    if (!send_some(bytes)) {
      return false;
    }
    if (!bytes.empty()) {
      wait(Wait::kReadOrWrite);
    }
  }
  return true;
}

Bytes Tcp::read_to_end() {
  Bytes all;
  do {
    wait(Wait::kRead);
  } while (receive_some(all));
  return all;
}

void Tcp::half_close() {
  shutdown(fd_, SHUT_WR);
}

void Tcp::reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  close(std::exchange(fd_, -1));
  ended_ = true;
}

// ---- Client

Client::Client(std::uint16_t port, const Options& options)
    : rng_(options.key),
      identity_(security_identity(options.key, rng_)),
      connection_({.direction = swarm::Direction::kOutbound, .expected_peer = options.expected}, identity_, rng_),
      tcp_(port),
      options_(options) {
}

/// Sends what there is; false when the connection is gone.
bool Client::flush() {
  Bytes scratch;
  while (connection_.has_output() || !out_.empty()) {
    if (out_.empty()) {
      connection_.produce(out_, kMaxOutput, scratch);
    }
    const std::size_t allowed = options_.reset_after.value_or(SIZE_MAX) - sent_;
    BytesView rest = BytesView{out_}.first(std::min(out_.size(), allowed));
    const std::size_t before = rest.size();
    if (!tcp_.send_some(rest)) {
      return false;
    }
    const std::size_t gone = before - rest.size();
    sent_ += gone;
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(gone));
    if (sent_ == options_.reset_after) {
      tcp_.reset();
      return false;
    }
    if (gone == 0) {
      break;
    }
  }
  return true;
}

void Client::take_events() {
  const Instant now = net::monotonic_now();
  while (const auto event = connection_.poll(upgrade::ProtocolNames{std::span{kNothing}}, now)) {
    using Kind = swarm::ConnectionEvent::Kind;
    Stream& stream = streams_[event->stream];
    established_ = established_ || event->kind == Kind::kEstablished;
    goes_away_ = goes_away_ || event->kind == Kind::kRemoteGoesAway;
    stream.finished = stream.finished || event->kind == Kind::kStreamFinished;
    stream.failed = stream.failed || event->kind == Kind::kStreamFailed;
    if (event->kind == Kind::kStreamReadable) {
      const BytesView bytes = connection_.peek(event->stream);
      append(stream.in, bytes);
      connection_.consume(event->stream, bytes.size(), now);
    }
  }
}

void Client::run(const std::function<bool()>& done) {
  Bytes in;
  while (!closed_) {
    take_events();
    if (!flush()) {
      closed_ = true;
      break;
    }
    if (done()) {
      break;
    }
    tcp_.wait(out_.empty() && !connection_.has_output() ? Tcp::Wait::kRead : Tcp::Wait::kReadOrWrite);
    in.clear();
    closed_ = !tcp_.receive_some(in);
    if (const auto taken = connection_.receive(in, net::monotonic_now()); !taken) {
      error_ = taken.error();
      take_events();
      static_cast<void>(flush());
      closed_ = true;
    }
  }
  take_events();
}

bool Client::connect() {
  run([this] { return established_; });
  return established_;
}

std::uint32_t Client::open(std::string_view protocol) {
  return connection_.open(protocol, net::monotonic_now()).value();
}

void Client::write(std::uint32_t stream, BytesView bytes) {
  run([&] {
    bytes = bytes.subspan(connection_.write(stream, bytes));
    return bytes.empty() || streams_[stream].failed;
  });
  run([] { return true; });
}

void Client::finish(std::uint32_t stream) {
  connection_.finish(stream);
  run([] { return true; });
}

std::optional<Bytes> Client::read(std::uint32_t stream) {
  Stream& from = streams_[stream];
  std::optional<Bytes> message;
  run([&] {
    wire::FrameReader reader{4U << 20};
    BytesView rest = from.in;
    const auto frame = reader.next(rest);
    if (frame && *frame) {
      message = to_bytes(**frame);
      from.in.erase(from.in.begin(), from.in.end() - static_cast<std::ptrdiff_t>(rest.size()));
    }
    return message || from.finished || from.failed;
  });
  return message;
}

bool Client::was_reset(std::uint32_t stream) {
  run([&] { return streams_[stream].failed || streams_[stream].finished; });
  return streams_[stream].failed;
}

void Client::wait_closed() {
  run([] { return false; });
}

std::optional<wire::KadMessage> Client::ask(std::uint32_t stream, const wire::KadMessage& message) {
  write(stream, framed(message));
  const std::optional<Bytes> answer = read(stream);
  return answer ? std::optional{wire::decode_kad(*answer).value()} : std::nullopt;
}

bool Client::is_refused(BytesView bytes) {
  if (!connect()) {
    return false;
  }
  const std::uint32_t stream = open();
  write(stream, bytes);
  return was_reset(stream) && !closed_;
}

// ---- RawMuxer

RawMuxer::RawMuxer(std::uint16_t port, std::uint64_t key)
    : rng_(key), identity_(noise_identity(key, rng_)), tcp_(port) {
  upgrade::NoiseHandshake noise{upgrade::NoiseRole::kInitiator, identity_, rng_};
  Bytes out = test::messages("/multistream/1.0.0", "/noise");
  const std::size_t expected = out.size();
  static_cast<void>(noise.start(out));
  tcp_.send(out);
  Bytes in;
  while (in.size() < expected) {
    tcp_.wait(Tcp::Wait::kRead);
    if (!tcp_.receive_some(in)) {
      throw std::runtime_error("refused before Noise");
    }
  }
  in.erase(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(expected));
  while (!noise.done()) {
    out.clear();
    const auto taken = noise.handle(in, out);
    if (!taken) {
      throw std::runtime_error("Noise failed");
    }
    in.erase(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(*taken));
    tcp_.send(out);
    if (!noise.done()) {
      tcp_.wait(Tcp::Wait::kRead);
      if (!tcp_.receive_some(in)) {
        throw std::runtime_error("refused in Noise");
      }
    }
  }
  session_.emplace(std::move(noise.take().value().session));
  cipher_ = std::move(in);
}

/// Takes what has arrived; false at the end.
bool RawMuxer::receive() {
  const bool open = tcp_.receive_some(cipher_);
  BytesView in = cipher_;
  while (const auto plain = session_->open(in).value()) {
    append(plain_, *plain);
  }
  cipher_.clear();
  return open;
}

bool RawMuxer::send(BytesView frames) {
  Bytes sealed;
  session_->seal(frames, sealed).value();
  BytesView rest = sealed;
  while (!rest.empty()) {
    if (!tcp_.send_some(rest)) {
      return false;
    }
    if (!rest.empty()) {
      tcp_.wait(Tcp::Wait::kReadOrWrite);
      if (!receive()) {
        return false;
      }
    }
  }
  return true;
}

void RawMuxer::send_blind(BytesView frames) {
  Bytes sealed;
  session_->seal(frames, sealed).value();
  BytesView rest = sealed;
  pollfd writable{.fd = tcp_.fd(), .events = POLLOUT, .revents = 0};
  while (!rest.empty() && tcp_.send_some(rest)) {
    if (!rest.empty() && poll(&writable, 1, static_cast<int>(std::chrono::milliseconds{kPatience}.count())) <= 0) {
      throw std::runtime_error("the node does not read");
    }
  }
}

std::optional<RawMuxer::Frame> RawMuxer::next() {
  for (;;) {
    if (plain_.size() >= upgrade::kYamuxHeaderBytes) {
      const BytesView plain{plain_};
      const auto header = upgrade::decode_yamux_header(plain.first<upgrade::kYamuxHeaderBytes>()).value();
      const std::size_t payload = header.type == upgrade::YamuxType::kData ? header.length : 0;
      if (plain.size() >= upgrade::kYamuxHeaderBytes + payload) {
        Frame frame{.header = header, .payload = to_bytes(plain.subspan(upgrade::kYamuxHeaderBytes, payload))};
        plain_.erase(plain_.begin(),
                     plain_.begin() + static_cast<std::ptrdiff_t>(upgrade::kYamuxHeaderBytes + payload));
        return frame;
      }
    }
    if (tcp_.ended()) {
      return std::nullopt;
    }
    tcp_.wait(Tcp::Wait::kRead);
    static_cast<void>(receive());
  }
}

bool RawMuxer::ended_with(upgrade::YamuxGoAway code) {
  bool said = false;
  while (const auto frame = next()) {
    said = said || (frame->header.type == upgrade::YamuxType::kGoAway &&
                    frame->header.length == static_cast<std::uint32_t>(code));
  }
  return said;
}

// ---- Messages

wire::KadMessage find_node(BytesView key) {
  return {.type = wire::KadType::kFindNode, .key = to_bytes(key)};
}

wire::KadMessage put(BytesView key, BytesView value) {
  return {.type = wire::KadType::kPutValue,
          .key = to_bytes(key),
          .record = wire::KadRecord{.key = to_bytes(key), .value = to_bytes(value), .time_received = {}}};
}

Bytes kad_stream(std::uint32_t id, BytesView request) {
  Bytes payload = test::messages("/multistream/1.0.0", kKad);
  append(payload, request);
  return upgrade::testing::data(upgrade::kYamuxSyn, id, payload);
}

bool serves(const Node& node) {
  Client client{node.port(), {.key = 999, .expected = node.id()}};
  return client.connect() && client.ask(find_node(node.id().bytes())).has_value();
}

std::int64_t wall_ms() {
  return net::wall_anchor().wall(net::monotonic_now()).ms;
}

Bytes signed_record(std::uint64_t number, std::int64_t ahead_ms, std::string_view network) {
  const std::int64_t at = wall_ms() + ahead_ms;
  return kad::sign_eth_record({.network = std::string{network},
                               .peer_id = peer_id(number),
                               .timestamp = at,
                               .expires = at + 3'600'000,
                               .agent_name = "agent-" + std::to_string(number),
                               .multiaddrs = {}},
                              eth_key(number))
      .value();
}

Bytes record_key(std::uint64_t number) {
  return kad::eth_key(eth_key(number).address());
}

}  // namespace pond::e2e
