#include "host.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pond/wire/frame.hpp"
#include "pond/wire/kad_message.hpp"

#include "support/framed.hpp"

namespace pond::bench {
namespace {

constexpr std::string_view kKad = "/openpond/kad/1.0.0";
constexpr std::size_t kChunk = 64 * 1024;
constexpr Duration kPatience = 60s;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

swarm::Swarm make_swarm(peers::PeerBook& book, Rng& rng) {
  swarm::Config config;
  config.limits.max_connections = 1'000'000;
  auto key = crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng);
  auto made = swarm::Swarm::make(config, *std::move(key), book, rng, net::monotonic_now());
  if (!made) {
    std::fprintf(stderr, "no identity can be made\n");
    std::exit(1);
  }
  return *std::move(made);
}

}  // namespace

struct Host::Reader {
  wire::FrameReader frames{4U << 20};
  bool inbound = false;
};

Host::Host(Loop& loop, bool serves_kad) : loop_(loop), swarm_(make_swarm(book_, loop.rng)), serves_kad_(serves_kad) {
  const Instant now = net::monotonic_now();
  if (serves_kad) {
    swarm_.set_protocols({std::string{kKad}}, now);
  }
  // Somewhere in 127.0.0.0/8 that nobody listens on: peers without an address are in nobody's table.
  swarm_.set_announced_addresses({*wire::tcp_multiaddr("127.0.0.2", 1)}, 1, now);
  loop_.hosts_.emplace(this, 0);
}

Host::~Host() {
  for (const auto& [conn, socket] : sockets_) {
    loop_.remove(socket.fd);
    ::close(socket.fd);
  }
  loop_.hosts_.erase(this);
}

bool Host::connect(const wire::Multiaddr& address) {
  const Instant now = net::monotonic_now();
  identified_ = failed_ = false;
  static_cast<void>(swarm_.dial(address, now + 30s, now));
  pump();
  return loop_.until([&] { return identified_ || failed_; }) && identified_;
}

void Host::hang_up() {
  swarm_.shutdown(net::monotonic_now());
  pump();
}

std::optional<swarm::StreamRef> Host::open() {
  const auto stream = swarm_.open_stream(*peer_, kKad, net::monotonic_now());
  if (!stream) {
    return std::nullopt;
  }
  readers_.emplace(*stream, std::make_unique<Reader>());
  return *stream;
}

void Host::send(swarm::StreamRef stream, BytesView frame) {
  if (swarm_.write(stream, frame) != frame.size()) {
    std::fprintf(stderr, "a request did not fit the send buffer\n");
    std::exit(1);
  }
}

void Host::close(swarm::StreamRef stream) {
  readers_.erase(stream);
  swarm_.finish(stream);
}

void Host::pump() {
  while (std::optional<swarm::Output> output = swarm_.poll()) {
    on(*output);
  }
}

void Host::on(swarm::Output& output) {
  if (const auto* request = std::get_if<swarm::OpenSocket>(&output)) {
    dial(*request);
  } else if (const auto* wants = std::get_if<swarm::WantsWrite>(&output)) {
    write(wants->conn);
  } else if (auto* closed = std::get_if<swarm::CloseSocket>(&output)) {
    if (const auto found = sockets_.find(closed->conn); found != sockets_.end()) {
      static_cast<void>(::send(found->second.fd, closed->last_bytes.data(), closed->last_bytes.size(), MSG_NOSIGNAL));
      drop(closed->conn);
    }
  } else if (const auto* identified = std::get_if<swarm::PeerIdentified>(&output)) {
    peer_ = identified->peer;
    identified_ = true;
  } else if (const auto* dialed = std::get_if<swarm::DialDone>(&output)) {
    failed_ = !dialed->peer;
  } else if (std::get_if<swarm::PeerDisconnected>(&output) != nullptr) {
    failed_ = true;
  } else if (const auto* opened = std::get_if<swarm::StreamOpened>(&output)) {
    readers_.emplace(opened->stream, std::make_unique<Reader>()).first->second->inbound = true;
  } else if (const auto* readable = std::get_if<swarm::StreamReadable>(&output)) {
    serve(readable->stream);
  } else if (const auto* finished = std::get_if<swarm::StreamFinished>(&output)) {
    readers_.erase(finished->stream);
    swarm_.finish(finished->stream);
  } else if (const auto* failed = std::get_if<swarm::StreamFailed>(&output)) {
    readers_.erase(failed->stream);
  }
}

void Host::serve(swarm::StreamRef stream) {
  const auto found = readers_.find(stream);
  if (found == readers_.end()) {
    swarm_.consume(stream, swarm_.peek(stream).size());
    return;
  }
  Reader& reader = *found->second;
  const BytesView waiting = swarm_.peek(stream);
  BytesView rest = waiting;
  std::vector<Bytes> frames;
  for (;;) {
    const auto frame = reader.frames.next(rest);
    if (!frame || !*frame) {
      break;
    }
    frames.push_back(to_bytes(**frame));
  }
  const bool inbound = reader.inbound;
  swarm_.consume(stream, waiting.size());
  for (const Bytes& frame : frames) {
    if (!inbound) {
      on_answer(stream, frame);
      continue;
    }
    if (const auto request = wire::decode_kad(frame); request && request->type != wire::KadType::kAddProvider) {
      wire::KadMessage answer;
      answer.type = request->type;
      answer.key = request->key;
      send(stream, test::framed(answer));
    }
  }
}

void Host::dial(const swarm::OpenSocket& request) {
  const auto target = wire::tcp_target(request.address);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(target->port);
  inet_pton(AF_INET, target->host.c_str(), &to.sin_addr);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    die("socket");
  }
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
    die("connect");
  }
  sockets_.emplace(request.conn, Socket{.fd = fd});
  by_fd_.emplace(fd, request.conn);
  loop_.add(fd, *this, true);
}

void Host::write(swarm::ConnId conn) {
  const auto found = sockets_.find(conn);
  if (found == sockets_.end() || !found->second.connected) {
    return;
  }
  Socket& socket = found->second;
  for (;;) {
    if (socket.sent == socket.out.size()) {
      socket.out.clear();
      socket.sent = 0;
      if (swarm_.produce(conn, socket.out, kChunk, net::monotonic_now()) == 0) {
        loop_.want_write(socket.fd, *this, false);
        return;
      }
    }
    const ssize_t sent =
        ::send(socket.fd, socket.out.data() + socket.sent, socket.out.size() - socket.sent, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN) {
        loop_.want_write(socket.fd, *this, true);
        return;
      }
      drop(conn);
      swarm_.handle(swarm::SocketClosed{.conn = conn, .why = {Errc::kReset, "write failed"}}, net::monotonic_now());
      return;
    }
    socket.sent += static_cast<std::size_t>(sent);
  }
}

void Host::writable(int fd) {
  const swarm::ConnId conn = by_fd_.at(fd);
  Socket& socket = sockets_.at(conn);
  if (!socket.connected) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      drop(conn);
      swarm_.handle(swarm::DialResult{.conn = conn, .local = fail(Errc::kUnreachable, "connect failed")},
                    net::monotonic_now());
      pump();
      return;
    }
    socket.connected = true;
    loop_.want_write(fd, *this, false);
    swarm_.handle(swarm::DialResult{.conn = conn, .local = *wire::tcp_multiaddr("127.0.0.1", 1)}, net::monotonic_now());
  }
  write(conn);
  pump();
}

void Host::readable(int fd) {
  static std::array<std::uint8_t, kChunk> buffer;
  const auto found = by_fd_.find(fd);
  if (found == by_fd_.end()) {
    return;
  }
  const swarm::ConnId conn = found->second;
  const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EAGAIN) {
    return;
  }
  const Instant now = net::monotonic_now();
  if (got <= 0) {
    drop(conn);
    swarm_.handle(swarm::SocketClosed{.conn = conn, .why = {Errc::kReset, "closed"}}, now);
  } else {
    swarm_.handle(swarm::Received{.conn = conn, .bytes = BytesView{buffer}.first(static_cast<std::size_t>(got))}, now);
  }
  pump();
}

void Host::drop(swarm::ConnId conn) {
  const auto found = sockets_.find(conn);
  if (found == sockets_.end()) {
    return;
  }
  loop_.remove(found->second.fd);
  ::close(found->second.fd);
  by_fd_.erase(found->second.fd);
  sockets_.erase(found);
}

Loop::Loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) {
    die("epoll_create1");
  }
}

Loop::~Loop() {
  ::close(epoll_);
}

void Loop::add(int fd, Host& host, bool wants_write) {
  epoll_event event{};
  event.events = EPOLLIN | (wants_write ? EPOLLOUT : 0U);
  event.data.fd = fd;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  hosts_by_fd_[fd] = &host;
}

void Loop::want_write(int fd, Host&, bool wants_write) {
  epoll_event event{};
  event.events = EPOLLIN | (wants_write ? EPOLLOUT : 0U);
  event.data.fd = fd;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void Loop::remove(int fd) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  hosts_by_fd_.erase(fd);
}

void Loop::timeouts() {
  const Instant now = net::monotonic_now();
  if (now < next_timeouts_) {
    return;
  }
  next_timeouts_ = now + 500ms;
  for (const auto& [host, unused] : hosts_) {
    if (const auto due = host->swarm_.next_deadline(); due && *due <= now) {
      host->swarm_.handle_timeout(now);
      host->pump();
    }
  }
}

bool Loop::until(const std::function<bool()>& done) {
  const Instant give_up = net::monotonic_now() + kPatience;
  for (const auto& [host, unused] : hosts_) {
    host->pump();
  }
  while (!done()) {
    std::array<epoll_event, 64> events{};
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (const auto host = hosts_by_fd_.find(event.data.fd);
          host != hosts_by_fd_.end() && (event.events & EPOLLOUT) != 0) {
        host->second->writable(event.data.fd);
      }
      if (const auto host = hosts_by_fd_.find(event.data.fd);
          host != hosts_by_fd_.end() && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        host->second->readable(event.data.fd);
      }
    }
    timeouts();
    if (net::monotonic_now() > give_up) {
      return false;
    }
  }
  return true;
}

}  // namespace pond::bench
